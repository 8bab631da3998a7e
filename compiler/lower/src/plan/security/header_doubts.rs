//! Rules about headers that the proxy writes itself: what they read is not what the caller sent, and only in part told by the YAML.

use mp_ir::plan::{
    Doubt, ExtAuthz, HttpSecurity, Policy, Principal, PrincipalTest, RbacFilter, Tree, is_written_by_proxy,
};

/// One doubt for each such header of each rule, in the order of the filters; `underscores` are not passed on as they come. Rules that say
/// when to ask an authoriser are read before tokens are, and before authorisers add headers of their own.
pub(super) fn of(http: &HttpSecurity, underscores: bool) -> Vec<Doubt> {
    let own = |name: &str| is_written_by_proxy(name) || underscores && name.contains('_');
    let before = |name: &str| {
        if own(name) {
            Some("which the proxy writes itself".to_owned())
        } else if carries_token(http, name) {
            Some("which may carry the token".to_owned())
        } else {
            None
        }
    };
    let behind = |name: &str| {
        let told = || tells_of_token(http, name).then(|| "which the proxy writes itself".to_owned());
        before(name).or_else(told).or_else(|| {
            let ext = setters(http).find(|ext| sets(ext, name))?;
            Some(format!("which authoriser `{}` may write", ext.provider))
        })
    };
    let asking = http.custom.iter().flat_map(|custom| enforced(&custom.rbac));
    let mut out: Vec<Doubt> =
        asking.flat_map(|rules| &rules.policies).flat_map(|policy| of_policy(policy, &before)).collect();
    let deciding = || http.rbac.iter().flat_map(enforced).flat_map(|rules| &rules.policies);
    out.extend(deciding().flat_map(|policy| of_policy(policy, &behind)));
    out.extend(tokens_of_authorisers(http).filter(|_| deciding().next().is_some()));
    out
}

fn setters(http: &HttpSecurity) -> impl Iterator<Item = &ExtAuthz> {
    http.custom.iter().filter_map(|custom| custom.ext_authz.as_ref())
}

/// Whether an authoriser may write a header of a request that it consents to: over HTTP those that are named, over gRPC any.
fn sets(ext: &ExtAuthz, name: &str) -> bool {
    let is = |pattern: &String| {
        let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
        match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
            (Some(end), _) => name.ends_with(end),
            (None, Some(start)) => name.starts_with(start),
            (None, None) => name == pattern,
        }
    };
    !ext.http || ext.upstream_headers.iter().any(is)
}

/// That an authoriser may give a request a token that the caller did not send.
fn tokens_of_authorisers(http: &HttpSecurity) -> impl Iterator<Item = Doubt> {
    let providers = http.jwt.iter().flat_map(|filter| &filter.providers);
    let mut names: Vec<&str> =
        providers.flat_map(|p| p.from_headers.iter().map(|(header, _)| header.as_str())).collect();
    if carries_token(http, "authorization") {
        names.push("authorization");
    }
    let made = http.custom.iter().filter_map(move |custom| {
        let ext = custom.ext_authz.as_ref()?;
        let name = names.iter().find(|name| sets(ext, name))?;
        let origin = enforced(&custom.rbac).flat_map(|rules| &rules.policies).find_map(|p| p.origin);
        let text = format!("authoriser `{}` may put a token into `{name}`", ext.provider);
        Some(Doubt { text, unread: false, origin })
    });
    made.take(1)
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

fn of_policy(policy: &Policy, written: &impl Fn(&str) -> Option<String>) -> Vec<Doubt> {
    let mut out: Vec<Doubt> = Vec::new();
    for tree in &policy.principals {
        each(tree, &mut |test| {
            let PrincipalTest::Header(name, _) = &test.value else { return };
            let Some(how) = written(name) else { return };
            let text = format!("{} reads the header `{name}`, {how}", policy.name);
            if out.iter().all(|known| known.text != text) {
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
