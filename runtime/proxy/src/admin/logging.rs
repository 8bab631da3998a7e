//! The page that lists and sets levels of loggers: `LogsHandler` of Envoy's `source/server/admin/logs_handler.cc`.
use super::pages::{Page, TEXT};
use super::query::Query;
use crate::loggers::{Level, Loggers};

/// What is told with a refusal.
const USAGE: &str = "\
usage: /logging?<name>=<level> (change single level)
usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
usage: /logging?level=<level> (change all levels)
usage: /logging?group=<group_name>:<level> (change group of loggers)
levels: trace debug info warning error critical off \n";

/// Does what a query asks for, and lists all loggers in any case.
pub(super) fn answer(loggers: &Loggers, query: &Query) -> Page {
    let refused = change(loggers, query).err();
    let mut body = refused.map_or_else(String::new, |why| format!("error: {why}\n\n{USAGE}"));
    body.push_str("active loggers:\n");
    for (name, level) in loggers.list() {
        body.push_str(&format!("  {name}: {}\n", level.name()));
    }
    body.push('\n');
    Page::new(if refused.is_some() { 400 } else { 200 }, TEXT, body)
}

/// The parameters that say something: the first of a name counts, and an empty one counts as not there.
fn parameters(query: &Query) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in query.all() {
        if !all.iter().any(|(known, _)| known == name) {
            all.push((name.clone(), value.clone()));
        }
    }
    all.retain(|(_, value)| !value.is_empty());
    all
}

/// Changes levels, all or none; an error is Envoy's own text.
fn change(loggers: &Loggers, query: &Query) -> Result<(), &'static str> {
    let all = parameters(query);
    let (name, value) = match all.as_slice() {
        [] => return Ok(()),
        [(name, value)] => (name.as_str(), value.as_str()),
        [..] => return Err("invalid number of parameters"),
    };
    let changes = match name {
        "level" => {
            loggers.set_all(level(value)?);
            return Ok(());
        }
        // Envoy's loggers have groups only when each of its source files has a logger.
        "group" => return Err("group parameter requires fine-grain logging to be enabled"),
        "paths" => {
            value.split(',').filter(|pair| !pair.trim().is_empty()).map(one).collect::<Result<_, _>>()?
        }
        _ => vec![(name, level(value)?)],
    };
    if loggers.set(&changes) { Ok(()) } else { Err("unknown logger name") }
}

/// A name and a level, as `http:debug`.
fn one(pair: &str) -> Result<(&str, Level), &'static str> {
    let (name, value) = pair.split_once(':').unwrap_or((pair, ""));
    if name.trim().is_empty() || value.trim().is_empty() {
        return Err("empty logger name or empty logger level");
    }
    Ok((name, level(value)?))
}

fn level(name: &str) -> Result<Level, &'static str> {
    Level::named(name).ok_or("unknown logger level")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as Envoy 1.40 answered it.
    #[test]
    fn levels_change_all_or_none() {
        for (query, wanted) in [
            ("", Ok("info info")),
            ("level=debug", Ok("debug debug")),
            ("level=bogus", Err("unknown logger level")),
            ("level=INFO", Err("unknown logger level")),
            ("level=warn", Err("unknown logger level")),
            ("level=%64ebug", Ok("debug debug")),
            ("level=off&level=debug", Ok("off off")),
            ("level=&level=trace", Ok("info info")),
            ("foo&level=debug", Ok("debug debug")),
            ("http=trace", Ok("trace info")),
            ("foo=bar", Err("unknown logger level")),
            ("foo=info", Err("unknown logger name")),
            ("foo=", Ok("info info")),
            ("foo=info&bar=", Err("unknown logger name")),
            ("a=info&b=info", Err("invalid number of parameters")),
            ("paths=,http:debug,,lua:trace", Ok("debug trace")),
            ("paths=http:debug,http:error", Ok("error info")),
            ("paths=http:debug,nope:trace", Err("unknown logger name")),
            ("paths=nope:bogus", Err("unknown logger level")),
            ("paths=http:debug:info", Err("unknown logger level")),
            ("paths=http", Err("empty logger name or empty logger level")),
            ("paths=:debug", Err("empty logger name or empty logger level")),
            ("group=http:info", Err("group parameter requires fine-grain logging to be enabled")),
        ] {
            let loggers = Loggers::default();
            let changed = change(&loggers, &Query::new(query));
            let levels = format!("{} {}", loggers.level("http").name(), loggers.level("lua").name());
            assert_eq!(changed.map(|()| levels.as_str()), wanted, "{query}");
            assert!(changed.is_ok() || levels == "info info", "{query}");
        }
    }
}
