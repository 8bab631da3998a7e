//! DestinationRules by namespace and host, merged (`setDestinationRules`, `mergeDestinationRule`).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use mp_ir::base::ObjectRef;
use mp_ir::mesh::{DestinationRule, Mesh, TrafficPolicy, Visibility};

use crate::hosts::HostTable;

/// Annotation of rules that are made from policies of Gateway API.
pub(crate) const BACKEND_POLICY: &str = "internal.istio.io/parents";

/// One rule of a host, made of one or several objects.
#[derive(Clone, Debug, Default)]
pub struct MergedRule {
    /// The oldest object with the subsets (and the policy, where it had none) of the others.
    pub rule: DestinationRule,
    /// The objects, oldest first.
    pub from: Vec<ObjectRef>,
    /// `exportTo` as a set; empty when not written.
    export: BTreeSet<String>,
}

type Rules = HostTable<Vec<Arc<MergedRule>>>;

/// All DestinationRules, ready to be looked up.
#[derive(Debug, Default)]
pub struct DestinationRules {
    /// For clients of the same namespace.
    local: HashMap<String, Rules>,
    /// For clients of other namespaces.
    exported: HashMap<String, Rules>,
    /// Private rules of the root namespace.
    root_local: Rules,
    root: String,
    /// Visibility counts when rules of one host are merged (`ENABLE_ENHANCED_DESTINATIONRULE_MERGE`).
    by_visibility: bool,
}

impl DestinationRules {
    pub(super) fn new(mesh: &Mesh) -> Self {
        let by_visibility = mesh.compat.flag("ENABLE_ENHANCED_DESTINATIONRULE_MERGE", true);
        let mut out = Self { root: mesh.settings.root_namespace.clone(), by_visibility, ..Self::default() };
        let selected = mesh.destination_rules.iter().filter(|rule| rule.workload_selector_written);
        let general = mesh.destination_rules.iter().filter(|rule| !rule.workload_selector_written);
        for rule in selected.chain(general) {
            out.add(rule, mesh.settings.default_destination_rule_visibility.own);
        }
        out
    }

    fn add(&mut self, rule: &DestinationRule, private_by_default: bool) {
        let home = rule.meta.namespace().to_owned();
        let export = export_set(rule);
        let from = vec![rule.meta.object.clone()];
        let alone = Arc::new(MergedRule { rule: rule.clone(), from, export: export.clone() });
        let at_home = [".", "*", home.as_str()].iter().any(|ns| export.contains(*ns));
        if export.is_empty() || at_home {
            merge(self.local.entry(home.clone()).or_default(), &alone, self.by_visibility);
        }
        let only_home = export.len() == 1 && (export.contains(".") || export.contains(&home));
        let private = only_home || (export.is_empty() && private_by_default);
        if !private {
            merge(self.exported.entry(home).or_default(), &alone, self.by_visibility);
        } else if home == self.root {
            merge(&mut self.root_local, &alone, self.by_visibility);
        }
    }

    /// The rules that a client in `client` uses for a service: those of the client's namespace, else those that the
    /// service's namespace exports, else those that the root namespace exports (`PushContext.destinationRule`).
    #[must_use]
    pub fn find(&self, client: &str, host: &str, service_namespace: &str) -> Vec<Arc<MergedRule>> {
        let local = if client == self.root { Some(&self.root_local) } else { self.local.get(client) };
        if let Some(found) = local.and_then(|rules| rules.most_specific(host)) {
            return found.clone();
        }
        let of_service = self.find_exported(service_namespace, host, client);
        if of_service.is_empty() { self.find_exported(&self.root, host, client) } else { of_service }
    }

    fn find_exported(&self, owner: &str, host: &str, client: &str) -> Vec<Arc<MergedRule>> {
        let found = self.exported.get(owner).and_then(|rules| rules.most_specific(host));
        let seen = |rule: &&Arc<MergedRule>| {
            rule.export.is_empty() || rule.export.contains("*") || rule.export.contains(client)
        };
        found.into_iter().flatten().filter(seen).cloned().collect()
    }
}

