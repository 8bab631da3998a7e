//! Blocks of headers (RFC 7541): reading them as they arrive, and writing short ones.
//!
//! What is no block at all, and which sizes are too much, is decided as `lib/nghttp2_hd.c`, nghttp2_hd_inflate_hd_nv, does.
use std::collections::VecDeque;

use bytes::Bytes;

use super::huffman;
use super::static_table::STATIC;

/// Bytes of the table that a peer may use, as the settings do not say otherwise.
const TABLE: usize = 4096;
/// What an entry costs beside its bytes.
const ENTRY: usize = 32;
/// The longest name or value.
const LONGEST: usize = 65_536;

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// As it was sent.
    pub(crate) name: Bytes,
    /// As it was sent.
    pub(crate) value: Bytes,
}

/// A block that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsound;

/// One piece of a block.
enum Piece {
    Field(Field),
    /// A size of the table.
    Size,
    /// The rest has not come yet.
    More,
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Decoder {
    // The newest comes first.
    entries: VecDeque<Field>,
    size: usize,
    most: usize,
    // Bytes of the block that are not used yet.
    rest: Vec<u8>,
    // Whether a field of the block has come.
    begun: bool,
}

impl Decoder {
    /// A decoder of a connection that begins.
    pub(super) fn new() -> Self {
        Self { entries: VecDeque::new(), size: 0, most: TABLE, rest: Vec::new(), begun: false }
    }

    /// Takes the next part of a block and gives each field that is whole; `last` says that nothing follows.
    ///
    /// # Errors
    /// What is no block, once everything before it was given.
    pub(super) fn feed(
        &mut self,
        part: &[u8],
        last: bool,
        mut each: impl FnMut(Field),
    ) -> Result<(), Unsound> {
        self.rest.extend_from_slice(part);
        let block = std::mem::take(&mut self.rest);
        let mut left = block.as_slice();
        while !left.is_empty() {
            match self.piece(&mut left)? {
                Piece::Field(field) => {
                    self.begun = true;
                    each(field);
                }
                Piece::Size => {}
                Piece::More => break,
            }
        }
        if last {
            self.begun = false;
            return if left.is_empty() { Ok(()) } else { Err(Unsound) };
        }
        self.rest = left.to_vec();
        Ok(())
    }

    fn piece(&mut self, block: &mut &[u8]) -> Result<Piece, Unsound> {
        let mut at = *block;
        let Some(first) = at.first().copied() else { return Ok(Piece::More) };
        let piece = match first {
            0x80.. => self.indexed(&mut at)?,
            0x40.. => self.literal(&mut at, 6)?,
            0x20.. => self.resize(&mut at)?,
            _ => self.literal(&mut at, 4)?,
        };
        if !matches!(piece, Piece::More) {
            *block = at;
        }
        Ok(piece)
    }

    fn indexed(&self, block: &mut &[u8]) -> Result<Piece, Unsound> {
        let Some(index) = integer(block, 7)? else { return Ok(Piece::More) };
        self.entry(index).map(Piece::Field).ok_or(Unsound)
    }

    /// The size of the table stands before all fields.
    fn resize(&mut self, block: &mut &[u8]) -> Result<Piece, Unsound> {
        if self.begun {
            return Err(Unsound);
        }
        let Some(size) = integer(block, 5)? else { return Ok(Piece::More) };
        if size > TABLE {
            return Err(Unsound);
        }
        self.most = size;
        self.evict(0);
        Ok(Piece::Size)
    }

    fn literal(&mut self, block: &mut &[u8], bits: u32) -> Result<Piece, Unsound> {
        let Some(index) = integer(block, bits)? else { return Ok(Piece::More) };
        let name = match index {
            0 => text(block)?,
            index => Some(self.entry(index).ok_or(Unsound)?.name),
        };
        let Some(name) = name else { return Ok(Piece::More) };
        let Some(value) = text(block)? else { return Ok(Piece::More) };
        let field = Field { name, value };
        if bits == 6 {
            self.add(&field);
        }
        Ok(Piece::Field(field))
    }

    fn entry(&self, index: usize) -> Option<Field> {
        let index = index.checked_sub(1)?;
        match STATIC.get(index) {
            Some((name, value)) => {
                Some(Field { name: Bytes::from_static(name), value: Bytes::from_static(value) })
            }
            None => self.entries.get(index - STATIC.len()).cloned(),
        }
    }

    fn add(&mut self, field: &Field) {
        let cost = cost(field);
        self.evict(cost);
        if cost <= self.most {
            self.size += cost;
            self.entries.push_front(field.clone());
        }
    }

