//! A head is accepted within its input, and what follows it does not change that.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::request_head;

fuzz_target!(|data: &[u8]| {
    for (keep_spelling, accept_10) in [(false, false), (true, true)] {
        let parse = |input: &[u8]| request_head(input, keep_spelling, accept_10);
        if let Some(Ok(length)) = parse(data) {
            assert!(length > 0 && length <= data.len());
            assert_eq!(parse(&data[..length]), Some(Ok(length)));
            // No shorter beginning of an accepted head is itself a head: two hops cannot disagree about its end.
            for end in 0..length {
                assert!(!matches!(parse(&data[..end]), Some(Ok(_))), "{end} of {length}");
            }
        }
    }
});
