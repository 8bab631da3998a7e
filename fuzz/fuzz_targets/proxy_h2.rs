//! Frames of HTTP/2 mean the same wherever the network cuts them, in both directions.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_proxy::fuzzing::{h2_received, h2_sends};

fuzz_target!(|data: &[u8]| {
    let whole = h2_received(&[data]);
    assert!(whole.iter().all(|(_, path)| path.contains(&b'#')));
    let (most, ends) = h2_sends(&[], data);
    assert!(most <= data.len() && (ends || most == data.len()));
    for split in 0..=data.len().min(300) {
        let (first, second) = data.split_at(split);
        assert_eq!(h2_received(&[first, second]), whole, "cut at {split}");
        // What may be sent is sent; then the rest is looked at.
        let (sent, ended) = h2_sends(&[], first);
        assert_eq!(sent, split.min(if ended { most } else { split }), "cut at {split}");
        if !ended && split <= most {
            assert_eq!(h2_sends(first, second), (most - split, ends), "cut at {split}");
        }
    }
});
