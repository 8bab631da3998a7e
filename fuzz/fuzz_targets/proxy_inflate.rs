//! Any compressed body gives no more than its limit, however it is cut.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::inflate;

fuzz_target!(|data: &[u8]| {
    let Some((piece, body)) = data.split_first() else { return };
    let _bytes = inflate(body, usize::from(*piece));
});
