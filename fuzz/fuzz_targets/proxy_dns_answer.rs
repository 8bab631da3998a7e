//! Any answer of a DNS server is read or refused.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::dns_answer;

fuzz_target!(|data: &[u8]| {
    let _addresses = dns_answer(data);
});
