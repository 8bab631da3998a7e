//! A response's head is read within its input, and what follows it does not change that.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::response_head;

fuzz_target!(|data: &[u8]| {
    for keep_spelling in [false, true] {
        if let Some(Ok(length)) = response_head(data, keep_spelling) {
            assert!(length > 0 && length <= data.len());
            assert_eq!(response_head(&data[..length], keep_spelling), Some(Ok(length)));
            for end in 0..length {
                assert!(
                    !matches!(response_head(&data[..end], keep_spelling), Some(Ok(_))),
                    "{end} of {length}"
                );
            }
        }
    }
});