fn export_set(rule: &DestinationRule) -> BTreeSet<String> {
    if rule.workload_selector_written {
        return [".".to_owned()].into();
    }
    let Visibility { everyone, nobody, own, ref namespaces, written } = rule.visibility;
    if !written {
        return BTreeSet::new();
    }
    let words = [(everyone, "*"), (nobody, "~"), (own, ".")];
    let words = words.into_iter().filter(|(said, _)| *said).map(|(_, word)| word.to_owned());
    words.chain(namespaces.iter().cloned()).collect()
}

/// Adds a rule to those of the same host: merged with rules of the same visibility and selector, else beside them.
fn merge(rules: &mut Rules, alone: &Arc<MergedRule>, by_visibility: bool) {
    let MergedRule { rule, export, .. } = alone.as_ref();
    let same_host = rules.entry(&rule.host.value).or_default();
    let mut beside = true;
    for other in same_host.iter_mut() {
        let equal = *export == other.export;
        let wider = !other.export.is_empty() && export.is_superset(&other.export);
        if by_visibility {
            beside = !equal;
            if !equal && !wider {
                continue;
            }
        }
        let (ours, theirs) = (rule.workload_selector_written, other.rule.workload_selector_written);
        let same_selector = rule.workload_selector == other.rule.workload_selector;
        if ours && theirs && !same_selector {
            beside = true;
            continue;
        }
        if ours == theirs {
            beside = false;
        }
        absorb(Arc::make_mut(other), rule);
    }
    if beside {
        same_host.push(Arc::clone(alone));
    }
}

fn absorb(into: &mut MergedRule, rule: &DestinationRule) {
    into.from.push(rule.meta.object.clone());
    let known: BTreeSet<String> = into.rule.subsets.iter().map(|s| s.name.value.clone()).collect();
    let new = rule.subsets.iter().filter(|subset| !known.contains(&subset.name.value));
    into.rule.subsets.extend(new.cloned());
    let made = |rule: &DestinationRule| rule.meta.annotations.contains_key(BACKEND_POLICY);
    match (made(&into.rule), made(rule)) {
        (false, true) => into.rule.traffic_policy = beneath(&into.rule.traffic_policy, &rule.traffic_policy),
        (true, false) => {
            into.rule.traffic_policy = beneath(&rule.traffic_policy, &into.rule.traffic_policy);
        }
        _ => {}
    }
    if into.rule.traffic_policy.is_none() {
        into.rule.traffic_policy.clone_from(&rule.traffic_policy);
    }
}

/// The policy of the user, and beneath it what a policy of Gateway API says (`mergeBackendPolicyTrafficPolicy`).
fn beneath(user: &Option<TrafficPolicy>, made: &Option<TrafficPolicy>) -> Option<TrafficPolicy> {
    let (Some(user), Some(made)) = (user, made) else { return user.clone().or_else(|| made.clone()) };
    let mut out = over(user, made);
    for (port, policy) in &made.port_level {
        let own = out.port_level.get(port).map(|own| over(own, policy));
        out.port_level.insert(*port, own.unwrap_or_else(|| policy.clone()));
    }
    Some(out)
}

/// Each part as the first policy has it, else as the second one.
fn over(first: &TrafficPolicy, second: &TrafficPolicy) -> TrafficPolicy {
    let mut out = first.clone();
    out.load_balancer = out.load_balancer.or_else(|| second.load_balancer.clone());
    out.connection_pool = out.connection_pool.or_else(|| second.connection_pool.clone());
    out.outlier_detection = out.outlier_detection.or_else(|| second.outlier_detection.clone());
    out.tls = out.tls.or_else(|| second.tls.clone());
    out.tunnel = out.tunnel.or_else(|| second.tunnel.clone());
    out.proxy_protocol = out.proxy_protocol.or_else(|| second.proxy_protocol.clone());
    if out.retry_budget.is_none() {
        (out.retry_budget, out.retry_budget_interval) = (second.retry_budget, second.retry_budget_interval);
    }
    out
}

#[cfg(test)]
mod tests {
    use mp_ir::base::At;
    use mp_ir::mesh::{Labels, Meta, Subset, TrafficPolicy};

    use super::*;
    use crate::facts::names::visibility_of;

