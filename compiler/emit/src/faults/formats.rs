//! Format strings: `%COMMAND(arguments):length%` between plain text, `%%` for a percent sign.

use super::commands::{self, Shape};

/// Why Envoy refuses a format string (`SubstitutionFormatParser::parse`, `CommandSyntaxChecker`). What stands in the parentheses is not
/// judged.
pub(super) fn why_bad(format: &str) -> Option<String> {
    let mut rest = format;
    while let Some((_, behind)) = rest.split_once('%') {
        rest = match behind.strip_prefix('%') {
            Some(behind) => behind,
            None => match command(behind) {
                Some((command, behind)) => {
                    if let Some(why) = command.why_bad() {
                        return Some(why);
                    }
                    behind
                }
                None => return Some("a `%` begins no command; write `%%` for the sign itself".to_owned()),
            },
        };
    }
    None
}

/// One command: its name, whether arguments are written, whether a length is.
struct Command<'f> {
    name: &'f str,
    arguments: bool,
    length: bool,
}

impl Command<'_> {
    fn why_bad(&self) -> Option<String> {
        let name = self.name;
        let Some(shape) = commands::shape(name) else {
            return Some(format!("Envoy knows no command `{name}`"));
        };
        match shape {
            Shape::Alone | Shape::Free if self.length => Some(format!("`{name}` takes no length")),
            Shape::Alone if self.arguments => Some(format!("`{name}` takes no arguments")),
            Shape::Arguments if !self.arguments => Some(format!("`{name}` wants arguments in parentheses")),
            _ => None,
        }
    }
}

/// The command behind its first `%`, and what follows it.
fn command(text: &str) -> Option<(Command<'_>, &str)> {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let name = text.get(..text.len() - behind.len()).filter(|name| !name.is_empty())?;
    let (arguments, behind) = match behind.strip_prefix('(') {
        Some(arguments) => {
            let (inside, behind) = arguments.split_once(')')?;
            (!inside.is_empty(), behind)
        }
        None => (false, behind),
    };
    let (length, behind) = match behind.strip_prefix(':') {
        Some(length) => {
            let end = length.trim_start_matches(|c: char| c.is_ascii_digit());
            (true, (end.len() < length.len()).then_some(end)?)
        }
        None => (false, behind),
    };
    Some((Command { name, arguments, length }, behind.strip_prefix('%')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_begin_commands_or_stand_twice() {
        for bad in [
            "100%",
            "%",
            "%foo%",
            "%REQ(a%",
            "%REQ(a):x%",
            "a %START_TIME",
            "%FOO%",
            "%REQ%",
            "%PROTOCOL(x)%",
        ] {
            assert!(why_bad(bad).is_some(), "{bad}");
        }
        for good in [
            "",
            "100%%",
            "%REQ(X-A?:B):10%",
            "%START_TIME(%s)%",
            "%PROTOCOL% %%",
            "%DOWNSTREAM_REMOTE_ADDRESS%",
            "%PROTOCOL()%",
            "%PATH(NQ):9%",
        ] {
            assert_eq!(why_bad(good), None, "{good}");
        }
    }
}
