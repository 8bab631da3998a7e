//! Conditions on requests, as questions and invariants state them: as formula, and on one request.

use mp_eval::{PathOutcome, Proto, Request, normalize};
use mp_ir::plan::{Cidr, EnforcementPoint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use z3::ast::Bool;

use crate::assignment::Flag;
use crate::engine::Engine;
use crate::patterns::cidr_pattern;
use crate::space::{Key, Pattern};

/// `any` or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// There is one.
    Any,
    /// There is none.
    None,
}

/// All clauses that are there must hold; a list holds when one of its entries does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Predicate {
    /// Whether the caller has an identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<Presence>,
    /// Namespaces of the caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ns: Vec<String>,
    /// Namespaces that the caller is not in; callers in plain text are in none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ns: Vec<String>,
    /// Service accounts of the caller, `NS/SA`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sa: Vec<String>,
    /// Service accounts that the caller does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_sa: Vec<String>,
    /// Methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Paths after normalisation, without query: `/a`, or `/a/**` for all that begins with `/a/`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Paths that it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_paths: Vec<String>,
    /// Hosts with their port, in lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Destination ports.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub port: Vec<u32>,
    /// HTTP or bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub proto: Option<Proto>,
    /// Whether there is a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt: Option<Presence>,
    /// Blocks of source addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub src: Vec<String>,
    /// Blocks that the source is not in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_src: Vec<String>,
    /// A header that is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_header: Option<String>,
}

fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(u32),
        More(Vec<u32>),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::One(one) => vec![one],
        Either::More(more) => more,
    })
}

impl Predicate {
    /// The formula over the first copy of the request.
    pub(crate) fn formula(&self, engine: &mut Engine) -> Bool {
        let http = engine.flag(Flag::Http);
        let peer = engine.flag(Flag::Peer);
        let mut all = Vec::new();
        let presence =
            |wanted: Presence, flag: &Bool| if wanted == Presence::Any { flag.clone() } else { flag.not() };
        all.extend(self.peer.map(|wanted| presence(wanted, &peer)));
        all.extend(self.jwt.map(|wanted| presence(wanted, &engine.flag(Flag::Token))));
        all.extend(self.proto.map(|proto| if proto == Proto::Http { http.clone() } else { http.not() }));
        let mut of = |key: Key, list: &[String], pattern: fn(&str) -> Pattern, yes: bool, only_http: bool| {
            if list.is_empty() {
                return;
            }
            let any: Vec<Bool> = list.iter().map(|text| engine.atom(&key, pattern(text))).collect();
            let any = Bool::or(&any);
            all.push(if yes { any } else { any.not() });
            if only_http {
                all.push(http.clone());
            }
        };
        of(Key::Peer, &self.ns, namespace, true, false);
        of(Key::Peer, &self.not_ns, namespace, false, false);
        of(Key::Peer, &self.sa, account, true, false);
        of(Key::Peer, &self.not_sa, account, false, false);
        of(Key::Method, &self.methods, Pattern::exact, true, true);
        of(Key::Path, &self.paths, path, true, true);
        of(Key::Path, &self.not_paths, path, false, true);
        of(Key::Host, &self.hosts, host, true, true);
        let ports: Vec<String> = self.port.iter().map(u32::to_string).collect();
        of(Key::Port, &ports, Pattern::exact, true, false);
        of(Key::Source, &self.src, block, true, false);
        of(Key::Source, &self.not_src, block, false, false);
        if let Some(name) = &self.no_header {
            let present = engine.atom(&Key::Header(name.to_ascii_lowercase()), Pattern::regex("", "(?s:.*)"));
            all.push(present.not());
        }
        Bool::and(&all)
    }