    fn rule(namespace: &str, name: &str, host: &str, export: &[&str], subsets: &[&str]) -> DestinationRule {
        let object =
            ObjectRef { kind: "DestinationRule".into(), namespace: namespace.into(), name: name.into() };
        let subset = |name: &&str| Subset { name: At::implied((*name).to_owned()), ..Subset::default() };
        DestinationRule {
            meta: Meta { object, ..Meta::default() },
            host: At::implied(host.to_owned()),
            subsets: subsets.iter().map(subset).collect(),
            visibility: visibility_of(export.iter().copied()),
            ..DestinationRule::default()
        }
    }

    fn index(rules: Vec<DestinationRule>) -> DestinationRules {
        DestinationRules::new(&Mesh { destination_rules: rules, ..Mesh::default() })
    }

    fn names(found: &[Arc<MergedRule>]) -> Vec<String> {
        found
            .iter()
            .map(|rule| rule.from.iter().map(|o| o.name.as_str()).collect::<Vec<_>>().join("+"))
            .collect()
    }

    #[test]
    fn rules_of_one_host_are_one_rule_the_first_of_equal_subsets_counts() {
        let policy = Some(TrafficPolicy::default());
        let mut second = rule("a", "two", "h", &[], &["v1", "v2"]);
        second.traffic_policy.clone_from(&policy);
        let index = index(vec![rule("a", "one", "h", &[], &["v1"]), second]);
        let found = index.find("a", "h", "a");
        assert_eq!(names(&found), ["one+two"]);
        let subsets: Vec<&str> = found[0].rule.subsets.iter().map(|s| s.name.value.as_str()).collect();
        assert_eq!(subsets, ["v1", "v2"]);
        assert_eq!(found[0].rule.traffic_policy, policy);
    }

    #[test]
    fn rules_with_another_visibility_stay_apart() {
        let apart =
            index(vec![rule("a", "one", "h", &["."], &["v1"]), rule("a", "two", "h", &["*"], &["v2"])]);
        assert_eq!(names(&apart.find("a", "h", "a")), ["one", "two"]);
        assert_eq!(names(&apart.find("b", "h", "a")), ["two"]);
        let wider =
            index(vec![rule("a", "one", "h", &["b"], &["v1"]), rule("a", "two", "h", &["b", "c"], &["v2"])]);
        assert_eq!(names(&wider.find("b", "h", "a")), ["one+two"]);
    }

    #[test]
    fn selectors_are_merged_only_with_equal_selectors() {
        let with = |name: &str, app: &str| {
            let mut rule = rule("a", name, "h", &[], &[name]);
            rule.workload_selector_written = true;
            rule.workload_selector = Labels::from([("app".to_owned(), app.to_owned())]);
            rule
        };
        let index =
            index(vec![rule("a", "all", "h", &[], &["v"]), with("x", "x"), with("y", "y"), with("x2", "x")]);
        // A rule that was merged into the first still stands alone when a later one has another selector.
        assert_eq!(names(&index.find("a", "h", "a")), ["x+x2", "y", "x2", "all"]);
        assert_eq!(names(&index.find("b", "h", "a")), ["all"]);
    }

    #[test]
    fn the_client_comes_first_then_the_service_then_the_root() {
        let root = rule("istio-system", "root", "*.x", &[], &[]);
        let service = rule("svc", "service", "h.x", &[], &[]);
        let client = rule("client", "client", "*.x", &[], &[]);
        let index = index(vec![root, service, client]);
        assert_eq!(names(&index.find("client", "h.x", "svc")), ["client"]);
        assert_eq!(names(&index.find("other", "h.x", "svc")), ["service"]);
        assert_eq!(names(&index.find("other", "g.x", "svc")), ["root"]);
        assert_eq!(names(&index.find("other", "g.y", "svc")), [""; 0]);
    }

    #[test]
    fn private_rules_do_not_leave_their_namespace() {
        let index = index(vec![rule("svc", "own", "h", &["."], &[]), rule("svc", "named", "g", &["b"], &[])]);
        assert_eq!(names(&index.find("b", "h", "svc")), [""; 0]);
        assert_eq!(names(&index.find("b", "g", "svc")), ["named"]);
        assert_eq!(names(&index.find("c", "g", "svc")), [""; 0]);
        assert_eq!(names(&index.find("svc", "g", "svc")), [""; 0]);
    }
}
