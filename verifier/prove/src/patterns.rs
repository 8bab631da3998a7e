//! What policies ask, as patterns over attributes.

use mp_ir::plan::{Cidr, PeerMatch};

use crate::automata::quote;
use crate::space::Pattern;

/// The 32 bits of an IPv4 address.
pub(crate) fn bits(address: &str) -> String {
    let bits = address.parse::<std::net::Ipv4Addr>().map(|v4| v4.to_bits()).unwrap_or_default();
    format!("{bits:032b}")
}

pub(crate) fn cidr_pattern(block: &Cidr) -> Option<Pattern> {
    let std::net::IpAddr::V4(v4) = block.address else { return None };
    let all = format!("{:032b}", v4.to_bits());
    all.get(..usize::from(block.bits)).map(Pattern::prefix)
}

/// Envoy's template as a pattern.
pub(crate) fn template_pattern(template: &str) -> Pattern {
    const SEGMENT: &str = "A-Za-z0-9._~%!$&'()+,;:@=*-";
    let head = template.split('*').next().unwrap_or_default();
    let mut regex = String::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let (piece, length) = if rest.starts_with("**") {
            (format!("[{SEGMENT}/]*"), 2)
        } else if first == '*' {
            (format!("[{SEGMENT}]+"), 1)
        } else {
            (quote(first.to_string().as_bytes()), first.len_utf8())
        };
        regex.push_str(&piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    Pattern::regex(head, regex)
}

/// The pattern over SPIFFE ids; `None` where any identity will do.
pub(crate) fn peer_pattern(peer: &PeerMatch) -> Option<Pattern> {
    let q = |text: &str| quote(text.as_bytes());
    Some(match peer {
        PeerMatch::Any | PeerMatch::AnyTrustDomain => return None,
        PeerMatch::Exact(id) => Pattern::exact(id),
        PeerMatch::Prefix(start) => Pattern::prefix(start),
        PeerMatch::Suffix(end) => Pattern::regex("spiffe://", format!("spiffe://.*{}", q(end))),
        PeerMatch::Namespace(parts) => namespace_pattern(parts),
        PeerMatch::ServiceAccount { namespace, name } => account_pattern(namespace, name),
        PeerMatch::TrustDomain(domain, None) => Pattern::prefix(&format!("spiffe://{domain}/")),
        PeerMatch::TrustDomain(start, Some(end)) => {
            Pattern::regex(&format!("spiffe://{start}"), format!("spiffe://{}[^/]*{}/.*", q(start), q(end)))
        }
    })
}

/// `.*/ns/A.*B/.*` for the parts A and B.
pub(crate) fn namespace_pattern(parts: &[String]) -> Pattern {
    let parts: Vec<String> = parts.iter().map(|part| quote(part.as_bytes())).collect();
    Pattern::regex("", format!(".*/ns/{}/.*", parts.join(".*")))
}

/// `spiffe://.+/ns/NS/(.+/)?sa/SA(/.+)?`
pub(crate) fn account_pattern(namespace: &str, name: &str) -> Pattern {
    let (namespace, name) = (quote(namespace.as_bytes()), quote(name.as_bytes()));
    Pattern::regex("spiffe://", format!("spiffe://.+/ns/{namespace}/(?:.+/)?sa/{name}(?:/.+)?"))
}
