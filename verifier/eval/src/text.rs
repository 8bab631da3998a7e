//! Texts against patterns.

use mp_ir::plan::{HeaderTest, PeerMatch, TextMatch};

/// Whether a text is so.
pub(crate) fn matches(pattern: &TextMatch, text: &[u8]) -> bool {
    match pattern {
        TextMatch::Exact(s) => text == s.as_bytes(),
        TextMatch::Prefix(s) => text.starts_with(s.as_bytes()),
        TextMatch::Suffix(s) => text.ends_with(s.as_bytes()),
        // The proxy's pattern is `.+`, whose dot is no line break.
        TextMatch::NotEmpty => !text.is_empty() && !text.contains(&b'\n'),
    }
}

/// The same without regard to the case of letters.
pub(crate) fn matches_any_case(pattern: &TextMatch, text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let pattern = match pattern {
        TextMatch::Exact(s) => TextMatch::Exact(s.to_ascii_lowercase()),
        TextMatch::Prefix(s) => TextMatch::Prefix(s.to_ascii_lowercase()),
        TextMatch::Suffix(s) => TextMatch::Suffix(s.to_ascii_lowercase()),
        TextMatch::NotEmpty => TextMatch::NotEmpty,
    };
    matches(&pattern, lower.as_bytes())
}

/// Whether a header with these lines is so: any line counts, and there may be none.
pub(crate) fn header_matches(test: &HeaderTest, lines: &[impl AsRef<str>]) -> bool {
    match test {
        HeaderTest::Present => !lines.is_empty(),
        HeaderTest::Value(pattern) => lines.iter().any(|line| matches(pattern, line.as_ref().as_bytes())),
    }
}

/// Whether a SPIFFE id is so.
pub(crate) fn peer_matches(test: &PeerMatch, id: &str) -> bool {
    match test {
        PeerMatch::Any => !id.is_empty(),
        PeerMatch::Exact(whole) => id == whole,
        PeerMatch::Prefix(start) => id.starts_with(start),
        PeerMatch::Suffix(end) => id.strip_prefix("spiffe://").is_some_and(|rest| rest.ends_with(end)),
        PeerMatch::Namespace(parts) => namespace_matches(parts, id),
        PeerMatch::ServiceAccount { namespace, name } => account_matches(namespace, name, id),
        PeerMatch::AnyTrustDomain => id.starts_with("spiffe://"),
        PeerMatch::TrustDomain(domain, None) => id
            .strip_prefix("spiffe://")
            .and_then(|rest| rest.strip_prefix(domain.as_str()))
            .is_some_and(|rest| rest.starts_with('/')),
        PeerMatch::TrustDomain(start, Some(end)) => trust_domain_matches(start, end, id),
    }
}

/// `.*/ns/A.*B/.*` with parts A, B: the first part follows `/ns/`, a `/` follows the last.
fn namespace_matches(parts: &[String], id: &str) -> bool {
    let [first, rest @ ..] = parts else { return false };
    let start = format!("/ns/{first}");
    id.match_indices(&start).any(|(at, _)| {
        let mut tail = id.get(at + start.len()..).unwrap_or_default();
        for part in rest {
            // The leftmost place leaves the most for what follows.
            let Some(found) = tail.find(part.as_str()) else { return false };
            tail = tail.get(found + part.len()..).unwrap_or_default();
        }
        if rest.is_empty() {
            tail.starts_with('/')
        } else {
            last_part_before_slash(rest, id.get(at + start.len()..).unwrap_or_default())
        }
    })
}

/// Parts in order with any text before each, and `/` right behind the last one.
fn last_part_before_slash(parts: &[String], text: &str) -> bool {
    let [middle @ .., last] = parts else { return false };
    let mut tail = text;
    for part in middle {
        let Some(found) = tail.find(part.as_str()) else { return false };
        tail = tail.get(found + part.len()..).unwrap_or_default();
    }
    tail.contains(&format!("{last}/"))
}

/// `spiffe://.+/ns/NS/(.+/|)sa/SA(/.+)?`
fn account_matches(namespace: &str, name: &str, id: &str) -> bool {
    let Some(rest) = id.strip_prefix("spiffe://") else { return false };
    let place = format!("/ns/{namespace}/");
    let account = format!("sa/{name}");
    rest.match_indices(&place).filter(|(at, _)| *at > 0).any(|(at, _)| {
        let tail = rest.get(at + place.len()..).unwrap_or_default();
        tail.match_indices(&account).any(|(start, _)| {
            let before = tail.get(..start).unwrap_or_default();
            let behind = tail.get(start + account.len()..).unwrap_or_default();
            let begins = before.is_empty() || (before.len() > 1 && before.ends_with('/'));
            begins && (behind.is_empty() || (behind.len() > 1 && behind.starts_with('/')))
        })
    })
}

/// `spiffe://START[^/]*END/.*`
fn trust_domain_matches(start: &str, end: &str, id: &str) -> bool {
    let Some(rest) = id.strip_prefix("spiffe://").and_then(|rest| rest.strip_prefix(start)) else {
        return false;
    };
    // The wildcard stops at the first slash, so END begins before or right there.
    let free = rest.find('/').unwrap_or(rest.len());
    (0..=free).any(|at| {
        rest.get(at..).and_then(|tail| tail.strip_prefix(end)).is_some_and(|tail| tail.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers() {
        let ns = |parts: &[&str]| PeerMatch::Namespace(parts.iter().map(|p| (*p).to_owned()).collect());
        let sa = PeerMatch::ServiceAccount { namespace: "shop".into(), name: "web".into() };
        let id = "spiffe://td/ns/shop/sa/web";
        assert!(peer_matches(&ns(&["shop"]), id) && !peer_matches(&ns(&["sho"]), id));
        assert!(
            peer_matches(&ns(&["s", "p"]), id)
                && peer_matches(&ns(&["", ""]), id)
                && !peer_matches(&ns(&["s", "x"]), id)
        );
        assert!(peer_matches(&ns(&["foo"]), "spiffe://td/ns/bar/sa/ns/foo/x"));
        assert!(
            peer_matches(&sa, id)
                && !peer_matches(&sa, "spiffe://td/ns/shop/sa/web2")
                && !peer_matches(&sa, "spiffe://td/ns/shop/xsa/web")
        );
        assert!(peer_matches(&PeerMatch::TrustDomain("t".into(), Some("d".into())), id));
        assert!(!peer_matches(&PeerMatch::TrustDomain("t".into(), Some("e".into())), id));
        assert!(
            peer_matches(&PeerMatch::Suffix("/sa/web".into()), id)
                && !peer_matches(&PeerMatch::Suffix("/sa/eb".into()), id)
        );
    }
}
