//! The path of a `uri` as Go's `net/url` reads it, which is what the tool matches.

/// The decoded path without query and fragment; `None` where Go refuses the text.
pub(super) fn path(uri: &str) -> Option<String> {
    if uri.bytes().any(|b| b < b' ' || b == 0x7f) {
        return None;
    }
    let uri = uri.split_once('#').map_or(uri, |(before, _)| before);
    let rest = behind_scheme(uri)?;
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    let path = match rest.strip_prefix("//") {
        Some(host) => host.find('/').and_then(|at| host.get(at..)).unwrap_or_default(),
        None => rest,
    };
    decoded(path)
}

/// What follows `scheme:`; `None` for a colon in the first segment of a relative path, which Go takes for a mistake.
fn behind_scheme(uri: &str) -> Option<&str> {
    let first = uri.split(['/', '?']).next().unwrap_or_default();
    let Some((scheme, _)) = first.split_once(':') else { return Some(uri) };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    // Behind a scheme anything but a slash is no path to Go.
    let rest = uri.get(scheme.len() + 1..).filter(|_| is_scheme)?;
    Some(if rest.starts_with('/') { rest } else { "" })
}

fn decoded(path: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let value = digit()? * 16 + digit()?;
        out.push(u8::try_from(value).ok()?);
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn as_go_reads_it() {
        for (uri, wanted) in [
            ("/a?b=1", Some("/a")),
            ("/a#x", Some("/a")),
            ("https://h.example/p/q?x", Some("/p/q")),
            ("//h/p", Some("/p")),
            ("/a%20b", Some("/a b")),
            ("/a%zz", None),
            ("", Some("")),
            ("a:b", Some("")),
            ("1:b", None),
            ("/x:y", Some("/x:y")),
        ] {
            assert_eq!(path(uri).as_deref(), wanted, "{uri}");
        }
    }
}
