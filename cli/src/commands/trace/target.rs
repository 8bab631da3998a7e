//! What the command line asks for: host, port, path, and how it is spoken to.

use mp_eval::hop::Ask;

use super::TraceArgs;
use crate::failure::Failure;

/// The target of a trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    /// Host name or address.
    pub(super) host: String,
    pub(super) port: u32,
    /// The client speaks TLS itself.
    pub(super) tls: bool,
    /// Server name of the client's TLS.
    pub(super) server_name: String,
    /// Bytes rather than a request.
    pub(super) tcp: bool,
    pub(super) ask: Ask,
}

/// Reads `--to` and what refines it.
pub(super) fn read(args: &TraceArgs) -> Result<Target, Failure> {
    let (scheme, rest) = args.to.split_once("://").map_or(("", args.to.as_str()), |(s, rest)| (s, rest));
    let tls = speaks_tls(args, scheme)?;
    let cut = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(cut).unwrap_or((rest, ""));
    let (host, stated) = split_port(authority)?;
    if host.is_empty() {
        return Err(Failure::usage(
            format!("`{}` names no host", args.to),
            "write `HOST`, `HOST:PORT` or a URL",
        ));
    }
    let port = stated.unwrap_or(if tls { 443 } else { 80 });
    let grpc = scheme == "grpc";
    let path = args.path.clone().unwrap_or_else(|| rooted(path));
    let mut headers = args.headers.iter().map(|text| header(text)).collect::<Result<Vec<_>, _>>()?;
    if grpc {
        headers.push(("content-type".to_owned(), "application/grpc".to_owned()));
        headers.push(("te".to_owned(), "trailers".to_owned()));
    }
    let named = headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("host"));
    let asked = named.map(|at| headers.remove(at).1).unwrap_or_else(|| authority.to_owned());
    let usual = if grpc { "POST" } else { "GET" };
    Ok(Target {
        server_name: args.sni.clone().unwrap_or_else(|| host.clone()),
        host,
        port,
        tls,
        tcp: matches!(scheme, "tcp" | "tls"),
        ask: Ask {
            http2: grpc || args.http2,
            method: args.method.clone().unwrap_or_else(|| usual.to_owned()),
            authority: asked,
            path,
            headers,
            body: String::new(),
        },
    })
}

/// The path of a URL, which may say nothing or a query alone.
fn rooted(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// Whether the client speaks TLS: by the scheme, or because it is told to.
fn speaks_tls(args: &TraceArgs, scheme: &str) -> Result<bool, Failure> {
    match scheme {
        "" => Ok(args.tls || args.sni.is_some()),
        "http" | "grpc" | "tcp" => Ok(args.tls),
        "https" | "tls" => Ok(true),
        other => Err(Failure::usage(
            format!("`{other}` is no scheme that a trace can follow"),
            "write `http://`, `https://`, `grpc://`, `tcp://` or `tls://`",
        )),
    }
}

/// Host and port; brackets of IPv6 addresses are taken off.
fn split_port(authority: &str) -> Result<(String, Option<u32>), Failure> {
    let bad = |text: &str| Failure::usage(format!("`{text}` is no port"), "ports are 1 to 65535");
    let number =
        |text: &str| text.parse::<u16>().ok().filter(|p| *p > 0).map(u32::from).ok_or_else(|| bad(text));
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, tail) = rest.split_once(']').unwrap_or((rest, ""));
        let port = tail.strip_prefix(':').map(number).transpose()?;
        return Ok((host.to_owned(), port));
    }
    match authority.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Ok((authority.to_owned(), None)),
        Some((host, port)) => Ok((host.to_owned(), Some(number(port)?))),
        None => Ok((authority.to_owned(), None)),
    }
}

/// `k=v`, and `k: v` as curl has it.
fn header(text: &str) -> Result<(String, String), Failure> {
    let pair = text.split_once('=').filter(|(name, _)| !name.contains(':')).or_else(|| text.split_once(':'));
    let (name, value) = pair.ok_or_else(|| {
        Failure::usage(format!("`--header {text}` has no value"), "write `--header NAME=VALUE`")
    })?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}
