//! From an accepted socket to the service of its filter chain.
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::BytesMut;
use tokio::net::{TcpListener, TcpStream};

use super::counting::{OnHttp, OnListener};
use super::gate::{Entry, enter};
use super::h1::serve_h1;
use super::h2::{greeting, serve_h2};
use super::inlet::Arrival;
use super::policy;
use super::tcp::serve_tcp;
use super::worker::Worker;
use crate::access::format::Source;
use crate::access::info::{ConnectionInfo, Info, flag};
use crate::config::filter_state;
use crate::config::hcm::{Codec, Hcm};
use crate::config::listener::{Chain, Listener, Service};
use crate::config::tls::DownstreamTls;
use crate::istio::exchange::meet;
use crate::net::address::Address;
use crate::net::chain::{Facts, pick};
use crate::net::h2::notes::{Limits, SharedNotes};
use crate::net::h2::prefaced::Prefaced;
use crate::net::io::Stream;
use crate::net::socket::Socket;
use crate::net::{inspect, proxy_protocol};
use crate::tls::peer_info;

/// Accepts connections at a configured address until the task is dropped; each keeps the program of its first moment.
pub(crate) async fn accept_loop(current: Rc<RefCell<Rc<Worker>>>, address: SocketAddr, socket: TcpListener) {
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => {
                let worker = current.borrow().clone();
                tokio::task::spawn_local(async move {
                    worker.global.active.fetch_add(1, Ordering::Relaxed);
                    serve(&worker, address, stream, peer).await;
                    worker.global.active.fetch_sub(1, Ordering::Relaxed);
                });
            }
            // Out of file descriptors: accepting again at once would spin.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn serve(worker: &Rc<Worker>, address: SocketAddr, stream: TcpStream, peer: SocketAddr) {
    let Some(listener) = worker.listener(address) else { return };
    let _unsupported = stream.set_nodelay(true);
    let Ok(local) = stream.local_addr() else { return };
    let connection = ConnectionInfo::new(worker.global.next_connection(), peer.into(), local.into());
    serve_at(worker, listener, connection, Socket::Tcp(stream)).await;
}

/// Serves a connection from inside of the proxy.
pub(super) async fn serve_internal(worker: &Rc<Worker>, arrival: Arrival) {
    let Some(listener) = worker.internal_listener(&arrival.listener) else { return };
    let local = Address::Internal(arrival.listener, arrival.endpoint);
    let id = worker.global.next_connection();
    let mut connection = ConnectionInfo::new(id, Address::internal_client(), local);
    if let Some(passed) = &arrival.passed {
        connection.adopt(passed);
    }
    serve_at(worker, listener, connection, arrival.socket).await;
}

async fn serve_at(
    worker: &Rc<Worker>,
    mut listener: &Listener,
    mut connection: ConnectionInfo,
    mut stream: Socket,
) {
    let mut facts = Facts::default();
    if !inspected(listener, &mut stream, &mut connection, &mut facts).await {
        return;
    }
    if let Some(wanted) =
        connection.local.socket().filter(|_| listener.use_original_dst && connection.restored)
    {
        let other = hand_over(&worker.global.program.listeners, listener, wanted);
        if !std::ptr::eq(other, listener) {
            listener = other;
            // What the first listener has found out stays known, as `ActiveTcpSocket::newConnection` hands the socket on.
            if !inspected(listener, &mut stream, &mut connection, &mut facts).await {
                return;
            }
        }
    }
    let _counted = OnListener::new(listener);
    connection.server_name.clone_from(&facts.server_name);
    let Some(chain) = pick(listener, &facts) else {
        log_unmatched(worker, listener, connection);
        return stream.reset_on_close();
    };
    connection.chain.clone_from(&chain.name);
    connection.listener.clone_from(&listener.name);
    connection.buffer_limit = listener.buffer_limit;
    serve_chain(worker, listener, chain, connection, stream).await;
}

fn timeout_or_forever(timeout: Duration) -> Duration {
    if timeout.is_zero() { Duration::from_secs(u32::MAX.into()) } else { timeout }
}

/// Restores the addresses of a connection: what the kernel redirected, or what came along from inside, after
/// `source/extensions/filters/listener/original_dst/original_dst.cc`.
fn restore(stream: &Socket, connection: &mut ConnectionInfo) {
    if !matches!(stream, Socket::Internal(_)) {
        if let Some(address) = stream.original_destination() {
            connection.restore(address.into());
        }
        return;
    }
    let told = || {
        let value = connection.metadata.get("envoy.filters.listener.original_dst")?.get("local")?;
        value.as_str()?.parse::<SocketAddr>().ok()
    };
    let local = filter_state::address(&connection.state, filter_state::LOCAL).or_else(told);
    let remote = filter_state::address(&connection.state, filter_state::REMOTE);
    if let Some(address) = local {
        connection.restore(address.into());
    }
    if let Some(address) = remote {
        connection.remote = address.into();
    }
}

