// tidy: table
//! Protobuf messages of access logs; numbers as `envoy/data/accesslog/v3` and OpenTelemetry's `logs/v1` have them.
use std::collections::BTreeMap;

use prost::Message;

use crate::otlp::{AnyValue, KeyValue, Resource};
use crate::proto::{Address, Any, Metadata, Timestamp};

/// `envoy.service.accesslog.v3.StreamAccessLogsMessage`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamMessage {
    #[prost(message, optional, tag = "1")]
    pub(crate) identifier: Option<Identifier>,
    #[prost(message, optional, tag = "2")]
    pub(crate) http_logs: Option<RawEntries>,
    #[prost(message, optional, tag = "3")]
    pub(crate) tcp_logs: Option<RawEntries>,
}

/// `StreamAccessLogsMessage.Identifier`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Identifier {
    #[prost(message, optional, tag = "1")]
    pub(crate) node: Option<NodeId>,
    #[prost(string, tag = "2")]
    pub(crate) log_name: String,
}

/// What is told of `envoy.config.core.v3.Node`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NodeId {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) cluster: String,
}

/// Entries that were encoded before.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RawEntries {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) log_entry: Vec<Vec<u8>>,
}

/// `envoy.data.accesslog.v3.HTTPAccessLogEntry`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HttpEntry {
    #[prost(message, optional, tag = "1")]
    pub(crate) common_properties: Option<Common>,
    #[prost(int32, tag = "2")]
    pub(crate) protocol_version: i32,
    #[prost(message, optional, tag = "3")]
    pub(crate) request: Option<Request>,
    #[prost(message, optional, tag = "4")]
    pub(crate) response: Option<Response>,
}

/// `envoy.data.accesslog.v3.TCPAccessLogEntry`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TcpEntry {
    #[prost(message, optional, tag = "1")]
    pub(crate) common_properties: Option<Common>,
    #[prost(message, optional, tag = "2")]
    pub(crate) connection_properties: Option<Connection>,
}

/// `envoy.data.accesslog.v3.ConnectionProperties`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Connection {
    #[prost(uint64, tag = "1")]
    pub(crate) received_bytes: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) sent_bytes: u64,
}

/// `envoy.data.accesslog.v3.AccessLogCommon`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Common {
    #[prost(message, optional, tag = "2")]
    pub(crate) downstream_remote_address: Option<Address>,
    #[prost(message, optional, tag = "3")]
    pub(crate) downstream_local_address: Option<Address>,
    #[prost(message, optional, tag = "4")]
    pub(crate) tls_properties: Option<Tls>,
    #[prost(message, optional, tag = "5")]
    pub(crate) start_time: Option<Timestamp>,
    #[prost(message, optional, tag = "9")]
    pub(crate) time_to_first_upstream_rx_byte: Option<Timestamp>,
    #[prost(message, optional, tag = "12")]
    pub(crate) time_to_last_downstream_tx_byte: Option<Timestamp>,
    #[prost(message, optional, tag = "13")]
    pub(crate) upstream_remote_address: Option<Address>,
    #[prost(message, optional, tag = "14")]
    pub(crate) upstream_local_address: Option<Address>,
    #[prost(string, tag = "15")]
    pub(crate) upstream_cluster: String,
    #[prost(message, optional, tag = "16")]
    pub(crate) response_flags: Option<Flags>,
    #[prost(message, optional, tag = "17")]
    pub(crate) metadata: Option<Metadata>,
    #[prost(string, tag = "18")]
    pub(crate) upstream_transport_failure_reason: String,
    #[prost(string, tag = "19")]
    pub(crate) route_name: String,
    #[prost(message, optional, tag = "20")]
    pub(crate) downstream_direct_remote_address: Option<Address>,
    #[prost(btree_map = "string, message", tag = "21")]
    pub(crate) filter_state_objects: BTreeMap<String, Any>,
    #[prost(message, optional, tag = "23")]
    pub(crate) duration: Option<Timestamp>,
    #[prost(uint32, tag = "24")]
    pub(crate) upstream_request_attempt_count: u32,
    #[prost(string, tag = "25")]
    pub(crate) connection_termination_details: String,
    #[prost(int32, tag = "33")]
    pub(crate) access_log_type: i32,
}

