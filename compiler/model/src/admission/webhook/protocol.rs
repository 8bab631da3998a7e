//! Protocols of ports (istio 1.31 `pkg/config/protocol/instance.go`).

/// What a port's protocol means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Http2,
    Grpc,
    GrpcWeb,
    HttpProxy,
    Https,
    Tls,
    Tcp,
    Udp,
    /// MongoDB, Redis, MySQL.
    Database,
    Unsupported,
}

impl Protocol {
    pub(super) fn parse(text: &str) -> Protocol {
        match text.to_lowercase().as_str() {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "grpc" => Protocol::Grpc,
            "grpc-web" => Protocol::GrpcWeb,
            "http" => Protocol::Http,
            "http_proxy" => Protocol::HttpProxy,
            "http2" => Protocol::Http2,
            "https" => Protocol::Https,
            "tls" => Protocol::Tls,
            "mongo" | "redis" | "mysql" => Protocol::Database,
            _ => Protocol::Unsupported,
        }
    }

    pub(super) fn is_http(self) -> bool {
        use Protocol::{Grpc, GrpcWeb, Http, Http2, HttpProxy};
        matches!(self, Http | Http2 | Grpc | GrpcWeb | HttpProxy)
    }

    pub(super) fn is_tls(self) -> bool {
        matches!(self, Protocol::Https | Protocol::Tls)
    }

    pub(super) fn is_tcp(self) -> bool {
        self.is_tls() || matches!(self, Protocol::Tcp | Protocol::Database)
    }
}
