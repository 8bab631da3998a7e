//! One rule as lists of clauses (`pilot/pkg/security/authz/model/model.go`, `New`).

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{AuthorizationRule, Operation, Source, Values};

use super::trust_domain;

/// What a clause asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    DestinationIp,
    DestinationPort,
    ServerName,
    Metadata,
    Host,
    Method,
    Path,
    SourceIp,
    RemoteIp,
    Namespace,
    TrustDomain,
    ServiceAccount,
    Principal,
    RequestPrincipal,
    Audiences,
    Presenter,
    Header,
    Claims,
}

impl Field {
    /// Needs a request, so it has no meaning on a TCP chain.
    pub(super) fn http_only(self) -> bool {
        use Field::{Audiences, Claims, Header, Host, Method, Path, Presenter, RequestPrincipal};
        matches!(self, Host | Method | Path | Header | RequestPrincipal | Audiences | Presenter | Claims)
    }

    /// One test over all values rather than one test per value.
    pub(super) fn takes_all_values(self) -> bool {
        matches!(
            self,
            Field::RequestPrincipal | Field::Audiences | Field::Presenter | Field::Claims | Field::Metadata
        )
    }
}

/// One field with its values and negated values.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) field: Field,
    /// The key of a `when`; empty otherwise.
    pub(super) key: String,
    pub(super) values: Values,
    pub(super) not_values: Values,
}

/// A rule: alternatives of what is done, and of who does it; each alternative is a conjunction.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) permissions: Vec<Vec<Clause>>,
    pub(super) principals: Vec<Vec<Clause>>,
}

/// Reads a rule; an unknown attribute in `when` makes it unusable, whatever the action.
pub(super) fn model(rule: &AuthorizationRule, bundle: &[&str]) -> Result<Model, (String, Origin)> {
    let mut permission_base = Vec::new();
    let mut principal_base = Vec::new();
    for when in &rule.when {
        let (field, is_permission) = attribute(&when.key)?;
        let base = if is_permission { &mut permission_base } else { &mut principal_base };
        push(base, field, &when.key.value, &when.values, &when.not_values);
    }
    // istiod shares the clauses of `when` between all callers and expands them once for each.
    for _ in 0..rule.from.len().max(1) {
        principal_base.iter_mut().for_each(|clause| migrate(clause, bundle));
    }
    let callers =
        rule.from.iter().map(|source| [source_clauses(source, bundle), principal_base.clone()].concat());
    let mut principals: Vec<Vec<Clause>> = callers.collect();
    if principals.is_empty() {
        principals.push(principal_base);
    }
    let operations =
        rule.to.iter().map(|operation| [operation_clauses(operation), permission_base.clone()].concat());
    let mut permissions: Vec<Vec<Clause>> = operations.collect();
    if permissions.is_empty() {
        permissions.push(permission_base);
    }
    Ok(Model { permissions, principals })
}

/// The field of a `when` key, and whether it speaks of the operation.
fn attribute(key: &At<String>) -> Result<(Field, bool), (String, Origin)> {
    Ok(match key.value.as_str() {
        "destination.ip" => (Field::DestinationIp, true),
        "destination.port" => (Field::DestinationPort, true),
        "connection.sni" => (Field::ServerName, true),
        "source.ip" => (Field::SourceIp, false),
        "remote.ip" => (Field::RemoteIp, false),
        "source.namespace" => (Field::Namespace, false),
        "source.trustDomain" => (Field::TrustDomain, false),
        "source.serviceAccount" => (Field::ServiceAccount, false),
        "source.principal" => (Field::Principal, false),
        "request.auth.principal" => (Field::RequestPrincipal, false),
        "request.auth.audiences" => (Field::Audiences, false),
        "request.auth.presenter" => (Field::Presenter, false),
        other if other.starts_with("experimental.envoy.filters.") => (Field::Metadata, true),
        other if other.starts_with("request.headers") => (Field::Header, false),
        other if other.starts_with("request.auth.claims") => (Field::Claims, false),
        other => return Err((format!("the attribute {other:?} does not exist"), key.origin)),
    })
}

fn source_clauses(source: &Source, bundle: &[&str]) -> Vec<Clause> {
    let s = source;
    let mut out = Vec::new();
    push(&mut out, Field::Principal, "", &s.principals, &s.not_principals);
    push(&mut out, Field::RequestPrincipal, "", &s.request_principals, &s.not_request_principals);
    push(&mut out, Field::ServiceAccount, "", &s.service_accounts, &s.not_service_accounts);
    push(&mut out, Field::TrustDomain, "", &s.trust_domains, &s.not_trust_domains);
    push(&mut out, Field::Namespace, "", &s.namespaces, &s.not_namespaces);
    push(&mut out, Field::RemoteIp, "", &s.remote_ip_blocks, &s.not_remote_ip_blocks);
    push(&mut out, Field::SourceIp, "", &s.ip_blocks, &s.not_ip_blocks);
    out.iter_mut().for_each(|clause| migrate(clause, bundle));
    out
}

fn operation_clauses(operation: &Operation) -> Vec<Clause> {
    let o = operation;
    let mut out = Vec::new();
    push(&mut out, Field::Host, "", &o.hosts, &o.not_hosts);
    push(&mut out, Field::Method, "", &o.methods, &o.not_methods);
    push(&mut out, Field::Path, "", &o.paths, &o.not_paths);
    push(&mut out, Field::DestinationPort, "", &o.ports, &o.not_ports);
    out
}

/// A clause without any value is no clause.
fn push(out: &mut Vec<Clause>, field: Field, key: &str, values: &Values, not_values: &Values) {
    if values.is_empty() && not_values.is_empty() {
        return;
    }
    out.push(Clause { field, key: key.to_owned(), values: values.clone(), not_values: not_values.clone() });
}

fn migrate(clause: &mut Clause, bundle: &[&str]) {
    let expand = match clause.field {
        Field::Principal => trust_domain::expand_principals,
        Field::TrustDomain => trust_domain::expand_domains,
        _ => return,
    };
    clause.values = expand(&clause.values, bundle);
    clause.not_values = expand(&clause.not_values, bundle);
}