    /// Makes room for so much.
    fn evict(&mut self, room: usize) {
        while self.size + room > self.most
            && let Some(oldest) = self.entries.pop_back()
        {
            self.size -= cost(&oldest);
        }
    }
}

fn cost(field: &Field) -> usize {
    field.name.len() + field.value.len() + ENTRY
}

/// A number behind a prefix of so many bits; `None` where more bytes have to come.
fn integer(block: &mut &[u8], bits: u32) -> Result<Option<usize>, Unsound> {
    let Some((first, mut rest)) = block.split_first() else { return Ok(None) };
    let most = (1_u32 << bits) - 1;
    let mut value = u32::from(*first) & most;
    if value == most {
        let mut shift = 0;
        loop {
            let Some((byte, more)) = rest.split_first() else { return Ok(None) };
            rest = more;
            let part = u32::from(byte & 0x7f);
            if shift >= 32 || u32::MAX >> shift < part {
                return Err(Unsound);
            }
            value = value.checked_add(part << shift).ok_or(Unsound)?;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
    }
    *block = rest;
    Ok(Some(value as usize))
}

/// A name or value; `None` where more bytes have to come.
fn text(block: &mut &[u8]) -> Result<Option<Bytes>, Unsound> {
    let Some(first) = block.first().copied() else { return Ok(None) };
    let Some(length) = integer(block, 7)? else { return Ok(None) };
    if length > LONGEST {
        return Err(Unsound);
    }
    let Some((text, rest)) = block.split_at_checked(length) else { return Ok(None) };
    *block = rest;
    if first & 0x80 == 0 {
        return Ok(Some(Bytes::copy_from_slice(text)));
    }
    huffman::decode(text).map(|text| Some(text.into())).ok_or(Unsound)
}

/// Writes a field that no table keeps.
pub(super) fn write(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.push(0);
    for text in [name, value] {
        write_length(text.len(), out);
        out.extend_from_slice(text);
    }
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    let Some(mut left) = length.checked_sub(127) else { return out.push(length as u8) };
    out.push(127);
    while left >= 128 {
        out.push((left & 127) as u8 | 128);
        left >>= 7;
    }
    out.push(left as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Fields = Vec<(Vec<u8>, Vec<u8>)>;

    fn read(decoder: &mut Decoder, block: &[u8], size: usize) -> Result<Fields, Unsound> {
        let mut all = Vec::new();
        let count = block.len().div_ceil(size).max(1);
        for (at, part) in block.chunks(size).enumerate() {
            decoder
                .feed(part, at + 1 == count, |field| all.push((field.name.to_vec(), field.value.to_vec())))?;
        }
        Ok(all)
    }

    #[test]
    fn requests_of_the_appendix() {
        let blocks = [
            &b"\x82\x86\x84\x41\x0fwww.example.com"[..],
            b"\x82\x86\x84\xbe\x58\x08no-cache",
            b"\x82\x87\x85\xbf\x40\x0acustom-key\x0ccustom-value",
            b"\x82\x86\x84\xc0\xbf\xbe",
        ];
        for size in [1, 3, 100] {
            let mut decoder = Decoder::new();
            let read = blocks.map(|block| read(&mut decoder, block, size).unwrap());
            assert_eq!(read[0][3], (b":authority".to_vec(), b"www.example.com".to_vec()), "{size}");
            assert_eq!(read[2][4], (b"custom-key".to_vec(), b"custom-value".to_vec()));
            let last =
                [read[0][3].clone(), (b"cache-control".to_vec(), b"no-cache".to_vec()), read[2][4].clone()];
            assert_eq!(read[3][3..], last);
        }
        // The same, compressed.
        let block = b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
        assert_eq!(read(&mut Decoder::new(), block, 4).unwrap()[3].1, b"www.example.com");
    }

    #[test]
    fn a_block_that_is_none() {
        for block in [
            &b"\x00\x01a\x02b"[..],
            b"\x80",
            b"\xbe",
            b"\x7f\x00",
            b"\xff\xff\xff\xff\xff\xff",
            b"\x3f\xe2\x1f",
            b"\x82\x20",
            // Padding of the Huffman code that is none.
            b"\x00\x81\x18\x01b",
        ] {
            assert_eq!(read(&mut Decoder::new(), block, 100), Err(Unsound), "{block:?}");
        }
        let sized = read(&mut Decoder::new(), b"\x20\x3f\xe1\x1f\x00\x01A\x01b", 100);
        assert_eq!(sized, Ok(vec![(b"A".to_vec(), b"b".to_vec())]));
    }

    #[test]
    fn a_smaller_table_forgets() {
        let mut decoder = Decoder::new();
        read(&mut decoder, b"\x40\x01a\x01b", 100).unwrap();
        assert_eq!(read(&mut decoder, b"\xbe", 1).unwrap().len(), 1);
        read(&mut decoder, b"\x20\x40\x01a\x01b", 100).unwrap();
        assert_eq!(read(&mut decoder, b"\xbe", 1), Err(Unsound));
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 126, 127, 128, 300, 70_000 - 5000] {
            let mut block = Vec::new();
            write(b"name", &vec![b'v'; length], &mut block);
            let read = read(&mut Decoder::new(), &block, 1000).unwrap();
            assert_eq!((read.len(), read[0].1.len()), (1, length));
        }
    }
}
