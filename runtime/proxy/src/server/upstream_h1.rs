//! One attempt over HTTP/1: what is written and read.
use bytes::{Buf as _, BytesMut};

use super::forward::Failure;
use super::upstream::Source;
use crate::cluster::Connection;
use crate::http::encode;
use crate::http::{Framing, Head, parse_response};

/// What decides how a response is framed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    /// Whether it is CONNECT.
    pub(super) connect: bool,
    /// Whether it is HEAD.
    pub(super) head: bool,
}

/// A head that an endpoint has sent.
pub(super) enum Received {
    /// Of an informational response.
    Early(Head),
    /// Of the response, with its framing and whether the connection ends with it.
    Final(Head, Framing, bool),
}

/// The next head among what was read; `None` when more must be read.
pub(super) fn received_head(
    input: &mut BytesMut,
    spelling: bool,
    asking: Asking,
) -> Result<Option<Received>, Failure> {
    if input.is_empty() {
        return Ok(None);
    }
    let parsed = parse_response(input, asking.head, spelling).map_err(|()| Failure::Protocol)?;
    let Some((response, length)) = parsed else { return Ok(None) };
    input.advance(length);
    // A success of CONNECT has no body: what follows is the other protocol.
    let connected = asking.connect && (200..300).contains(&response.head.status);
    let framing = if connected { Framing::None } else { response.framing };
    let early = (100..200).contains(&response.head.status) && response.head.status != 101;
    Ok(Some(if early {
        Received::Early(response.head)
    } else {
        Received::Final(response.head, framing, response.close || asking.connect)
    }))
}

/// What is left of a try over HTTP/1 whose request is known completely.
pub(super) async fn rest_of_h1(
    mut connection: Box<Connection>,
    spelling: bool,
    asking: Asking,
) -> Result<(Head, Source), Failure> {
    loop {
        match received_head(&mut connection.input, spelling, asking)? {
            Some(Received::Final(head, framing, close)) => {
                return Ok((head, Source::H1(connection, framing, close)));
            }
            Some(Received::Early(_)) => continue,
            None => {}
        }
        let Connection { io, input, output, .. } = &mut *connection;
        let writing = !output.is_empty();
        tokio::select! {
            biased;
            written = io.write(output), if writing => if written.is_err() { output.clear(); },
            read = io.read(input) => match read {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(Failure::Closed),
            },
        }
    }
}

/// Queues a piece of a request's body.
pub(super) fn put_body(framing: Framing, data: &[u8], output: &mut Vec<u8>) {
    match framing {
        Framing::Chunked | Framing::Close => encode::chunk(data, output),
        Framing::Length(_) => output.extend_from_slice(data),
        Framing::None => {}
    }
}

/// Queues the end of a request's body.
pub(super) fn end_body(framing: Framing, output: &mut Vec<u8>) {
    if matches!(framing, Framing::Chunked | Framing::Close) {
        encode::last_chunk(output);
    }
}
