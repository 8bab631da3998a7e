//! The admin interface.
mod certs;
mod logging;
mod pages;
mod stats;

use std::rc::Rc;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::BytesMut;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::http::{Rules, parse_request};
use crate::net::io::{Io, Stream};
use crate::net::socket::Socket;
use crate::server::worker::Global;

const RULES: Rules = Rules {
    max_head: 64 * 1024,
    max_headers: 100,
    accept_10: true,
    underscores: None,
    keep_spelling: false,
    plain_edge: true,
};

/// Answers admin requests; `quit` is notified by `/quitquitquit`.
pub(crate) async fn serve(global: Arc<ArcSwap<Global>>, socket: TcpListener, quit: Rc<Notify>) {
    loop {
        let Ok((stream, _)) = socket.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        tokio::task::spawn_local(connection(global.clone(), stream, quit.clone()));
    }
}

async fn connection(global: Arc<ArcSwap<Global>>, stream: TcpStream, quit: Rc<Notify>) {
    let io = Io::new(Stream::Plain(Socket::Tcp(stream)));
    let mut input = BytesMut::new();
    loop {
        match parse_request(&input, &RULES) {
            Ok(Some((request, length))) => {
                let _head = input.split_to(length);
                let method = String::from_utf8_lossy(&request.head.method).into_owned();
                let path = String::from_utf8_lossy(&request.head.path).into_owned();
                let page = pages::answer(&global.load(), &method, &path);
                let mut output = page.encode(request.close);
                if io.write(&mut output).await.is_err() {
                    return;
                }
                if page.quit {
                    quit.notify_one();
                }
                if request.close {
                    let _gone = io.shutdown().await;
                    return;
                }
            }
            Ok(None) => {
                if !matches!(io.read(&mut input).await, Ok(1..)) {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}
