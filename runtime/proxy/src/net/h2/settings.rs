//! What a peer may say in SETTINGS (`lib/nghttp2_session.c`, nghttp2_session_on_settings_received).
use super::frames::SETTINGS;
use super::rules::Peer;

const PUSH: u16 = 2;
/// Streams at once.
pub(super) const STREAMS: u16 = 3;
const WINDOW: u16 = 4;
const FRAME_SIZE: u16 = 5;
const CONNECT: u16 = 8;
const NO_PRIORITIES: u16 = 9;

/// More entries than these are too many.
pub(super) const MOST: usize = 32;

/// What the peer has said before.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Whether it takes extended CONNECT.
    connect: bool,
    /// Whether it does without the priorities of RFC 7540, once it has said anything.
    no_priorities: Option<u32>,
}

impl Settings {
    /// Reads the payload of a frame: the entries that count, the last one of each name. `None` for what may not be.
    pub(super) fn read(&mut self, payload: &[u8], peer: Peer) -> Option<Vec<(u16, u32)>> {
        let endpoint = peer == Peer::Endpoint;
        let mut entries: Vec<(u16, u32)> = Vec::new();
        for entry in payload.chunks_exact(6) {
            let &[a, b, c, d, e, f] = entry else { continue };
            let (name, value) = (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]));
            match entries.iter_mut().find(|(known, _)| *known == name) {
                Some((_, slot)) => *slot = value,
                None => entries.push((name, value)),
            }
        }
        for (name, value) in &entries {
            let sound = match *name {
                PUSH if endpoint => *value == 0,
                CONNECT if endpoint && self.connect => *value == 1,
                PUSH | CONNECT => *value <= 1,
                WINDOW => i32::try_from(*value).is_ok(),
                FRAME_SIZE => (1 << 14..1 << 24).contains(value),
                NO_PRIORITIES => *value <= 1 && self.no_priorities.is_none_or(|before| before == *value),
                _ => true,
            };
            if !sound {
                return None;
            }
            self.connect |= *name == CONNECT && *value == 1;
            if *name == NO_PRIORITIES {
                self.no_priorities = Some(*value);
            }
        }
        self.no_priorities.get_or_insert(0);
        entries.retain(|(name, _)| (1..=6).contains(name));
        Some(entries)
    }
}

/// A frame with these entries.
pub(super) fn frame(entries: &[(u16, u32)]) -> Vec<u8> {
    let mut frame = vec![0, 0, (entries.len() * 6) as u8, SETTINGS, 0, 0, 0, 0, 0];
    for (name, value) in entries {
        frame.extend_from_slice(&name.to_be_bytes());
        frame.extend_from_slice(&value.to_be_bytes());
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_may_not_be() {
        for (entries, wanted) in [
            (&[(2, 2)][..], false),
            (&[(2, 2), (2, 1)], true),
            (&[(4, 0x8000_0000)], false),
            (&[(4, 0x7fff_ffff), (5, 16_384)], true),
            (&[(5, 16_383)], false),
            (&[(5, 1 << 24)], false),
            (&[(8, 2)], false),
            (&[(9, 1), (0, 7), (77, 8)], true),
            (&[(9, 2)], false),
        ] {
            let read = Settings::default().read(&frame(entries)[9..], Peer::Client);
            assert_eq!(read.is_some(), wanted, "{entries:?}");
        }
        let mut settings = Settings::default();
        let mut read = |payload: &[u8]| settings.read(payload, Peer::Client);
        assert_eq!(read(b""), Some(Vec::new()));
        assert_eq!(read(&frame(&[(9, 1)])[9..]), None);
        assert_eq!(read(&frame(&[(3, 1), (9, 0), (3, 5)])[9..]), Some(vec![(3, 5)]));
        let mut endpoint = Settings::default();
        let mut read = |entries| endpoint.read(&frame(entries)[9..], Peer::Endpoint).is_some();
        assert_eq!([read(&[(2, 1)]), read(&[(8, 1)]), read(&[(8, 0)])], [false, true, false]);
    }
}
