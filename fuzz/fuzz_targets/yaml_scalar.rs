//! The JSON of a text is YAML with the same meaning.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_syntax::batch_json;

fuzz_target!(|text: &str| {
    for document in [text.to_owned(), format!("v: {text}\n"), format!("{text}: v\n")] {
        let Ok(json) = batch_json(&document) else { continue };
        // JSON leaves characters as they are that YAML refuses, and knows no limit for the length of a key. Its `-0` is read as 0.
        let odd = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
        if json.len() < 1000 && !json.contains(odd) && !json.contains("-0") {
            assert_eq!(batch_json(&json), Ok(json.clone()));
        }
    }
});
