//! What the proxy does to a path before anybody reads it (Envoy's `path_utility.cc` and its URL library, as observed).

use mp_ir::plan::{EscapedSlashes, PathRules};

/// The path after handling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathOutcome {
    /// Path and query that all filters see.
    Path(Vec<u8>),
    /// Answered with this status.
    Refused(u16),
    /// The client is sent to the decoded path.
    Redirected,
}

/// Applies a proxy's rules to a request target that begins with `/`.
#[must_use]
pub fn normalize(target: &[u8], rules: PathRules) -> PathOutcome {
    if target.contains(&b'#') {
        return PathOutcome::Refused(400);
    }
    let cut = target.iter().position(|b| *b == b'?').unwrap_or(target.len());
    let (path, query) = target.split_at(cut);
    let mut path = path.to_vec();
    let mut redirect = false;
    if rules.escaped_slashes != EscapedSlashes::Keep {
        let decoded = unescape_slashes(&path);
        if decoded != path {
            match rules.escaped_slashes {
                EscapedSlashes::Reject => return PathOutcome::Refused(400),
                EscapedSlashes::Redirect => redirect = true,
                EscapedSlashes::Keep | EscapedSlashes::Unescape => {}
            }
            path = decoded;
        }
    }
    if rules.normalize {
        match canonical(&path) {
            Some(done) => path = done,
            None => return PathOutcome::Refused(400),
        }
    }
    if rules.merge_slashes {
        path = merge_slashes(&path);
    }
    if redirect {
        return PathOutcome::Redirected;
    }
    path.extend_from_slice(query);
    PathOutcome::Path(path)
}

/// `%2F` and `%5C` decoded, in either case of letters.
fn unescape_slashes(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, tail)) = rest.split_first() {
        match escape(rest) {
            Some((b @ (b'/' | b'\\'), after)) => {
                out.push(b);
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

/// The byte that a text begins with as `%XX`, and what follows.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else { return None };
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some((digit(high)? * 16 + digit(low)?, rest))
}

/// Slashes in a row become one; a path of nothing but slashes keeps its first and its last.
fn merge_slashes(path: &[u8]) -> Vec<u8> {
    if !path.windows(2).any(|pair| pair == b"//") {
        return path.to_vec();
    }
    let parts: Vec<&[u8]> = path.split(|b| *b == b'/').filter(|part| !part.is_empty()).collect();
    let mut out = parts.join(&b'/');
    if path.first() == Some(&b'/') {
        out.insert(0, b'/');
    }
    if path.last() == Some(&b'/') {
        out.push(b'/');
    }
    out
}

/// One segment's end: `/` or `\`.
fn is_slash(b: u8) -> bool {
    b == b'/' || b == b'\\'
}

/// Dot segments resolved (with their `;parameters`), unreserved escapes decoded, unsafe characters escaped.
/// `None` when the path holds a NUL.
fn canonical(path: &[u8]) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, tail)) = rest.split_first() {
        if is_slash(*first) {
            out.push(b'/');
            rest = tail;
            continue;
        }
        let at_start = out.last().is_none_or(|b| *b == b'/');
        if let Some((dots, after)) = dot_segment(rest).filter(|_| at_start) {
            if dots == 2 {
                leave(&mut out);
            }
            rest = after;
            continue;
        }
        rest = copy_one(*first, tail, rest, &mut out)?;
    }
    Some(out)
}

/// A segment of one or two dots (also as `%2E`), and what follows it and its slash.
fn dot_segment(text: &[u8]) -> Option<(usize, &[u8])> {
    let dot = |text: &[u8]| -> Option<usize> {
        match text {
            [b'.', ..] => Some(1),
            _ => escape(text).filter(|(b, _)| *b == b'.').map(|_| 3),
        }
    };
    let mut rest = text;
    let mut dots = 0;
    while let Some(width) = dot(rest) {
        rest = rest.get(width..)?;
        dots += 1;
    }
    let parameters = rest.first() == Some(&b';');
    if dots == 0 || dots > 2 || !(rest.is_empty() || parameters || rest.first().is_some_and(|b| is_slash(*b)))
    {
        return None;
    }
    let end = rest.iter().position(|b| is_slash(*b)).map_or(rest.len(), |at| at + 1);
    Some((dots, rest.get(end..).unwrap_or_default()))
}

/// Drops the last segment, keeping the slash before it; the first slash stays.
fn leave(out: &mut Vec<u8>) {
    if out.len() > 1 {
        out.pop();
        let keep = out.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
        out.truncate(keep.max(1));
    }
}

