//! Scripted upstreams: the header `x-do` says what they answer.

use mp_eval::hop::{Answer, Answered, Echo, SeenRequest};

/// What tells the tries of one request apart from others.
pub(super) fn key(request: &SeenRequest) -> &str {
    header(request, "x-t").unwrap_or(&request.path)
}

fn header<'r>(request: &'r SeenRequest, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The answer to the `nth` request with the same key; `usual` is what the server does without being told.
pub(super) fn answer(request: &SeenRequest, name: &str, usual: Option<&str>, nth: u32) -> Answer {
    let told = header(request, "x-do").or(usual).unwrap_or("ok");
    let script = resolve(told, nth);
    let after = match script.strip_prefix("sleep") {
        Some(seconds) => nanoseconds(seconds),
        None => 0,
    };
    match script.as_str() {
        "close" => return Answer::Closed(after),
        "rst" => return Answer::Reset(after),
        _ => {}
    }
    if request.http2 && script == "refuse" {
        return Answer::Refused;
    }
    let answered = if request.http2 { http2(request, name, &script) } else { http1(request, name, &script) };
    let answered = Answered { after, ..answered };
    // This server states a length whatever the status, which a 204 must not have.
    if !request.http2 && answered.status == 204 {
        Answer::Garbled(answered)
    } else {
        Answer::Response(answered)
    }
}

/// A script that counts, for the `nth` request.
fn resolve(told: &str, nth: u32) -> String {
    let counted = |start: &str, then: fn(&str) -> String| {
        let rest = told.strip_prefix(start)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (count, tail) = rest.split_at_checked(digits)?;
        let count: u32 = count.parse().ok()?;
        let tail = tail.strip_prefix(':').unwrap_or(tail);
        Some(if nth <= count { then(tail) } else { "ok".to_owned() })
    };
    counted("fail", |code| format!("code:{code}"))
        .or_else(|| counted("closeN", |_| "close".to_owned()))
        .or_else(|| counted("rstN", |_| "rst".to_owned()))
        .or_else(|| counted("grpcN", |code| format!("grpc:{code}")))
        .or_else(|| counted("sleepN", |seconds| format!("sleep{seconds}")))
        .unwrap_or_else(|| told.to_owned())
}

fn nanoseconds(seconds: &str) -> i128 {
    seconds.parse::<f64>().map_or(0, |seconds| (seconds * 1e9) as i128)
}

fn http1(request: &SeenRequest, name: &str, script: &str) -> Answered {
    let mut status = 200;
    let mut headers = vec![pair("content-type", "application/json"), pair("x-pod", name)];
    if script == "authz" {
        let allowed = header(request, "x-ext-authz") == Some("allow");
        status = if allowed { 200 } else { 403 };
        headers.push(pair("x-ext-authz-check-result", if allowed { "allowed" } else { "denied" }));
    }
    if script == "ws" {
        status = 101;
        headers = vec![pair("upgrade", "websocket"), pair("connection", "Upgrade")];
    }
    if let Some(code) = script.strip_prefix("code:") {
        status = code.parse().unwrap_or(200);
    }
    if let Some(list) = script.strip_prefix("hdr:") {
        let said = list.split(',').filter_map(|one| one.split_once('='));
        headers.extend(said.map(|(name, value)| pair(&name.to_ascii_lowercase(), value.trim())));
    }
    let body = format!(
        "{{\"pod\": \"{name}\", \"method\": \"{}\", \"path\": \"{}\", \"host\": \"{}\"}}\n",
        request.method, request.path, request.authority
    );
    Answered { status, headers, sized: true, body, ..Answered::default() }
}

fn http2(request: &SeenRequest, name: &str, script: &str) -> Answered {
    let code = script.strip_prefix("code:").and_then(|code| code.parse().ok());
    let grpc = header(request, "content-type").is_some_and(|kind| kind.starts_with("application/grpc"));
    if !grpc {
        let headers = vec![pair("content-type", "application/json"), pair("x-pod", name)];
        // It sends a body whatever the method.
        let breaks = request.method == "HEAD";
        return Answered { status: code.unwrap_or(200), headers, breaks, ..Answered::default() };
    }
    let head = || vec![pair("content-type", "application/grpc"), pair("x-pod", name)];
    if let Some(status) = script.strip_prefix("grpc:") {
        let mut headers = head();
        headers.push(pair("grpc-status", status));
        return Answered { status: 200, headers, bodiless: true, ..Answered::default() };
    }
    if let Some(status) = code {
        return Answered {
            status,
            headers: vec![pair("x-pod", name)],
            bodiless: true,
            ..Answered::default()
        };
    }
    Answered { status: 200, headers: head(), grpc_status: Some(0), ..Answered::default() }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// What comes back for bytes: the same with the server's name in front. What may be the beginning of HTTP is waited for.
pub(super) fn echo(text: &str, name: &str, closes: bool) -> Echo {
    let start: String = text.chars().take(12).collect();
    let word = start.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(start.len());
    let may_be_http =
        (1..=10).contains(&word) && start.get(word..).is_some_and(|r| r.is_empty() || r.starts_with(' '));
    let data = if may_be_http { String::new() } else { format!("echo:{name}:{text}") };
    Echo { data, closes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(told: &str, nth: u32) -> Option<u32> {
        let request = SeenRequest { headers: vec![pair("x-do", told)], ..SeenRequest::default() };
        match answer(&request, "a/b", None, nth) {
            Answer::Response(answered) => Some(answered.status),
            Answer::Closed(_) | Answer::Reset(_) | Answer::Refused | Answer::Garbled(_) => None,
        }
    }

    #[test]
    fn scripts_count_their_requests() {
        assert_eq!([1, 2, 3].map(|nth| status("fail2:503", nth)), [Some(503), Some(503), Some(200)]);
        assert_eq!([1, 2].map(|nth| status("closeN1", nth)), [None, Some(200)]);
        assert_eq!(status("code:418", 9), Some(418));
    }

    #[test]
    fn bytes_that_may_be_http_are_waited_for() {
        assert_eq!(echo("hello", "a/b", false).data, "echo:a/b:hello");
        assert_eq!(echo("GET / HTTP/1.1", "a/b", false).data, "");
        assert_eq!(echo("QUIT", "a/b", false).data, "");
    }
}
