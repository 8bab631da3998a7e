//! Messages in gRPC streams, as `source/common/grpc/codec.cc`, FrameInspector, and the filter grpc_stats count them.
use bytes::Bytes;

use super::exchange::Frame;
use super::stream::Exchange;
use crate::access::grpc;
use crate::config::filter::FilterKind;
use crate::http::Head;

/// Messages of a stream both ways.
#[derive(Debug, Default)]
pub(crate) struct GrpcMessages {
    /// From the client.
    pub(crate) request: MessageCounter,
    /// To the client.
    pub(crate) response: MessageCounter,
}

/// Counts messages in bytes that arrive in pieces.
#[derive(Debug, Default)]
pub(crate) struct MessageCounter {
    /// Messages that have begun.
    pub(crate) messages: u64,
    /// Bytes of the prefix that were seen: a flag and four bytes of length.
    prefix: u8,
    length: u32,
    left: u32,
}

impl MessageCounter {
    /// Looks at the next bytes.
    pub(crate) fn feed(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.left > 0 {
                let skipped = data.len().min(self.left as usize);
                self.left -= skipped as u32;
                data = data.get(skipped..).unwrap_or_default();
                continue;
            }
            let Some((byte, rest)) = data.split_first() else { return };
            data = rest;
            if self.prefix == 0 {
                self.messages += 1;
                self.length = 0;
            } else {
                self.length = self.length << 8 | u32::from(*byte);
            }
            self.prefix = (self.prefix + 1) % 5;
            if self.prefix == 0 {
                self.left = self.length;
            }
        }
    }
}

impl Exchange<'_> {
    /// Counts messages from now on, when the request is gRPC.
    pub(crate) fn count_messages(&mut self) {
        if self.head.is_grpc() && self.notes.grpc_messages.is_none() {
            self.notes.grpc_messages = Some(Box::default());
        }
    }

    /// Notes bytes of the request's body.
    pub(crate) fn receive(&mut self, data: &[u8]) {
        self.info.received += data.len() as u64;
        if let Some(messages) = &mut self.notes.grpc_messages {
            messages.request.feed(data);
        }
    }

    /// Notes a piece of the request's body and lets watchers see it; what they have kept back comes before the end.
    pub(crate) async fn receive_frame(&mut self, frame: Frame) -> (Option<Bytes>, Frame) {
        if let Frame::Data(data) = &frame {
            self.receive(data);
        }
        self.watchers_see(frame).await
    }

    /// Notes bytes of the response's body before they are compressed.
    pub(crate) fn inspect_response(&mut self, data: &[u8]) {
        if let Some(messages) = &mut self.notes.grpc_messages
            && self.response.as_ref().is_some_and(Head::is_grpc)
        {
            messages.response.feed(data);
        }
    }

    /// Counts a gRPC call that has ended at its cluster.
    pub(crate) fn count_grpc(&self) {
        let Some(messages) = &self.notes.grpc_messages else { return };
        let Some(cluster) = self.worker.cluster(&self.info.cluster) else { return };
        let chain = self.hcm.filters.chain.iter();
        let path = String::from_utf8_lossy(self.head.path_only());
        let name = chain.filter_map(|f| match &f.kind {
            FilterKind::GrpcStats(stats) => stats.name(&path),
            _ => None,
        });
        let Some(name) = name.into_iter().next() else { return };
        let stats = cluster.shared.grpc();
        let told = self.trailers.as_ref().or(self.response.as_ref()).and_then(grpc::told);
        if let Some(status) = told {
            stats.add(&format!("{name}{status}"));
            stats.add(&format!("{name}{}", if status == "0" { "success" } else { "failure" }));
            stats.add(&format!("{name}total"));
        }
        for (kind, count) in
            [("request", messages.request.messages), ("response", messages.response.messages)]
        {
            if count > 0 {
                stats.add_many(&format!("{name}{kind}_message_count"), count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MessageCounter;

    #[test]
    fn messages_count_wherever_they_are_cut() {
        let stream = [&[0, 0, 0, 0, 3, 1, 2, 3][..], &[0, 0, 0, 0, 0], &[1, 0, 0, 0, 1, 9]].concat();
        for cut in 0..=stream.len() {
            let mut counter = MessageCounter::default();
            counter.feed(&stream[..cut]);
            counter.feed(&stream[cut..]);
            assert_eq!(counter.messages, 3, "cut at {cut}");
        }
    }
}
