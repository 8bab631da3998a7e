//! RBAC filters from policies (`pilot/pkg/security/authz/builder/builder.go`).

use std::collections::BTreeMap;

use mp_ir::mesh::{AuthorizationAction, AuthorizationPolicy, Mesh};
use mp_ir::plan::{CustomFilter, Dropped, ExtAuthz, Policy, RbacAction, RbacFilter, RbacRules, Tree};

use super::clause;
use super::ext_authz::Providers;
use super::generate::Generator;
use super::select::Selected;
use super::trust_domain;

const EXT_AUTHZ: &str = "istio-ext-authz";
const EXT_AUTHZ_SHADOW: &str = "istio_ext_authz_";

/// What is built, for which chain; parts that are lost are noted.
pub(super) struct Build<'a, 'd> {
    pub(super) mesh: &'a Mesh,
    pub(super) tcp: bool,
    pub(super) dropped: &'d mut Vec<Dropped>,
}

impl Build<'_, '_> {
    /// AUDIT, DENY and ALLOW, each when it has a policy.
    pub(super) fn local(&mut self, policies: &Selected<'_>) -> Vec<RbacFilter> {
        let groups = [
            (RbacAction::Log, &policies.audit),
            (RbacAction::Deny, &policies.deny),
            (RbacAction::Allow, &policies.allow),
        ];
        let present = groups.into_iter().filter(|(_, list)| !list.is_empty());
        present.map(|(action, list)| self.filter(action, list)).collect()
    }

    fn filter(&mut self, action: RbacAction, policies: &[&AuthorizationPolicy]) -> RbacFilter {
        let mut side = |dry_run: bool| {
            let list: Vec<&AuthorizationPolicy> =
                policies.iter().copied().filter(|p| p.dry_run == dry_run).collect();
            (!list.is_empty()).then(|| RbacRules { action, policies: self.policies(&list, action, "") })
        };
        let (rules, shadow) = (side(false), side(true));
        let shadow_prefix = match shadow.as_ref().map(|s| s.action) {
            None | Some(RbacAction::Allow) => "istio_dry_run_allow_",
            Some(RbacAction::Deny) => "istio_dry_run_deny_",
            Some(RbacAction::Log) => "",
        };
        RbacFilter { rules, shadow, shadow_prefix: shadow_prefix.to_owned(), by_tunnel: false }
    }

    /// Policies by name, one per rule; a policy without rules becomes one that never matches.
    fn policies(&mut self, list: &[&AuthorizationPolicy], action: RbacAction, prefix: &str) -> Vec<Policy> {
        let mut by_name: BTreeMap<String, Policy> = BTreeMap::new();
        for policy in list {
            let made = if policy.rules.is_empty() {
                vec![Some(never(policy, prefix))]
            } else {
                (0..policy.rules.len()).map(|at| self.rule(policy, at, action, prefix)).collect()
            };
            by_name.extend(made.into_iter().flatten().map(|made| (made.name.clone(), made)));
        }
        by_name.into_values().collect()
    }

    fn rule(
        &mut self,
        policy: &AuthorizationPolicy,
        at: usize,
        action: RbacAction,
        prefix: &str,
    ) -> Option<Policy> {
        let rule = policy.rules.get(at)?;
        let name = policy_name(policy, at, prefix);
        let bundle = trust_domain::bundle(self.mesh);
        let namespace = policy.meta.namespace();
        let strict = action == RbacAction::Allow;
        let mut generator = Generator { tcp: self.tcp, strict, namespace, left_out: Vec::new() };
        let made = clause::model(rule, &bundle).and_then(|model| generator.trees(&model));
        let tcp = self.tcp;
        let note =
            |whole_rule, (reason, origin)| Dropped { rule: name.clone(), tcp, whole_rule, reason, origin };
        self.dropped.extend(generator.left_out.drain(..).map(|refusal| note(false, refusal)));
        match made {
            Ok((permissions, principals)) => {
                let policy = (namespace.to_owned(), policy.meta.name().to_owned());
                Some(Policy { name, policy, rule: at, permissions, principals, origin: rule.origin })
            }
            Err(refusal) => {
                self.dropped.push(note(true, refusal));
                None
            }
        }
    }

    /// Filters of CUSTOM policies, one pair per provider in order of names.
    pub(super) fn custom(&mut self, policies: &[&AuthorizationPolicy]) -> Vec<CustomFilter> {
        let mut by_provider: BTreeMap<&str, Vec<&AuthorizationPolicy>> = BTreeMap::new();
        for policy in policies {
            if let AuthorizationAction::Custom(provider) = &policy.action {
                by_provider.entry(provider).or_default().push(policy);
            }
        }
        let multiple = self.mesh.compat.flag("PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS", false);
        let several = by_provider.len() > 1 && !multiple;
        let providers = Providers::read(self.mesh);
        let made = by_provider.into_iter().filter_map(|(provider, list)| {
            let usable = if several { None } else { providers.usable(provider) };
            self.of_provider(provider, &list, usable)
        });
        made.collect()
    }

    /// `None` when the provider speaks HTTP and the chain bytes.
    fn of_provider(
        &mut self,
        provider: &str,
        list: &[&AuthorizationPolicy],
        usable: Option<ExtAuthz>,
    ) -> Option<CustomFilter> {
        let prefix =
            if provider.is_empty() { format!("{EXT_AUTHZ}-") } else { format!("{EXT_AUTHZ}-{provider}-") };
        let mut side = |dry_run: bool| {
            let list: Vec<&AuthorizationPolicy> =
                list.iter().copied().filter(|p| p.dry_run == dry_run).collect();
            RbacRules { action: RbacAction::Deny, policies: self.policies(&list, RbacAction::Deny, &prefix) }
        };
        let (enforced, dry_run) = (side(false), side(true));
        let Some(ext) = usable else { return Some(refuse_all(enforced)) };
        if self.tcp && ext.http {
            return None;
        }
        let rules = (!dry_run.policies.is_empty()).then_some(dry_run);
        let rbac = RbacFilter {
            rules,
            shadow: Some(enforced),
            shadow_prefix: EXT_AUTHZ_SHADOW.to_owned(),
            by_tunnel: false,
        };
        Some(CustomFilter { rbac, ext_authz: Some(ext) })
    }
}

/// What matches is refused, since nobody can be asked (`getBadCustomDenyRules`).
fn refuse_all(mut rules: RbacRules) -> CustomFilter {
    for policy in &mut rules.policies {
        policy.name.push_str("-deny-due-to-bad-CUSTOM-action");
    }
    CustomFilter {
        rbac: RbacFilter { rules: Some(rules), shadow: None, shadow_prefix: String::new(), by_tunnel: false },
        ext_authz: None,
    }
}

fn policy_name(policy: &AuthorizationPolicy, rule: usize, prefix: &str) -> String {
    format!("{prefix}ns[{}]-policy[{}]-rule[{rule}]", policy.meta.namespace(), policy.meta.name())
}

fn never(policy: &AuthorizationPolicy, prefix: &str) -> Policy {
    Policy {
        name: policy_name(policy, 0, prefix),
        policy: (policy.meta.namespace().to_owned(), policy.meta.name().to_owned()),
        rule: 0,
        permissions: vec![Tree::Not(Box::new(Tree::Any))],
        principals: vec![Tree::Not(Box::new(Tree::Any))],
        origin: policy.meta.origin,
    }
}
