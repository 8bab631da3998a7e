//! Frames of HTTP/2 are judged alike however they arrive.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::frames;

fuzz_target!(|data: &[u8]| {
    let whole = frames(data, data.len());
    for size in [1, 3, 9, 64] {
        assert_eq!(frames(data, size), whole);
    }
});
