//! Any token and any key set, apart by a line's end, are read or refused.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::token;

fuzz_target!(|data: &[u8]| {
    let (text, keys) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len()));
    let Ok(text) = std::str::from_utf8(text) else { return };
    let good = token(text, keys);
    assert_eq!(token(text, b""), good);
    assert!(!token(&format!("{text}.x"), keys) && !token(&format!("x.{text}"), keys));
});
