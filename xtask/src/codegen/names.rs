//! Names as Rust spells them.

/// A method name: `clusterIPs` to `cluster_ips`, `TLSOptions` to `tls_options`, keywords with an underscore behind.
pub(crate) fn method(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after: String = chars.iter().skip(at + 1).collect();
        let starts_word = match before {
            Some(b) if c.is_uppercase() && (b.is_lowercase() || b.is_ascii_digit()) => true,
            Some(b) if c.is_uppercase() && b.is_uppercase() => {
                let plural = after == "s"
                    || after.strip_prefix('s').is_some_and(|a| a.starts_with(char::is_uppercase));
                after.starts_with(char::is_lowercase) && !plural
            }
            _ => false,
        };
        if starts_word {
            out.push('_');
        }
        match c {
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ => out.push('_'),
        }
    }
    if KEYWORDS.contains(&out.as_str()) {
        out.push('_');
    }
    out
}

const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "unsafe", "use", "where",
    "while",
];

/// An enum's variant: `ISTIO_MUTUAL` to `IstioMutual`, `PathPrefix` as it is.
pub(crate) fn variant(name: &str) -> String {
    if name == "*" {
        return "Wildcard".to_owned();
    }
    let shouted = !name.chars().any(char::is_lowercase);
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let made: String = words
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            let rest = chars.map(|c| if shouted { c.to_ascii_lowercase() } else { c });
            first.into_iter().chain(rest).collect::<String>()
        })
        .collect();
    if made == "Self" { "SelfOnly".to_owned() } else { made }
}

#[cfg(test)]
mod tests {
    use super::{method, variant};

    #[test]
    fn methods() {
        let cases = [
            ("clusterIPs", "cluster_ips"),
            ("podCIDRs", "pod_cidrs"),
            ("clusterIP", "cluster_ip"),
            ("externalIPsPolicy", "external_ips_policy"),
            ("TLSOptions", "tls_options"),
            ("hostIPC", "host_ipc"),
            ("match", "match_"),
            ("http2_max_requests", "http2_max_requests"),
            ("caCertificates", "ca_certificates"),
            ("x-kind", "x_kind"),
        ];
        for (from, to) in cases {
            assert_eq!(method(from), to);
        }
    }

    #[test]
    fn variants() {
        let cases = [
            ("ISTIO_MUTUAL", "IstioMutual"),
            ("PathPrefix", "PathPrefix"),
            ("*", "Wildcard"),
            ("SELF", "SelfOnly"),
        ];
        for (from, to) in cases {
            assert_eq!(variant(from), to);
        }
    }
}
