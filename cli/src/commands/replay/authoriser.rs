//! Servers that answer for external authorisers, over HTTP and over gRPC (`envoy.service.auth.v3.Authorization/Check`).

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use bytes::Bytes;

use crate::failure::Failure;

/// A message of gRPC: a CheckResponse that says nothing, which is consent.
const CONSENT: &[u8] = &[0, 0, 0, 0, 0];
/// The same with the status PERMISSION_DENIED.
const REFUSAL: &[u8] = &[0, 0, 0, 0, 4, 0x0a, 2, 8, 7];

/// Begins to answer, and gives the port. The thread ends with the program.
pub(super) fn start(http: bool, consents: bool) -> Result<u16, Failure> {
    let server = TcpListener::bind(("127.0.0.1", 0))?;
    let port = server.local_addr()?.port();
    std::thread::spawn(move || if http { over_http(&server, consents) } else { over_grpc(server, consents) });
    Ok(port)
}

fn over_http(server: &TcpListener, consents: bool) {
    let status = if consents { "200 OK" } else { "403 Forbidden" };
    server.incoming().flatten().for_each(|stream| answer(&stream, status));
}

/// Answers requests of one connection until it closes.
fn answer(stream: &TcpStream, status: &str) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut out = stream;
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
        let blank = line.trim_end().is_empty();
        line.clear();
        if blank && write!(out, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

fn over_grpc(server: TcpListener, consents: bool) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
    runtime.block_on(async move {
        if server.set_nonblocking(true).is_err() {
            return;
        }
        let Ok(server) = tokio::net::TcpListener::from_std(server) else { return };
        while let Ok((stream, _)) = server.accept().await {
            // One request is played at a time.
            let _ = connection(stream, consents).await;
        }
    });
}

async fn connection(stream: tokio::net::TcpStream, consents: bool) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(request) = connection.accept().await {
        let (_, mut respond) = request?;
        let mut head = http::Response::new(());
        let grpc = http::HeaderValue::from_static("application/grpc");
        head.headers_mut().insert(http::header::CONTENT_TYPE, grpc);
        let mut body = respond.send_response(head, false)?;
        body.send_data(Bytes::from_static(if consents { CONSENT } else { REFUSAL }), false)?;
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
        body.send_trailers(trailers)?;
    }
    Ok(())
}
