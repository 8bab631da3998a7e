//! The admin interface.
mod certs;
mod clusters;
mod distributions;
mod dump;
mod logging;
mod pages;
mod query;
mod server;
mod stats;

pub(crate) use pages::{Drain, Order};

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use bytes::BytesMut;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;

use crate::http::{Rules, parse_request};
use crate::net::io::{Io, Stream};
use crate::net::socket::Socket;
use crate::server::worker::Global;
use crate::stats::{HttpScope, ListenerStats, add, down};

const RULES: Rules = Rules {
    max_head: 64 * 1024,
    max_headers: 100,
    accept_10: true,
    underscores: None,
    keep_spelling: false,
    plain_edge: true,
};

/// Answers admin requests; what they ask of the process is sent on.
pub(crate) async fn serve(global: Arc<ArcSwap<Global>>, socket: TcpListener, orders: UnboundedSender<Order>) {
    loop {
        let Ok((stream, _)) = socket.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        tokio::task::spawn_local(connection(global.clone(), stream, orders.clone()));
    }
}

/// What is counted of a connection, below the names that Envoy gives its admin interface.
struct Counted {
    listener: Arc<ListenerStats>,
    scope: HttpScope,
    begin: Instant,
}

impl Counted {
    fn new(global: &Global) -> Self {
        let (listener, scope) = (global.stats.listener("admin"), global.stats.http("admin", "admin"));
        for count in [
            &listener.downstream_cx_total,
            &listener.downstream_cx_active,
            &scope.http.downstream_cx_total,
            &scope.http.downstream_cx_active,
            &scope.http.downstream_cx_http1_total,
            &scope.http.downstream_cx_http1_active,
        ] {
            add(count, 1);
        }
        Self { listener, scope, begin: Instant::now() }
    }

    fn request(&self) {
        for count in [
            &self.scope.http.downstream_rq_total,
            &self.scope.http.downstream_rq_http1_total,
            &self.scope.http.downstream_rq_active,
        ] {
            add(count, 1);
        }
    }

    fn response(&self, status: u16, begin: Instant) {
        let http = &self.scope.http;
        down(&http.downstream_rq_active);
        self.scope.count_status(status);
        http.downstream_rq_time.record(begin.elapsed().as_millis() as u64);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let (http, listener) = (&self.scope.http, &self.listener);
        for count in
            [&listener.downstream_cx_active, &http.downstream_cx_active, &http.downstream_cx_http1_active]
        {
            down(count);
        }
        add(&listener.downstream_cx_destroy, 1);
        add(&http.downstream_cx_destroy, 1);
        let lived = self.begin.elapsed().as_millis() as u64;
        listener.downstream_cx_length_ms.record(lived);
        http.downstream_cx_length_ms.record(lived);
    }
}

async fn connection(global: Arc<ArcSwap<Global>>, stream: TcpStream, orders: UnboundedSender<Order>) {
    let counted = Counted::new(&global.load());
    let io = Io::new(Stream::Plain(Socket::Tcp(stream)).counted(counted.scope.http.clone()));
    let mut input = BytesMut::new();
    loop {
        match parse_request(&input, &RULES) {
            Ok(Some((request, length))) => {
                let _head = input.split_to(length);
                counted.request();
                let begin = Instant::now();
                let method = String::from_utf8_lossy(&request.head.method).into_owned();
                let path = String::from_utf8_lossy(&request.head.path).into_owned();
                let page = pages::answer(&global.load(), &method, &path);
                counted.response(page.status, begin);
                let mut output = page.encode(method == "HEAD", request.close);
                if io.write(&mut output).await.is_err() {
                    return;
                }
                if let Some(order) = page.order {
                    let _ending = orders.send(order);
                }
                if request.close {
                    let _gone = io.shutdown().await;
                    return;
                }
            }
            Ok(None) => {
                if !matches!(io.read(&mut input).await, Ok(1..)) {
                    add(&counted.scope.http.downstream_cx_destroy_remote, 1);
                    return;
                }
            }
            Err(_) => return,
        }
    }
}
