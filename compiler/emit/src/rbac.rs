//! RBAC and external authorisation filters.

use mp_ir::plan::{
    Cidr, ClaimTest, ExtAuthz, HeaderTest, MetadataTest, PeerMatch, PermissionTest, Policy, PrincipalTest,
    RbacAction, RbacFilter, RbacRules, TextMatch, Tree,
};
use serde_json::{Value, json};

use crate::json::{Object, duration, extension, list};

const HTTP_RBAC: &str = "envoy.filters.http.rbac";
const NETWORK_RBAC: &str = "envoy.filters.network.rbac";
const JWT: &str = "envoy.filters.http.jwt_authn";

/// The RBAC filter of an HTTP connection manager.
#[must_use]
pub fn http_rbac(filter: &RbacFilter) -> Value {
    let config = rules_of(Object::typed("envoy.extensions.filters.http.rbac.v3.RBAC"), filter);
    extension(HTTP_RBAC, config)
}

/// The RBAC filter of a TCP chain.
#[must_use]
pub fn network_rbac(filter: &RbacFilter) -> Value {
    let config = rules_of(Object::typed("envoy.extensions.filters.network.rbac.v3.RBAC"), filter);
    extension(NETWORK_RBAC, config.set("statPrefix", "tcp."))
}

fn rules_of(config: Object, filter: &RbacFilter) -> Object {
    config
        .maybe("rules", filter.rules.as_ref().map(|all| rules(all, filter.by_tunnel)))
        .maybe("shadowRules", filter.shadow.as_ref().map(|all| rules(all, filter.by_tunnel)))
        .unless_default("shadowRulesStatPrefix", filter.shadow_prefix.as_str())
}

fn rules(rules: &RbacRules, by_tunnel: bool) -> Value {
    let action = match rules.action {
        RbacAction::Allow => "ALLOW",
        RbacAction::Deny => "DENY",
        RbacAction::Log => "LOG",
    };
    let mut policies = Object::new();
    for policy in &rules.policies {
        policies = policies.set(&policy.name, one_policy(policy, by_tunnel));
    }
    Object::new().set("action", action).unless_default("policies", policies).into()
}

fn one_policy(policy: &Policy, by_tunnel: bool) -> Value {
    let principal = if by_tunnel { tunnelled_principal } else { principal };
    json!({
        "permissions": list(policy.permissions.iter().map(|tree| formula(tree, &PERMISSION, permission))),
        "principals": list(policy.principals.iter().map(|tree| formula(tree, &PRINCIPAL, principal))),
    })
}

