//! Compressing and decompressing bodies, piece by piece.
use std::io::{self, Write};

use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::write::{GzDecoder, GzEncoder};
use zstd::stream::raw::{Decoder as ZstdDecoder, Encoder as ZstdEncoder, Operation};

use crate::config::coding::{Coding, Decoding, Format};
use crate::http::Head;

/// A body that is being changed.
pub(crate) struct Coder {
    work: Work,
    /// Before the names of its statistics, when it decompresses; they are told with the trailers as well.
    pub(crate) report: Option<String>,
    /// Bytes that have come.
    pub(crate) read: u64,
    /// Bytes that have gone.
    pub(crate) written: u64,
    /// Where both are counted: the names for what came and what went.
    pub(crate) totals: [String; 2],
}

enum Work {
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(ZstdEncoder<'static>),
    FromGzip(GzDecoder<Limited>, Limits),
    FromBrotli(Box<BrotliDecoder>, Limits),
    FromZstd(ZstdDecoder<'static>, Limits),
    /// It has ended, or what came was broken; nothing comes of the rest.
    Over,
}

impl std::fmt::Debug for Coder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coder")
            .field("read", &self.read)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// What is made of one piece at most.
#[derive(Debug, Clone, Copy)]
struct Limits {
    ratio: u64,
    chunk: u64,
}

impl Limits {
    /// As many bytes as Envoy's libraries give before they notice that it is too much: whole buffers.
    fn most(self, piece: usize) -> usize {
        let limit = self.ratio.saturating_mul(piece as u64);
        usize::try_from(limit.saturating_sub(limit % self.chunk).saturating_add(self.chunk))
            .unwrap_or(usize::MAX)
    }
}

type BrotliDecoder = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// Memory of a limited size.
#[derive(Debug, Default)]
struct Limited {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Limited {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = self.most.saturating_sub(self.bytes.len());
        if room == 0 && !data.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = data.get(..room.min(data.len())).unwrap_or(data);
        self.bytes.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that zstd makes at a time.
const STEP: usize = 4096;

impl Coder {
    fn new(work: Work, totals: [String; 2]) -> Self {
        Self { work, report: None, read: 0, written: 0, totals }
    }

    /// Compresses.
    pub(crate) fn compress(coding: &Coding, totals: [String; 2]) -> Self {
        let work = match coding {
            Coding::Gzip(level) => Work::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::new(*level))),
            Coding::Brotli { quality, window } => {
                let params = BrotliEncoderParams {
                    quality: *quality,
                    lgwin: *window,
                    ..BrotliEncoderParams::default()
                };
                Work::Brotli(Box::new(brotli::CompressorWriter::with_params(Vec::new(), STEP, &params)))
            }
            Coding::Zstd { level, checksum } => match zstd_encoder(*level, *checksum) {
                Ok(encoder) => Work::Zstd(encoder),
                Err(_) => Work::Over,
            },
        };
        Self::new(work, totals)
    }

    /// Decompresses.
    pub(crate) fn decompress(decoding: &Decoding, totals: [String; 2], report: String) -> Self {
        let limits = Limits { ratio: decoding.ratio, chunk: decoding.chunk };
        let work = match decoding.format {
            Format::Gzip => Work::FromGzip(GzDecoder::new(Limited::default()), limits),
            Format::Brotli => {
                let new = StandardAlloc::default;
                Work::FromBrotli(Box::new(BrotliState::new(new(), new(), new())), limits)
            }
            Format::Zstd => match ZstdDecoder::new() {
                Ok(decoder) => Work::FromZstd(decoder, limits),
                Err(_) => Work::Over,
            },
        };
        Self { report: Some(report), ..Self::new(work, totals) }
    }

    /// Changes a piece; what comes back can be read without the next one.
    pub(crate) fn push(&mut self, data: &[u8]) -> Vec<u8> {
        self.read += data.len() as u64;
        let (out, broken) = self.work.push(data);
        if broken {
            self.work = Work::Over;
        }
        self.written += out.len() as u64;
        out
    }

    /// The trailers with what a decompressor tells of the body.
    pub(crate) fn with_report(&self, trailers: Option<Head>) -> Option<Head> {
        let Some(name) = &self.report else { return trailers };
        let mut trailers = trailers.unwrap_or_default();
        for (what, bytes) in [("compressed", self.read), ("uncompressed", self.written)] {
            let name = format!("x-envoy-decompressor-{name}-{what}-bytes");
            trailers.set(name.to_lowercase().as_bytes(), bytes.to_string().as_bytes());
        }
        Some(trailers)
    }

    /// The end of the body.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let out = match std::mem::replace(&mut self.work, Work::Over) {
            Work::Gzip(encoder) => encoder.finish().unwrap_or_default(),
            Work::Brotli(encoder) => encoder.into_inner(),
            Work::Zstd(mut encoder) => zstd_end(&mut encoder),
            // The end is one more piece to Envoy.
            Work::FromBrotli(mut decoder, limits) => unbrotli(&mut decoder, b"", limits).0,
            Work::FromGzip(..) | Work::FromZstd(..) | Work::Over => Vec::new(),
        };
        self.written += out.len() as u64;
        out
    }
}

