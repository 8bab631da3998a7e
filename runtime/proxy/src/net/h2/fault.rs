//! How a connection ends that a peer has broken, and what the access log says of it.
use super::constraints::Flood;
use super::rules::Broken;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing is said.
    Silent(Fault),
    /// With a GOAWAY of this code and text.
    Said(u32, &'static str),
}

/// What was wrong, as the access log has it in `%RESPONSE_CODE_DETAILS%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The stream that the frame was of; 0 where that does not matter.
    pub(crate) stream: u32,
    /// For this stream.
    pub(crate) own: &'static str,
    /// For all other streams.
    pub(crate) others: &'static str,
}

/// What the codec's library tells whenever Envoy has said no to a frame.
const REFUSED: &str = "codec_error:The_user_callback_function_failed";

impl Fault {
    /// Something that the library has no name for; it is the stream's, if that is open.
    pub(super) fn frame(stream: u32) -> Self {
        Self { stream, own: "http2.unknown.nghttp2.error", others: REFUSED }
    }

    /// A block of headers.
    pub(super) fn fields(stream: u32, broken: Broken) -> Self {
        let own = match broken {
            Broken::Field => "http2.invalid.header.field",
            Broken::Unsound | Broken::Message | Broken::Long => "http2.violation.of.messaging.rule",
        };
        Self { stream, own, others: REFUSED }
    }

    /// Too many frames.
    pub(super) fn flood(stream: u32, flood: Flood) -> Self {
        let all = |details| Self { stream: 0, own: details, others: details };
        match flood {
            Flood::Empty => Self {
                stream,
                own: "http2.inbound_empty_frames_flood",
                others: "codec_error:Too_many_consecutive_frames_with_an_empty_payload",
            },
            Flood::Continuation => all("codec_error:Too_many_CONTINUATION_frames_following_a_HEADER_frame"),
            Flood::Priority => all("codec_error:Too_many_PRIORITY_frames"),
            Flood::Window => all("codec_error:Too_many_WINDOW_UPDATE_frames"),
            Flood::Resets => all("too_many_premature_resets"),
            Flood::Control => all("codec_error:Too_many_control_frames_in_the_outbound_queue."),
        }
    }

    /// The details of a stream.
    pub(crate) fn details(&self, stream: u32) -> &'static str {
        if stream == self.stream { self.own } else { self.others }
    }
}

impl Ending {
    /// What the access log says.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Silent(fault) => *fault,
            Self::Said(..) => Fault { stream: 0, own: REFUSED, others: REFUSED },
        }
    }
}