/// `envoy.data.accesslog.v3.ResponseFlags`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Flags {
    #[prost(bool, tag = "2")]
    pub(crate) no_healthy_upstream: bool,
    #[prost(bool, tag = "3")]
    pub(crate) upstream_request_timeout: bool,
    #[prost(bool, tag = "5")]
    pub(crate) upstream_remote_reset: bool,
    #[prost(bool, tag = "6")]
    pub(crate) upstream_connection_failure: bool,
    #[prost(bool, tag = "7")]
    pub(crate) upstream_connection_termination: bool,
    #[prost(bool, tag = "8")]
    pub(crate) upstream_overflow: bool,
    #[prost(bool, tag = "9")]
    pub(crate) no_route_found: bool,
    #[prost(bool, tag = "10")]
    pub(crate) delay_injected: bool,
    #[prost(bool, tag = "11")]
    pub(crate) fault_injected: bool,
    #[prost(bool, tag = "12")]
    pub(crate) rate_limited: bool,
    #[prost(message, optional, tag = "13")]
    pub(crate) unauthorized_details: Option<Unauthorized>,
    #[prost(bool, tag = "14")]
    pub(crate) rate_limit_service_error: bool,
    #[prost(bool, tag = "15")]
    pub(crate) downstream_connection_termination: bool,
    #[prost(bool, tag = "16")]
    pub(crate) upstream_retry_limit_exceeded: bool,
    #[prost(bool, tag = "17")]
    pub(crate) stream_idle_timeout: bool,
    #[prost(bool, tag = "19")]
    pub(crate) downstream_protocol_error: bool,
    #[prost(bool, tag = "20")]
    pub(crate) upstream_max_stream_duration_reached: bool,
    #[prost(bool, tag = "23")]
    pub(crate) duration_timeout: bool,
    #[prost(bool, tag = "24")]
    pub(crate) upstream_protocol_error: bool,
    #[prost(bool, tag = "25")]
    pub(crate) no_cluster_found: bool,
    #[prost(bool, tag = "26")]
    pub(crate) overload_manager: bool,
    #[prost(bool, tag = "27")]
    pub(crate) dns_resolution_failure: bool,
}

/// `ResponseFlags.Unauthorized`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Unauthorized {
    #[prost(int32, tag = "1")]
    pub(crate) reason: i32,
}

/// `envoy.data.accesslog.v3.TLSProperties`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tls {
    #[prost(int32, tag = "1")]
    pub(crate) tls_version: i32,
    #[prost(string, tag = "3")]
    pub(crate) tls_sni_hostname: String,
    #[prost(message, optional, tag = "4")]
    pub(crate) local_certificate_properties: Option<Certificate>,
    #[prost(message, optional, tag = "5")]
    pub(crate) peer_certificate_properties: Option<Certificate>,
}

/// `TLSProperties.CertificateProperties`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Certificate {
    #[prost(message, repeated, tag = "1")]
    pub(crate) subject_alt_name: Vec<Name>,
    #[prost(string, tag = "2")]
    pub(crate) subject: String,
}

/// `CertificateProperties.SubjectAltName`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Name {
    #[prost(string, tag = "1")]
    pub(crate) uri: String,
}

/// `envoy.data.accesslog.v3.HTTPRequestProperties`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Request {
    #[prost(int32, tag = "1")]
    pub(crate) request_method: i32,
    #[prost(string, tag = "2")]
    pub(crate) scheme: String,
    #[prost(string, tag = "3")]
    pub(crate) authority: String,
    #[prost(string, tag = "5")]
    pub(crate) path: String,
    #[prost(string, tag = "6")]
    pub(crate) user_agent: String,
    #[prost(string, tag = "7")]
    pub(crate) referer: String,
    #[prost(string, tag = "8")]
    pub(crate) forwarded_for: String,
    #[prost(string, tag = "9")]
    pub(crate) request_id: String,
    #[prost(string, tag = "10")]
    pub(crate) original_path: String,
    #[prost(uint64, tag = "11")]
    pub(crate) request_headers_bytes: u64,
    #[prost(uint64, tag = "12")]
    pub(crate) request_body_bytes: u64,
    #[prost(btree_map = "string, string", tag = "13")]
    pub(crate) request_headers: BTreeMap<String, String>,
}

/// `envoy.data.accesslog.v3.HTTPResponseProperties`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Response {
    #[prost(message, optional, tag = "1")]
    pub(crate) response_code: Option<Number>,
    #[prost(uint64, tag = "2")]
    pub(crate) response_headers_bytes: u64,
    #[prost(uint64, tag = "3")]
    pub(crate) response_body_bytes: u64,
    #[prost(btree_map = "string, string", tag = "4")]
    pub(crate) response_headers: BTreeMap<String, String>,
    #[prost(btree_map = "string, string", tag = "5")]
    pub(crate) response_trailers: BTreeMap<String, String>,
    #[prost(string, tag = "6")]
    pub(crate) response_code_details: String,
}

/// `google.protobuf.UInt32Value`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Number {
    #[prost(uint32, tag = "1")]
    pub(crate) value: u32,
}

/// `opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Export {
    #[prost(message, repeated, tag = "1")]
    pub(crate) resource_logs: Vec<ResourceLogs>,
}

/// `opentelemetry.proto.logs.v1.ResourceLogs`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ResourceLogs {
    #[prost(message, optional, tag = "1")]
    pub(crate) resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) scope_logs: Vec<ScopeLogs>,
}

/// `opentelemetry.proto.logs.v1.ScopeLogs` with records that were encoded before.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ScopeLogs {
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(crate) log_records: Vec<Vec<u8>>,
}

/// `opentelemetry.proto.logs.v1.LogRecord`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Record {
    #[prost(fixed64, tag = "1")]
    pub(crate) time_unix_nano: u64,
    #[prost(message, optional, tag = "5")]
    pub(crate) body: Option<AnyValue>,
    #[prost(message, repeated, tag = "6")]
    pub(crate) attributes: Vec<KeyValue>,
}

/// An answer of which nothing is read.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Answer {}
