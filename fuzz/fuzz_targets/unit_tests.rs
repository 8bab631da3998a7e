//! Any bytes are read as a file of unit tests, in both formats, and every mistake lies in the text.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_model::base::FileId;
use mp_unit::{Tests, read_tests};

fuzz_target!(|data: &[u8]| {
    let file = mp_model::read_file(FileId(0), data);
    for named in [true, false] {
        let Tests { suites, errors, unknown } = read_tests(&file, named);
        for error in errors.iter().chain(unknown.iter().map(|(error, _)| error)) {
            assert!(file.text.get(error.span.range()).is_some(), "{error:?}");
        }
        assert!(suites.len() <= file.documents.len());
    }
});
