//! External authorisers (`pilot/pkg/security/authz/builder/extauthz.go`).

use std::collections::BTreeMap;

use mp_ir::mesh::{Mesh, ProviderKind};
use mp_ir::plan::ExtAuthz;
use serde_json::Value;

/// Providers by name; `None` for one that is there but wrong.
pub(super) struct Providers(BTreeMap<String, Option<ExtAuthz>>);

impl Providers {
    /// Reads the extension providers that are authorisers.
    pub(super) fn read(mesh: &Mesh) -> Self {
        let mut out: BTreeMap<String, Option<ExtAuthz>> = BTreeMap::new();
        for provider in &mesh.settings.extension_providers {
            let ProviderKind::Fields { field, json } = &provider.kind;
            let http = match field.as_str() {
                "envoyExtAuthzHttp" => true,
                "envoyExtAuthzGrpc" => false,
                _ => continue,
            };
            let twice = out.contains_key(&provider.name);
            let read =
                serde_json::from_str(json).ok().and_then(|fields| build(mesh, &provider.name, http, &fields));
            out.insert(provider.name.clone(), read.filter(|_| !twice && is_label(&provider.name)));
        }
        Self(out)
    }

    /// The provider, if it can be asked.
    pub(super) fn usable(&self, name: &str) -> Option<ExtAuthz> {
        self.0.get(name).cloned().flatten()
    }
}

/// Names go into keys of metadata, so they are DNS labels (`validateProviderName`).
fn is_label(name: &str) -> bool {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(known)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The fields of one provider.
struct Fields<'a>(&'a Value);

impl Fields<'_> {
    fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A list of headers; a lone `*` is refused.
    fn headers(&self, key: &str) -> Option<Vec<String>> {
        let items = self.0.get(key).and_then(Value::as_array).into_iter().flatten();
        let out: Vec<String> = items.filter_map(Value::as_str).map(str::to_owned).collect();
        (!out.iter().any(|header| header == "*")).then_some(out)
    }

    fn extra_headers(&self) -> Vec<(String, String)> {
        let fields =
            self.0.get("includeAdditionalHeadersInCheck").and_then(Value::as_object).into_iter().flatten();
        let sorted: BTreeMap<String, String> =
            fields.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
        sorted.into_iter().collect()
    }

    fn body(&self) -> Option<(u32, bool, bool)> {
        let body = self.0.get("includeRequestBodyInCheck")?;
        let flag = |key: &str| body.get(key).and_then(Value::as_bool).unwrap_or(false);
        Some((
            number(body.get("maxRequestBytes")).unwrap_or(0),
            flag("allowPartialMessage"),
            flag("packAsBytes"),
        ))
    }

    fn status_on_error(&self) -> Option<Option<u32>> {
        match self.text("statusOnError") {
            "" => Some(None),
            code => code.parse().ok().filter(|code| is_status(*code)).map(Some),
        }
    }
}

/// `None` when a field is wrong.
fn build(mesh: &Mesh, name: &str, http: bool, fields: &Value) -> Option<ExtAuthz> {
    let fields = Fields(fields);
    let port = number(fields.0.get("port")).filter(|port| (1..=65535).contains(port))?;
    let (hostname, cluster) = lookup_cluster(mesh, fields.text("service"), port)?;
    let path_prefix = fields.text("pathPrefix");
    if !path_prefix.is_empty() && !path_prefix.starts_with('/') {
        return None;
    }
    let headers = fields.headers("includeRequestHeadersInCheck")?;
    let older = fields.headers("includeHeadersInCheck")?;
    Some(ExtAuthz {
        provider: name.to_owned(),
        cluster,
        hostname,
        http,
        fail_open: fields.0.get("failOpen").and_then(Value::as_bool).unwrap_or(false),
        status_on_error: fields.status_on_error()?,
        timeout: mp_model::parse_duration(fields.text("timeout")).unwrap_or(600 * 1_000_000_000),
        path_prefix: path_prefix.to_owned(),
        request_headers: if headers.is_empty() { older } else { headers },
        extra_headers: fields.extra_headers(),
        upstream_headers: fields.headers("headersToUpstreamOnAllow")?,
        client_headers_on_deny: fields.headers("headersToDownstreamOnDeny")?,
        client_headers_on_allow: fields.headers("headersToDownstreamOnAllow")?,
        body: fields.body(),
        policy_prefix: format!("istio-ext-authz-{name}"),
    })
}

fn number(value: Option<&Value>) -> Option<u32> {
    let value = value?;
    let whole = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    whole.and_then(|n| u32::try_from(n).ok())
}

/// Codes that Envoy's `StatusCode` knows.
fn is_status(code: u32) -> bool {
    let known: [(u32, u32); 11] = [
        (100, 100),
        (102, 104),
        (200, 208),
        (226, 226),
        (300, 305),
        (307, 308),
        (400, 417),
        (421, 424),
        (426, 426),
        (428, 429),
        (431, 431),
    ];
    code == 511
        || (500..=508).contains(&code)
        || code == 510
        || known.iter().any(|(from, to)| (*from..=*to).contains(&code))
}

/// Host name and cluster of `service` or `namespace/service`; a name in several namespaces is refused (`model.LookupCluster`).
pub(crate) fn lookup_cluster(mesh: &Mesh, service: &str, port: u32) -> Option<(String, String)> {
    let parts: Vec<&str> = service.split('/').collect();
    let (namespace, host) = match parts.as_slice() {
        [host] => (None, *host),
        [namespace, host] => (Some(*namespace), *host),
        _ => return None,
    };
    let mut homes = mesh.services.iter().filter(|s| s.hostname.value == host).map(|s| s.meta.namespace());
    let found = match namespace {
        Some(namespace) => homes.any(|home| home == namespace),
        None => homes.next().is_some_and(|first| homes.all(|home| home == first)),
    };
    found.then(|| (host.to_owned(), format!("outbound|{port}||{host}")))
}
