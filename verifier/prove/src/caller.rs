//! Who sends a request, as invariants say it: as text, as formula, and on one request.

use crate::formula::Bool;
use mp_eval::Request;
use mp_ir::plan::{Cidr, EnforcementPoint, TextMatch};
use serde_json::{Map, Value};

use crate::assignment::Flag;
use crate::automata::quote;
use crate::engine::Engine;
use crate::patterns::cidr_pattern;
use crate::space::{Key, Pattern};

/// One property of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Any,
    /// It has an identity of the mesh.
    Peer,
    /// Its namespace; `*` is any text.
    Namespace(String),
    /// Its namespace and service account; `*` is any text.
    Account(String, String),
    /// Its trust domain; `*` is any text.
    TrustDomain(String),
    /// The TCP source is in this block.
    Block(Cidr),
    /// It carries a token.
    AnyToken,
    /// It carries a token with these claims, which the workload checks; `a[b]` is the claim `b` inside of `a`.
    Token(Vec<(String, TextMatch)>),
}

/// Any of these; each is a list of properties that all hold. Empty is nobody.
pub type Callers = Vec<Vec<Who>>;

impl Who {
    fn formula(&self, engine: &mut Engine, point: &EnforcementPoint) -> Bool {
        let any = "[^/]*".to_owned();
        match self {
            Who::Any => Bool::from_bool(true),
            Who::Peer => engine.flag(Flag::Peer),
            Who::Namespace(name) => peer(engine, &any, &glob(name), ".*"),
            Who::Account(namespace, name) => peer(engine, &any, &glob(namespace), &glob(name)),
            Who::TrustDomain(name) => peer(engine, &glob(name), &any, ".*"),
            Who::Block(block) => match cidr_pattern(block) {
                Some(pattern) => engine.atom(&Key::Source, pattern),
                None => Bool::from_bool(false),
            },
            Who::AnyToken => engine.flag(Flag::Token),
            Who::Token(_) if point.http.jwt.is_none() => Bool::from_bool(false),
            Who::Token(claims) => {
                let mut all = vec![engine.flag(Flag::Token), engine.flag(Flag::Http)];
                for (name, value) in claims {
                    all.push(engine.atom(&Key::Claim(claim_path(name)), Pattern::of_text(value)));
                }
                Bool::and(&all)
            }
        }
    }

    fn holds(&self, point: &EnforcementPoint, request: &Request) -> bool {
        let parts: Vec<&str> = request.peer.as_deref().unwrap_or_default().split('/').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        let named = request.peer.is_some();
        match self {
            Who::Any => true,
            Who::Peer => named,
            Who::Namespace(name) => named && glob_matches(name, part(4)),
            Who::Account(namespace, name) => {
                named && glob_matches(namespace, part(4)) && glob_matches(name, part(6))
            }
            Who::TrustDomain(name) => named && glob_matches(name, part(2)),
            Who::Block(block) => request.src.parse().is_ok_and(|source| block.contains(source)),
            Who::AnyToken => request.jwt.is_some(),
            Who::Token(claims) => {
                let checked = point.http.jwt.is_some() && request.proto == mp_eval::Proto::Http;
                let token = request.jwt.as_ref().filter(|_| checked);
                token.is_some_and(|token| {
                    claims.iter().all(|(name, wanted)| {
                        claim_at(&token.claims, name).is_some_and(|value| claim_is(wanted, value))
                    })
                })
            }
        }
    }
}

/// The formula for any of the callers.
pub(crate) fn formula(callers: &Callers, engine: &mut Engine, point: &EnforcementPoint) -> Bool {
    let any: Vec<Bool> = callers
        .iter()
        .map(|all| Bool::and(&all.iter().map(|who| who.formula(engine, point)).collect::<Vec<_>>()))
        .collect();
    Bool::or(&any)
}

/// Whether a request comes from any of the callers.
pub(crate) fn hold(callers: &Callers, point: &EnforcementPoint, request: &Request) -> bool {
    callers.iter().any(|all| all.iter().all(|who| who.holds(point, request)))
}

fn peer(engine: &mut Engine, domain: &str, namespace: &str, account: &str) -> Bool {
    let regex = format!("spiffe://{domain}/ns/{namespace}/sa/{account}");
    engine.atom(&Key::Peer, Pattern::regex("spiffe://", regex))
}

/// A glob over text without `/`, as a pattern.
fn glob(text: &str) -> String {
    text.split('*').map(|part| quote(part.as_bytes())).collect::<Vec<_>>().join("[^/]*")
}

/// Whether a text is what a glob with `*` for any text says.
pub(crate) fn glob_matches(glob: &str, text: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = text.split_once(part) else { return false };
        text = behind;
    }
    text.ends_with(end)
}

/// The way to a claim: its name, then the names in brackets.
fn claim_path(name: &str) -> Vec<String> {
    let whole = || vec![name.to_owned()];
    let Some((first, inner)) = name.strip_suffix(']').and_then(|open| open.split_once('[')) else {
        return whole();
    };
    if first.is_empty() {
        return whole();
    }
    std::iter::once(first).chain(inner.split("][")).map(str::to_owned).collect()
}

fn claim_at<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    let path = claim_path(name);
    let (first, inner) = path.split_first()?;
    inner.iter().try_fold(claims.get(first)?, |at, key| at.get(key))
}

fn claim_is(wanted: &TextMatch, value: &Value) -> bool {
    match value {
        Value::String(text) => text_is(wanted, text),
        Value::Array(items) => {
            items.iter().any(|item| item.as_str().is_some_and(|text| text_is(wanted, text)))
        }
        _ => false,
    }
}

/// Whether a text is so.
pub(crate) fn text_is(wanted: &TextMatch, text: &str) -> bool {
    match wanted {
        TextMatch::Exact(whole) => whole == text,
        TextMatch::Prefix(start) => text.starts_with(start.as_str()),
        TextMatch::Suffix(end) => text.ends_with(end.as_str()),
        TextMatch::NotEmpty => !text.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_inside_of_claims() {
        assert_eq!(claim_path("a[b][c]"), ["a", "b", "c"]);
        assert_eq!(claim_path("https://x.example/role"), ["https://x.example/role"]);
        assert_eq!(claim_path("[a]"), ["[a]"]);
    }

    #[test]
    fn globs() {
        for (glob, text, yes) in [
            ("team-a", "team-a", true),
            ("team-*", "team-a", true),
            ("*-a", "team-a", true),
            ("t*a*-a", "team-a", true),
            ("t*m*m", "team", false),
            ("team-*", "teams", false),
            ("*", "", true),
        ] {
            assert_eq!(glob_matches(glob, text), yes, "{glob} {text}");
        }
    }
}
