//! A normalised path begins with a slash and holds neither dot segments nor repeated slashes nor backslashes.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::normalize;

fuzz_target!(|data: &[u8]| {
    let Some(normal) = normalize(data) else { return };
    let path = normal.split(|b| *b == b'?').next().unwrap_or_default();
    assert_eq!(path.first(), Some(&b'/'));
    // Envoy keeps two slashes of a path that is nothing but slashes, and so does the proxy.
    assert!(path == b"//" || !path.windows(2).any(|w| w == b"//"));
    assert!(!path.contains(&b'\\'));
    assert!(!path.split(|b| *b == b'/').any(|s| s == b"." || s == b".."));
});
