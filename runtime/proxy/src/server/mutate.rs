//! What the connection manager does to a request before filters see it.
use std::net::{IpAddr, SocketAddr};

use super::reply::Reply;
use super::stream::Exchange;
use crate::config::hcm::{ClientCert, EscapedSlashes, Hcm};
use crate::config::route::without_port;
use crate::http::Head;
use crate::http::path::{Slashes, merge_slashes, normalize, unescape_slashes};

/// Headers that a request from outside must not bring along, whoever is asked.
const EXTERNAL: &[&[u8]] = &[
    b"x-envoy-retriable-status-codes",
    b"x-envoy-retriable-header-names",
    b"x-envoy-retry-on",
    b"x-envoy-retry-grpc-on",
    b"x-envoy-max-retries",
    b"x-envoy-upstream-alt-stat-name",
    b"x-envoy-upstream-rq-timeout-ms",
    b"x-envoy-upstream-rq-per-try-timeout-ms",
    b"x-envoy-upstream-rq-timeout-alt-response",
    b"x-envoy-expected-rq-timeout-ms",
    b"x-envoy-force-trace",
    b"x-envoy-ip-tags",
    b"x-envoy-hedge-on-per-try-timeout",
    b"x-envoy-upstream-stream-duration-ms",
];

/// Headers that in addition must not pass the edge.
const EDGE: &[&[u8]] = &[
    b"x-envoy-decorator-operation",
    b"x-envoy-downstream-service-cluster",
    b"x-envoy-downstream-service-node",
    b"x-envoy-original-path",
    b"x-envoy-original-host",
];

