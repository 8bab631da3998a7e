//! A bootstrap moved to this machine: what decides stays as it was compiled, what surrounds it is replaced.
//!
//! Destinations become answers of the proxy itself, so that an admitted request gets 200; the place of redirected connections is told by
//! the PROXY protocol; certificates and keys of tokens become those of the replay.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Map, Value, json};

use super::certificates::{Authority, pem};
use crate::failure::Failure;

const TYPE: &str = "type.googleapis.com/";
const MANAGER: &str = "envoy.filters.network.http_connection_manager";
const TCP_PROXY: &str = "envoy.filters.network.tcp_proxy";
/// Filters that neither decide nor are in every Envoy.
const WITHOUT: [&str; 3] = ["istio", "envoy.filters.http.grpc_stats", "envoy.filters.network.wasm"];

/// A server of the replay that stands for another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    /// Its port of the loopback address.
    pub(super) port: u16,
    /// It speaks HTTP/2.
    pub(super) http2: bool,
}

/// A bootstrap with one listener of `from`, at `place`. `None` when it has no such listener.
pub(super) fn moved(
    from: &Value,
    listener: &str,
    place: SocketAddr,
    identity: &str,
    authority: &mut Authority,
    authorisers: &BTreeMap<String, Server>,
) -> Result<Option<Value>, Failure> {
    let all = from.pointer("/staticResources/listeners").and_then(Value::as_array);
    let named = |one: &&Value| one.get("name").and_then(Value::as_str) == Some(listener);
    let Some(mut found) = all.into_iter().flatten().find(named).cloned() else { return Ok(None) };
    let leaf = authority.leaf(identity)?;
    let own = json!([{
        "certificateChain": {"inlineString": pem("CERTIFICATE", &leaf.certificate)},
        "privateKey": {"inlineString": pem("PRIVATE KEY", &leaf.key)},
    }]);
    let around = Around { own, root: pem("CERTIFICATE", &authority.certificate), keys: authority.keys()? };
    around.listener(&mut found, place);
    let clusters: Vec<Value> = authorisers.iter().map(|(name, server)| cluster(name, *server)).collect();
    Ok(Some(json!({"staticResources": {"listeners": [found], "clusters": clusters}})))
}

/// What takes the place of the surroundings.
struct Around {
    own: Value,
    root: String,
    keys: String,
}

impl Around {
    fn listener(&self, listener: &mut Value, place: SocketAddr) {
        let Some(fields) = listener.as_object_mut() else { return };
        fields.insert(
            "address".to_owned(),
            json!({"socketAddress": {"address": place.ip(), "portValue": place.port()}}),
        );
        for gone in
            ["additionalAddresses", "bindToPort", "transparent", "accessLog", "useOriginalDst", "name"]
        {
            fields.remove(gone);
        }
        let proxy = "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
        let mut filters = vec![json!({
            "name": "envoy.filters.listener.proxy_protocol", "typedConfig": {"@type": format!("{TYPE}{proxy}")},
        })];
        let old = fields.remove("listenerFilters");
        let kept = |filter: &&Value| {
            let name = filter.get("name").and_then(Value::as_str).unwrap_or_default();
            !["original_dst", "original_src", "proxy_protocol"].iter().any(|part| name.ends_with(part))
        };
        filters.extend(old.as_ref().and_then(Value::as_array).into_iter().flatten().filter(kept).cloned());
        fields.insert("listenerFilters".to_owned(), Value::Array(filters));
        let chains =
            fields.iter_mut().filter(|(name, _)| *name == "filterChains" || *name == "defaultFilterChain");
        for (_, chain) in chains {
            match chain {
                Value::Array(all) => all.iter_mut().for_each(|one| self.chain(one)),
                one => self.chain(one),
            }
        }
    }

    fn chain(&self, chain: &mut Value) {
        self.replace(chain);
        let Some(filters) = chain.get_mut("filters").and_then(Value::as_array_mut) else { return };
        filters.retain(keeps);
        for filter in filters {
            match filter.get("name").and_then(Value::as_str) {
                Some(TCP_PROXY) => {
                    let echo = "envoy.extensions.filters.network.echo.v3.Echo";
                    *filter = json!({"name": "echo", "typedConfig": {"@type": format!("{TYPE}{echo}")}});
                }
                Some(MANAGER) => filter.get_mut("typedConfig").into_iter().for_each(manager),
                _ => {}
            }
        }
    }