    /// Whether one request is so, found without formulas.
    #[must_use]
    pub fn holds(&self, point: &EnforcementPoint, request: &Request) -> bool {
        let is_http = request.proto == Proto::Http;
        let peer = request.peer.as_deref();
        let presence =
            |wanted: Option<Presence>, there: bool| wanted.is_none_or(|w| (w == Presence::Any) == there);
        let caller = |list: &[String], part: fn(&str) -> Option<String>| {
            peer.and_then(part).is_some_and(|mine| list.contains(&mine))
        };
        let address = |list: &[String]| {
            let source: Option<std::net::IpAddr> = request.src.parse().ok();
            list.iter().any(|b| Cidr::parse(b).zip(source).is_some_and(|(block, ip)| block.contains(ip)))
        };
        let path = is_http.then(|| seen_path(point, request)).flatten();
        let on_path =
            |list: &[String]| path.as_deref().is_some_and(|path| list.iter().any(|p| path_matches(p, path)));
        let yes = |list: &[String], value: bool| list.is_empty() || value;
        presence(self.peer, peer.is_some())
            && presence(self.jwt, request.jwt.is_some())
            && self.proto.is_none_or(|proto| proto == request.proto)
            && yes(&self.ns, caller(&self.ns, namespace_of))
            && !caller(&self.not_ns, namespace_of)
            && yes(&self.sa, caller(&self.sa, account_of))
            && !caller(&self.not_sa, account_of)
            && yes(&self.methods, is_http && self.methods.contains(&request.method))
            && yes(&self.paths, on_path(&self.paths))
            && yes(&self.not_paths, is_http && !on_path(&self.not_paths))
            && yes(&self.hosts, is_http && self.hosts.contains(&request.host.to_ascii_lowercase()))
            && (self.port.is_empty() || self.port.contains(&request.port))
            && yes(&self.src, address(&self.src))
            && !address(&self.not_src)
            && self.no_header.as_ref().is_none_or(|name| request.header_lines(name).next().is_none())
    }
}

fn seen_path(point: &EnforcementPoint, request: &Request) -> Option<Vec<u8>> {
    let target: Vec<u8> =
        request.path.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?;
    match normalize(&target, point.paths) {
        PathOutcome::Path(path) => Some(path.split(|b| *b == b'?').next().unwrap_or_default().to_vec()),
        PathOutcome::Refused(_) | PathOutcome::Redirected => None,
    }
}

/// Whether a path is so: exact, or everything below with `/**`.
#[must_use]
pub(crate) fn path_matches(pattern: &str, path: &[u8]) -> bool {
    match pattern.strip_suffix("**") {
        Some(start) => path.starts_with(start.as_bytes()),
        None => path == pattern.as_bytes(),
    }
}

fn namespace_of(peer: &str) -> Option<String> {
    peer.split('/').nth(4).map(str::to_owned)
}

fn account_of(peer: &str) -> Option<String> {
    let parts: Vec<&str> = peer.split('/').collect();
    Some(format!("{}/{}", parts.get(4)?, parts.get(6)?))
}

fn namespace(text: &str) -> Pattern {
    Pattern::regex(
        "spiffe://",
        format!("spiffe://[^/]*/ns/{}/sa/.*", crate::automata::quote(text.as_bytes())),
    )
}

fn account(text: &str) -> Pattern {
    let (namespace, name) = text.split_once('/').unwrap_or(("", text));
    let q = |text: &str| crate::automata::quote(text.as_bytes());
    Pattern::regex("spiffe://", format!("spiffe://[^/]*/ns/{}/sa/{}", q(namespace), q(name)))
}

pub(crate) fn path(text: &str) -> Pattern {
    match text.strip_suffix("**") {
        Some(start) => Pattern::prefix(start),
        None => Pattern::exact(text),
    }
}

fn host(text: &str) -> Pattern {
    Pattern::of_host(&mp_ir::plan::TextMatch::Exact(text.to_owned()), "")
}

fn block(text: &str) -> Pattern {
    Cidr::parse(text).as_ref().and_then(cidr_pattern).unwrap_or_else(|| Pattern::exact(""))
}
