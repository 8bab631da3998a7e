//! Decoding HTTP/1 bodies.
use bytes::{Buf, Bytes, BytesMut};

use super::framing::Framing;

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
    /// Before the line end after a chunk.
    DataEnd,
    /// Inside of the trailers; bytes of trailers so far.
    Trailers(u32),
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
const MAX_TRAILERS: u32 = 16 * 1024;

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

    fn decode_chunked(&mut self, buffer: &mut BytesMut) -> Result<Decoded, BadBody> {
        loop {
            let Self::Chunked(state) = self else { return Ok(Decoded::End) };
            match state {
                Chunk::Size => {
                    let Some(size) = size_line(buffer)? else { return Ok(Decoded::More) };
                    *state = if size == 0 { Chunk::Trailers(0) } else { Chunk::Data(size) };
                }
                Chunk::Data(_) if buffer.is_empty() => return Ok(Decoded::More),
                Chunk::Data(left) => {
                    let data = take(buffer, *left);
                    *left -= data.len() as u64;
                    if *left == 0 {
                        *state = Chunk::DataEnd;
                    }
                    return Ok(Decoded::Data(data));
                }
                Chunk::DataEnd => match buffer.get(..2) {
                    Some(b"\r\n") => {
                        buffer.advance(2);
                        *state = Chunk::Size;
                    }
                    Some(_) => return Err(BadBody),
                    None if buffer.first().is_some_and(|b| *b != b'\r') => return Err(BadBody),
                    None => return Ok(Decoded::More),
                },
                Chunk::Trailers(length) => {
                    let limit = MAX_TRAILERS.saturating_sub(*length) as usize;
                    let Some(line) = line(buffer, limit)? else { return Ok(Decoded::More) };
                    if line.is_empty() {
                        *self = Self::Done;
                        return Ok(Decoded::End);
                    }
                    check_trailer(&line)?;
                    *length += line.len() as u32 + 2;
                }
            }
        }
    }
}

/// A trailer has a name and a colon; it is dropped all the same.
fn check_trailer(line: &[u8]) -> Result<(), BadBody> {
    let colon = memchr::memchr(b':', line).filter(|at| *at > 0).ok_or(BadBody)?;
    if line.iter().take(colon).all(u8::is_ascii_graphic) { Ok(()) } else { Err(BadBody) }
}

fn take(buffer: &mut BytesMut, most: u64) -> Bytes {
    let length = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
    buffer.split_to(length).freeze()
}

/// A line that ends in CRLF, without it; a line feed alone is an error.
fn line(buffer: &mut BytesMut, limit: usize) -> Result<Option<BytesMut>, BadBody> {
    let Some(at) = memchr::memchr(b'\n', buffer) else {
        return if buffer.len() > limit { Err(BadBody) } else { Ok(None) };
    };
    if at > limit || at == 0 || buffer.get(at - 1) != Some(&b'\r') {
        return Err(BadBody);
    }
    let mut line = buffer.split_to(at + 1);
    line.truncate(at - 1);
    if line.contains(&b'\r') || line.contains(&0) { Err(BadBody) } else { Ok(Some(line)) }
}

/// A size line; what cannot become one is an error before its end has come.
fn size_line(buffer: &mut BytesMut) -> Result<Option<u64>, BadBody> {
    if buffer.first().is_some_and(|b| !b.is_ascii_hexdigit()) {
        return Err(BadBody);
    }
    line(buffer, MAX_SIZE_LINE)?.map(|line| chunk_size(&line)).transpose()
}

/// The size of a chunk: at most 16 hexadecimal digits, then nothing, spaces, or an extension.
fn chunk_size(line: &[u8]) -> Result<u64, BadBody> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    if digits == 0 || digits > 16 {
        return Err(BadBody);
    }
    let rest = line.get(digits..).unwrap_or_default().trim_ascii_start();
    if !rest.is_empty() && rest.first() != Some(&b';') {
        return Err(BadBody);
    }
    let text = std::str::from_utf8(line.get(..digits).unwrap_or_default()).map_err(|_| BadBody)?;
    u64::from_str_radix(text, 16).map_err(|_| BadBody)
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
        assert_eq!(decode(b"3\r\nabc\r\n", 0), Ok(None));
    }

    #[test]
    fn bad_chunks_are_refused_under_every_split() {
        for input in [
            &b"g\r\n\r\n"[..],
            b"3\r\nabcX\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\n",
            b"3\nabc\n0\n\n",
            b"-3\r\nabc\r\n",
            b"3;\nabc\r\n0\r\n\r\n",
            b"0x3\r\nabc\r\n",
            b"\r\n",
            b" 3\r\nabc\r\n",
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
