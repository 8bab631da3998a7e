//! Questions to an admin interface.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::proxy::Proxy;

/// The body of an answer, out of its chunks.
pub(crate) fn body(answer: &str) -> String {
    let (head, mut rest) = answer.split_once("\r\n\r\n").unwrap_or_default();
    if !head.contains("chunked") {
        return rest.to_owned();
    }
    let mut all = String::new();
    while let Some((length, more)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap_or(0);
        all.push_str(&more[..length]);
        rest = more[length..].strip_prefix("\r\n").unwrap_or("");
        if length == 0 {
            break;
        }
    }
    all
}

/// Asks with a method; gives status, type and body.
pub(crate) fn ask(proxy: &Proxy, method: &str, path: &str) -> (String, String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.admin)).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
    let kind =
        answer.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default().to_owned();
    let cleaned = body(&answer);
    (status, kind, cleaned)
}