/// How the two sorts of trees are spelt: and, or, not, list.
type Words = [&'static str; 4];
const PERMISSION: Words = ["andRules", "orRules", "notRule", "rules"];
const PRINCIPAL: Words = ["andIds", "orIds", "notId", "ids"];

fn formula<T>(tree: &Tree<T>, words: &Words, leaf: fn(&T) -> Value) -> Value {
    let [and, or, not, items] = *words;
    let all =
        |trees: &[Tree<T>]| Object::new().set(items, list(trees.iter().map(|t| formula(t, words, leaf))));
    match tree {
        Tree::Any => json!({"any": true}),
        Tree::And(trees) => Object::new().set(and, all(trees)).into(),
        Tree::Or(trees) => Object::new().set(or, all(trees)).into(),
        Tree::Not(inner) => Object::new().set(not, formula(inner, words, leaf)).into(),
        Tree::Test(test) => leaf(&test.value),
    }
}

fn permission(test: &PermissionTest) -> Value {
    match test {
        PermissionTest::Host(value) => json!({"header": header(":authority", value, true)}),
        PermissionTest::Method(value) => json!({"header": header(":method", value, false)}),
        PermissionTest::Path(value) => json!({"urlPath": {"path": text(value, false)}}),
        PermissionTest::PathTemplate(template) => {
            let config = Object::typed("envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig");
            json!({"uriTemplate": extension("uri-template", config.set("pathTemplate", template.as_str()))})
        }
        PermissionTest::DestinationIp(block) => json!({"destinationIp": cidr(block)}),
        PermissionTest::DestinationPort(port) => json!({"destinationPort": port}),
        PermissionTest::ServerName(value) => json!({"requestedServerName": text(value, false)}),
        PermissionTest::Metadata(test) => json!({"metadata": metadata(test)}),
    }
}

fn principal(test: &PrincipalTest) -> Value {
    match test {
        PrincipalTest::Peer(peer) => json!({"authenticated": {"principalName": peer_name(peer)}}),
        PrincipalTest::DirectIp(block) => json!({"directRemoteIp": cidr(block)}),
        PrincipalTest::RemoteIp(block) => json!({"remoteIp": cidr(block)}),
        PrincipalTest::Claim(test) => json!({"metadata": claim(test)}),
        PrincipalTest::Header(name, value) => json!({"header": header(name, value, false)}),
    }
}

/// The identity that the tunnel's TLS showed (`principalFilterState`).
fn tunnelled_principal(test: &PrincipalTest) -> Value {
    match test {
        PrincipalTest::Peer(peer) => {
            json!({"filterState": {"key": "io.istio.peer_principal", "stringMatch": peer_name(peer)}})
        }
        other => principal(other),
    }
}

fn cidr(block: &Cidr) -> Value {
    json!({"addressPrefix": block.address.to_string(), "prefixLen": block.bits})
}

/// A `StringMatcher`.
fn text(value: &TextMatch, ignore_case: bool) -> Value {
    let (key, content) = match value {
        TextMatch::NotEmpty => return regex(".+"),
        TextMatch::Exact(s) => ("exact", s),
        TextMatch::Prefix(s) => ("prefix", s),
        TextMatch::Suffix(s) => ("suffix", s),
    };
    Object::new().set(key, content.as_str()).unless_default("ignoreCase", ignore_case).into()
}

fn regex(pattern: &str) -> Value {
    json!({"safeRegex": {"regex": pattern}})
}

fn header(name: &str, value: &HeaderTest, ignore_case: bool) -> Value {
    match value {
        HeaderTest::Present => json!({"name": name, "presentMatch": true}),
        HeaderTest::Value(value) => json!({"name": name, "stringMatch": text(value, ignore_case)}),
    }
}

fn peer_name(peer: &PeerMatch) -> Value {
    match peer {
        PeerMatch::Any => regex(".+"),
        PeerMatch::Exact(id) => json!({"exact": id}),
        PeerMatch::Prefix(start) => json!({"prefix": start}),
        PeerMatch::Suffix(end) => regex(&format!("spiffe://.*{}", quote(end))),
        PeerMatch::Namespace(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| quote(part)).collect();
            regex(&format!(".*/ns/{}/.*", parts.join(".*")))
        }
        PeerMatch::ServiceAccount { namespace, name } => {
            regex(&format!("spiffe://.+/ns/{}/(.+/|)sa/{}(/.+)?", quote(namespace), quote(name)))
        }
        PeerMatch::AnyTrustDomain => json!({"prefix": "spiffe://"}),
        PeerMatch::TrustDomain(domain, None) => json!({"prefix": format!("spiffe://{domain}/")}),
        PeerMatch::TrustDomain(start, Some(end)) => {
            regex(&format!("spiffe://{}[^/]*{}/.*", quote(start), quote(end)))
        }
    }
}