fn copy_one<'a>(first: u8, tail: &'a [u8], text: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    if let Some((byte, after)) = escape(text) {
        match byte {
            0 => return None,
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(b),
            _ => out.extend_from_slice(text.get(..3)?),
        }
        return Some(after);
    }
    let unsafe_byte = first <= b' ' || first >= 0x7f || b"\"<>^`{|}".contains(&first);
    if unsafe_byte {
        out.extend(format!("%{first:02X}").into_bytes());
    } else {
        out.push(first);
    }
    Some(tail)
}

/// What an application makes of a path that cuts the query, decodes percent escapes once, turns `\` into `/`, merges
/// slashes and then resolves dot segments.
#[must_use]
pub fn application_path(target: &[u8]) -> Vec<u8> {
    let path = target.split(|b| *b == b'?').next().unwrap_or_default();
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, tail)) = rest.split_first() {
        let (byte, after) = escape(rest).unwrap_or((*first, tail));
        decoded.push(if byte == b'\\' { b'/' } else { byte });
        rest = after;
    }
    let directory = decoded.last() == Some(&b'/');
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut last_is_dots = false;
    for segment in decoded.split(|b| *b == b'/').filter(|segment| !segment.is_empty()) {
        last_is_dots = segment == b"." || segment == b"..";
        match segment {
            b"." => {}
            b".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let mut out = vec![b'/'];
    out.extend(segments.join(&b'/'));
    if (directory || last_is_dots) && !segments.is_empty() {
        out.push(b'/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str, rules: PathRules) -> String {
        match normalize(path.as_bytes(), rules) {
            PathOutcome::Path(path) => String::from_utf8(path).unwrap(),
            PathOutcome::Refused(status) => format!("ST{status}"),
            PathOutcome::Redirected => "redirect".to_owned(),
        }
    }

    /// What Envoy 1.40 answered for: none, base, merge, decode and merge.
    #[test]
    fn paths_as_envoy_rewrites_them() {
        let base = PathRules { normalize: true, ..PathRules::default() };
        let merge = PathRules { merge_slashes: true, ..base };
        let decode = PathRules { escaped_slashes: EscapedSlashes::Unescape, ..merge };
        for (path, expect) in [
            ("/a/..;/b", ["/a/..;/b", "/b", "/b", "/b"]),
            ("/a/.;/b", ["/a/.;/b", "/a/b", "/a/b", "/a/b"]),
            ("/a/..;x/b", ["/a/..;x/b", "/b", "/b", "/b"]),
            ("/a/..", ["/a/..", "/", "/", "/"]),
            ("/a/.", ["/a/.", "/a/", "/a/", "/a/"]),
            ("/..", ["/..", "/", "/", "/"]),
            ("/a/../../b", ["/a/../../b", "/b", "/b", "/b"]),
            ("/a//../b", ["/a//../b", "/a/b", "/a/b", "/a/b"]),
            ("/a/..\\b", ["/a/..\\b", "/b", "/b", "/b"]),
            ("/%zz", ["/%zz", "/%zz", "/%zz", "/%zz"]),
            ("/%41%2f%5c", ["/%41%2f%5c", "/A%2f%5c", "/A%2f%5c", "/A/"]),
            ("/%00", ["/%00", "ST400", "ST400", "ST400"]),
            ("/a?b/../c", ["/a?b/../c", "/a?b/../c", "/a?b/../c", "/a?b/../c"]),
            ("/a/..?x", ["/a/..?x", "/?x", "/?x", "/?x"]),
            ("/a//b//", ["/a//b//", "/a//b//", "/a/b/", "/a/b/"]),
            ("/%2f%2f", ["/%2f%2f", "/%2f%2f", "/%2f%2f", "//"]),
            ("/a/%2e%2e%2fb", ["/a/%2e%2e%2fb", "/a/..%2fb", "/a/..%2fb", "/b"]),
            ("/a/...", ["/a/...", "/a/...", "/a/...", "/a/..."]),
            ("/a/b%2f%2e%2e", ["/a/b%2f%2e%2e", "/a/b%2f..", "/a/b%2f..", "/a/"]),
            ("/x\"y", ["/x\"y", "/x%22y", "/x%22y", "/x%22y"]),
            ("/x#y", ["ST400", "ST400", "ST400", "ST400"]),
            ("/x[y", ["/x[y", "/x[y", "/x[y", "/x[y"]),
        ] {
            let got = [at(path, PathRules::default()), at(path, base), at(path, merge), at(path, decode)];
            assert_eq!(got, expect, "{path}");
        }
    }

    #[test]
    fn applications_decode_then_merge_then_resolve() {
        for (path, expect) in [
            ("//admin", "/admin"),
            ("/x/..%2fadmin", "/admin"),
            ("/%61dmin/?q", "/admin/"),
            ("/a/../admin/x", "/admin/x"),
            ("/x//../admin", "/admin"),
        ] {
            assert_eq!(application_path(path.as_bytes()), expect.as_bytes(), "{path}");
        }
    }
}
