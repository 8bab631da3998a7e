//! Cases with their defaults, multiplied out to single requests.

use std::collections::BTreeMap;

use mp_model::base::Span;

use super::format::{Case, Defaults, Expect, Request, Scheme};
use crate::reader::{Located, OneOrMany};

/// Most requests that one case may multiply out to.
pub(super) const MOST: usize = 10_000;

/// A single request.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// Who calls; `outside` when nobody is named.
    pub(super) from: Located<String>,
    /// The workload that is called directly.
    pub(super) to: Option<Located<String>>,
    /// `Host` as written; empty when absent.
    pub(super) host: Located<String>,
    /// Port as written.
    pub(super) port: Option<u16>,
    /// What a client outside speaks.
    pub(super) scheme: Scheme,
    /// Method.
    pub(super) method: String,
    /// Path with query.
    pub(super) path: String,
    /// Headers.
    pub(super) headers: BTreeMap<String, String>,
    /// Stated identity.
    pub(super) identity: Option<Located<String>>,
    /// Claims of a valid token.
    pub(super) claims: Option<serde_json::Map<String, serde_json::Value>>,
    /// Stated address.
    pub(super) address: Option<Located<String>>,
}

impl Ask {
    /// One line: who sends what.
    #[must_use]
    pub(super) fn line(&self) -> String {
        let target = match &self.to {
            Some(to) => format!("{} at {}", self.path, to.value),
            None => format!("{}{}", self.host.value, self.path),
        };
        let port = self.port.map(|port| format!(" port {port}")).unwrap_or_default();
        let headers: String = self.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
        let who = self.identity.as_ref().map_or(&self.from.value, |id| &id.value);
        let claims =
            self.claims.as_ref().map(|c| format!(" with claims {}", serde_json::Value::Object(c.clone())));
        format!("{} {target}{port} from {who}{headers}{}", self.method, claims.unwrap_or_default())
    }
}

/// The requests of a case in the order of its lists; `None` when there are too many.
#[must_use]
pub(super) fn requests(case: &Case, defaults: &Defaults, place: Span) -> Option<Vec<Ask>> {
    let request = merged(&case.request, &defaults.request);
    let text = |value: &str| Located { value: value.to_owned(), span: place };
    let or = |list: &OneOrMany<Located<String>>, implied: &str| {
        if list.is_empty() { vec![text(implied)] } else { list.0.clone() }
    };
    let optional = |list: &OneOrMany<Located<String>>| -> Vec<Option<Located<String>>> {
        if list.is_empty() { vec![None] } else { list.iter().cloned().map(Some).collect() }
    };
    let ports: Vec<Option<u16>> = match request.port.as_ref() {
        [] => vec![None],
        some => some.iter().map(|port| Some(port.value)).collect(),
    };
    let (froms, tos) = (or(&request.from, "outside"), optional(&request.to));
    let (hosts, methods, paths) = (or(&request.host, ""), or(&request.method, "GET"), or(&request.path, "/"));
    let counts = [froms.len(), tos.len(), hosts.len(), ports.len(), methods.len(), paths.len()];
    counts.iter().try_fold(1usize, |all, n| all.checked_mul(*n)).filter(|all| *all <= MOST)?;
    let mut out = Vec::new();
    for from in &froms {
        for to in &tos {
            for host in &hosts {
                for port in &ports {
                    for method in &methods {
                        out.extend(paths.iter().map(|path| Ask {
                            from: from.clone(),
                            to: to.clone(),
                            host: host.clone(),
                            port: *port,
                            scheme: request.scheme.unwrap_or_default(),
                            method: method.value.clone(),
                            path: path.value.clone(),
                            headers: request.headers.clone(),
                            identity: request.identity.clone(),
                            claims: request.claims.clone(),
                            address: request.address.clone(),
                        }));
                    }
                }
            }
        }
    }
    Some(out)
}

fn merged(own: &Request, defaults: &Request) -> Request {
    let list = |own: &OneOrMany<Located<String>>, other: &OneOrMany<Located<String>>| {
        if own.is_empty() { other.clone() } else { own.clone() }
    };
    let mut headers = defaults.headers.clone();
    headers.extend(own.headers.clone());
    Request {
        // A case that calls a workload directly is not sent by the default caller's route, but still by that caller.
        from: list(&own.from, &defaults.from),
        to: list(&own.to, &defaults.to),
        host: list(&own.host, &defaults.host),
        port: if own.port.is_empty() { defaults.port.clone() } else { own.port.clone() },
        scheme: own.scheme.or(defaults.scheme),
        method: list(&own.method, &defaults.method),
        path: list(&own.path, &defaults.path),
        headers,
        identity: own.identity.clone().or_else(|| defaults.identity.clone()),
        claims: own.claims.clone().or_else(|| defaults.claims.clone()),
        address: own.address.clone().or_else(|| defaults.address.clone()),
    }
}

/// What a case expects, with the defaults for what it does not say.
#[must_use]
pub(super) fn expectation(own: &Expect, defaults: &Expect) -> Expect {
    let mut out = own.clone();
    macro_rules! fill {
        ($($field:ident)*) => { $( out.$field = out.$field.or_else(|| defaults.$field.clone()); )* };
    }
    fill! {
        route virtual_service to status redirect rewrite request_headers response_headers decision decided_by mutual_tls
        timeout retries fault mirror
    }
    out
}
