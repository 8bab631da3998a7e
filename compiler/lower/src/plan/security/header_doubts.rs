//! Rules about headers that the proxy writes itself: what they read is not what the caller sent, and only in part told by the YAML.

use mp_ir::plan::{
    Doubt, HttpSecurity, Policy, Principal, PrincipalTest, RbacFilter, Tree, is_written_by_proxy,
};

/// One doubt for each such header of each rule, in the order of the filters; `underscores` are not passed on as they come.
pub(super) fn of(http: &HttpSecurity, underscores: bool) -> Vec<Doubt> {
    let filters = http.custom.iter().map(|custom| &custom.rbac).chain(&http.rbac);
    let policies = filters.flat_map(enforced).flat_map(|rules| &rules.policies);
    let written = |name: &str| {
        is_written_by_proxy(name)
            || carries_token(http, name)
            || tells_of_token(http, name)
            || underscores && name.contains('_')
    };
    policies.flat_map(|policy| of_policy(policy, &written)).collect()
}

/// What decides: the rules, or of CUSTOM policies those that say when to ask.
fn enforced(filter: &RbacFilter) -> impl Iterator<Item = &mp_ir::plan::RbacRules> {
    filter.rules.iter().chain(&filter.shadow)
}

/// Whether tokens are taken from a header, which the filter then takes away.
fn carries_token(http: &HttpSecurity, name: &str) -> bool {
    http.jwt.iter().flat_map(|filter| &filter.providers).any(|provider| {
        let elsewhere = !provider.from_headers.is_empty()
            || !provider.from_params.is_empty()
            || !provider.from_cookies.is_empty();
        let usual = !elsewhere && name.eq_ignore_ascii_case("authorization");
        usual || provider.from_headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name))
    })
}

/// Whether the filter puts the token's payload or a claim into a header, and takes away what the caller wrote there.
fn tells_of_token(http: &HttpSecurity, name: &str) -> bool {
    http.jwt.iter().flat_map(|filter| &filter.providers).any(|provider| {
        let claims = provider.claim_headers.iter().map(|(header, _)| header);
        claims.chain([&provider.payload_header]).any(|header| header.eq_ignore_ascii_case(name))
    })
}

fn of_policy(policy: &Policy, written: &impl Fn(&str) -> bool) -> Vec<Doubt> {
    let mut out: Vec<Doubt> = Vec::new();
    for tree in &policy.principals {
        each(tree, &mut |test| {
            let PrincipalTest::Header(name, _) = &test.value else { return };
            let text = format!("{} reads the header `{name}`, which the proxy writes itself", policy.name);
            if written(name) && out.iter().all(|known| known.text != text) {
                out.push(Doubt { text, unread: false, origin: test.origin.or(policy.origin) });
            }
        });
    }
    out
}

fn each(tree: &Principal, visit: &mut impl FnMut(&mp_ir::base::At<PrincipalTest>)) {
    match tree {
        Tree::Any => {}
        Tree::And(all) | Tree::Or(all) => all.iter().for_each(|one| each(one, visit)),
        Tree::Not(one) => each(one, visit),
        Tree::Test(test) => visit(test),
    }
}
