//! What the tests that start the proxy share.

use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

pub(crate) mod running;

/// A port that nobody gets but a proxy that is told to listen there: a socket that does not listen holds it as long as the test
/// runs, and the proxy shares its ports.
pub(crate) fn free_port() -> u16 {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    std::mem::forget(socket);
    port
}
