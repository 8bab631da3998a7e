//! A set of requests in words: what the literals of a model leave free, and what they fix.

use std::collections::BTreeMap;

use mp_ir::plan::{EnforcementPoint, HeaderTest, PeerMatch, PermissionTest, PrincipalTest, TextMatch};

use super::routes::STRANGER;
use crate::assignment::Flag;
use crate::engine::{About, Literal};
use crate::patterns::{peer_pattern, template_pattern};
use crate::space::{Key, Pattern, Shape};
use crate::spelling::each;

/// A property of requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The caller's identity.
    Caller,
    /// `:method`.
    Method,
    /// The path without query.
    Path,
    /// `:authority`.
    Host,
    /// Port of the workload.
    Port,
    /// A header by its name in lower case.
    Header(String),
    /// A query parameter.
    Query(String),
    /// A claim by its path, joined by dots; empty for the token itself.
    Claim(String),
    /// What an external authoriser says, by provider: `yes` where it consents.
    Consent(String),
    /// Address of the TCP peer.
    Source,
    /// Address of the client behind trusted proxies.
    Client,
    /// Name in the TLS hello.
    ServerName,
}

/// Conditions on one property: all of `only` and none of `but` hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// Patterns that hold, as policies write them.
    pub only: Vec<String>,
    /// Patterns that do not.
    pub but: Vec<String>,
}

/// A set of requests. A property that is absent is free: any value of it will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// HTTP rather than bytes.
    pub http: bool,
    /// Per property, alternatives of which one holds.
    pub conditions: BTreeMap<Dimension, Vec<Condition>>,
}

/// How the patterns of some points are written.
pub(super) struct Words(BTreeMap<(Key, Pattern), String>);

impl Words {
    pub(super) fn of(points: &[&EnforcementPoint]) -> Self {
        let mut words = Words(BTreeMap::new());
        for point in points {
            let (mut found, mut more) = (Vec::new(), Vec::new());
            each(point, &mut |test| found.extend(operation(test)), &mut |test| more.extend(caller(test)));
            for (key, pattern, text) in found.into_iter().chain(more) {
                // Of two spellings of one pattern the first by its letters, whichever side it is of.
                let known = words.0.entry((key, pattern)).or_insert_with(|| text.clone());
                if text < *known {
                    *known = text;
                }
            }
        }
        words
    }

