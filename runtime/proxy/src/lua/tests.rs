//! Scripts without a proxy around them.
use super::*;

#[test]
fn a_script_that_does_not_load_says_why() {
    let error = Code::new(b"function envoy_on_request(h".to_vec()).unwrap_err();
    assert!(error.starts_with("script load error: [string \"function envoy_on_request(h\"]:1: "), "{error}");
    assert!(Code::new(b"error('no')".to_vec()).unwrap_err().ends_with(":1: no"));
    assert!(Code::new(b"function envoy_on_request(h) end".to_vec()).is_ok());
    assert!(Code::new(b"while true do end".to_vec()).unwrap_err().ends_with("does not come to an end"));
    assert!(Code::new(b"\x1bLJ".to_vec()).is_err(), "compiled code is not taken");
}

#[test]
fn what_leaves_the_process_by_other_means_is_absent() {
    for name in ["debug", "ffi", "package.loaded.ffi"] {
        let code = format!("assert({name} == nil)");
        assert!(Code::new(code.into_bytes()).is_ok(), "{name}");
    }
}
