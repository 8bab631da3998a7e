//! Sending what waits for log services.
use std::time::Duration;

use super::entry::{Answer, Export, Identifier, NodeId, RawEntries, ResourceLogs, ScopeLogs, StreamMessage};
use super::service::split;
use crate::config::log::LogSink;
use crate::config::log_service::{LogService, ServiceKind};
use crate::otlp::{Resource, pair};
use crate::server::grpc;
use crate::server::worker::Worker;

/// So many entries make a message.
const MOST: usize = 256;
const ENVOY: &str = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";
const OPEN_TELEMETRY: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// Sends what waits, every second. An entry that cannot be sent is lost, as in Envoy.
pub(crate) async fn run(worker: &Worker) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for sink in worker.global.logs.services() {
            let LogSink::Service(service) = &sink else { continue };
            let entries = split(&worker.global.logs.take(&sink));
            for batch in entries.chunks(MOST) {
                send(worker, service, batch.to_vec()).await;
            }
        }
    }
}

async fn send(worker: &Worker, service: &LogService, entries: Vec<Vec<u8>>) {
    let Some(cluster) = worker.cluster(&service.service.cluster) else { return };
    let random = worker.random();
    let _answer: Option<Answer> = match service.kind {
        ServiceKind::OpenTelemetry => {
            let request = export(worker, service, entries);
            grpc::call(cluster, random, &service.service, OPEN_TELEMETRY, &request).await
        }
        ServiceKind::Http | ServiceKind::Tcp => {
            let message = message(worker, service, entries);
            grpc::call(cluster, random, &service.service, ENVOY, &message).await
        }
    };
}

fn message(worker: &Worker, service: &LogService, log_entry: Vec<Vec<u8>>) -> StreamMessage {
    let program = &worker.global.program;
    let node = NodeId { id: program.node.id.clone(), cluster: program.node_cluster.clone() };
    let entries = Some(RawEntries { log_entry });
    let (http_logs, tcp_logs) =
        if service.kind == ServiceKind::Http { (entries, None) } else { (None, entries) };
    let identifier = Identifier { node: Some(node), log_name: service.name.clone() };
    StreamMessage { identifier: Some(identifier), http_logs, tcp_logs }
}

fn export(worker: &Worker, service: &LogService, log_records: Vec<Vec<u8>>) -> Export {
    let program = &worker.global.program;
    let mut attributes = Vec::new();
    if !service.bare {
        attributes.push(pair("log_name", &service.name));
        attributes.push(pair("zone_name", program.node.zone()));
        attributes.push(pair("cluster_name", &program.node_cluster));
        attributes.push(pair("node_name", &program.node.id));
    }
    attributes.extend(service.resource.iter().map(|(name, value)| pair(name, value)));
    let resource = Some(Resource { attributes });
    Export { resource_logs: vec![ResourceLogs { resource, scope_logs: vec![ScopeLogs { log_records }] }] }
}
