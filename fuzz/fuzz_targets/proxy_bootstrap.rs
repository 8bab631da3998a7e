//! Every bootstrap is loaded or refused with a reason; leaving parts out never refuses more.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::bootstrap;

fuzz_target!(|data: &[u8]| {
    match bootstrap(data, false) {
        Some(Ok(skipped)) => {
            assert_eq!(skipped, 0);
            assert_eq!(bootstrap(data, true), Some(Ok(0)));
        }
        Some(Err(refused)) => assert!(refused > 0),
        None => {}
    }
});
