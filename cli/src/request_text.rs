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

/// The same as a command line; `$POD_IP` and `$TOKEN` are for the shell to fill in.
pub(crate) fn curl(request: &Request) -> String {
    let address = request.dst.clone().unwrap_or_else(|| "$POD_IP".to_owned());
    let port = request.port;
    if request.proto == Proto::Tcp {
        return format!("nc {address} {port}");
    }
    // Callers of plain text name no server.
    let tls = request.peer.is_some() || request.sni.is_some();
    let scheme = if tls { "https" } else { "http" };
    let server = request.sni.as_ref().unwrap_or(&address);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '~' | '-' | '%');
    let url = if request.path.chars().all(plain) {
        format!("\"{scheme}://{server}:{port}{}\"", request.path)
    } else {
        format!("\"{scheme}://{server}:{port}\"{}", quoted(&request.path))
    };
    let mut out = format!("curl --path-as-is -X {} {url}", request.method);
    if request.sni.is_some() {
        out.push_str(&format!(" --connect-to \"::{address}:{port}\""));
    }
    out.push_str(&format!(" -H {}", quoted(&format!("host: {}", request.host))));
    for (name, value) in &request.headers {
        out.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
    }
    if request.jwt.is_some() {
        let (header, prefix) = request.token_place();
        out.push_str(&format!(" -H \"{header}: {prefix}$TOKEN\""));
    }
    if request.peer.is_some() {
        out.push_str(" --cert cert-chain.pem --key key.pem");
    }
    if tls {
        out.push_str(" --insecure");
    }
    out
}

/// In single quotes for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let (method, path, host) = ("GET".to_owned(), "/a".to_owned(), "a.com".to_owned());
        Request { method, path, host, port: 80, src: "10.1.1.1".to_owned(), ..Request::default() }
    }

    #[test]
    fn a_shell_fills_in_what_is_not_known() {
        let plain = request();
        assert_eq!(curl(&plain), "curl --path-as-is -X GET \"http://$POD_IP:80/a\" -H 'host: a.com'");
        let odd = Request { path: "/a'$b".to_owned(), ..request() };
        assert!(curl(&odd).contains("\"http://$POD_IP:80\"'/a'\\''$b'"), "{}", curl(&odd));
        let named = Request { sni: Some("a.com".to_owned()), port: 443, ..request() };
        assert_eq!(
            curl(&named),
            "curl --path-as-is -X GET \"https://a.com:443/a\" --connect-to \"::$POD_IP:443\" -H 'host: a.com' --insecure"
        );
    }
}
