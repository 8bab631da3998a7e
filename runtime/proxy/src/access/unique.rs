//! Identifiers of log entries.
use ring::rand::{SecureRandom, SystemRandom};

/// A random UUID of version 4.
pub(super) fn id() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness of the system nothing else would work either.
    let _filled = SystemRandom::new().fill(&mut bytes);
    let number = u128::from_be_bytes(bytes);
    let number = number & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let text = format!("{number:032x}");
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_have_a_version() {
        let id = super::id();
        let parts: Vec<_> = id.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        assert_ne!(id, super::id());
    }
}
