//! Clauses of a line: what each keyword says of a request, or of the place where an invariant is asked.

use mp_eval::Proto;

use super::phrase::{self, Fault};
use super::words::Word;
use crate::condition::{Condition, HostPattern, Target};
use crate::place::Place;

pub(super) const CLAUSES: [&str; 13] = [
    "from",
    "with",
    "without",
    "to",
    "path",
    "not-path",
    "method",
    "host",
    "port",
    "header",
    "header-absent",
    "proto",
    "at",
];
/// Words that end a list of clauses.
pub(super) const SECTIONS: [&str; 6] = ["unless", "except", "since", "assume", "because", "waive"];

/// A word that begins a clause or a section; a list of methods does, too.
pub(super) fn is_keyword(word: &Word) -> bool {
    let listed = CLAUSES.iter().chain(&SECTIONS).any(|keyword| word.is(keyword));
    listed || (!word.quoted && is_methods(&word.text))
}

/// Why a word that is written as a list of methods is none.
pub(super) fn wrong_method(word: &Word) -> Option<Fault> {
    let methods = word.text.split(',').filter(|_| is_methods(&word.text) && word.text != "*");
    methods.into_iter().find_map(|method| phrase::method(method).err())
}

fn is_methods(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b',' || b == b'*')
}

pub(super) fn clause(
    keyword: &str,
    value: &str,
    out: &mut Condition,
    place: Option<&mut Place>,
) -> Result<(), Fault> {
    match keyword {
        "from" | "with" => out.add_from(&phrase::callers(value)?),
        "without" => out.without.extend(phrase::callers(value)?),
        "to" => go_to(out, place, value)?,
        "path" => add_path(out, value)?,
        "not-path" => out.not_paths.push(phrase::path(value)?),
        "host" => out.hosts.push(HostPattern::new(value)),
        "port" => {
            for one in value.split(',') {
                out.ports.push(phrase::port(one)?);
            }
        }
        "header" => out.headers.push(phrase::header(value)),
        "header-absent" => out.no_headers.push(value.to_ascii_lowercase()),
        "proto" => out.proto = Some(protocol(value)?),
        "at" => {
            if let Some(place) = place {
                self::place(value, place)?;
            }
        }
        "method" => add_methods(out, value)?,
        methods => {
            if methods != "*" {
                add_methods(out, methods)?;
            }
            add_path(out, value)?;
        }
    }
    Ok(())
}

fn go_to(out: &mut Condition, place: Option<&mut Place>, value: &str) -> Result<(), Fault> {
    let (target, port) = phrase::target(value)?;
    out.ports.extend(port);
    match place {
        Some(place) => set(&mut place.to, target, "to"),
        None => set(&mut out.to, target, "to"),
    }
}

fn protocol(value: &str) -> Result<Proto, Fault> {
    match value {
        "http" => Ok(Proto::Http),
        "tcp" => Ok(Proto::Tcp),
        other => Err(Fault::unknown("protocol", other, ["http", "tcp"])),
    }
}

fn add_methods(out: &mut Condition, list: &str) -> Result<(), Fault> {
    for one in list.split(',') {
        out.methods.push(phrase::method(one)?);
    }
    Ok(())
}

/// `*` and `/**` mean every path.
fn add_path(out: &mut Condition, pattern: &str) -> Result<(), Fault> {
    if pattern == "*" || pattern == "/**" {
        out.proto = Some(Proto::Http);
    } else {
        out.paths.push(phrase::path(pattern)?);
    }
    Ok(())
}

fn set(slot: &mut Option<Target>, value: Option<Target>, keyword: &str) -> Result<(), Fault> {
    if slot.is_some() {
        return Err(Fault::new(format!("`{keyword}` is said twice"), "write one invariant for each"));
    }
    *slot = value;
    Ok(())
}

fn place(text: &str, out: &mut Place) -> Result<(), Fault> {
    const KINDS: [&str; 6] = ["workload", "service", "gateway", "ns", "label", "all"];
    match text.split_once(':') {
        None if text == "all" => {}
        None if text == "gateway" => out.gateway = Some(("*".to_owned(), "*".to_owned())),
        None => out.workload = Some(phrase::pair("workload", text)?),
        Some(("workload", name)) => out.workload = Some(phrase::pair("workload", name)?),
        Some(("gateway", name)) => out.gateway = Some(phrase::pair("gateway", name)?),
        Some(("service", name)) => set(&mut out.to, phrase::target(name)?.0, "at")?,
        Some(("ns", _)) => set(&mut out.to, phrase::target(text)?.0, "at")?,
        Some(("label", pair)) => {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| Fault::new(format!("`{pair}` is no label"), "write `at label:app=web`"))?;
            out.labels.insert(key.to_owned(), value.to_owned());
        }
        Some((other, _)) => return Err(Fault::unknown("place", other, KINDS)),
    }
    Ok(())
}
