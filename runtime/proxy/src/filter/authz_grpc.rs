//! External authorization over gRPC, after `source/extensions/filters/common/ext_authz`.
use std::time::Instant;

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use serde_json::Value;

use super::authz::{Answer, matches};
use crate::access::info::flag;
use crate::config::authz::{BodySettings, CheckSettings, ExtAuthz};
use crate::http::Head;
use crate::proto;
use crate::server::grpc::{self, GrpcService};
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Exchange<'_> {
    pub(super) async fn ask_grpc(
        &mut self,
        authz: &ExtAuthz,
        service: &GrpcService,
        settings: Option<&CheckSettings>,
        body: Option<(BodySettings, bool)>,
    ) -> Result<Answer, Stop> {
        let (worker, since) = (self.worker, Instant::now());
        let attributes = Some(self.attributes(authz, settings, body));
        let request = proto::CheckRequest { attributes };
        let answer: Option<proto::CheckResponse> = match worker.cluster(&service.cluster) {
            Some(cluster) => {
                let asked = grpc::call(cluster, worker.random(), service, CHECK, &request);
                self.unless_gone(asked).await?
            }
            None => None,
        };
        let Some(answer) = answer else { return Ok(Answer::Failed) };
        if let Some(fields) = &answer.dynamic_metadata
            && let Value::Object(fields) = fields.to_json()
        {
            self.tell_metadata(fields, since);
        }
        if answer.status.as_ref().is_none_or(|s| s.code == 0) {
            return Ok(Answer::Allowed(self.apply(answer.ok.unwrap_or_default())));
        }
        Ok(Answer::Denied(Box::new(refusal(answer.denied))))
    }

    fn attributes(
        &self,
        authz: &ExtAuthz,
        settings: Option<&CheckSettings>,
        body: Option<(BodySettings, bool)>,
    ) -> proto::Attributes {
        let tls = self.connection.tls.as_ref();
        let principal = tls.and_then(|t| t.peer_uris.first().or(t.peer_dns.first()).cloned());
        let named = |namespace: &String| {
            let value = self.info.metadata.get(namespace)?;
            Some((namespace.clone(), proto::Struct::from_json(value)))
        };
        proto::Attributes {
            source: Some(proto::Peer {
                address: Some(self.info.remote.to_proto()),
                service: self.head.get(b"x-envoy-downstream-service-cluster").map(text).unwrap_or_default(),
                principal: principal.unwrap_or_default(),
                certificate: tls.filter(|_| authz.certificate).map(|t| t.peer_pem()).unwrap_or_default(),
            }),
            destination: Some(proto::Peer {
                address: Some(self.connection.local.to_proto()),
                principal: tls.map(|t| t.own_uri.clone()).unwrap_or_default(),
                ..Default::default()
            }),
            request: Some(self.request_attributes(authz, body)),
            context_extensions: settings.map(|s| s.extensions.clone()).unwrap_or_default(),
            metadata_context: Some(proto::Metadata {
                filter_metadata: authz.namespaces.iter().filter_map(named).collect(),
            }),
            tls_session: authz
                .tls_session
                .then(|| proto::TlsSession { sni: self.connection.server_name.clone() }),
        }
    }

    fn request_attributes(
        &self,
        authz: &ExtAuthz,
        body: Option<(BodySettings, bool)>,
    ) -> proto::AttributeRequest {
        let head = &self.head;
        let since = self.info.wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut http = proto::HttpRequest {
            id: self.connection.id.to_string(),
            method: text(&head.method),
            headers: self.check_headers(authz),
            path: text(&head.path),
            host: head.authority.as_deref().map(text).unwrap_or_default(),
            scheme: text(&head.scheme),
            size: head
                .get(b"content-length")
                .and_then(crate::http::parse_length)
                .map_or(-1, |length| length as i64),
            protocol: self.info.protocol.to_owned(),
            ..Default::default()
        };
        if let Some((settings, cut)) = body {
            let shown = self.shown_body(settings);
            http.size = shown.len() as i64;
            if settings.raw {
                http.raw_body = shown;
            } else {
                http.body = text(&shown);
            }
            http.headers.insert("x-envoy-auth-partial-body".to_owned(), cut.to_string());
        }
        let time = proto::Timestamp { seconds: since.as_secs() as i64, nanos: since.subsec_nanos() as i32 };
        proto::AttributeRequest { time: Some(time), http: Some(http) }
    }

    /// Headers and pseudo headers; several values of one name are joined by commas.
    fn check_headers(&self, authz: &ExtAuthz) -> BTreeMap<String, String> {
        let head = &self.head;
        let authority = head.authority.as_deref().unwrap_or_default();
        let pseudo: [(&[u8], &[u8]); 4] = [
            (b":authority", authority),
            (b":method", &head.method),
            (b":path", &head.path),
            (b":scheme", &head.scheme),
        ];
        let mut out: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in pseudo.into_iter().chain(head.iter()) {
            let wanted = authz.allowed.as_ref().is_none_or(|list| matches(list, name));
            if !wanted || matches(&authz.disallowed, name) {
                continue;
            }
            match out.get_mut(&text(name)) {
                Some(known) => {
                    known.push(',');
                    known.push_str(&text(value));
                }
                None => {
                    out.insert(text(name), text(value));
                }
            }
        }
        out
    }

    /// Does to the request what a positive answer asks for; whether that says anything about its head.
    fn apply(&mut self, ok: proto::Allowed) -> bool {
        let changed = !ok.headers.is_empty() || !ok.headers_to_remove.is_empty();
        for option in &ok.headers {
            if option.append.as_ref().is_some_and(|a| a.value) {
                self.append(option);
            } else {
                put(&mut self.head, option, option.append_action);
            }
        }
        for name in &ok.headers_to_remove {
            let name = name.to_ascii_lowercase();
            if !name.starts_with(':') && name != "host" {
                self.head.remove(name.as_bytes());
            }
        }
        for option in &ok.response_headers_to_add {
            if let Some((name, value)) = pair(option) {
                self.response_headers.push((name, value));
            }
        }
        if ok.query_parameters_to_remove.is_empty() && ok.query_parameters_to_set.is_empty() {
            return changed;
        }
        let mut parameters = self.parameters();
        for name in &ok.query_parameters_to_remove {
            parameters.remove(name.as_bytes());
        }
        for parameter in &ok.query_parameters_to_set {
            parameters.set(parameter.key.as_bytes(), parameter.value.as_bytes());
        }
        self.set_parameters(&parameters);
        true
    }

    /// Appends to a header that is there already; Envoy's older field does not add it else.
    fn append(&mut self, option: &proto::HeaderOption) {
        let Some((name, value)) = pair(option) else { return };
        if let Some(mut known) = self.head.joined(&name) {
            known.push(b',');
            known.extend_from_slice(&value);
            self.head.set(&name, &known);
        }
    }
}