/// The listener that serves a redirected connection: the one of its address, else the one of its port on every
/// address, else the listener itself.
fn hand_over<'l>(listeners: &'l [Listener], own: &'l Listener, address: SocketAddr) -> &'l Listener {
    let exact = listeners.iter().find(|l| l.addresses.contains(&address) && l.name != own.name);
    let any = |l: &&Listener| {
        l.name != own.name
            && l.addresses.iter().any(|a| a.ip().is_unspecified() && a.port() == address.port())
    };
    exact.or_else(|| listeners.iter().find(any)).unwrap_or(own)
}

/// Runs a listener's own filters; false when they have ended the connection.
async fn inspected(
    listener: &Listener,
    stream: &mut Socket,
    connection: &mut ConnectionInfo,
    facts: &mut Facts,
) -> bool {
    let limit = timeout_or_forever(listener.inspect_timeout);
    let looked = tokio::time::timeout(limit, look(listener, stream, connection, facts)).await;
    facts.locate(connection);
    match looked {
        Ok(Err(_)) => {
            stream.reset_on_close();
            false
        }
        Ok(Ok(())) => true,
        Err(_) => listener.inspect_continue,
    }
}

async fn look(
    listener: &Listener,
    stream: &mut Socket,
    connection: &mut ConnectionInfo,
    facts: &mut Facts,
) -> std::io::Result<()> {
    let filters = &listener.filters;
    // Each filter sees the address that the ones before it have restored.
    let port = |connection: &ConnectionInfo| connection.local.port();
    if !connection.restored && filters.original_dst.as_ref().is_some_and(|f| f.at(port(connection)).is_some())
    {
        restore(stream, connection);
        // The socket of a transparent listener has the address that the client wanted.
        connection.restored |= listener.transparent;
    }
    let mark = filters.original_src.as_ref().and_then(|f| f.at(port(connection)));
    connection.source = mark.zip(connection.remote.ip()).map(|(mark, ip)| (ip, mark));
    if let Some(optional) = filters.proxy_protocol.as_ref().and_then(|f| f.at(port(connection)))
        && let Some((source, destination)) = proxy_protocol::read(stream, optional).await?
    {
        connection.remote = source.into();
        connection.restore(destination.into());
    }
    if filters.tls_inspector.as_ref().is_some_and(|f| f.at(port(connection)).is_some()) {
        inspect::tls(stream, facts).await?;
    }
    if !facts.tls && filters.http_inspector.as_ref().is_some_and(|f| f.at(port(connection)).is_some()) {
        inspect::http(stream, facts).await?;
    }
    Ok(())
}

fn log_unmatched(worker: &Worker, listener: &Listener, connection: ConnectionInfo) {
    if let Some(stats) = listener.stats.get() {
        crate::stats::add(&stats.no_filter_chain_match, 1);
    }
    let mut info = Info::new(Rc::new(connection), "");
    info.flag(flag::NO_ROUTE);
    info.details = "filter_chain_not_found".into();
    write_logs(worker, &listener.logs, &info);
}

/// Writes log lines of a connection.
pub(super) fn write_logs(worker: &Worker, logs: &[crate::config::log::AccessLog], info: &Info) {
    let mut line = Vec::new();
    for log in logs {
        line.clear();
        log.write(Source { request: None, response: None, trailers: None, info }, &mut line);
        worker.global.logs.append(&log.sink, &line);
    }
}

async fn serve_chain(
    worker: &Rc<Worker>,
    listener: &Listener,
    chain: &Chain,
    connection: ConnectionInfo,
    stream: Socket,
) {
    let _held = match enter(worker, &chain.gates) {
        Entry::In(held) => held,
        Entry::Out(delay) => {
            tokio::time::sleep(delay).await;
            return;
        }
    };
    let Some(mut connection) = with_state(chain, connection) else { return };
    let Some(stream) = secure(chain, &mut connection, stream).await else { return };
    let (mut stream, mut input) = (stream, BytesMut::new());
    if let (Service::Http(_), Some(exchange)) = (&chain.service, &chain.exchange) {
        let node = &worker.global.program.node;
        let Ok(found) = meet(&mut stream, &mut input, exchange, node).await else { return };
        connection.peer = found.peer();
    }
    let denied = policy::denied_by(chain, &mut connection);
    let connection = Rc::new(connection);
    if let Some(policy) = denied {
        policy::log_denied(worker, chain, connection, &policy);
        return;
    }
    if !policy::is_authorized(worker, chain, &connection, (&mut stream, &mut input)).await {
        return;
    }
    match &chain.service {
        Service::Http(hcm) => serve_http(worker, hcm, connection, (stream, input)).await,
        Service::Tcp(tcp) => {
            Box::pin(serve_tcp(worker, listener, (chain, tcp), connection, (stream, input))).await;
        }
        Service::Close => {}
    }
}