impl Exchange<'_> {
    /// Checks and edits the head. `Err` answers the request at once.
    pub(super) fn mutate_request(&mut self) -> Result<(), Reply> {
        let hcm = self.hcm;
        if self.head.authority.is_none() && self.old && !hcm.heads.default_host.is_empty() {
            self.head.authority = Some(hcm.heads.default_host.clone().into_bytes());
        }
        if self.head.authority.is_none() {
            return Err(Reply::new(400, "".as_bytes(), "missing_host_header").closing());
        }
        if self.head.method == b"QUERY" && !self.head.has(b"content-type") {
            return Err(Reply::new(400, "".as_bytes(), "query_missing_content_type").closing());
        }
        let connect = self.head.method == b"CONNECT";
        if !connect && self.head.path.first() != Some(&b'/') {
            return Err(Reply::new(404, "".as_bytes(), "absolute_path_rejected"));
        }
        if !connect {
            self.check_fragment()?;
            normalize_path(&mut self.head, hcm)?;
        }
        self.normalize_host();
        self.hop_headers();
        self.forwarded();
        self.client_cert();
        Ok(())
    }

    /// A path with a fragment is refused, or loses it, as the runtime says (`http_reject_path_with_fragment`).
    fn check_fragment(&mut self) -> Result<(), Reply> {
        let Some(at) = memchr::memchr(b'#', &self.head.path) else { return Ok(()) };
        if self.worker.global.program.refuse_fragments {
            return Err(Reply::new(400, "".as_bytes(), "path_normalization_failed").closing());
        }
        self.head.path.truncate(at);
        Ok(())
    }

    fn normalize_host(&mut self) {
        let hcm = self.hcm;
        let Some(authority) = &mut self.head.authority else { return };
        let mut bare = without_port(authority).len();
        if hcm.strip_dot && bare.checked_sub(1).and_then(|last| authority.get(last)) == Some(&b'.') {
            bare -= 1;
            authority.remove(bare);
        }
        let port = authority.get(bare + 1..).and_then(|p| std::str::from_utf8(p).ok()?.parse::<u16>().ok());
        let own = port.is_some() && port == self.connection.local.port();
        if hcm.strip_any_port || (hcm.strip_matching_port && own) {
            authority.truncate(bare);
        }
    }

    /// Removes headers that end at this hop, and those that `connection` names.
    fn hop_headers(&mut self) {
        let named: Vec<Vec<u8>> = self
            .head
            .fields(b"connection")
            .flat_map(|v| {
                v.split(|b| *b == b',').map(|t| t.trim_ascii().to_ascii_lowercase()).collect::<Vec<_>>()
            })
            .filter(|n| {
                !matches!(
                    n.as_slice(),
                    b"" | b"close" | b"keep-alive" | b"upgrade" | b"te" | b"http2-settings"
                )
            })
            .collect();
        let upgrade = self.upgrade.is_some();
        let passes_early = self.hcm.passes_early;
        let h2c = self.head.get(b"upgrade").is_some_and(|u| u.eq_ignore_ascii_case(b"h2c"));
        self.head.remove_where(|name, value| match name {
            b"connection" | b"upgrade" => !upgrade,
            b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"x-envoy-internal" => true,
            b"http2-settings" => h2c,
            b"expect" => !passes_early && value.eq_ignore_ascii_case(b"100-continue"),
            b"host" | b"x-forwarded-for" | b"x-forwarded-proto" | b"x-forwarded-host" => false,
            name => named.iter().any(|n| n == name),
        });
        if let Some(te) = self.head.joined(b"te").filter(|te| !te.is_empty()) {
            let trailers = te.split(|b| *b == b',').any(|t| t.trim_ascii() == b"trailers");
            if trailers {
                self.head.set(b"te", b"trailers");
            } else {
                self.head.remove(b"te");
            }
        }
    }

    /// The scheme of the request: what the listener states, what the client says, or that of its connection.
    fn settle_scheme(&mut self, own: &[u8]) {
        if let Some(stated) = &self.hcm.scheme {
            self.head.scheme = stated.to_vec();
            self.head.set(b"x-forwarded-proto", stated);
        }
        let proto = self.head.get(b"x-forwarded-proto").unwrap_or(own);
        let known = |p: &[u8]| p.eq_ignore_ascii_case(b"http") || p.eq_ignore_ascii_case(b"https");
        // HTTP/2 clients say it themselves.
        if self.head.scheme.is_empty() {
            self.head.scheme = if known(proto) { proto } else { own }.to_ascii_lowercase();
        }
    }

    /// `x-forwarded-*`, `x-envoy-external-address`, `x-request-id`; decides whether the request is internal.
    fn forwarded(&mut self) {
        let hcm = self.hcm;
        let peer = self.connection.remote.ip();
        let had_xff = self.head.has(b"x-forwarded-for");
        let scheme: &[u8] = if self.connection.tls.is_some() { b"https" } else { b"http" };
        let mut trusted = false;
        let client = if hcm.client.use_remote_address {
            trusted = !had_xff;
            let client = hcm
                .client
                .trusted_hops
                .checked_sub(1)
                .and_then(|skip| last_address(&self.head, skip).map(|(a, _)| a));
            self.record_peer(scheme);
            client.or(peer)
        } else {
            let last = last_address(&self.head, hcm.client.trusted_hops);
            trusted |= last.is_some_and(|(_, single)| single);
            last.map(|(address, _)| address)
        };
        if !self.head.has(b"x-forwarded-proto") {
            self.head.add(b"x-forwarded-proto", scheme);
        }
        if hcm.client.append_port && !self.head.has(b"x-forwarded-port") {
            self.record_port();
        }
        self.settle_scheme(scheme);
        let internal =
            trusted && client.is_some_and(|c| hcm.client.internal.iter().any(|range| range.contains(c)));
        self.internal = internal;
        if let Some(client) = client.filter(|c| Some(*c) != peer) {
            self.info.remote = SocketAddr::new(client, 0).into();
        }
        self.internal_headers(internal, client.or(peer));
    }

    /// Adds this hop to `x-forwarded-*`, as a proxy at the edge does.
    fn record_peer(&mut self, scheme: &[u8]) {
        let client = &self.hcm.client;
        let first = client.trusted_hops == 0;
        // Only clients on the network have an address to record.
        if let Some(peer) = self.connection.remote.ip().filter(|_| !client.skip_xff) {
            let own = if peer.is_loopback() { self.worker.global.node_ip } else { peer };
            append_xff(&mut self.head, own);
        }
        if first || !self.head.has(b"x-forwarded-proto") {
            self.head.set(b"x-forwarded-proto", scheme);
        }
        if client.append_port && first {
            self.record_port();
        }
    }

    fn record_port(&mut self) {
        let port = self.connection.local.port().unwrap_or_default().to_string();
        self.head.set(b"x-forwarded-port", port.as_bytes());
    }

    fn internal_headers(&mut self, internal: bool, client: Option<IpAddr>) {
        let hcm = self.hcm;
        let edge = !internal && hcm.client.use_remote_address;
        if internal {
            self.head.set(b"x-envoy-internal", b"true");
        } else {
            let only = &hcm.routes.internal_only;
            self.head.remove_where(|name, _| {
                EXTERNAL.contains(&name) || (edge && EDGE.contains(&name)) || only.iter().any(|o| o == name)
            });
        }
        self.head.pass_by(hcm.via.as_bytes());
        if let Some(client) = client.filter(|_| edge) {
            self.head.set(b"x-envoy-external-address", client.to_string().as_bytes());
        }
        let force = edge && !hcm.ids.preserve_request_id;
        if hcm.ids.generate_request_id
            && (force || self.head.get(b"x-request-id").is_none_or(<[u8]>::is_empty))
        {
            let id = self.worker.uuid();
            self.head.set(b"x-request-id", id.as_bytes());
        }
    }

    /// `x-forwarded-client-cert`.
    fn client_cert(&mut self) {
        let hcm = self.hcm;
        let peer = self.connection.tls.as_ref().filter(|t| t.has_peer());
        let set = match (hcm.client_cert, peer) {
            (ClientCert::AlwaysForward, _) | (ClientCert::ForwardOnly, Some(_)) => return,
            (ClientCert::Sanitize, _) | (_, None) => None,
            (ClientCert::AppendForward | ClientCert::SanitizeSet, Some(tls)) => Some(tls),
        };
        let Some(tls) = set else {
            self.head.remove(b"x-forwarded-client-cert");
            return;
        };
        let (subject, cert, dns, uri) = hcm.client_cert_parts;
        let mut parts = Vec::new();
        if !tls.own_uri.is_empty() {
            parts.push(format!("By={}", tls.own_uri));
        }
        parts.push(format!("Hash={}", tls.peer_hash));
        if cert {
            parts.push(format!("Cert=\"{}\"", tls.peer_pem()));
        }
        if subject {
            parts.push(format!("Subject=\"{}\"", tls.peer_subject.replace('"', "\\\"")));
        }
        if uri {
            parts.extend(tls.peer_uris.iter().map(|u| format!("URI={u}")));
        }
        if dns {
            parts.extend(tls.peer_dns.iter().map(|n| format!("DNS={n}")));
        }
        let mut value = Vec::new();
        if hcm.client_cert == ClientCert::AppendForward
            && let Some(old) = self.head.joined(b"x-forwarded-client-cert").filter(|old| !old.is_empty())
        {
            value = old;
            value.push(b',');
        }
        value.extend_from_slice(parts.join(";").as_bytes());
        self.head.set(b"x-forwarded-client-cert", &value);
    }

    /// Whether the client has sent its whole request.
    pub(super) fn request_complete(&mut self, immediate: bool) -> bool {
        if immediate {
            // A body that is on its way has not been looked at; HTTP/1 without a body is complete.
            return self.body.is_done();
        }
        self.info.received += self.body.skip_arrived();
        self.body.is_done()
    }
}