fn pair(option: &proto::HeaderOption) -> Option<(Vec<u8>, Vec<u8>)> {
    let header = option.header.as_ref()?;
    let value = if header.value.is_empty() { &header.raw_value } else { header.value.as_bytes() };
    let clean = !value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) && !header.key.is_empty();
    clean.then(|| (header.key.to_ascii_lowercase().into_bytes(), value.to_vec()))
}

/// Writes a header by an append action of `HeaderValueOption`.
fn put(head: &mut Head, option: &proto::HeaderOption, action: i32) {
    let Some((name, value)) = pair(option) else { return };
    let there = head.field(&name).is_some();
    match (name.as_slice(), action) {
        (b":path", _) => head.path = value,
        (b":authority" | b"host", _) => head.authority = Some(value),
        (_, 1) if there => {}
        (_, 3) if !there => {}
        _ => head.set(&name, &value),
    }
}

fn refusal(denied: Option<proto::Denied>) -> Reply {
    let denied = denied.unwrap_or_default();
    let status = denied.status.map_or(0, |s| s.code);
    let status = u16::try_from(status).ok().filter(|s| (100..600).contains(s)).unwrap_or(403);
    let mut reply = Reply::new(status, denied.body, "ext_authz_denied").flagged(flag::UNAUTHORIZED_EXTERNAL);
    for option in &denied.headers {
        if let Some((name, value)) = pair(option).filter(|(n, _)| n != b"content-length") {
            reply = reply.header(&name, value);
        }
    }
    reply.awaited()
}
