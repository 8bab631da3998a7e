//! Decoding HTTP/1 bodies.
use bytes::{Buf, Bytes, BytesMut};

use super::framing::Framing;
use super::lines::{BadLine, each_header, end_of_lines};

/// Where in a body the reader is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyReader {
    /// Everything was read.
    Done,
    /// This many bytes are to come.
    Length(u64),
    /// Until the connection ends.
    Close,
    /// Inside of a chunked body.
    Chunked(Chunk),
}

/// Where in a chunked body the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// Before a size line.
    Size,
    /// Inside of a chunk; bytes to come.
    Data(u64),
    /// Before the line end after a chunk; what stands before it is nothing to Envoy.
    DataEnd,
    /// Before the trailers and the empty line.
    Trailers,
}

/// What decoding gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// Some bytes of the body.
    Data(Bytes),
    /// The end of the body.
    End,
    /// More bytes are needed.
    More,
}

/// The body is not framed as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadBody;

/// Longest size line, extensions included.
const MAX_SIZE_LINE: usize = 4096;
/// Longest trailers.
const MAX_TRAILERS: usize = 16 * 1024;

impl BodyReader {
    /// A reader for a body.
    pub(crate) fn new(framing: Framing) -> Self {
        match framing {
            Framing::None => Self::Done,
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(Chunk::Size),
            Framing::Close => Self::Close,
        }
    }

    /// Whether the whole body was read.
    pub(crate) fn is_done(&self) -> bool {
        *self == Self::Done
    }

    /// Takes the next piece from the buffer.
    pub(crate) fn decode(&mut self, buffer: &mut BytesMut) -> Result<Decoded, BadBody> {
        match self {
            Self::Done => Ok(Decoded::End),
            Self::Close if buffer.is_empty() => Ok(Decoded::More),
            Self::Close => Ok(Decoded::Data(buffer.split().freeze())),
            Self::Length(_) if buffer.is_empty() => Ok(Decoded::More),
            Self::Length(left) => {
                let data = take(buffer, *left);
                *left -= data.len() as u64;
                if *left == 0 {
                    *self = Self::Done;
                }
                Ok(Decoded::Data(data))
            }
            Self::Chunked(_) => self.decode_chunked(buffer),
        }
    }

    /// What has arrived of chunks becomes one piece, as with Envoy.
    fn decode_chunked(&mut self, buffer: &mut BytesMut) -> Result<Decoded, BadBody> {
        let mut whole = Whole::default();
        loop {
            let Self::Chunked(state) = self else { return Ok(whole.or(Decoded::End)) };
            match state {
                Chunk::Size => {
                    let Some(size) = size_line(buffer)? else { return Ok(whole.or(Decoded::More)) };
                    *state = if size == 0 { Chunk::Trailers } else { Chunk::Data(size) };
                    // What came before the last chunk is no longer in doubt.
                    if size == 0 && !whole.first.is_empty() {
                        return Ok(whole.or(Decoded::More));
                    }
                }
                Chunk::Data(_) if buffer.is_empty() => return Ok(whole.or(Decoded::More)),
                Chunk::Data(left) => {
                    let data = take(buffer, *left);
                    *left -= data.len() as u64;
                    if *left == 0 {
                        *state = Chunk::DataEnd;
                    }
                    whole.add(data);
                }
                Chunk::DataEnd => {
                    let Some(end) = memchr::memchr(b'\n', buffer) else {
                        buffer.clear();
                        return Ok(whole.or(Decoded::More));
                    };
                    buffer.advance(end + 1);
                    *state = Chunk::Size;
                }
                Chunk::Trailers if trailers(buffer)? => *self = Self::Done,
                Chunk::Trailers => return Ok(whole.or(Decoded::More)),
            }
        }
    }
}

/// Takes the trailers, which are dropped, and the empty line after them; false when more bytes are needed.
fn trailers(buffer: &mut BytesMut) -> Result<bool, BadBody> {
    match end_of_lines(buffer) {
        Some(end) => each_header(&buffer.split_to(end), |_, _| Ok(())).map(|()| true),
        None if buffer.len() > MAX_TRAILERS => Err(BadBody),
        None => Ok(false),
    }
}

impl From<BadLine> for BadBody {
    fn from(_: BadLine) -> Self {
        Self
    }
}

/// Pieces that become one; a single one is not copied.
#[derive(Default)]
struct Whole {
    first: Bytes,
    all: Vec<u8>,
}

impl Whole {
    fn add(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&piece);
    }

    /// The pieces; the other when there are none.
    fn or(self, other: Decoded) -> Decoded {
        match (self.all.is_empty(), self.first.is_empty()) {
            (false, _) => Decoded::Data(self.all.into()),
            (true, false) => Decoded::Data(self.first),
            (true, true) => other,
        }
    }
}

