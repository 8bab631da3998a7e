//! Cuts the bytes of an HTTP/2 connection into frames (RFC 9113, 4.1), however they arrive.

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RESET: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

/// END_STREAM of DATA and HEADERS, ACK of SETTINGS.
pub(super) const END: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;
pub(super) const PRIORITISED: u8 = 0x20;

/// A stream of bytes, cut into frames.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Frames {
    head: [u8; 9],
    known: usize,
    left: usize,
}

/// What some bytes were.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    /// How many of them belong to the frame at hand.
    pub(super) used: usize,
    /// How many of these, the last ones, are payload.
    pub(super) payload: usize,
    /// Whether the frame's head is whole since these bytes.
    pub(super) head: bool,
    /// Whether the frame is whole.
    pub(super) whole: bool,
}

impl Frames {
    /// Takes bytes, at most up to the end of a frame.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Taken {
        if self.is_between() {
            self.known = 0;
        }
        let mut taken = Taken::default();
        if self.known < self.head.len() {
            for (slot, byte) in self.head.iter_mut().skip(self.known).zip(bytes) {
                *slot = *byte;
                taken.used += 1;
            }
            self.known += taken.used;
            if self.known < self.head.len() {
                return taken;
            }
            taken.head = true;
            self.left = self.length();
        }
        taken.payload = self.left.min(bytes.len() - taken.used);
        taken.used += taken.payload;
        self.left -= taken.payload;
        taken.whole = self.left == 0;
        taken
    }

    /// Whether the next byte begins a frame.
    pub(super) fn is_between(&self) -> bool {
        self.known == 0 || (self.known == self.head.len() && self.left == 0)
    }

    /// The frame's head as it was sent, once it is whole.
    pub(super) fn head(&self) -> [u8; 9] {
        self.head
    }

    /// Bytes of the frame's payload.
    pub(super) fn length(&self) -> usize {
        let [high, middle, low, ..] = self.head;
        usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)
    }

    pub(super) fn kind(&self) -> u8 {
        let [_, _, _, kind, ..] = self.head;
        kind
    }

    /// Whether all of these flags are set.
    pub(super) fn has(&self, flags: u8) -> bool {
        let [_, _, _, _, set, ..] = self.head;
        set & flags == flags
    }

    pub(super) fn stream(&self) -> u32 {
        let [.., a, b, c, d] = self.head;
        u32::from_be_bytes([a, b, c, d]) & 0x7fff_ffff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_however_they_arrive() {
        let all = [0, 0, 3, 9, 5, 0, 0, 1, 2, b'a', b'b', b'c', 0, 0, 0, 4, 1, 128, 0, 0, 7];
        for size in 1..=all.len() {
            let (mut frames, mut seen) = (Frames::default(), Vec::new());
            for mut part in all.chunks(size) {
                while !part.is_empty() {
                    let taken = frames.take(part);
                    if taken.whole {
                        seen.push((frames.kind(), frames.length(), frames.stream(), frames.has(1)));
                    }
                    part = &part[taken.used..];
                }
            }
            assert_eq!(seen, [(9, 3, 258, true), (4, 0, 7, true)], "{size}");
            assert!(frames.is_between());
        }
    }
}
