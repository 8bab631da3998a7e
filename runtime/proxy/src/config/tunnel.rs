//! TCP that is carried in HTTP requests, compiled (`TcpProxy.TunnelingConfig`).
use super::action::Forward;
use super::header_ops::HeaderOps;
use super::value::{Get, Scope};
use crate::access::format::{Format, Source};
use crate::http::Head;
use crate::json::Value;

/// How a connection becomes a request.
#[derive(Debug)]
pub(crate) struct Tunnel {
    host: Format,
    post: Option<Vec<u8>>,
    headers: HeaderOps,
}

impl Tunnel {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let path = value.opt_text("post_path").unwrap_or("/").as_bytes().to_vec();
        if !value.flag("use_post") && value.opt_text("post_path").is_some() {
            scope.field("post_path").refuse("a path without use_post; remove it, or set use_post");
        }
        Self {
            host: Format::new(value.text("hostname"), &scope.field("hostname")),
            post: value.flag("use_post").then_some(path),
            headers: HeaderOps::added(value, "headers_to_add", scope),
        }
    }

    /// The request that carries a connection, after `HttpUpstream::setRequestEncoder`
    /// (`source/common/tcp_proxy/upstream.cc`).
    pub(crate) fn request(&self, source: Source<'_>, encrypted: bool) -> Head {
        let mut host = Vec::new();
        self.host.write(source, b"-", &mut host);
        let mut head = Head::default();
        head.authority = Some(host);
        match &self.post {
            Some(path) => {
                head.method = b"POST".to_vec();
                head.path.clone_from(path);
                head.scheme = if encrypted { b"https".to_vec() } else { b"http".to_vec() };
            }
            None => head.method = b"CONNECT".to_vec(),
        }
        let pass = self.headers.evaluate(source);
        self.headers.apply(pass, &mut head);
        head
    }
}

/// CONNECT, and POST where it may stand for it (`Filter::createConnPool`).
pub(super) fn terminates(upgrades: &[Value]) -> &'static [&'static str] {
    let mut configs = upgrades.iter().filter_map(|upgrade| upgrade.get_field("connect_config"));
    match configs.next() {
        None => &[],
        Some(config) if config.flag("allow_post") => &["CONNECT", "POST"],
        Some(_) => &["CONNECT"],
    }
}

impl Forward {
    /// Whether requests of this method end here.
    pub(crate) fn ends_here(&self, method: &[u8]) -> bool {
        self.terminates.iter().any(|one| one.as_bytes() == method)
    }
}
