//! Frames of HTTP/2 are judged alike however they arrive, those of clients and those of endpoints.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::{answers, frames};

fuzz_target!(|data: &[u8]| {
    let whole = (frames(data, data.len()), answers(data, data.len()));
    for size in [1, 3, 9, 64] {
        assert_eq!((frames(data, size), answers(data, size)), whole);
    }
});