impl Work {
    /// What comes of a piece, and whether the rest of the body is lost.
    fn push(&mut self, data: &[u8]) -> (Vec<u8>, bool) {
        match self {
            Self::Gzip(encoder) => {
                // Writing into memory does not fail.
                let _written = encoder.write_all(data).and_then(|()| encoder.flush());
                (std::mem::take(encoder.get_mut()), false)
            }
            Self::Brotli(encoder) => {
                let _written = encoder.write_all(data).and_then(|()| encoder.flush());
                (std::mem::take(encoder.get_mut()), false)
            }
            Self::Zstd(encoder) => (zstd_flush(encoder, data), false),
            Self::FromGzip(decoder, limits) => {
                decoder.get_mut().most = limits.most(data.len());
                let written = decoder.write_all(data).and_then(|()| decoder.flush());
                (std::mem::take(&mut decoder.get_mut().bytes), written.is_err())
            }
            Self::FromBrotli(decoder, limits) => unbrotli(decoder, data, *limits),
            Self::FromZstd(decoder, limits) => unzstd(decoder, data, limits.most(data.len())),
            Self::Over => (Vec::new(), false),
        }
    }
}

fn zstd_encoder(level: i32, checksum: bool) -> io::Result<ZstdEncoder<'static>> {
    let mut encoder = ZstdEncoder::new(level)?;
    encoder.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(checksum))?;
    Ok(encoder)
}

/// Compresses a piece up to a point from which it can be read.
fn zstd_flush(encoder: &mut ZstdEncoder<'static>, data: &[u8]) -> Vec<u8> {
    let (mut out, mut step, mut rest) = (Vec::new(), [0; STEP], data);
    while !rest.is_empty() {
        let Ok(status) = encoder.run_on_buffers(rest, &mut step) else { return out };
        out.extend_from_slice(step.get(..status.bytes_written).unwrap_or_default());
        rest = rest.get(status.bytes_read..).unwrap_or_default();
    }
    loop {
        let mut buffer = zstd::zstd_safe::OutBuffer::around(step.as_mut_slice());
        let left = encoder.flush(&mut buffer);
        out.extend_from_slice(buffer.as_slice());
        if left.map_or(true, |left| left == 0) {
            return out;
        }
    }
}

fn zstd_end(encoder: &mut ZstdEncoder<'static>) -> Vec<u8> {
    let (mut out, mut step) = (Vec::new(), [0; STEP]);
    loop {
        let mut buffer = zstd::zstd_safe::OutBuffer::around(step.as_mut_slice());
        let left = encoder.finish(&mut buffer, true);
        out.extend_from_slice(buffer.as_slice());
        if left.map_or(true, |left| left == 0) {
            return out;
        }
    }
}