    fn word(&self, key: &Key, pattern: &Pattern) -> String {
        if let Some(known) = self.0.get(&(key.clone(), pattern.clone())) {
            return known.clone();
        }
        if *pattern == Pattern::regex("", "(?s:.*)") || *pattern == Pattern::regex("", ".+") {
            return ANY_VALUE.to_owned();
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match (&pattern.shape, key) {
            (Shape::Prefix(bits) | Shape::Exact(bits), Key::Source | Key::Remote(_)) => block(&text(bits)),
            (Shape::Exact(whole), _) => text(whole),
            (Shape::Prefix(start), _) => format!("{}*", text(start)),
            (Shape::Suffix(end), _) => format!("*{}", text(end)),
            (Shape::Head(_), _) => plain(&pattern.regex),
        }
    }

    /// The requests that the literals describe.
    pub(super) fn scope(&self, literals: &[Literal]) -> Scope {
        let mut out = Scope::default();
        for literal in literals {
            let (dimension, word) = match &literal.about {
                About::Flag(Flag::Http) => {
                    out.http = literal.yes;
                    continue;
                }
                About::Flag(Flag::Peer) => (Dimension::Caller, "any identity".to_owned()),
                About::Flag(Flag::ServerName) => (Dimension::ServerName, "any name".to_owned()),
                About::Flag(Flag::Token) => (Dimension::Claim(String::new()), "a token".to_owned()),
                About::Pattern(key, pattern) => (dimension(key), self.word(key, pattern)),
            };
            let alternatives = out.conditions.entry(dimension).or_insert_with(|| vec![Condition::default()]);
            for condition in alternatives {
                if literal.yes { condition.only.push(word.clone()) } else { condition.but.push(word.clone()) }
            }
        }
        out
    }
}

fn dimension(key: &Key) -> Dimension {
    match key {
        Key::Port => Dimension::Port,
        Key::Method => Dimension::Method,
        Key::Peer => Dimension::Caller,
        Key::ServerName => Dimension::ServerName,
        Key::Source => Dimension::Source,
        Key::Remote(_) => Dimension::Client,
        Key::Path => Dimension::Path,
        Key::Host => Dimension::Host,
        Key::Header(name) | Key::ExtraHeader(name) | Key::Line(name) => Dimension::Header(name.clone()),
        Key::Query(name) => Dimension::Query(name.clone()),
        Key::Claim(path) => Dimension::Claim(path.join(".")),
        Key::Consent(provider) => Dimension::Consent(provider.clone()),
    }
}

fn operation(test: &PermissionTest) -> Option<(Key, Pattern, String)> {
    match test {
        PermissionTest::Host(HeaderTest::Value(text)) => {
            Some((Key::Host, Pattern::of_host(text), written(text)))
        }
        PermissionTest::PathTemplate(template) => {
            let shown = template.replace("**", "\u{0}").replace('*', "{*}").replace('\u{0}', "{**}");
            Some((Key::Path, template_pattern(template), shown))
        }
        _ => None,
    }
}

fn caller(test: &PrincipalTest) -> Option<(Key, Pattern, String)> {
    let PrincipalTest::Peer(peer) = test else { return None };
    let word = match peer {
        PeerMatch::Any | PeerMatch::AnyTrustDomain => return None,
        PeerMatch::Exact(id) => id.strip_prefix("spiffe://").unwrap_or(id).to_owned(),
        PeerMatch::Prefix(start) => format!("{}*", start.strip_prefix("spiffe://").unwrap_or(start)),
        PeerMatch::Suffix(end) => format!("*{end}"),
        PeerMatch::Namespace(parts) => format!("namespace {}", parts.join("*")),
        PeerMatch::ServiceAccount { namespace, name } => format!("service account {namespace}/{name}"),
        PeerMatch::TrustDomain(domain, None) => format!("trust domain {domain}"),
        PeerMatch::TrustDomain(start, Some(end)) => format!("trust domain {start}*{end}"),
    };
    Some((Key::Peer, peer_pattern(peer)?, word))
}

fn written(text: &TextMatch) -> String {
    match text {
        TextMatch::Exact(s) => s.clone(),
        TextMatch::Prefix(s) => format!("{s}*"),
        TextMatch::Suffix(s) => format!("*{s}"),
        TextMatch::NotEmpty => "*".to_owned(),
    }
}

/// A block of addresses from the bits that it begins with.
fn block(bits: &str) -> String {
    let value = u32::from_str_radix(&format!("{bits:0<32}"), 2).unwrap_or_default();
    let address = std::net::Ipv4Addr::from_bits(value);
    if bits.len() == 32 { address.to_string() } else { format!("{address}/{}", bits.len()) }
}

/// A pattern that nobody wrote, without the escapes of its letters.
fn plain(regex: &str) -> String {
    let mut out = String::new();
    let mut rest = regex;
    while let Some((before, behind)) = rest.split_once(r"\x") {
        out.push_str(before);
        let (hex, tail) = behind.split_at_checked(2).unwrap_or((behind, ""));
        out.extend(u8::from_str_radix(hex, 16).ok().map(char::from));
        rest = tail;
    }
    out.push_str(rest);
    out.replace("(?s:.*)", "*")
}

impl Scope {
    /// Puts alternatives and patterns in order.
    pub(super) fn sort(&mut self) {
        for any in self.conditions.values_mut() {
            for condition in any.iter_mut() {
                condition.only.sort();
                condition.but.sort();
            }
            any.sort();
            any.dedup();
        }
    }

    /// Whether two sets differ in one property alone, so that one sentence can tell both.
    pub(super) fn absorbs(&mut self, other: &Scope) -> bool {
        let keys: Vec<&Dimension> = self.conditions.keys().collect();
        if self.http != other.http || !keys.iter().copied().eq(other.conditions.keys()) {
            return false;
        }
        let differ = |(key, mine): &(&Dimension, &Vec<Condition>)| other.conditions.get(key) != Some(mine);
        let different: Vec<Dimension> =
            self.conditions.iter().filter(differ).map(|(key, _)| key.clone()).collect();
        let [only] = different.as_slice() else { return different.is_empty() };
        let more = other.conditions.get(only).cloned().unwrap_or_default();
        if let Some(mine) = self.conditions.get_mut(only) {
            mine.extend(more);
        }
        true
    }
}

impl Scope {
    fn said(&self, dimension: &Dimension) -> Option<String> {
        self.conditions.get(dimension).map(|any| alternatives(any))
    }

    /// Method and path.
    fn operation(&self) -> Vec<String> {
        if !self.http {
            return vec!["bytes".to_owned()];
        }
        let or = |dimension: &Dimension, free: &str| self.said(dimension).unwrap_or_else(|| free.to_owned());
        vec![or(&Dimension::Method, "any method"), or(&Dimension::Path, "any path")]
    }