/// Sets values of the filter state, each of them seeing the earlier ones.
fn with_state(chain: &Chain, connection: ConnectionInfo) -> Option<ConnectionInfo> {
    if chain.states.is_empty() {
        return Some(connection);
    }
    let mut connection = Rc::new(connection);
    for setting in &chain.states {
        let metadata = connection.metadata.clone();
        let mut info = Info::new(connection.clone(), "");
        info.metadata = metadata;
        let value = setting.apply(Source { request: None, response: None, trailers: None, info: &info });
        drop(info);
        if let Some(connection) = Rc::get_mut(&mut connection) {
            // INVARIANT: the record that was made for the format is gone, so that nobody else holds the connection.
            connection.state.extend(value);
        }
    }
    Rc::into_inner(connection)
}

/// Ends TLS where the chain says so; `None` when the connection is over.
async fn secure(chain: &Chain, connection: &mut ConnectionInfo, stream: Socket) -> Option<Stream> {
    let Some(tls) = &chain.tls else { return Some(Stream::Plain(stream)) };
    let limit = timeout_or_forever(chain.handshake_timeout);
    let stream = tokio::time::timeout(limit, Box::pin(handshake(tls, stream))).await.ok()??;
    let session = stream.get_ref().1;
    let mut peer = peer_info(session);
    peer.own_uri.clone_from(&tls.own_uri);
    peer.own_der.clone_from(&tls.own_der);
    if connection.server_name.is_empty() {
        connection.server_name = session.server_name().unwrap_or_default().to_owned();
    }
    if peer.has_peer() && !tls.sans.accept(&peer.peer_uris, &peer.peer_dns) {
        stream.get_ref().0.reset_on_close();
        return None;
    }
    connection.tls = Some(Box::new(peer));
    Some(Stream::Tls(Box::new(stream.into())))
}

/// A TLS handshake. A client whose ALPN names are all unknown gets none, as with BoringSSL, instead of an alert.
async fn handshake(
    tls: &DownstreamTls,
    mut stream: Socket,
) -> Option<tokio_rustls::server::TlsStream<Socket>> {
    // BoringSSL has no alert for what is no TLS record. It has read it, though, so that the end is no reset.
    let mut first = [0];
    if stream.peek(&mut first, 0).await.ok()? == 1 && first != [0x16] {
        if let Socket::Tcp(socket) = &stream {
            let _read = socket.try_read(&mut [0; 4096]);
        }
        return None;
    }
    let acceptor = tokio_rustls::LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
    let start = acceptor.await.ok()?;
    let known = |name: &[u8]| tls.config.alpn_protocols.iter().any(|own| own == name);
    let agrees = start.client_hello().alpn().is_none_or(|mut names| names.any(known));
    let config = if agrees { &tls.config } else { &tls.without_alpn };
    start.into_stream(config.clone()).await.ok()
}

async fn serve_http(
    worker: &Rc<Worker>,
    hcm: &std::sync::Arc<Hcm>,
    connection: Rc<ConnectionInfo>,
    (stream, mut input): (Stream, BytesMut),
) {
    let counted = OnHttp::new(hcm, connection.tls.is_some());
    let mut stream = stream.counted(counted.clone());
    let agreed = stream.agreed();
    let h2 = match (hcm.codec, agreed) {
        (Codec::Http1, _) | (Codec::Auto, Some(b"http/1.1")) => false,
        (Codec::Http2, _) | (Codec::Auto, Some(b"h2")) => true,
        (Codec::Auto, _) => {
            let idle = timeout_or_forever(hcm.times.idle_timeout);
            match inspect::begins_h2(&mut stream, &mut input, idle).await {
                Some(found) => found,
                None => return,
            }
        }
    };
    counted.speaks(h2);
    if h2 {
        // Nothing is said to a peer that has agreed on HTTP/2 and speaks something else.
        let notes = SharedNotes::default();
        let heads = &hcm.heads;
        let limits = Limits { extended: hcm.h2.connect, head: heads.max_head, fields: heads.max_headers };
        let shared = (limits, notes.clone(), greeting(hcm));
        if let Some(stream) = Prefaced::read(stream, input, shared, hcm.times.delayed_close).await {
            Box::pin(serve_h2(worker.clone(), hcm.clone(), connection, (stream, notes))).await;
        }
    } else {
        Box::pin(serve_h1(worker.clone(), hcm.clone(), connection, stream, input)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of what a function returns.
    fn returned<A, B, C, D, R>(_: impl Fn(A, B, C, D) -> R) -> usize {
        size_of::<R>()
    }

    /// What is large and does not last (handshakes, requests, filters) has memory of its own.
    #[test]
    fn a_connection_that_waits_holds_little() {
        let size = returned(serve);
        assert!(size < 4096, "{size} bytes for each connection");
    }
}
