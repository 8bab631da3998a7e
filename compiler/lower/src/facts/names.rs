//! Short names to full ones (`ResolveShortnameToFQDN`, `resolveGatewayName` in `pilot/pkg/model`).

use std::net::IpAddr;

use mp_ir::mesh::Visibility;
use mp_model::{List, Text};

/// The full name of a host written in an object of `namespace`. Names with a dot, addresses and `*` are full already.
#[must_use]
pub fn hostname(name: &str, namespace: &str, domain: &str) -> String {
    if name.is_empty() || name == "*" || name.contains('.') || name.parse::<IpAddr>().is_ok() {
        return name.to_owned();
    }
    format!("{name}.{namespace}.svc.{domain}")
}

/// `ns/name` of a gateway written as `name`, `ns/name`, `./name` or the old `name.ns.svc.domain`. `mesh` stays.
pub(crate) fn gateway(name: &str, namespace: &str) -> String {
    if name == "mesh" {
        return name.to_owned();
    }
    if let Some((ns, short)) = name.split_once('/') {
        return format!("{}/{short}", if ns == "." { namespace } else { ns });
    }
    match name.split_once('.') {
        Some((short, rest)) => format!("{}/{short}", rest.split('.').next().unwrap_or(rest)),
        None => format!("{namespace}/{name}"),
    }
}

/// `exportTo` of an object.
pub(crate) fn visibility(words: List<'_, Text<'_>>) -> Visibility {
    visibility_of(words.iter().map(|word| word.value))
}

/// `exportTo`; nothing written means everybody until the mesh's default is looked at.
pub(crate) fn visibility_of<'a>(words: impl Iterator<Item = &'a str>) -> Visibility {
    let mut out = Visibility::default();
    for word in words {
        out.written = true;
        match word {
            "*" => out.everyone = true,
            "~" => out.nobody = true,
            "." => out.own = true,
            namespace => out.namespaces.push(namespace.to_owned()),
        }
    }
    out.everyone |= !out.written;
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_without_a_dot_are_short() {
        for (name, full) in [
            ("a", "a.ns.svc.cluster.local"),
            ("a.b", "a.b"),
            ("*", "*"),
            ("*.x", "*.x"),
            ("::1", "::1"),
            ("10.0.0.1", "10.0.0.1"),
            ("", ""),
        ] {
            assert_eq!(hostname(name, "ns", "cluster.local"), full);
        }
    }

    #[test]
    fn gateways_have_four_spellings() {
        for (name, full) in [
            ("g", "ns/g"),
            ("./g", "ns/g"),
            ("x/g", "x/g"),
            ("g.x.svc.cluster.local", "x/g"),
            ("g.x", "x/g"),
            ("mesh", "mesh"),
        ] {
            assert_eq!(gateway(name, "ns"), full);
        }
    }

    #[test]
    fn an_empty_export_list_is_not_a_written_star() {
        let none = visibility_of([].into_iter());
        assert!(none.everyone && !none.written);
        let star = visibility_of(["*"].into_iter());
        assert!(star.everyone && star.written);
        assert!(!visibility_of(["a", "."].into_iter()).everyone);
    }
}
