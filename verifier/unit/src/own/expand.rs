//! Cases with their defaults, multiplied out to single requests.

use std::collections::BTreeMap;

use super::fault;
use super::format::{Case, Defaults, Expect, Request, Scheme};
use crate::doors::split_port;
use crate::reader::{Located, OneOrMany, ReadError};
use crate::suite::{MOST_REQUESTS as MOST, product_fits};
use crate::world::World;

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
    /// Whether a connection is followed rather than a request.
    pub(super) fn is_bytes(&self) -> bool {
        matches!(self.scheme, Scheme::Tcp | Scheme::Tls)
    }

    /// The port that a test states, apart or behind the host.
    pub(super) fn stated_port(&self) -> Option<u32> {
        self.port.map(u32::from).or(split_port(&self.host.value).1)
    }

    /// The port that is called.
    pub(super) fn called_port(&self) -> u32 {
        let usual = if matches!(self.scheme, Scheme::Https | Scheme::Tls) { 443 } else { 80 };
        self.stated_port().unwrap_or(usual)
    }

    /// One line: who sends what.
    #[must_use]
    pub(super) fn line(&self) -> String {
        let target = match &self.to {
            Some(to) if self.is_bytes() => to.value.clone(),
            Some(to) => format!("{} at {}", self.path, to.value),
            None if self.is_bytes() => self.host.value.clone(),
            None => format!("{}{}", self.host.value, self.path),
        };
        let port = self.port.map(|port| format!(" port {port}")).unwrap_or_default();
        let headers: String = self.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
        let who = self.identity.as_ref().map_or(&self.from.value, |id| &id.value);
        let claims =
            self.claims.as_ref().map(|c| format!(" with claims {}", serde_json::Value::Object(c.clone())));
        let what = match self.scheme {
            Scheme::Tcp => "tcp",
            Scheme::Tls => "tls",
            Scheme::Http | Scheme::Https => &self.method,
        };
        format!("{what} {target}{port} from {who}{headers}{}", claims.unwrap_or_default())
    }
}

/// The requests of a case in the order of its lists.
pub(super) fn requests(
    world: &World<'_>,
    case: &Located<Case>,
    defaults: &Defaults,
) -> Result<Vec<Ask>, ReadError> {
    let request = merged(&case.request, &defaults.request);
    let text = |value: &str| Located { value: value.to_owned(), span: case.span };
    let first = Ask {
        from: text("outside"),
        to: None,
        host: text(""),
        port: None,
        scheme: request.scheme.unwrap_or_default(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: request.headers.clone(),
        identity: request.identity.clone(),
        claims: request.claims.clone(),
        address: request.address.clone(),
    };
    let mut out = Product { asks: vec![first], whole: true };
    out.by(&named(world, &request.from)?, |ask, from| ask.from = from.clone());
    out.by(&named(world, &request.to)?, |ask, to| ask.to = Some(to.clone()));
    out.by(&request.host, |ask, host| ask.host = host.clone());
    out.by(&request.port, |ask, port| ask.port = Some(port.value));
    out.by(&request.method, |ask, method| ask.method.clone_from(&method.value));
    out.by(&request.path, |ask, path| ask.path.clone_from(&path.value));
    let many =
        || fault(case.span, format!("the case `{}` has more than {MOST} requests", case.name), "split it");
    if out.whole { Ok(out.asks) } else { Err(many()) }
}

/// Requests that are multiplied by one list after another.
struct Product {
    asks: Vec<Ask>,
    /// Whether none was left out.
    whole: bool,
}

impl Product {
    /// Every request with every value; an empty list leaves them as they are.
    fn by<T>(&mut self, values: &[T], set: impl Fn(&mut Ask, &T)) {
        if values.is_empty() {
            return;
        }
        self.whole &= product_fits(&[self.asks.len(), values.len()]);
        let mut out = Vec::new();
        for ask in self.asks.iter().take(MOST) {
            for value in values.iter().take(MOST) {
                let mut one = ask.clone();
                set(&mut one, value);
                out.push(one);
            }
            if out.len() > MOST {
                break;
            }
        }
        self.asks = out;
    }
}

/// The callers or workloads that names stand for.
fn named(world: &World<'_>, names: &[Located<String>]) -> Result<Vec<Located<String>>, ReadError> {
    let mut out = Vec::new();
    for name in names {
        let found = world.named(&name.value);
        if found.is_empty() {
            let message = format!("no Pod of the input is named like `{}`", name.value);
            return Err(fault(name.span, message, "write `namespace/start-of-its-name*`"));
        }
        out.extend(found.into_iter().map(|value| Located { value, span: name.span }));
    }
    Ok(out)
}

fn merged(own: &Request, defaults: &Request) -> Request {
    let list = |own: &OneOrMany<Located<String>>, other: &OneOrMany<Located<String>>| {
        if own.is_empty() { other.clone() } else { own.clone() }
    };
    let mut headers = defaults.headers.clone();
    headers.extend(own.headers.clone());
    Request {
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
