//! Any text is read or refused, every finding lies in the text, and what was read is printed as a line that is read back the same.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_prove::parse_lines;
use mp_syntax::base::FileId;

fuzz_target!(|text: &str| {
    let (good, bad) = parse_lines(FileId(0), text);
    for finding in bad {
        assert!(text.get(finding.primary.span.range()).is_some());
    }
    for invariant in good {
        let line = invariant.line();
        let (mut again, refused) = parse_lines(FileId(0), &line);
        assert!(refused.is_empty() && again.len() == 1, "{line}");
        assert_eq!(again.remove(0).without_origins(), invariant.without_origins(), "{line}");
    }
});
