//! Reading literals of HPACK blocks (RFC 7541), without the table that indexes refer to.

/// The value of `:path` in a block, if it stands there as a literal.
pub(super) fn literal_path(mut block: &[u8]) -> Option<Vec<u8>> {
    loop {
        let first = *block.first()?;
        let bits = match first {
            0x80.. => 7,
            0x40.. => 6,
            0x20.. => 5,
            _ => 4,
        };
        let index = integer(&mut block, bits)?;
        if first & 0x80 != 0 || first & 0xe0 == 0x20 {
            continue;
        }
        // 4 and 5 are the two entries of the static table with this name.
        let named = match index {
            0 => text(&mut block)? == b":path",
            4 | 5 => true,
            _ => false,
        };
        let value = raw(&mut block)?;
        if named {
            return decoded(value);
        }
    }
}

/// Whether the first field of a block is a pseudo header by its name. An index into the table that the connection has built says
/// nothing here, and counts as no.
pub(super) fn begins_with_pseudo(mut block: &[u8]) -> bool {
    // Sizes of the table come first.
    while block.first().is_some_and(|first| first & 0xe0 == 0x20) {
        if integer(&mut block, 5).is_none() {
            return false;
        }
    }
    let Some(first) = block.first() else { return false };
    let bits = match first {
        0x80.. => 7,
        0x40.. => 6,
        _ => 4,
    };
    match integer(&mut block, bits) {
        Some(0) => text(&mut block).is_some_and(|name| name.first() == Some(&b':')),
        // Those of the static table.
        Some(index) => (1..=14).contains(&index),
        None => false,
    }
}

/// Whether a block consists of fields and sizes of the table, whatever they mean.
pub(super) fn is_sound(mut block: &[u8]) -> bool {
    while !block.is_empty() {
        if field(&mut block).is_none() {
            return false;
        }
    }
    true
}

fn field(block: &mut &[u8]) -> Option<()> {
    let first = *block.first()?;
    let bits = match first {
        0x80.. => 7,
        0x40.. => 6,
        0x20.. => 5,
        _ => 4,
    };
    let index = integer(block, bits)?;
    if first & 0x80 != 0 {
        return (index > 0).then_some(());
    }
    if first & 0xe0 == 0x20 {
        return Some(());
    }
    if index == 0 {
        raw(block)?;
    }
    raw(block).map(drop)
}

fn integer(block: &mut &[u8], bits: u32) -> Option<usize> {
    let (first, mut rest) = block.split_first()?;
    let most = (1_usize << bits) - 1;
    let mut value = usize::from(*first) & most;
    if value == most {
        for shift in (0..28).step_by(7) {
            let (byte, more) = rest.split_first()?;
            rest = more;
            value += usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                *block = rest;
                return Some(value);
            }
        }
        return None;
    }
    *block = rest;
    Some(value)
}

/// A string as it stands there, and whether it is compressed.
fn raw<'b>(block: &mut &'b [u8]) -> Option<(&'b [u8], bool)> {
    let huffman = block.first()? & 0x80 != 0;
    let length = integer(block, 7)?;
    let text = block.get(..length)?;
    *block = block.get(length..)?;
    Some((text, huffman))
}

fn text(block: &mut &[u8]) -> Option<Vec<u8>> {
    decoded(raw(block)?)
}

fn decoded((bytes, huffman): (&[u8], bool)) -> Option<Vec<u8>> {
    if !huffman {
        return Some(bytes.to_vec());
    }
    let (mut out, mut code, mut length) = (Vec::new(), 0_u32, 0_u32);
    for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)) {
        code = code << 1 | u32::from(bit);
        length += 1;
        if length > 30 {
            return None;
        }
        if let Some(byte) = super::huffman::byte(code, length) {
            out.push(byte);
            (code, length) = (0, 0);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudo_headers_are_known_by_their_names() {
        for (block, pseudo) in [
            (&b"\x82"[..], true),
            (b"\x3f\xe1\x1f\x82", true),
            (b"\x44\x01/", true),
            (b"\x00\x05:path\x01/", true),
            (b"\x00\x01a\x01b", false),
            (b"\x8f", false),
            (b"\xbe", false),
            (b"\xff\xff\xff\xff\xff\xff", false),
            (b"", false),
        ] {
            assert_eq!(begins_with_pseudo(block), pseudo, "{block:?}");
        }
    }

    #[test]
    fn a_broken_block_is_no_bad_name() {
        for (block, sound) in [
            (&b"\x82\x04\x02/a"[..], true),
            (b"\x3f\xe1\x1f\x00\x01A\x01b", true),
            (b"\x00\x01a\x02b", false),
            (b"\x80", false),
            (b"\xff\xff\xff\xff\xff\xff", false),
        ] {
            assert_eq!(is_sound(block), sound, "{block:?}");
        }
    }
}
