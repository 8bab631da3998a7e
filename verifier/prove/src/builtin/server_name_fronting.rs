//! # Another host behind the same server name
//!
//! A caller says two names: the server name in the handshake, and the host in each request. Nothing makes them agree where one TLS
//! server of a gateway serves both. A DENY rule for a server name is got around by saying another one in the handshake and the
//! refused host in the request; an ALLOW rule for a server name admits requests for the other hosts, too.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {app: edge}}
//! spec: {containers: [{name: istio-proxy, ports: [{containerPort: 443}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {app: edge}
//!   servers:
//!   - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.example.com, admin.example.com], tls: {mode: SIMPLE, credentialName: c}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - when: [{key: connection.sni, values: [admin.example.com]}]
//! #                                         ^^^^^^^^^^^^^^^^^ MP7309 another server name
//! ```
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {app: edge}}
//! spec: {containers: [{name: istio-proxy, ports: [{containerPort: 443}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {app: edge}
//!   servers:
//!   - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*.example.com"], tls: {mode: SIMPLE, credentialName: c}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   rules:
//!   - when: [{key: connection.sni, values: [shop.example.com]}]
//! #                                         ^^^^^^^^^^^^^^^^ MP7309 other hosts
//! ```
//! A server of its own serves no other host, and a rule for the host says what is meant:
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {app: edge}}
//! spec: {containers: [{name: istio-proxy, ports: [{containerPort: 443}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {app: edge}
//!   servers:
//!   - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.example.com], tls: {mode: SIMPLE, credentialName: c}}
//!   - {port: {number: 443, name: admin, protocol: HTTPS}, hosts: [admin.example.com], tls: {mode: SIMPLE, credentialName: d}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   action: DENY
//!   rules:
//!   - when: [{key: connection.sni, values: [admin.example.com]}]
//!   - to: [{operation: {hosts: ["admin.example.com", "admin.example.com:*"]}}]
//! ```

use mp_ir::plan::{EnforcementPoint, PermissionTest, PointKind, RbacAction, TextMatch};

use crate::caller::text_is;
use crate::engine::{Engine, Need};
use crate::formula::Bool;
use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{Answer, AskError, Witness};
use crate::rules::{Rule, Value, any_permission, only, value_alone, with_any_value};
use crate::scene::Scene;
use crate::space::{Key, Pattern};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7309",
    name: "server-name-fronting",
    group: Group::Bypass,
    severity: Severity::Warning,
    source: include_str!("server_name_fronting.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let mut out = Vec::new();
    if scene.point.kind != PointKind::Gateway || scene.point.ports.iter().all(|port| port.tls.is_empty()) {
        return Ok(out);
    }
    for rule in scene.rules().iter().filter(|rule| rule.action != RbacAction::Log) {
        for value in rule.values() {
            out.extend(fronted(scene, rule, &value)?);
        }
    }
    Ok(out)
}

/// A request that says a server name and a host of one server, of which a value fits one alone, and that gets in for that.
fn fronted(scene: &mut Scene<'_>, rule: &Rule<'_>, value: &Value<'_>) -> Result<Option<Finding>, AskError> {
    let (text, origin) = (&value.value.value, value.value.origin);
    let Some(alone) = rule.changed(|policy| value_alone(policy, origin)) else { return Ok(None) };
    let asks = |test: &PermissionTest| matches!(test, PermissionTest::ServerName(_));
    if !alone.rule().http.is_some_and(|policy| any_permission(policy, asks)) {
        return Ok(None);
    }
    let Some(freed) = rule.changed(|policy| Some(with_any_value(policy, origin))) else { return Ok(None) };
    // What the value keeps out is refused by name; else it is what lets in.
    let refuses = (rule.action == RbacAction::Deny) != value.negated;
    let found = through(scene, (rule, value), (&alone.rule(), &freed.rule()), refuses)?;
    let (message, help) = words(text, refuses);
    Ok(Some(Finding::of(found, message).at(origin).help(help)))
}

/// The request: the value alone, and the rule as if the value always fitted, say what it is in.
fn through(
    scene: &mut Scene<'_>,
    (rule, value): (&Rule<'_>, &Value<'_>),
    (alone, freed): (&Rule<'_>, &Rule<'_>),
    refuses: bool,
) -> Result<Answer, AskError> {
    let point = scene.point;
    let (only_named, only_freed) = (only(point, alone), only(point, freed));
    let named = TextMatch::from_wildcard(&value.value.value.to_ascii_lowercase());
    scene.admitted(
        Need::Witness,
        |parts| {
            let place = served(parts.engine, point);
            let host = parts.engine.atom(&Key::Host, Pattern::of_host(&named));
            // A negated value stands alone as the opposite of what it is a value of.
            let by_name = parts.matches(alone);
            let by_name = if value.negated { by_name.not() } else { by_name };
            let rest =
                if rule.action == RbacAction::Deny { parts.matches(freed) } else { parts.matches(rule) };
            let differ = if refuses { [host, by_name.not()] } else { [host.not(), by_name] };
            Bool::and(&[parts.http(), place, rest, Bool::and(&differ)])
        },
        |witness| {
            let hit = |point| crate::ask::admitted(point, witness).admitted();
            let host = text_is(&named, &witness.request.host.to_ascii_lowercase());
            let by_name = hit(&only_named) != value.negated;
            host == refuses
                && by_name != refuses
                && is_served(point, witness)
                && (rule.action != RbacAction::Deny || hit(&only_freed))
        },
    )
}

/// The message and the next step.
fn words(text: &str, refuses: bool) -> (String, &'static str) {
    if refuses {
        let message = format!("the host `{text}` is reached by saying another server name in the handshake");
        (message, "refuse the host, too: `hosts` with and without `:*`, or give it a TLS server of its own")
    } else {
        let message = format!("the server name `{text}` admits requests for other hosts");
        (message, "ask for the host, too: `hosts` with and without `:*`, or give it a TLS server of its own")
    }
}

/// Server name and host are those of one TLS server at the port.
fn served(engine: &mut Engine, point: &EnforcementPoint) -> Bool {
    let mut out = Vec::new();
    for port in &point.ports {
        let here = engine.atom(&Key::Port, Pattern::exact(&port.number.to_string()));
        for server in &port.tls {
            let mut both = |key: &Key| {
                let any: Vec<Bool> = server
                    .iter()
                    .map(|host| match TextMatch::from_wildcard(&host.to_ascii_lowercase()) {
                        TextMatch::NotEmpty => Bool::from_bool(true),
                        text if *key == Key::Host => engine.atom(key, Pattern::of_host(&text)),
                        text => engine.atom(key, Pattern::of_text(&text)),
                    })
                    .collect();
                Bool::or(&any)
            };
            let (name, host) = (both(&Key::ServerName), both(&Key::Host));
            out.push(Bool::and(&[here.clone(), name, host]));
        }
    }
    let spoken = engine.atom(&Key::ServerName, Pattern::regex("", ".+"));
    Bool::and(&[spoken, Bool::or(&out)])
}

/// The same on one request.
fn is_served(point: &EnforcementPoint, witness: &Witness) -> bool {
    let request = &witness.request;
    let Some(name) = &request.sni else { return false };
    let fits = |server: &[String], text: &str| {
        server.iter().any(|host| {
            text_is(&TextMatch::from_wildcard(&host.to_ascii_lowercase()), &text.to_ascii_lowercase())
        })
    };
    let mut here = point.ports.iter().filter(|port| port.number == request.port).flat_map(|port| &port.tls);
    here.any(|server| fits(server, name) && fits(server, &request.host))
}
