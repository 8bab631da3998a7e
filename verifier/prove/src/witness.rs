//! A model as a request that can be sent.

use mp_eval::{Proto, Request, Token};
use mp_ir::plan::{EnforcementPoint, JwtProvider};
use serde_json::{Map, Value};

use crate::assignment::{Assignment, Flag};
use crate::encode::View;
use crate::question::Witness;
use crate::space::{Key, is_text_claim};

/// The first copy of the request, and what external authorisers say.
pub(crate) fn witness(found: &Assignment, point: &EnforcementPoint) -> Witness {
    let consents = found.asked.iter().filter_map(|key| match key {
        Key::Consent(provider) => {
            let yes = found.texts.get(key).is_some_and(|texts| texts.iter().any(|text| text == b"yes"));
            Some((provider.clone(), yes))
        }
        _ => None,
    });
    Witness { request: request(found, point), twin: None, consents: consents.collect() }
}

pub(crate) fn request(found: &Assignment, point: &EnforcementPoint) -> Request {
    let one = |key: &Key| found.texts.get(key).and_then(|all| all.first()).map(|text| latin1(text));
    let http = found.flag(Flag::Http);
    let peer = found.flag(Flag::Peer).then(|| one(&Key::Peer)).flatten();
    let port = one(&Key::Port).and_then(|text| text.parse().ok()).unwrap_or_default();
    let host = one(&Key::Host).unwrap_or_default();
    let asked = found.asked.contains(&Key::ServerName);
    let sni = if asked { one(&Key::ServerName) } else { default_server_name(point, port) };
    let mut out = Request {
        sni: sni.filter(|_| peer.is_some() || point.takes_server_names(port)),
        peer,
        src: address(one(&Key::Source).as_deref().unwrap_or_default()),
        port,
        proto: if http { Proto::Http } else { Proto::Tcp },
        ..Request::default()
    };
    if !http {
        return out;
    }
    out.method = one(&Key::Method).unwrap_or_else(|| "GET".to_owned());
    out.path = one(&Key::Path).unwrap_or_else(|| "/".to_owned());
    out.host = if host.is_empty() { "example.com".to_owned() } else { host };
    for (key, values) in &found.texts {
        if let Key::Header(name) = key {
            out.headers.extend(values.iter().map(|value| (name.clone(), latin1(value))));
        }
    }
    if let Some(client) = one(&Key::Remote(0)) {
        set_client(&mut out, point, &address(&client));
    }
    if found.flag(Flag::Token) {
        out.jwt = Some(token(found, point));
    }
    out
}

/// Another copy of it.
pub(crate) fn twin(found: &Assignment, point: &EnforcementPoint, first: &Request, view: &View) -> Request {
    let mut out = first.clone();
    if view.plaintext {
        out.peer = None;
        out.sni = None;
    }
    if view.no_token {
        out.jwt = None;
    }
    out.host.push_str(&view.host_behind);
    let one = |key: &Key| found.texts.get(key).and_then(|all| all.first()).map(|text| latin1(text));
    if view.remote > 0
        && let Some(client) = one(&Key::Remote(view.remote))
    {
        set_client(&mut out, point, &address(&client));
    }
    if let Some(name) = &view.extra_header {
        let value = one(&Key::ExtraHeader(name.clone())).unwrap_or_default();
        if view.remote == 0 || name != "x-forwarded-for" {
            out.headers.push((name.clone(), value));
        }
    }
    out
}

/// Puts a client address where the proxy believes it.
fn set_client(request: &mut Request, point: &EnforcementPoint, client: &str) {
    request.headers.retain(|(name, _)| name != "x-forwarded-for");
    let behind = usize::try_from(point.trusted_hops)
        .unwrap_or(0)
        .saturating_sub(usize::from(point.use_remote_address));
    let mut entries = vec![client.to_owned()];
    entries.extend(std::iter::repeat_n("192.0.2.1".to_owned(), behind));
    request.headers.push(("x-forwarded-for".to_owned(), entries.join(", ")));
}

fn latin1(text: &[u8]) -> String {
    text.iter().map(|b| char::from(*b)).collect()
}

/// An IPv4 address from its bits.
pub(crate) fn address(bits: &str) -> String {
    std::net::Ipv4Addr::from_bits(u32::from_str_radix(bits, 2).unwrap_or_default()).to_string()
}

fn default_server_name(point: &EnforcementPoint, port: u32) -> Option<String> {
    let port = point.ports.iter().find(|known| known.number == port).or(point.ports.first())?;
    if !port.tls.is_empty() {
        return (!port.host.is_empty() && !port.host.contains('*')).then(|| port.host.clone());
    }
    (!port.host.is_empty()).then(|| format!("outbound_.{}_._.{}", port.number, port.host))
}

fn token(found: &Assignment, point: &EnforcementPoint) -> Token {
    let mut claims = Map::new();
    let providers: &[JwtProvider] = point.http.jwt.as_ref().map_or(&[], |filter| &filter.providers);
    for (key, values) in &found.texts {
        let Key::Claim(path) = key else { continue };
        let texts: Vec<String> = values.iter().map(|value| latin1(value)).collect();
        let spaced = providers
            .iter()
            .any(|p| path.len() == 1 && path.first().is_some_and(|name| p.space_delimited.contains(name)));
        let value = match texts.as_slice() {
            [one] if is_text_claim(path) || !(spaced && one.contains(' ')) => Value::String(one.clone()),
            several => Value::Array(several.iter().cloned().map(Value::String).collect()),
        };
        insert(&mut claims, path, value);
    }
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let provider = providers.iter().find(|p| p.issuer.value.is_empty() || p.issuer.value == issuer);
    let jwt_in = provider.and_then(|p| p.from_headers.first()).cloned();
    Token { claims, jwt_in, ..Token::default() }
}

fn insert(claims: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            claims.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = claims.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
