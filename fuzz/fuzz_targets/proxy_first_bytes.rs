//! What the first bytes of a connection say is not taken back when more come.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::{first_bytes, proxy_protocol};

fuzz_target!(|data: &[u8]| {
    let _ = proxy_protocol(data);
    let mut known = first_bytes(&[]);
    for end in 1..=data.len() {
        let (hello, protocol) = first_bytes(&data[..end]);
        assert!(known.0.is_none() || known.0 == hello, "at {end}: {:?}, then {hello:?}", known.0);
        assert!(known.1.is_none() || known.1 == protocol, "at {end}: {:?}, then {protocol:?}", known.1);
        known = (hello, protocol);
        if known.0.is_some() && known.1.is_some() {
            break;
        }
    }
    let whole = first_bytes(data);
    assert!(known.0.is_none() || whole.0 == known.0, "{:?}, then {:?}", known.0, whole.0);
    assert!(known.1.is_none() || whole.1 == known.1);
});
