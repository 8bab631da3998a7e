//! Policies of ztunnel on one connection (`ztunnel src/rbac.rs`, `Authorization::matches`).

use std::net::IpAddr;

use mp_ir::base::At;
use mp_ir::plan::{Authorization, Cidr, ConnectionMatch, TextMatch};

use crate::rbac::Facts;
use crate::text;

/// Who calls, in the parts that policies name; all empty without an identity.
#[derive(Clone, Copy, Debug, Default)]
struct Caller<'a> {
    /// The identity without `spiffe://`.
    id: &'a str,
    namespace: &'a str,
    account: &'a str,
}

impl<'a> Caller<'a> {
    /// Identities of another form than `spiffe://TD/ns/NS/sa/SA` are none.
    fn of(facts: &'a Facts) -> Self {
        let id = facts.peer.as_deref().and_then(|peer| peer.strip_prefix("spiffe://"));
        let parts: Vec<&str> = id.map(|id| id.split('/').collect()).unwrap_or_default();
        match (id, parts.as_slice()) {
            (Some(id), [_, "ns", namespace, "sa", account]) => Self { id, namespace, account },
            _ => Self::default(),
        }
    }
}

/// Whether one of its groups matches: all clauses of it, each by one match that asks anything.
pub(crate) fn matches(policy: &Authorization, facts: &Facts) -> bool {
    let caller = Caller::of(facts);
    let holds = |clause: &Vec<ConnectionMatch>| {
        clause.is_empty() || clause.iter().any(|m| !m.is_empty() && match_holds(m, &caller, facts))
    };
    policy.groups.iter().any(|group| group.clauses.iter().all(holds))
}

fn match_holds(m: &ConnectionMatch, caller: &Caller<'_>, facts: &Facts) -> bool {
    let namespace = |wanted: &TextMatch| text_is(wanted, caller.namespace);
    // An empty identity has no `spiffe://` that could be taken off, so nothing matches it.
    let principal = |wanted: &TextMatch| !caller.id.is_empty() && text_is(wanted, caller.id);
    let account = |(namespace, account): &(String, String)| {
        !caller.id.is_empty() && namespace == caller.namespace && account == caller.account
    };
    let inside = |ip: Option<IpAddr>| move |block: &Cidr| ip.is_some_and(|ip| block.contains(ip));
    let port = |port: &u32| *port == facts.destination_port;
    either(&m.namespaces, &m.not_namespaces, namespace)
        && either(&m.principals, &m.not_principals, principal)
        && either(&m.service_accounts, &m.not_service_accounts, account)
        && either(&m.source_ips, &m.not_source_ips, inside(facts.direct_ip))
        && either(&m.destination_ips, &m.not_destination_ips, inside(facts.destination_ip))
        && either(&m.destination_ports, &m.not_destination_ports, port)
}

/// One of the positive entries where there are any, and none of the negative ones.
fn either<T>(yes: &[At<T>], no: &[At<T>], fits: impl Fn(&T) -> bool) -> bool {
    (yes.is_empty() || yes.iter().any(|entry| fits(&entry.value)))
        && !no.iter().any(|entry| fits(&entry.value))
}

fn text_is(wanted: &TextMatch, text: &str) -> bool {
    text::matches(wanted, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use mp_ir::plan::{AuthorizationGroup, AuthorizationScope, RbacAction};

    use super::*;

    fn policy(clauses: Vec<Vec<ConnectionMatch>>) -> Authorization {
        Authorization {
            namespace: "shop".to_owned(),
            name: "a".to_owned(),
            scope: AuthorizationScope::Namespace,
            action: RbacAction::Deny,
            groups: vec![AuthorizationGroup { clauses, origin: None }],
            dry_run: false,
            origin: None,
        }
    }

    fn from(peer: Option<&str>, port: u32) -> Facts {
        Facts { peer: peer.map(str::to_owned), destination_port: port, ..Facts::default() }
    }

    #[test]
    fn a_match_that_asks_nothing_never_holds_and_a_group_without_clauses_always() {
        assert!(!matches(&policy(vec![vec![ConnectionMatch::default()]]), &from(None, 80)));
        assert!(matches(&policy(Vec::new()), &from(None, 80)));
        let nothing = Authorization { groups: Vec::new(), ..policy(Vec::new()) };
        assert!(!matches(&nothing, &from(None, 80)));
    }

    #[test]
    fn callers_without_identity_have_no_namespace() {
        let any = vec![At::implied(TextMatch::NotEmpty)];
        let named = ConnectionMatch { namespaces: any.clone(), ..ConnectionMatch::default() };
        let nobody = ConnectionMatch { not_principals: any, ..ConnectionMatch::default() };
        let web = Some("spiffe://cluster.local/ns/web/sa/a");
        for (wanted, peer, holds) in
            [(&named, web, true), (&named, None, false), (&nobody, web, false), (&nobody, None, true)]
        {
            assert_eq!(matches(&policy(vec![vec![wanted.clone()]]), &from(peer, 80)), holds, "{wanted:?}");
        }
        // Not of the form that ztunnel reads.
        assert!(!matches(&policy(vec![vec![named]]), &from(Some("spiffe://cluster.local/ns/web"), 80)));
    }

    #[test]
    fn a_port_may_be_exempt() {
        let others =
            ConnectionMatch { not_destination_ports: vec![At::implied(9100)], ..ConnectionMatch::default() };
        assert!(matches(&policy(vec![vec![others.clone()]]), &from(None, 8080)));
        assert!(!matches(&policy(vec![vec![others]]), &from(None, 9100)));
    }
}