/// What Envoy makes of a piece: buffer by buffer, and one more after those that were too much. What is left comes with the next
/// piece. After `BrotliDecompressorImpl::decompress`.
fn unbrotli(decoder: &mut BrotliDecoder, data: &[u8], limits: Limits) -> (Vec<u8>, bool) {
    let (limit, mut buffer) =
        (limits.ratio.saturating_mul(data.len() as u64), vec![0; limits.chunk as usize]);
    let (mut out, mut left, mut at) = (Vec::new(), data.len(), 0);
    let (mut room, mut filled, mut total) = (buffer.len(), 0, 0);
    loop {
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            data,
            &mut room,
            &mut filled,
            &mut buffer,
            &mut total,
            decoder,
        );
        let broken = matches!(result, BrotliResult::ResultFailure);
        let over = out.len() as u64 > limit;
        let full = room == 0;
        if broken || over || full {
            out.extend_from_slice(buffer.get(..filled).unwrap_or_default());
            (room, filled) = (buffer.len(), 0);
        }
        // A full buffer may have more behind it, whatever else is said.
        let more = left > 0 && !matches!(result, BrotliResult::ResultSuccess);
        if broken || over || !(more || full) {
            out.extend_from_slice(buffer.get(..filled).unwrap_or_default());
            return (out, broken);
        }
    }
}

fn unzstd(decoder: &mut ZstdDecoder<'static>, data: &[u8], most: usize) -> (Vec<u8>, bool) {
    let (mut out, mut step, mut rest) = (Vec::new(), [0; STEP], data);
    loop {
        let Ok(status) = decoder.run_on_buffers(rest, &mut step) else { return (out, true) };
        out.extend_from_slice(step.get(..status.bytes_written).unwrap_or_default());
        rest = rest.get(status.bytes_read..).unwrap_or_default();
        if out.len() > most {
            out.truncate(most);
            return (out, true);
        }
        // A full step may have more behind it.
        if rest.is_empty() && status.bytes_written < STEP {
            return (out, false);
        }
        if status.bytes_read == 0 && status.bytes_written == 0 {
            return (out, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> [String; 2] {
        [String::new(), String::new()]
    }

    fn all() -> [(Coding, Format); 3] {
        [
            (Coding::Gzip(6), Format::Gzip),
            (Coding::Brotli { quality: 3, window: 18 }, Format::Brotli),
            (Coding::Zstd { level: 3, checksum: true }, Format::Zstd),
        ]
    }

    #[test]
    fn what_is_compressed_comes_back_piece_by_piece() {
        let pieces = [&b"hello "[..], &[b'x'; 20_000], b"", b"world"];
        for (coding, format) in all() {
            let decoding = Decoding { format, ratio: 1 << 20, chunk: 4096 };
            let mut to = Coder::compress(&coding, names());
            let mut from = Coder::decompress(&decoding, names(), String::new());
            for piece in pieces {
                let back = from.push(&to.push(piece));
                assert!(back == *piece, "{coding:?} {} {}", back.len(), piece.len());
            }
            assert!(from.push(&to.finish()).is_empty());
            assert_eq!(to.finish(), b"");
            assert_eq!((to.read, to.written), (from.written, from.read));
        }
    }

    #[test]
    fn bombs_are_cut_and_the_rest_is_lost() {
        for (coding, format) in all() {
            let decoding = Decoding { format, ratio: 100, chunk: 4096 };
            let mut to = Coder::compress(&coding, names());
            let mut bomb = to.push(&vec![0; 10 << 20]);
            bomb.extend_from_slice(&to.finish());
            let mut from = Coder::decompress(&decoding, names(), String::new());
            let made = from.push(&bomb);
            let limit = bomb.len() * 100 + 8192;
            assert!(made.len() <= limit && made.len() < 10 << 20, "{coding:?} {} {limit}", made.len());
            assert!(from.finish().len() <= 8192, "{coding:?}");
        }
    }

    #[test]
    fn what_is_not_compressed_gives_nothing() {
        for (coding, format) in all() {
            let decoding = Decoding { format, ratio: 100, chunk: 4096 };
            let mut from = Coder::decompress(&decoding, names(), String::new());
            assert!(from.push(b"this is plain text, and it is long enough").is_empty(), "{coding:?}");
        }
    }
}
