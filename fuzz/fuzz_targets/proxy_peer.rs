//! What a workload tells about itself ends within what was read, and more bytes do not change what is known.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::peer;

fuzz_target!(|data: &[u8]| {
    let (_, Some(length)) = peer(data) else { return };
    assert!((8..=data.len()).contains(&length));
    assert_eq!(peer(&data[..length]).1, Some(length));
});
