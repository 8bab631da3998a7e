//! Format strings: `%COMMAND(arguments):length%` between plain text, `%%` for a percent sign.

/// Why Envoy refuses a format string. Only its shape is judged, not which commands there are (`SubstitutionFormatParser::parse`).
pub(super) fn why_bad(format: &str) -> Option<&'static str> {
    let mut rest = format;
    while let Some((_, behind)) = rest.split_once('%') {
        rest = match behind.strip_prefix('%') {
            Some(behind) => behind,
            None => match command(behind) {
                Some(behind) => behind,
                None => return Some("a `%` begins no command; write `%%` for the sign itself"),
            },
        };
    }
    None
}

/// What follows a command behind its first `%`.
fn command(text: &str) -> Option<&str> {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if behind.len() == text.len() {
        return None;
    }
    let behind = match behind.strip_prefix('(') {
        Some(arguments) => arguments.split_once(')')?.1,
        None => behind,
    };
    let behind = match behind.strip_prefix(':') {
        Some(length) => {
            let end = length.trim_start_matches(|c: char| c.is_ascii_digit());
            (end.len() < length.len()).then_some(end)?
        }
        None => behind,
    };
    behind.strip_prefix('%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_begin_commands_or_stand_twice() {
        for bad in ["100%", "%", "%foo%", "%REQ(a%", "%REQ(a):x%", "a %START_TIME"] {
            assert!(why_bad(bad).is_some(), "{bad}");
        }
        for good in [
            "",
            "100%%",
            "%REQ(X-A?:B):10%",
            "%START_TIME(%s)%",
            "%PROTOCOL% %%",
            "%DOWNSTREAM_REMOTE_ADDRESS%",
        ] {
            assert_eq!(why_bad(good), None, "{good}");
        }
    }
}
