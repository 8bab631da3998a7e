//! What policies say about a connection before its service begins: rules, then external authorizers.
use std::rc::Rc;

use bytes::BytesMut;
use serde_json::{Map, json};

use super::accept::write_logs;
use super::grpc;
use super::worker::Worker;
use crate::access::info::{ConnectionInfo, Info, flag};
use crate::config::listener::{Chain, Service};
use crate::config::network::NetworkAuthz;
use crate::config::rbac::Subject;
use crate::net::io::Stream;
use crate::proto;

const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";
/// Where the rules of connections leave what they found.
const RULES: &str = "envoy.filters.network.rbac";

/// Asks the rules; gives the policy that denies a connection, `none` when it is one that no policy allows. What shadow
/// rules found becomes metadata (`source/extensions/filters/network/rbac/rbac_filter.cc`).
pub(super) fn denied_by(chain: &Chain, connection: &mut ConnectionInfo) -> Option<String> {
    let metadata = Map::new();
    for rbac in &chain.rbac {
        let remote = connection.remote.ip();
        let state = &connection.state;
        let subject = Subject { head: None, connection, remote, metadata: &metadata, state };
        let found = rbac.shadow.as_ref().map(|rules| {
            let verdict = rules.decide(subject);
            (verdict.allowed, verdict.policy.map(str::to_owned))
        });
        let denied =
            rbac.rules.as_ref().map(|rules| rules.decide(subject)).filter(|verdict| !verdict.allowed);
        if let Some(verdict) = denied {
            return Some(verdict.policy.unwrap_or("none").replace(' ', "_"));
        }
        if let Some((allowed, policy)) = found {
            let result = if allowed { "allowed" } else { "denied" };
            let mut fields = Map::new();
            if let Some(policy) = policy {
                fields.insert(format!("{}shadow_effective_policy_id", rbac.prefix), json!(policy));
            }
            fields.insert(format!("{}shadow_engine_result", rbac.prefix), json!(result));
            let all = connection.metadata.entry(RULES).or_insert_with(|| json!({}));
            if let Some(all) = all.as_object_mut() {
                all.extend(fields);
            }
        }
    }
    None
}

/// The TCP proxy behind the rules has picked its cluster when they deny, and logs the connection.
pub(super) fn log_denied(worker: &Worker, chain: &Chain, connection: Rc<ConnectionInfo>, policy: &str) {
    let Service::Tcp(tcp) = &chain.service else { return };
    let mut info = Info::new(connection, "");
    let cluster = tcp.cluster(worker.random()).filter(|name| worker.cluster(name).is_some());
    info.cluster = cluster.unwrap_or_default().to_owned();
    info.termination = format!("rbac_access_denied_matched_policy[{policy}]");
    write_logs(worker, &tcp.logs, &info);
}

/// Asks the authorizers of a chain about a connection once its client has sent something or ended, after
/// `source/extensions/filters/network/ext_authz/ext_authz.cc`. False when one of them refuses it.
pub(super) async fn is_authorized(
    worker: &Worker,
    chain: &Chain,
    connection: &Rc<ConnectionInfo>,
    (stream, input): (&mut Stream, &mut BytesMut),
) -> bool {
    for authz in &chain.authz {
        if authz.metadata.as_ref().is_some_and(|wanted| !wanted.matches(&connection.metadata)) {
            continue;
        }
        if input.is_empty() && tokio::io::AsyncReadExt::read_buf(stream, input).await.is_err() {
            return false;
        }
        if let Err(details) = Box::pin(asked(worker, authz, connection)).await {
            log_unauthorized(worker, chain, connection.clone(), details);
            return false;
        }
    }
    true
}

async fn asked(
    worker: &Worker,
    authz: &NetworkAuthz,
    connection: &ConnectionInfo,
) -> Result<(), &'static str> {
    let stats = worker.global.stats.named(&format!("ext_authz.{}", authz.prefix));
    stats.add("total");
    let request = proto::CheckRequest { attributes: Some(attributes(authz, connection)) };
    let answer: Option<proto::CheckResponse> = match worker.cluster(&authz.service.cluster) {
        Some(cluster) => grpc::call(cluster, worker.random(), &authz.service, CHECK, &request).await,
        None => None,
    };
    match answer {
        Some(answer) if answer.status.as_ref().is_none_or(|status| status.code == 0) => {
            stats.add("ok");
            Ok(())
        }
        Some(_) => {
            stats.add("denied");
            stats.add("cx_closed");
            Err("ext_authz_denied")
        }
        None => {
            stats.add("error");
            if authz.open {
                stats.add("failure_mode_allowed");
                return Ok(());
            }
            stats.add("cx_closed");
            Err("ext_authz_error")
        }
    }
}

/// `CheckRequestUtils::createTcpCheck`
fn attributes(authz: &NetworkAuthz, connection: &ConnectionInfo) -> proto::Attributes {
    let tls = connection.tls.as_ref();
    let principal = tls.and_then(|t| t.peer_uris.first().or(t.peer_dns.first()).cloned());
    let certificate = tls.filter(|_| authz.certificate).map(|t| t.peer_pem());
    proto::Attributes {
        source: Some(proto::Peer {
            address: Some(connection.remote.to_proto()),
            principal: principal.unwrap_or_default(),
            certificate: certificate.unwrap_or_default(),
            ..Default::default()
        }),
        destination: Some(proto::Peer {
            address: Some(connection.local.to_proto()),
            principal: tls.map(|t| t.own_uri.clone()).unwrap_or_default(),
            ..Default::default()
        }),
        tls_session: (authz.tls_session && !connection.server_name.is_empty())
            .then(|| proto::TlsSession { sni: connection.server_name.clone() }),
        ..Default::default()
    }
}

fn log_unauthorized(worker: &Worker, chain: &Chain, connection: Rc<ConnectionInfo>, details: &'static str) {
    let Service::Tcp(tcp) = &chain.service else { return };
    let mut info = Info::new(connection, "");
    info.flag(flag::UNAUTHORIZED_EXTERNAL);
    info.details = details.into();
    write_logs(worker, &tcp.logs, &info);
}
