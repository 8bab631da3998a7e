//! One request on an HTTP/2 connection to a host. The codec carries a plain head both ways; what the host has said goes around it
//! (`net::h2::guard`), in the order and spelling of the wire.
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};

use crate::http::Head;
use crate::net::h2::hpack::Field;
use crate::net::h2::notes::SharedNotes;
use crate::net::h2::rules::Asked;

/// What a host says before the body of its response.
pub(crate) enum Heard {
    /// An informational response.
    Early(Head),
    /// The head of the response.
    Head(Head, RecvStream),
}

/// A request that waits for its response, or for the rest of it. What is noted of it goes with this.
pub(crate) struct Asking {
    response: ResponseFuture,
    stream: u32,
    notes: SharedNotes,
}

impl Asking {
    /// Sends a request once the connection takes one; `ended` says that it has no body.
    ///
    /// # Errors
    /// The connection takes no more requests.
    pub(crate) fn send(
        send: &mut SendRequest<Bytes>,
        notes: &SharedNotes,
        request: http::Request<()>,
        ended: bool,
    ) -> Result<(Self, SendStream<Bytes>), h2::Error> {
        let asked = match *request.method() {
            http::Method::HEAD => Asked::Head,
            http::Method::CONNECT => Asked::Connect,
            _ => Asked::Body,
        };
        let (response, body) = send.send_request(request, ended)?;
        let stream = response.stream_id().as_u32();
        notes.borrow_mut().asked.insert(stream, asked);
        Ok((Self { response, stream, notes: notes.clone() }, body))
    }

    /// What the host says next, up to the head of its response. Safe to cancel.
    ///
    /// # Errors
    /// The stream or its connection has ended.
    pub(crate) async fn next(&mut self) -> Result<Heard, h2::Error> {
        poll_fn(|cx| {
            if let Poll::Ready(Some(Ok(_))) = self.response.poll_informational(cx) {
                let mut notes = self.notes.borrow_mut();
                let early = notes.early.get_mut(&self.stream).and_then(std::collections::VecDeque::pop_front);
                return Poll::Ready(Ok(Heard::Early(head(early.unwrap_or_default()))));
            }
            let response = std::task::ready!(Pin::new(&mut self.response).poll(cx))?;
            let fields = self.notes.borrow_mut().heads.remove(&self.stream);
            Poll::Ready(Ok(Heard::Head(head(fields.unwrap_or_default()), response.into_body())))
        })
        .await
    }

    /// The head of the response, whatever comes before it.
    ///
    /// # Errors
    /// The stream or its connection has ended.
    pub(crate) async fn head(&mut self) -> Result<(Head, RecvStream), h2::Error> {
        loop {
            if let Heard::Head(head, body) = self.next().await? {
                return Ok((head, body));
            }
        }
    }

    /// Whether the host has broken the rules of HTTP/2, which has ended its connection.
    pub(crate) fn is_fault(&self) -> bool {
        self.notes.borrow().fault.is_some()
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut notes = self.notes.borrow_mut();
        notes.asked.remove(&self.stream);
        notes.heads.remove(&self.stream);
        notes.early.remove(&self.stream);
        if notes.asked.is_empty() {
            notes.quiet = Some(Instant::now());
        }
    }
}

/// A response's head; its cookies are one, behind all others, as with requests.
fn head(fields: Vec<Field>) -> Head {
    let mut head = Head::default();
    for Field { name, value } in fields {
        match name.as_ref() {
            b":status" => {
                head.status =
                    std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
            }
            name => head.add(name, &value),
        }
    }
    crate::server::h2::join_cookies(&mut head);
    head
}
