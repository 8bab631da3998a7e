// tidy: table
//! The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: the lengths of the codes say everything.

/// Length of the code of each byte, and of the end.
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6,
    6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7,
    8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7,
    15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24,
    23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
    23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26,
    26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20,
    21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
    27, 27, 26, 30,
];
/// Longest code.
const LONGEST: usize = 30;

/// For each length: the first code, and the place of its byte among all bytes ordered by code.
const FIRST: [(u32, u32, u32); LONGEST + 1] = first();
/// Bytes ordered by code.
const ORDER: [u16; 257] = order();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which refuses what is out of range")]
const fn first() -> [(u32, u32, u32); LONGEST + 1] {
    let mut all = [(0, 0, 0); LONGEST + 1];
    let (mut code, mut place, mut length) = (0_u32, 0_u32, 1);
    while length <= LONGEST {
        code <<= 1;
        let (mut count, mut at) = (0, 0);
        while at < 257 {
            if LENGTHS[at] as usize == length {
                count += 1;
            }
            at += 1;
        }
        all[length] = (code, place, count);
        code += count;
        place += count;
        length += 1;
    }
    all
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which refuses what is out of range")]
const fn order() -> [u16; 257] {
    let mut all = [0; 257];
    let (mut place, mut length) = (0, 1);
    while length <= LONGEST {
        let mut at = 0;
        while at < 257 {
            if LENGTHS[at] as usize == length {
                all[place] = at as u16;
                place += 1;
            }
            at += 1;
        }
        length += 1;
    }
    all
}

/// The text behind a code; `None` for what is none. Fewer than eight bits are left at its end, all of them 1.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut count) = (Vec::with_capacity(bytes.len() * 8 / 5), 0_u64, 0_u32);
    for byte in bytes {
        bits = bits << 8 | u64::from(*byte);
        count += 8;
        // A code of 30 bits at most is left over, and eight more come.
        while let Some((symbol, length)) = longest(bits, count) {
            out.push(u8::try_from(symbol).ok()?);
            count -= length;
            bits &= (1 << count) - 1;
        }
        if count > LONGEST as u32 {
            return None;
        }
    }
    (count < 8 && bits == (1 << count) - 1).then_some(out)
}

/// The symbol at the beginning of these bits, and the length of its code.
fn longest(bits: u64, count: u32) -> Option<(u16, u32)> {
    (SHORTEST..=count.min(LONGEST as u32))
        .find_map(|length| Some((symbol(bits >> (count - length), length)?, length)))
}

/// Length of the shortest codes.
const SHORTEST: u32 = 5;

/// The symbol whose code this is; `None` for what is the beginning of longer ones.
fn symbol(code: u64, length: u32) -> Option<u16> {
    let (first, place, count) = *FIRST.get(length as usize)?;
    let offset = u32::try_from(code).ok()?.checked_sub(first).filter(|offset| *offset < count)?;
    ORDER.get((place + offset) as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_appendix() {
        for (code, length, wanted) in [
            (0x0, 5, Some(b'0'.into())),
            (0x3, 5, Some(b'a'.into())),
            (0x18, 6, Some(b'/'.into())),
            (0xffa, 12, Some(b'#'.into())),
            (0x1ff8, 13, Some(0)),
            (0x3fff_ffff, 30, Some(256)),
            (0x1, 4, None),
        ] {
            assert_eq!(symbol(code, length), wanted, "{code:x}");
        }
    }

    #[test]
    fn the_end_is_padded_with_ones() {
        assert_eq!(decode(b"\x1f"), Some(b"a".to_vec()));
        assert_eq!(decode(b""), Some(Vec::new()));
        // Zeros, eight bits of ones, and the end itself.
        for bad in [&b"\x18"[..], b"\x1f\xff", b"\xff\xff\xff\xff", b"\xff\xff\xff\xfc"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
        // The longest code, in front of a short one.
        assert_eq!(decode(b"\xff\xff\xff\xf0\x7f"), Some(b"\na".to_vec()));
    }
}
