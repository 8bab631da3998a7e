//! Why a request's head is not acceptable.
use super::lines::BadLine;

/// Why a head is not acceptable; the answer is fixed by the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// 400
    Bad(Details),
    /// 400, found once the whole head was read
    Late(Details),
    /// 403
    Forbidden,
    /// 426
    Version,
    /// 431
    TooLarge(Details),
    /// 501
    Encoding,
}

/// What the access log says of it.
type Details = &'static str;

/// Nothing in particular.
pub(super) const CODEC: Details = "http1.codec_error";

impl Malformed {
    /// What the access log says (`ResponseCodeDetails` of the codec and of the connection manager).
    pub(crate) fn details(self) -> Details {
        match self {
            Self::Bad(details) | Self::Late(details) | Self::TooLarge(details) => details,
            Self::Forbidden => CODEC,
            Self::Version => "low_version",
            Self::Encoding => "http1.invalid_transfer_encoding",
        }
    }

    /// Status and body of the answer.
    pub(crate) fn answer(self) -> (u16, &'static str) {
        match self {
            Self::Bad(_) | Self::Late(_) => (400, "Bad Request"),
            Self::Forbidden => (403, "Forbidden"),
            Self::Version => (426, "Upgrade Required"),
            Self::TooLarge(_) => (431, "Request Header Fields Too Large"),
            Self::Encoding => (501, "Not Implemented"),
        }
    }
}

impl From<BadLine> for Malformed {
    fn from(bad: BadLine) -> Self {
        match bad {
            BadLine::Form => Self::Bad(CODEC),
            BadLine::Characters => Self::Bad("http1.invalid_characters"),
        }
    }
}
