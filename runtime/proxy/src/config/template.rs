//! URI templates of RBAC: `*` is one segment, `**` any number of characters, `{name}` and `{name=pattern}` bind.
use regex::bytes::Regex;

use super::matcher::full_regex;
use super::value::Scope;

/// A compiled template.
#[derive(Debug)]
pub(crate) struct UriTemplate {
    regex: Regex,
}

/// What a literal segment and a `*` may consist of, as the URI template matcher of Envoy defines it.
const SEGMENT: &str = "[a-zA-Z0-9-._~%!$&'()+,;:@=]+";
const TAIL: &str = "[a-zA-Z0-9-._~%!$&'()+,;:@=/]*";

impl UriTemplate {
    /// Compiles a template; an invalid one is refused.
    pub(crate) fn new(template: &str, scope: &Scope<'_>) -> Option<Self> {
        let mut pattern = String::new();
        if !template.starts_with('/') {
            scope.refuse("a path template starts with /");
            return None;
        }
        for segment in split(template.get(1..)?) {
            pattern.push('/');
            let segment = segment
                .strip_prefix('{')
                .and_then(|s| s.strip_suffix('}'))
                .map_or(segment, |variable| variable.split_once('=').map_or("*", |(_, pattern)| pattern));
            for (index, part) in segment.split('/').enumerate() {
                if index > 0 {
                    pattern.push('/');
                }
                match part {
                    "*" => pattern.push_str(SEGMENT),
                    "**" => pattern.push_str(TAIL),
                    text if text.contains(['{', '}']) => {
                        scope.refuse("a template segment is either text or one variable");
                        return None;
                    }
                    text => {
                        pattern.push_str(&regex::escape(text).replace("\\*\\*", TAIL).replace("\\*", SEGMENT))
                    }
                }
            }
        }
        Some(Self { regex: full_regex(&pattern, scope)? })
    }

    /// Whether a path without query matches.
    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        self.regex.is_match(path)
    }
}

/// Splits at slashes outside of braces.
fn split(template: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_u32);
    for (at, byte) in template.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'/' if depth == 0 => {
                parts.push(template.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(template.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn templates() {
        let refusals = RefCell::new(Vec::new());
        let scope = Scope::root(&refusals);
        let template = UriTemplate::new("/tpl/*/x/**", &scope).unwrap();
        for (path, wanted) in
            [("/tpl/a/x/", true), ("/tpl/a/x/b/c", true), ("/tpl/a/x", false), ("/tpl/a/b/x/c", false)]
        {
            assert_eq!(template.matches(path.as_bytes()), wanted, "{path}");
        }
        let bound = UriTemplate::new("/{country}/{rest=**}", &scope).unwrap();
        assert!(bound.matches(b"/de/a/b") && !bound.matches(b"/de"));
        assert!(UriTemplate::new("x", &scope).is_none() && refusals.borrow().len() == 1);
    }
}
