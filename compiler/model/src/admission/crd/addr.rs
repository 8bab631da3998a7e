//! IP addresses as Go's `net/netip` reads them (`netip.go`, `ParseAddr`), and what it says of others.

use super::words::quoted;

/// What is wrong, and from where on; an empty rest is not shown.
type Fault<'t> = (&'static str, &'t str);

/// Whether a text is an IPv4 address; else it is an IPv6 address, perhaps with a zone.
///
/// # Errors
/// In Go's words.
pub fn is_v4(text: &str) -> Result<bool, String> {
    let read = match text.find(['.', ':', '%']).and_then(|at| text.get(at..=at)) {
        Some(".") => v4(text).map(|()| true),
        Some(":") => v6(text).map(|()| false),
        Some(_) => Err(("missing IPv6 address", "")),
        None => Err(("unable to parse IP", "")),
    };
    read.map_err(|(why, rest)| {
        let rest = if rest.is_empty() { String::new() } else { format!(" (at {})", quoted(rest)) };
        format!("ParseAddr({}): {why}{rest}", quoted(text))
    })
}

/// Four numbers without leading zeros (`parseIPv4Fields`).
fn v4(text: &str) -> Result<(), Fault<'_>> {
    let (mut value, mut digits, mut dots) = (0u32, 0, 0);
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or("");
        if let Some(digit) = c.to_digit(10) {
            if digits == 1 && value == 0 {
                return Err(("IPv4 field has octet with leading zero", ""));
            }
            (value, digits) = (value * 10 + digit, digits + 1);
            if value > 255 {
                return Err(("IPv4 field has value >255", ""));
            }
        } else if c != '.' {
            return Err(("unexpected character", rest));
        } else if digits == 0 || rest.len() == 1 {
            return Err(("IPv4 field must have at least one digit", rest));
        } else if dots == 3 {
            return Err(("IPv4 address too long", ""));
        } else {
            (value, digits, dots) = (0, 0, dots + 1);
        }
    }
    if dots < 3 { Err(("IPv4 address too short", "")) } else { Ok(()) }
}

/// Groups of hexadecimal digits, `::` once, an IPv4 address at the end, a zone behind `%` (`parseIPv6`).
fn v6(text: &str) -> Result<(), Fault<'_>> {
    let (mut rest, zone) = text.split_once('%').map_or((text, None), |(rest, zone)| (rest, Some(zone)));
    if zone == Some("") {
        return Err(("zone must be a non-empty string", ""));
    }
    if rest == "::" {
        return Ok(());
    }
    let (mut bytes, mut gap) = (0, rest.starts_with("::").then_some(0));
    rest = rest.strip_prefix("::").unwrap_or(rest);
    while bytes < 16 {
        let after = group(rest)?;
        if after.starts_with('.') {
            embedded(rest, bytes, gap.is_some())?;
            (rest, bytes) = ("", bytes + 4);
            break;
        }
        (rest, bytes) = (after, bytes + 2);
        if rest.is_empty() {
            break;
        }
        rest = colon(rest)?;
        if let Some(tail) = rest.strip_prefix(':') {
            if gap.is_some() {
                return Err(("multiple :: in address", rest));
            }
            (rest, gap) = (tail, Some(bytes));
            if rest.is_empty() {
                break;
            }
        }
    }
    match (rest.is_empty(), bytes < 16, gap) {
        (false, _, _) => Err(("trailing garbage after address", rest)),
        (true, true, None) => Err(("address string too short", "")),
        (true, false, Some(_)) => Err(("the :: must expand to at least one field of zeros", "")),
        _ => Ok(()),
    }
}

fn colon(text: &str) -> Result<&str, Fault<'_>> {
    match text.strip_prefix(':') {
        None => Err(("unexpected character, want colon", text)),
        Some("") => Err(("colon must be followed by more characters", text)),
        Some(tail) => Ok(tail),
    }
}

/// One group of up to four digits: what follows it.
fn group(text: &str) -> Result<&str, Fault<'_>> {
    let after = text.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    match text.len() - after.len() {
        0 => Err(("each colon-separated field must have at least one digit", text)),
        1..=4 => Ok(after),
        _ => Err(("each group must have 4 or less digits", text)),
    }
}

fn embedded(text: &str, bytes: usize, gap: bool) -> Result<(), Fault<'_>> {
    if !gap && bytes != 12 {
        return Err(("embedded IPv4 address must replace the final 2 fields of the address", text));
    }
    if bytes + 4 > 16 {
        return Err(("too many hex fields to fit an embedded IPv4 at the end of the address", text));
    }
    v4(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_reads_them() {
        for text in ["1.2.3.4", "0.0.0.255"] {
            assert_eq!(is_v4(text), Ok(true), "{text}");
        }
        for text in
            ["::", "::1", "1::", "fe80::1%eth0", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4"]
        {
            assert_eq!(is_v4(text), Ok(false), "{text}");
        }
        for (text, why) in [
            ("", "unable to parse IP"),
            ("a%b", "missing IPv6 address"),
            ("1.2.3", "IPv4 address too short"),
            ("1.2.3.4.5", "IPv4 address too long"),
            ("01.2.3.4", "IPv4 field has octet with leading zero"),
            ("1.256.3.4", "IPv4 field has value >255"),
            ("1..3.4", "IPv4 field must have at least one digit (at \".3.4\")"),
            ("1.2.3.x", "unexpected character (at \"x\")"),
            ("fe80::1%", "zone must be a non-empty string"),
            ("::1]", "unexpected character, want colon (at \"]\")"),
            ("1:", "colon must be followed by more characters (at \":\")"),
            ("1::2::3", "multiple :: in address (at \":3\")"),
            ("12345::", "each group must have 4 or less digits (at \"12345::\")"),
            ("::x", "each colon-separated field must have at least one digit (at \"x\")"),
            ("1:2", "address string too short"),
            ("1:2:3:4:5:6:7:8:9", "trailing garbage after address (at \"9\")"),
        ] {
            assert_eq!(is_v4(text), Err(format!("ParseAddr({}): {why}", quoted(text))), "{text}");
        }
    }
}
