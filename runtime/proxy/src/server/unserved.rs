//! Access log entries of requests that were never served, as their heads could not be used.
use std::rc::Rc;

use super::worker::Worker;
use crate::access::format::Source;
use crate::access::info::{ConnectionInfo, Flag, Info};
use crate::config::hcm::Hcm;
use crate::http::Head;

/// Writes an entry with the response to such a request, where there is one.
pub(super) fn log(worker: &Worker, hcm: &Hcm, info: &Info, response: Option<&Head>) {
    let request = Head::default();
    let source = Source { request: Some(&request), response, trailers: None, info };
    let mut line = Vec::new();
    for log in &hcm.logs {
        line.clear();
        log.write(source, &mut line);
        worker.global.logs.append(&log.sink, &line);
    }
}

/// The entry of a request over HTTP/2 that was reset, or ended its connection.
pub(super) fn log_h2(
    (worker, hcm): (&Worker, &Hcm),
    connection: Rc<ConnectionInfo>,
    flag: Flag,
    details: &'static str,
) {
    let mut info = Info::new(connection, "HTTP/2");
    info.flag(flag);
    info.details = details.into();
    log(worker, hcm, &info, None);
}
