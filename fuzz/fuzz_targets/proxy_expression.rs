//! Any expression is read or refused in words, also in a row with itself and in brackets.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::expression;

fuzz_target!(|text: &str| {
    match expression(text) {
        Ok(()) => {
            assert_eq!(expression(&format!("({text})")).is_ok(), expression(&format!(" ( {text} ) ")).is_ok())
        }
        Err(why) => assert!(!why.is_empty()),
    }
    let _ = expression(&format!("{text} || ").repeat(3000));
    let _ = expression(&format!("({text}").repeat(3000));
});
