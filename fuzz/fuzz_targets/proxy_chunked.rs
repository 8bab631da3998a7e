//! A chunked body means the same wherever the network cuts it.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::chunked;

fuzz_target!(|data: &[u8]| {
    let whole = chunked(data, b"");
    for split in 0..=data.len() {
        assert_eq!(chunked(&data[..split], &data[split..]), whole, "cut at {split}");
    }
});