    /// Requests to one host, as a sentence that says nothing of callers and ports.
    #[must_use]
    pub fn at_host(&self, authority: &str) -> String {
        let host = if authority == STRANGER { "any other host" } else { authority };
        let mut parts = vec![format!("{} of {host}", self.operation().join(", "))];
        parts.extend(self.rest());
        parts.join(", ")
    }

    fn rest(&self) -> Vec<String> {
        let mut parts = Vec::new();
        for (dimension, any) in &self.conditions {
            let name = match dimension {
                Dimension::Host => "host".to_owned(),
                Dimension::Header(name) => format!("header {name}"),
                Dimension::Query(name) => format!("query parameter {name}"),
                Dimension::Claim(path) if path.is_empty() => {
                    let there = any.iter().any(|condition| !condition.only.is_empty());
                    parts.push(if there { "with a token" } else { "without a token" }.to_owned());
                    continue;
                }
                Dimension::Claim(path) => format!("claim {path}"),
                Dimension::Consent(provider) => {
                    let consents = any.iter().any(|condition| !condition.only.is_empty());
                    parts.push(format!("where {provider} {}", if consents { "consents" } else { "refuses" }));
                    continue;
                }
                Dimension::Source => "from address".to_owned(),
                Dimension::Client => "client address".to_owned(),
                Dimension::ServerName => "server name".to_owned(),
                Dimension::Caller | Dimension::Method | Dimension::Path | Dimension::Port => continue,
            };
            parts.push(format!("{name} {}", alternatives(any)));
        }
        parts
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = |dimension: &Dimension| self.said(dimension);
        let mut parts = self.operation();
        let caller = said(&Dimension::Caller).unwrap_or_else(|| "any caller".to_owned());
        parts.push(match caller.as_str() {
            NO_IDENTITY => "from callers without an identity".to_owned(),
            other => format!("from {other}"),
        });
        parts.push(
            said(&Dimension::Port).map_or_else(|| "any port".to_owned(), |port| format!("port {port}")),
        );
        parts.extend(self.rest());
        f.write_str(&parts.join(", "))
    }
}

fn alternatives(any: &[Condition]) -> String {
    let all: Vec<String> = any.iter().map(condition).collect();
    all.join(" or ")
}

/// How callers in plain text read.
const NO_IDENTITY: &str = "any but any identity";
/// How a pattern reads that asks for nothing but a value.
const ANY_VALUE: &str = "any value";

fn condition(condition: &Condition) -> String {
    if condition.only.is_empty() && condition.but == [ANY_VALUE] {
        return "absent".to_owned();
    }
    let only = if condition.only.is_empty() { "any".to_owned() } else { condition.only.join(" and ") };
    if condition.but.is_empty() { only } else { format!("{only} but {}", condition.but.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_as_sentences() {
        let one = |only: &[&str], but: &[&str]| Condition {
            only: only.iter().map(|s| (*s).to_owned()).collect(),
            but: but.iter().map(|s| (*s).to_owned()).collect(),
        };
        let scope = |path: Condition| Scope {
            http: true,
            conditions: [
                (Dimension::Path, vec![path]),
                (Dimension::Caller, vec![one(&["namespace shop"], &[])]),
            ]
            .into(),
        };
        let mut first = scope(one(&["/v1/*"], &["/v1/ping"]));
        assert_eq!(first.to_string(), "any method, /v1/* but /v1/ping, from namespace shop, any port");
        assert!(first.absorbs(&scope(one(&["/v2"], &[]))));
        assert_eq!(first.to_string(), "any method, /v1/* but /v1/ping or /v2, from namespace shop, any port");
        let bytes = Scope { http: false, conditions: BTreeMap::new() };
        assert!(!first.absorbs(&bytes));
        assert_eq!(bytes.to_string(), "bytes, from any caller, any port");
    }

    #[test]
    fn blocks_and_escapes_are_read_back() {
        assert_eq!(block("00001010"), "10.0.0.0/8");
        assert_eq!(block(&crate::patterns::bits("10.1.1.1")), "10.1.1.1");
        assert_eq!(plain(&crate::automata::quote(b"a.com:80")), "a.com:80");
        let cidr = mp_ir::plan::Cidr::parse("10.1.0.0/16").unwrap();
        let Shape::Prefix(bits) = crate::patterns::cidr_pattern(&cidr).unwrap().shape else {
            panic!("no prefix")
        };
        assert_eq!(block(&String::from_utf8(bits).unwrap()), "10.1.0.0/16");
    }
}