fn take(buffer: &mut BytesMut, most: u64) -> Bytes {
    let length = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
    buffer.split_to(length).freeze()
}

/// A size line; what cannot become one is an error before its end has come.
fn size_line(buffer: &mut BytesMut) -> Result<Option<u64>, BadBody> {
    let digits = buffer.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let size = chunk_size(buffer.get(..digits).unwrap_or_default())?;
    match buffer.get(digits) {
        None => return Ok(None),
        Some(b'\t' | b'\n' | b'\r' | b' ' | b';') if digits > 0 => {}
        Some(_) => return Err(BadBody),
    }
    // An extension has no line ends of one byte.
    let end = memchr::memchr(b'\n', buffer);
    let line = buffer.get(digits..end.unwrap_or(buffer.len())).unwrap_or_default();
    let cr = memchr::memchr(b'\r', line);
    if cr.is_some_and(|cr| cr + 1 < line.len())
        || (end.is_some() && cr.is_none())
        || line.len() > MAX_SIZE_LINE
    {
        return Err(BadBody);
    }
    Ok(end.map(|end| {
        buffer.advance(end + 1);
        size
    }))
}

/// The size of a chunk; any number of zeros may stand before it.
fn chunk_size(digits: &[u8]) -> Result<u64, BadBody> {
    digits.iter().try_fold(0_u64, |size, digit| {
        let digit = char::from(*digit).to_digit(16).ok_or(BadBody)?;
        size.checked_mul(16).and_then(|size| size.checked_add(digit.into())).ok_or(BadBody)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes `input` handed over in two parts.
    fn decode(input: &[u8], split: usize) -> Result<Option<Vec<u8>>, BadBody> {
        let mut reader = BodyReader::new(Framing::Chunked);
        let mut buffer = BytesMut::new();
        let mut out = Vec::new();
        for part in [&input[..split], &input[split..]] {
            buffer.extend_from_slice(part);
            loop {
                match reader.decode(&mut buffer)? {
                    Decoded::Data(data) => out.extend_from_slice(&data),
                    Decoded::End => return Ok(Some(out)),
                    Decoded::More => break,
                }
            }
        }
        Ok(None)
    }

    #[test]
    fn chunks_decode_alike_under_every_split() {
        let input = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-Tr: 1\r\n\r\n";
        for split in 0..=input.len() {
            assert_eq!(decode(input, split), Ok(Some(b"abc0123456789".to_vec())), "{split}");
        }
        let input = b"03\t\r\nabcX\r\n1 x\r\nd\n0\n\n".as_slice();
        let lenient = b"03\t\r\nabcX\r\n1 x\r\nd\n0\r\n\n".as_slice();
        for split in 0..=lenient.len() {
            assert_eq!(decode(lenient, split), Ok(Some(b"abcd".to_vec())), "{split}");
        }
        assert_eq!(decode(input, 0), Err(BadBody));
        assert_eq!(decode(b"3\r\nabc\r\n", 0), Ok(None));
    }

    #[test]
    fn what_has_arrived_is_one_piece() {
        let mut buffer = BytesMut::from(&b"3\r\nabc\r\n2\r\nde\r\n4\r\nf"[..]);
        let mut reader = BodyReader::new(Framing::Chunked);
        assert_eq!(reader.decode(&mut buffer), Ok(Decoded::Data(Bytes::from_static(b"abcdef"))));
        assert_eq!(reader.decode(&mut buffer), Ok(Decoded::More));
        buffer.extend_from_slice(b"ghi\r\n0\r\n\r\n");
        assert_eq!(reader.decode(&mut buffer), Ok(Decoded::Data(Bytes::from_static(b"ghi"))));
        assert_eq!(reader.decode(&mut buffer), Ok(Decoded::End));
    }

    #[test]
    fn bad_chunks_are_refused_under_every_split() {
        for input in [
            &b"g\r\n\r\n"[..],
            b"ffffffffffffffffff\r\n",
            b"3\nabc\n0\n\n",
            b"-3\r\nabc\r\n",
            b"3;\nabc\r\n0\r\n\r\n",
            b"0x3\r\nabc\r\n",
            b"\r\n",
            b" 3\r\nabc\r\n",
            b"3;a\rb\r\nabc\r\n",
            b"0\r\nx\r\n\r\n",
            b"0\r\n: y\r\n\r\n",
        ] {
            for split in 0..=input.len() {
                assert_eq!(
                    decode(input, split),
                    Err(BadBody),
                    "{:?} {split}",
                    String::from_utf8_lossy(input)
                );
            }
        }
    }
}
