//! The pieces of a text follow each other, hold everything but separators, and each is answered.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_syntax::{Reader, documents_json, split};

fuzz_target!(|text: &str| {
    for reader in [Reader::Kubernetes, Reader::Istio] {
        let pieces = split(text, reader);
        let mut last = 0;
        for piece in &pieces {
            assert!(last <= piece.start && piece.start <= piece.end);
            let between = text.get(last..piece.start).expect("pieces begin and end on characters");
            assert!(between.is_empty() || between.starts_with("---"));
            last = piece.end;
        }
        assert_eq!(documents_json(text, reader).len(), pieces.len());
    }
    // Istio's reader sees no separator that Kubernetes does not see.
    let refused = split(text, Reader::Kubernetes).iter().any(|piece| piece.bad_separator.is_some());
    assert!(refused || split(text, Reader::Istio).len() <= split(text, Reader::Kubernetes).len());
});
