//! What the codec and the connection manager take for a request, and how its path is read.

use mp_ir::plan::{EscapedSlashes, PathRules, Underscores};

use super::arrival::Ask;
use super::exchange::{Exchange, remove};
use super::local::Local;
use crate::head_size::{Head, TooLong};
use crate::http::{METHODS, is_authority, is_token};
use crate::path::{PathOutcome, normalize};
use crate::route::HttpCall;
use crate::target::{self, Fault};

const CODEC: &str = "http1.codec_error";
const PATH: &str = "path_normalization_failed";
const NO_PATH: &str = "absolute_path_rejected";

/// Reads the request into the exchange.
pub(super) fn read(exchange: &mut Exchange<'_>, ask: &Ask) -> Result<(), Box<Local>> {
    exchange.call = HttpCall {
        method: ask.method.clone(),
        authority: ask.authority.clone(),
        path: ask.path.clone(),
        scheme: "http".to_owned(),
        headers: headers(ask),
        claims: None,
    };
    if !ask.http2 {
        http1(exchange)?;
    }
    underscores(exchange)?;
    if !ask.http2 {
        absolute(exchange)?;
    }
    if exchange.call.method == "CONNECT" {
        exchange.call.path.clear();
        return Ok(());
    }
    if !exchange.call.path.starts_with('/') {
        return Err(Box::new(Local::new(404, "", NO_PATH)));
    }
    path(exchange)
}

fn headers(ask: &Ask) -> Vec<(String, String)> {
    let plain = |(name, value): &(String, String)| {
        (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned())
    };
    let mut all: Vec<(String, String)> = ask.headers.iter().map(plain).collect();
    if ask.http2 {
        // HTTP/2 may split cookies, so they are put together; what is empty leaves nothing.
        let cookies = all.iter().filter(|(name, value)| name == "cookie" && !value.is_empty());
        let whole = cookies.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("; ");
        remove(&mut all, "cookie");
        all.extend((!whole.is_empty()).then(|| ("cookie".to_owned(), whole)));
    }
    all
}

fn http1(exchange: &Exchange<'_>) -> Result<(), Box<Local>> {
    let call = &exchange.call;
    let printable = |c: char| ('!'..='~').contains(&c);
    let line = |(name, value): &(String, String)| {
        is_token(name) && !value.chars().any(|c| matches!(c, '\0' | '\r' | '\n'))
    };
    let head =
        Head { method: &call.method, target: &call.path, host: &call.authority, headers: &call.headers };
    let too_long = head.too_long();
    let line_good = || {
        let chars = !call.path.is_empty() && call.path.chars().all(printable);
        chars && METHODS.contains(&call.method.as_str()) && !target::is_unreadable(&call.method, &call.path)
    };
    if too_long == Some(TooLong::Line) || too_long == Some(TooLong::Head) && line_good() {
        return Err(Box::new(too_large("http1.headers_too_large")));
    }
    if !line_good() || !call.headers.iter().all(line) {
        return Err(Box::new(Local::malformed(CODEC)));
    }
    if too_long == Some(TooLong::Lines) {
        return Err(Box::new(too_large("http1.too_many_headers")));
    }
    if is_authority(&call.authority) { Ok(()) } else { Err(Box::new(Local::malformed(CODEC))) }
}

/// Whether it is the path that is refused, of a request that can be read.
pub(super) fn is_of_path(refusal: &Local) -> bool {
    matches!(refusal.details.as_str(), PATH | NO_PATH)
}

fn too_large(details: &str) -> Local {
    Local { status: 431, body: "Request Header Fields Too Large".to_owned(), ..Local::malformed(details) }
}

fn underscores(exchange: &mut Exchange<'_>) -> Result<(), Box<Local>> {
    match exchange.hcm.limits.underscores {
        None => {}
        Some(Underscores::Drop) => exchange.call.headers.retain(|(name, _)| !name.contains('_')),
        Some(Underscores::Reject) if exchange.call.headers.iter().any(|(name, _)| name.contains('_')) => {
            return Err(Box::new(Local::malformed("http1.unexpected_underscore")));
        }
        Some(Underscores::Reject) => {}
    }
    Ok(())
}

/// A target that is a whole URL says the host too, and so does that of CONNECT.
fn absolute(exchange: &mut Exchange<'_>) -> Result<(), Box<Local>> {
    let call = &mut exchange.call;
    let refused = |fault| {
        let details = match fault {
            Fault::Codec => CODEC,
            Fault::Url => "http1.invalid_url",
            Fault::Scheme => "http1.invalid_scheme",
        };
        Box::new(Local::malformed(details))
    };
    let read = call.path.clone();
    if call.method == "CONNECT" {
        target::of_connect(&read).map_err(refused)?.clone_into(&mut call.authority);
    } else if !(read.starts_with('/') || read.starts_with('*') && call.method == "OPTIONS") {
        let url = target::absolute(&read).map_err(refused)?;
        url.authority.clone_into(&mut call.authority);
        url.path.clone_into(&mut call.path);
    }
    Ok(())
}

fn path(exchange: &mut Exchange<'_>) -> Result<(), Box<Local>> {
    let rules = exchange.hcm.paths;
    // Istio's bootstrap turns off that paths with a fragment are refused; it is cut instead.
    let target = exchange.call.path.split('#').next().unwrap_or_default().to_owned();
    let text = |path: Vec<u8>| String::from_utf8_lossy(&path).into_owned();
    match normalize(target.as_bytes(), rules) {
        PathOutcome::Path(path) => {
            exchange.call.path = text(path);
            Ok(())
        }
        PathOutcome::Refused(status) => {
            Err(Box::new(Local { close: true, ..Local::new(u32::from(status), "", PATH) }))
        }
        PathOutcome::Redirected => {
            let decoded = PathRules { escaped_slashes: EscapedSlashes::Unescape, ..rules };
            let to = match normalize(target.as_bytes(), decoded) {
                PathOutcome::Path(path) => text(path),
                PathOutcome::Refused(_) | PathOutcome::Redirected => target,
            };
            Err(Box::new(Local::new(307, "", PATH).header("location", to)))
        }
    }
}