    /// Certificates, roots and keys of tokens, wherever they are.
    fn replace(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    match name.as_str() {
                        "tlsCertificates" => *field = self.own.clone(),
                        "trustedCa" => *field = json!({"inlineString": self.root}),
                        "localJwks" => *field = json!({"inlineString": self.keys}),
                        _ => self.replace(field),
                    }
                }
                if let Some(remote) = fields.remove("remoteJwks") {
                    drop(remote);
                    fields.insert("localJwks".to_owned(), json!({"inlineString": self.keys}));
                }
            }
            _ => {}
        }
    }
}

fn keeps(filter: &Value) -> bool {
    let name = filter.get("name").and_then(Value::as_str).unwrap_or_default();
    !WITHOUT.iter().any(|gone| name.starts_with(gone))
}

/// Every route answers 200, and nothing is logged or traced.
fn manager(config: &mut Value) {
    let Some(fields) = config.as_object_mut() else { return };
    for gone in ["accessLog", "accessLogOptions", "tracing", "requestIdExtension"] {
        fields.remove(gone);
    }
    if let Some(filters) = fields.get_mut("httpFilters").and_then(Value::as_array_mut) {
        filters.retain(keeps);
    }
    let table = fields.entry("routeConfig").or_insert_with(|| json!({}));
    let answer = json!({"match": {"prefix": "/"}, "directResponse": {"status": 200}});
    // Routes decide where a request goes; whether it goes at all is decided before.
    *table =
        json!({"name": "replay", "virtualHosts": [{"name": "all", "domains": ["*"], "routes": [answer]}]});
}

/// An external authoriser: a server of the replay.
fn cluster(name: &str, server: Server) -> Value {
    let address = json!({"socketAddress": {"address": "127.0.0.1", "portValue": server.port}});
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(name));
    out.insert("connectTimeout".to_owned(), json!("1s"));
    out.insert(
        "loadAssignment".to_owned(),
        json!({"clusterName": name, "endpoints": [{"lbEndpoints": [{"endpoint": {"address": address}}]}]}),
    );
    if server.http2 {
        let options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
        let spoken = json!({
            "@type": format!("{TYPE}{options}"), "explicitHttpConfig": {"http2ProtocolOptions": {}},
        });
        out.insert("typedExtensionProtocolOptions".to_owned(), json!({options: spoken}));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_stays() {
        let manager = json!({
            "name": MANAGER,
            "typedConfig": {
                "httpFilters": [{"name": "istio.stats"}, {"name": "envoy.filters.http.rbac", "typedConfig": {"rules": {}}}],
                "routeConfig": {"virtualHosts": [{"routes": [{"route": {"cluster": "inbound|80||"}}]}]},
                "normalizePath": true,
            },
        });
        let chain = json!({"filters": [{"name": "istio.metadata_exchange"}, manager], "transportSocket": {"tlsCertificates": [{"a": 1}]}});
        let from = json!({"staticResources": {"listeners": [{"name": "virtualInbound", "filterChains": [chain],
            "listenerFilters": [{"name": "envoy.filters.listener.original_dst"}, {"name": "envoy.filters.listener.tls_inspector"}]}]}});
        let mut authority = Authority::new().unwrap();
        let mut make = |name: &str| {
            moved(
                &from,
                name,
                ([127, 0, 0, 1], 9).into(),
                "spiffe://a/ns/b/sa/c",
                &mut authority,
                &BTreeMap::new(),
            )
            .unwrap()
        };
        assert!(make("other").is_none());
        let made = make("virtualInbound").unwrap();
        let at = |pointer: &str| {
            made.pointer(&format!("/staticResources/listeners/0{pointer}")).cloned().unwrap_or_default()
        };
        assert_eq!(
            at("/filterChains/0/filters/0/typedConfig/httpFilters"),
            json!([{"name": "envoy.filters.http.rbac", "typedConfig": {"rules": {}}}])
        );
        assert_eq!(at("/filterChains/0/filters/0/typedConfig/normalizePath"), json!(true));
        assert_eq!(at("/listenerFilters/1/name"), json!("envoy.filters.listener.tls_inspector"));
        assert_eq!(at("/listenerFilters").as_array().map(Vec::len), Some(2));
        assert!(
            at("/filterChains/0/transportSocket/tlsCertificates/0/privateKey/inlineString")
                .as_str()
                .unwrap()
                .contains("PRIVATE KEY")
        );
    }
}
