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

/// The head of the final response among what was read; `None` when more must be read.
pub(super) fn received_head(
    input: &mut BytesMut,
    spelling: bool,
    asking: Asking,
    informed: &mut bool,
) -> Result<Option<(Head, Framing, bool)>, Failure> {
    let to_head = asking.connect || asking.head;
    while !input.is_empty() {
        let parsed = parse_response(input, to_head, spelling).map_err(|()| Failure::Protocol)?;
        let Some((response, length)) = parsed else { break };
        input.advance(length);
        let status = response.head.status;
        // Informational responses are for this hop only.
        if !(100..200).contains(&status) || status == 101 {
            return Ok(Some((response.head, response.framing, response.close || asking.connect)));
        }
        *informed |= is_special(status);
    }
    Ok(None)
}

/// Whether an informational response counts as the beginning of the response; others are forgotten
/// (`source/common/http/header_utility.cc`, isSpecial1xx).
pub(super) fn is_special(status: u16) -> bool {
    matches!(status, 100 | 102 | 103 | 104)
}

/// What is left of a try over HTTP/1 whose request is known completely.
pub(super) async fn rest_of_h1(
    mut connection: Box<Connection>,
    spelling: bool,
    asking: Asking,
) -> Result<(Head, Source), Failure> {
    let mut informed = false;
    loop {
        let received = received_head(&mut connection.input, spelling, asking, &mut informed)?;
        if let Some((head, framing, close)) = received {
            return Ok((head, Source::H1(connection, framing, close)));
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
