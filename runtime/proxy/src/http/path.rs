//! Path normalisation.
use std::borrow::Cow;

/// What unescaping slashes found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slashes {
    /// There was no escaped slash.
    None,
    /// There was one, and it was unescaped.
    Found,
}

/// Splits at the query.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(memchr::memchr(b'?', path).unwrap_or(path.len()))
}

/// Replaces `%2F` and `%5C` of the path (not of the query) by the characters.
pub(crate) fn unescape_slashes(path: &mut Vec<u8>) -> Slashes {
    let (before, query) = split(path);
    let mut out = Vec::with_capacity(path.len());
    let mut found = Slashes::None;
    let mut rest = before;
    while let Some((&first, tail)) = rest.split_first() {
        let unescaped = match rest.get(..3) {
            Some([b'%', b'2', b'F' | b'f']) => Some(b'/'),
            Some([b'%', b'5', b'C' | b'c']) => Some(b'\\'),
            _ => None,
        };
        match unescaped {
            Some(byte) => {
                out.push(byte);
                found = Slashes::Found;
                rest = rest.get(3..).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out.extend_from_slice(query);
    *path = out;
    found
}

/// Resolves dot segments, turns backslashes into slashes and decodes unreserved characters; repeated slashes stay.
/// `None` for a path that cannot be normalised: it does not begin with a slash, or holds `%00`.
pub(crate) fn normalize(path: &[u8]) -> Option<Vec<u8>> {
    let (before, query) = split(path);
    if before.first() != Some(&b'/') {
        return None;
    }
    let decoded = decode_unreserved(before)?;
    let decoded = drop_dot_parameters(&decoded);
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut parts = decoded.get(1..)?.split(|b| *b == b'/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match dots(part) {
            1 if last => segments.push(b""),
            1 => {}
            2 => {
                segments.pop();
                if last {
                    segments.push(b"");
                }
            }
            _ => segments.push(part),
        }
    }
    let mut out = Vec::with_capacity(path.len());
    for segment in segments {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    if out.is_empty() {
        out.push(b'/');
    }
    out.extend_from_slice(query);
    Some(out)
}

/// Removes `;parameters` after segments that are dots: `/a/..;x/b` goes up as `/a/../b` does. Envoy leaves
/// escaped dots with parameters (`%2e%2e;`) as `..;`; here they are dots too, so that normalising twice changes nothing.
fn drop_dot_parameters(path: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(path, b".;").is_none() {
        return Cow::Borrowed(path);
    }
    let mut out = Vec::with_capacity(path.len());
    for part in path.split_inclusive(|b| *b == b'/') {
        let dots = part.iter().take_while(|b| **b == b'.').count();
        if matches!(dots, 1 | 2) && part.get(dots) == Some(&b';') {
            out.extend(part.iter().take(dots));
            out.extend(part.last().filter(|b| **b == b'/'));
        } else {
            out.extend_from_slice(part);
        }
    }
    Cow::Owned(out)
}

/// 1 for `.`, 2 for `..`, else 0; dots are decoded by now.
fn dots(segment: &[u8]) -> u8 {
    match segment {
        b"." => 1,
        b".." => 2,
        _ => 0,
    }
}

fn decode_unreserved(path: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'\\' {
            out.push(b'/');
            continue;
        }
        if b"\"<>^`{|}".contains(&first) || !first.is_ascii() {
            out.extend_from_slice(format!("%{first:02X}").as_bytes());
            continue;
        }
        if first != b'%' {
            out.push(first);
            continue;
        }
        let value = match tail {
            [a, b, ..] => hex(*a).zip(hex(*b)).map(|(a, b)| a << 4 | b),
            _ => None,
        };
        match value {
            Some(0) => return None,
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            Some(_) => {
                out.push(b'%');
                out.extend(tail.iter().take(2));
                rest = tail.get(2..).unwrap_or_default();
            }
            None => out.push(b'%'),
        }
    }
    Some(out)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Merges repeated slashes of the path, not of the query.
pub(crate) fn merge_slashes(path: &mut Vec<u8>) {
    let end = memchr::memchr(b'?', path).unwrap_or(path.len());
    if end > 1 && path.iter().take(end).all(|b| *b == b'/') {
        // Envoy keeps the first and the last slash of a path of slashes.
        path.drain(2..end);
        return;
    }
    let mut index = 0;
    let mut previous = 0;
    path.retain(|byte| {
        let drop = index < end && *byte == b'/' && previous == b'/';
        index += 1;
        previous = *byte;
        !drop
    });
}

/// A text with its percent encodings decoded; what is none stays.
pub(crate) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalisation() {
        for (path, wanted) in [
            ("/a/../b", "/b"),
            ("/a/./b", "/a/b"),
            ("//a//b", "//a//b"),
            ("/a%2Fb", "/a%2Fb"),
            ("/a\\b", "/a/b"),
            ("/%64enied", "/denied"),
            ("/a/%2e%2E/b", "/b"),
            ("/../x", "/x"),
            ("/a/..", "/"),
            ("/a/b/.", "/a/b/"),
            ("/a//../b", "/a/b"),
            ("/a?x=../y", "/a?x=../y"),
            ("/a%zz%", "/a%zz%"),
            ("/a%2fb", "/a%2fb"),
            ("/a/..;x/b", "/b"),
            ("/.;/b", "/b"),
            ("/a/...;/b", "/a/...;/b"),
            ("/a/;../b", "/a/;../b"),
            ("/a<b>\"{c}", "/a%3Cb%3E%22%7Bc%7D"),
        ] {
            let once = normalize(path.as_bytes()).unwrap();
            assert_eq!(String::from_utf8_lossy(&once), wanted, "{path}");
            assert_eq!(normalize(&once).unwrap(), once, "normalising twice changes {path}");
        }
        assert_eq!(normalize(b"/a%00"), None);
        assert_eq!(normalize(b"a"), None);
    }

    #[test]
    fn slashes() {
        let mut path = b"/a%2fb%5C?%2F//".to_vec();
        assert_eq!(unescape_slashes(&mut path), Slashes::Found);
        assert_eq!(path, b"/a/b\\?%2F//");
        let mut path = b"//a///b?//".to_vec();
        merge_slashes(&mut path);
        assert_eq!(path, b"/a/b?//");
        let mut path = b"///?x//".to_vec();
        merge_slashes(&mut path);
        assert_eq!(path, b"//?x//");
    }
}
