//! Requests as people read and send them.

use mp_eval::{Proto, Request};

/// One line: method, path, host, identity, port.
pub(crate) fn one_line(request: &Request) -> String {
    let who = request
        .peer
        .as_ref()
        .map_or_else(|| "without a peer identity".to_owned(), |peer| format!("as {peer}"));
    let token = match &request.jwt {
        None => String::new(),
        Some(token) => format!(" with claims {}", serde_json::Value::Object(token.claims.clone())),
    };
    match request.proto {
        Proto::Tcp => format!("TCP to port {} from {} {who}", request.port, request.src),
        Proto::Http => {
            let headers: Vec<String> =
                request.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
            let (method, path, host) = (&request.method, &request.path, &request.host);
            format!(
                "{method} {path} of {host}, port {}, from {} {who}{token}{}",
                request.port,
                request.src,
                headers.join(",")
            )
        }
    }
}

/// The same as a command line.
pub(crate) fn curl(request: &Request) -> String {
    let address = request.dst.clone().unwrap_or_else(|| "$POD_IP".to_owned());
    if request.proto == Proto::Tcp {
        return format!("nc {address} {}", request.port);
    }
    let scheme = if request.peer.is_some() { "https" } else { "http" };
    let mut out = format!(
        "curl --path-as-is -X {} {}",
        request.method,
        quoted(&format!("{scheme}://{address}:{}{}", request.port, request.path))
    );
    out.push_str(&format!(" -H {}", quoted(&format!("host: {}", request.host))));
    for (name, value) in &request.headers {
        out.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
    }
    if request.jwt.is_some() {
        let (header, prefix) = request.token_place();
        out.push_str(&format!(" -H \"{header}: {prefix}$TOKEN\""));
    }
    if request.peer.is_some() {
        out.push_str(" --cert cert-chain.pem --key key.pem --insecure");
    }
    out
}

/// In single quotes for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
