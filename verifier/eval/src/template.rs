//! Path templates (Envoy's `uri_template`): `*` is one segment, `**` is the rest.

/// Whether a path without query matches a template in Envoy's notation.
///
/// `*` takes one or more and `**` any number of the characters that Envoy counts as a segment's; both are blind to `[`, `]`
/// and what RFC 3986 does not allow raw. `**` takes slashes too.
#[must_use]
pub fn matches_template(template: &str, path: &[u8]) -> bool {
    matches(template.as_bytes(), path)
}

fn in_segment(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~%!$&'()+,;:@=*".contains(&b)
}

fn matches(template: &[u8], path: &[u8]) -> bool {
    match template {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => {
            let longest = path.iter().take_while(|b| in_segment(**b) || **b == b'/').count();
            (0..=longest).rev().any(|at| matches(rest, path.get(at..).unwrap_or_default()))
        }
        [b'*', rest @ ..] => {
            let longest = path.iter().take_while(|b| in_segment(**b)).count();
            (1..=longest).rev().any(|at| matches(rest, path.get(at..).unwrap_or_default()))
        }
        [first, rest @ ..] => path.split_first().is_some_and(|(b, tail)| b == first && matches(rest, tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::matches_template as m;

    #[test]
    fn templates() {
        for (template, path, expect) in [
            ("/a/**", "/a/", true),
            ("/a/**", "/a", false),
            ("/a/**", "/a/b/c", true),
            ("/a/**", "/a/[x]", false),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a//c", false),
            ("/a/*/c", "/a/b/b/c", false),
            ("/a/**/c", "/a/b/b/c", true),
            ("/a/*", "/a/%2F", true),
        ] {
            assert_eq!(m(template, path.as_bytes()), expect, "{template} {path}");
        }
    }
}