/// A backslash before each character that RE2 would read as an operator.
fn quote(literal: &str) -> String {
    let mut out = String::with_capacity(literal.len());
    for c in literal.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn claim(test: &ClaimTest) -> Value {
    let path = std::iter::once("payload").chain(test.path.iter().map(String::as_str));
    let values = any_value(
        test.any_of.iter().map(|value| json!({"stringMatch": text(&value.value, false)})).collect(),
    );
    let value = if test.in_lists {
        json!({"orMatch": {"valueMatchers": [{"listMatch": {"oneOf": values}}, values]}})
    } else {
        values
    };
    json!({"filter": JWT, "path": list(path.map(|key| json!({"key": key}))), "value": value})
}

fn metadata(test: &MetadataTest) -> Value {
    let one = |(in_list, value): &(bool, mp_ir::base::At<TextMatch>)| {
        let value = json!({"stringMatch": text(&value.value, false)});
        if *in_list { json!({"listMatch": {"oneOf": value}}) } else { value }
    };
    json!({"filter": test.filter, "path": [{"key": test.key}], "value": any_value(test.any_of.iter().map(one).collect())})
}

fn any_value(mut values: Vec<Value>) -> Value {
    if values.len() == 1 {
        values.pop().unwrap_or_default()
    } else {
        json!({"orMatch": {"valueMatchers": values}})
    }
}

/// The filter that asks an external authoriser about a request.
#[must_use]
pub fn http_ext_authz(ext: &ExtAuthz) -> Value {
    let config = Object::typed("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz")
        .unless_default("failureModeAllow", ext.fail_open)
        .set("transportApiVersion", "V3")
        .set("filterEnabledMetadata", asked(HTTP_RBAC, ext))
        .maybe("statusOnError", ext.status_on_error.map(|code| json!({"code": code})))
        .maybe("withRequestBody", ext.body.map(body));
    let config = if ext.http {
        config
            .set("httpService", http_service(ext))
            .maybe("allowedHeaders", header_list(&ext.request_headers))
    } else {
        config.set("grpcService", grpc_service(ext))
    };
    extension("envoy.filters.http.ext_authz", config)
}

/// The filter that asks an external authoriser about a connection.
#[must_use]
pub fn network_ext_authz(ext: &ExtAuthz) -> Value {
    let config = Object::typed("envoy.extensions.filters.network.ext_authz.v3.ExtAuthz")
        .set("statPrefix", "tcp.")
        .unless_default("failureModeAllow", ext.fail_open)
        .set("transportApiVersion", "V3")
        .set("grpcService", grpc_service(ext))
        .set("filterEnabledMetadata", asked(NETWORK_RBAC, ext));
    extension("envoy.filters.network.ext_authz", config)
}

/// Asked only when a rule of this provider matched, which the RBAC filter before left in metadata.
fn asked(filter: &str, ext: &ExtAuthz) -> Value {
    json!({
        "filter": filter,
        "path": [{"key": "istio_ext_authz_shadow_effective_policy_id"}],
        "value": {"stringMatch": {"prefix": ext.policy_prefix}},
    })
}

fn body((max, partial, as_bytes): (u32, bool, bool)) -> Value {
    let object =
        Object::new().unless_default("maxRequestBytes", max).unless_default("allowPartialMessage", partial);
    object.unless_default("packAsBytes", as_bytes).into()
}

fn grpc_service(ext: &ExtAuthz) -> Value {
    json!({"envoyGrpc": {"clusterName": ext.cluster, "authority": ext.hostname}, "timeout": duration(ext.timeout)})
}

fn http_service(ext: &ExtAuthz) -> Value {
    let uri = format!("http://{}", ext.hostname);
    let extra = list(ext.extra_headers.iter().map(|(key, value)| json!({"key": key, "value": value})));
    let response = Object::new()
        .maybe("allowedUpstreamHeaders", header_list(&ext.upstream_headers))
        .maybe("allowedClientHeaders", header_list(&ext.client_headers_on_deny))
        .maybe("allowedClientHeadersOnSuccess", header_list(&ext.client_headers_on_allow));
    Object::new()
        .unless_default("pathPrefix", ext.path_prefix.as_str())
        .set("serverUri", json!({"uri": uri, "cluster": ext.cluster, "timeout": duration(ext.timeout)}))
        .maybe(
            "authorizationRequest",
            (!ext.extra_headers.is_empty()).then(|| json!({"headersToAdd": extra})),
        )
        .maybe("authorizationResponse", (!response.is_empty()).then_some(response))
        .into()
}

/// Names of headers in any case of letters; `None` for an empty list.
fn header_list(names: &[String]) -> Option<Value> {
    let pattern = |name: &String| text(&TextMatch::from_wildcard(name), true);
    (!names.is_empty()).then(|| json!({"patterns": list(names.iter().map(pattern))}))
}
