//! Trust domains and their aliases (`pilot/pkg/security/trustdomain`).

use mp_ir::base::At;
use mp_ir::mesh::{Mesh, Values};

/// The mesh's trust domain and its aliases.
pub(super) fn bundle(mesh: &Mesh) -> Vec<&str> {
    let aliases = mesh.settings.trust_domain_aliases.iter().map(String::as_str);
    std::iter::once(mesh.settings.trust_domain.as_str()).chain(aliases).collect()
}

/// Domains that the handshake accepts, each once; empty accepts any.
pub(super) fn for_validation(mesh: &Mesh) -> Vec<String> {
    if mesh.compat.flag("PILOT_SKIP_VALIDATE_TRUST_DOMAIN", false) {
        return Vec::new();
    }
    let mut out: Vec<String> = Vec::new();
    for domain in bundle(mesh) {
        if !domain.is_empty() && !out.iter().any(|known| known == domain) {
            out.push(domain.to_owned());
        }
    }
    out
}

/// Principals of the local domain stand for those of all aliases (`ReplaceTrustDomainAliases`).
pub(super) fn expand_principals(values: &Values, bundle: &[&str]) -> Values {
    values.iter().flat_map(|value| expand_principal(value, bundle)).collect()
}

fn expand_principal(value: &At<String>, bundle: &[&str]) -> Values {
    let parts: Vec<&str> = value.value.split('/').collect();
    let [domain, rest @ ..] = parts.as_slice() else { return vec![value.clone()] };
    let local = *domain == "cluster.local" || bundle.iter().any(|known| alike(domain, known));
    if rest.len() != 4 || *domain == "*" || !local {
        return vec![value.clone()];
    }
    let mut out: Values = Vec::new();
    for known in bundle {
        let text = if suffix_match(known, domain) {
            value.value.clone()
        } else {
            format!("{known}/{}", rest.join("/"))
        };
        if !out.iter().any(|other| other.value == text) {
            out.push(At { value: text, origin: value.origin });
        }
    }
    out
}

/// A known trust domain stands for all of them (`ExpandTrustDomainAliases`); each value once.
pub(super) fn expand_domains(values: &Values, bundle: &[&str]) -> Values {
    let mut out: Values = Vec::new();
    for value in values {
        let texts =
            if bundle.contains(&value.value.as_str()) { bundle.to_vec() } else { vec![value.value.as_str()] };
        for text in texts {
            if !out.iter().any(|other| other.value == text) {
                out.push(At { value: text.to_owned(), origin: value.origin });
            }
        }
    }
    out
}

/// Either is a wildcard for the other (`trustdomain.stringMatch`).
fn alike(a: &str, b: &str) -> bool {
    a == b || b == "*" || prefix_match(a, b) || prefix_match(b, a) || suffix_match(a, b) || suffix_match(b, a)
}

fn prefix_match(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').is_some_and(|start| text.starts_with(start))
}

fn suffix_match(text: &str, pattern: &str) -> bool {
    pattern.strip_prefix('*').is_some_and(|end| text.ends_with(end))
}