fn normalize_path(head: &mut Head, hcm: &Hcm) -> Result<(), Reply> {
    let failed = || Reply::new(400, "".as_bytes(), "path_normalization_failed").closing();
    let mut redirect = false;
    if hcm.paths.escaped_slashes != EscapedSlashes::Keep && unescape_slashes(&mut head.path) == Slashes::Found
    {
        match hcm.paths.escaped_slashes {
            EscapedSlashes::Reject => return Err(failed()),
            // Clients of gRPC do not follow redirects.
            EscapedSlashes::Redirect if head.is_grpc() => return Err(failed()),
            EscapedSlashes::Redirect => redirect = true,
            EscapedSlashes::Keep | EscapedSlashes::Forward => {}
        }
    }
    if hcm.paths.normalize_path {
        match normalize(&head.path) {
            Some(path) => head.path = path,
            None => return Err(failed()),
        }
    }
    if hcm.paths.merge_slashes {
        merge_slashes(&mut head.path);
    }
    if redirect {
        let reply = Reply::new(307, "".as_bytes(), "path_normalization_failed");
        return Err(reply.header(b"location", head.path.clone()));
    }
    Ok(())
}

/// The address that stands `skip` places before the last one in `x-forwarded-for`, and whether it is the only one.
fn last_address(head: &Head, skip: usize) -> Option<(IpAddr, bool)> {
    let value = head.joined(b"x-forwarded-for")?;
    let text = String::from_utf8(value).ok()?;
    let mut parts = text.rsplit(',');
    let part = parts.nth(skip)?;
    let address = part.trim().parse().ok()?;
    Some((address, skip == 0 && parts.next().is_none()))
}

/// Appends an address to `x-forwarded-for`, without a space as Envoy does.
pub(super) fn append_xff(head: &mut Head, address: IpAddr) {
    let mut value = head.joined(b"x-forwarded-for").filter(|v| !v.is_empty()).map(|mut v| {
        v.push(b',');
        v
    });
    let text = address.to_string();
    let value = match &mut value {
        Some(value) => {
            value.extend_from_slice(text.as_bytes());
            value.as_slice()
        }
        None => text.as_bytes(),
    };
    head.set(b"x-forwarded-for", value);
}
