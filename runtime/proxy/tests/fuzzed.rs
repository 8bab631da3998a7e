//! The properties of the fuzz targets, on a fixed set of inputs made from good ones.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test reads the seeds of the fuzz targets")]
use mp_proxy::fuzzing::{
    answers, bootstrap, chunked, dns_answer, frames, inflate, normalize, peer, request_head,
};

/// A small generator of reproducible numbers (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 27)) % end as u64) as usize
    }
}

/// Variants of the seeds: bytes replaced, removed, inserted, or two seeds joined.
fn variants(seeds: &[&[u8]], alphabet: &[u8], count: usize) -> Vec<Vec<u8>> {
    let mut numbers = Numbers(7);
    let mut out: Vec<_> = seeds.iter().map(|s| s.to_vec()).collect();
    for _ in 0..count {
        let mut one = seeds[numbers.below(seeds.len())].to_vec();
        for _ in 0..=numbers.below(4) {
            let at = numbers.below(one.len() + 1);
            let byte = alphabet[numbers.below(alphabet.len())];
            match numbers.below(4) {
                0 if at < one.len() => one[at] = byte,
                1 if at < one.len() => drop(one.remove(at)),
                2 => one.extend_from_slice(seeds[numbers.below(seeds.len())]),
                _ => one.insert(at, byte),
            }
        }
        out.push(one);
    }
    out
}

#[test]
fn heads_end_where_they_end() {
    let seeds: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nhost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://a/b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ];
    let mut accepted = 0;
    for input in variants(&seeds, b"\r\n \t:/aZ0,\0\x7f\xff%?#", 3000) {
        let Some(Ok(length)) = request_head(&input, false, true) else { continue };
        accepted += 1;
        assert!(length > 0 && length <= input.len());
        assert_eq!(request_head(&input[..length], true, true), Some(Ok(length)));
        for end in 0..length {
            assert!(
                !matches!(request_head(&input[..end], false, true), Some(Ok(_))),
                "{:?}",
                input.escape_ascii().to_string()
            );
        }
    }
    assert!(accepted > 300, "{accepted}");
}

#[test]
fn chunked_bodies_mean_the_same_under_every_split() {
    let seeds: [&[u8]; 4] = [
        b"3\r\nabc\r\n0\r\n\r\n",
        b"a;x=y\r\n0123456789\r\n0\r\nt: v\r\n\r\n",
        b"0\r\n\r\nGET /",
        b"1\r\na\r\n2\r\nbc\r\n",
    ];
    let (mut good, mut bad) = (0, 0);
    for input in variants(&seeds, b"\r\n ;0123fFgx:\0", 3000) {
        let whole = chunked(&input, b"");
        if whole.is_some() {
            good += 1
        } else {
            bad += 1
        }
        for split in 0..=input.len() {
            let (first, second) = input.split_at(split);
            assert_eq!(chunked(first, second), whole, "{:?} at {split}", input.escape_ascii().to_string());
        }
    }
    assert!(good > 300 && bad > 300, "{good} {bad}");
}

#[test]
fn normal_paths_hold_no_dot_segments() {
    let seeds: [&[u8]; 4] = [b"/a/../b?c/../d", b"/%2e%2E/a//b", b"/a\\..\\b", b"/./%2e/..%2fa"];
    let mut accepted = 0;
    for input in variants(&seeds, b"/.%2eE5cf\\?#a\0", 5000) {
        let Some(normal) = normalize(&input) else { continue };
        accepted += 1;
        let path = normal.split(|b| *b == b'?').next().unwrap();
        let shown = input.escape_ascii().to_string();
        assert_eq!(path.first(), Some(&b'/'), "{shown}");
        // Envoy keeps two slashes of a path that is nothing but slashes, and so does the proxy.
        let merged = path == b"//" || !path.windows(2).any(|w| w == b"//");
        assert!(!path.contains(&b'\\') && merged, "{shown}");
        assert!(!path.split(|b| *b == b'/').any(|s| s == b"." || s == b".."), "{shown}");
    }
    assert!(accepted > 1000, "{accepted}");
}

#[test]
fn bootstraps_are_loaded_or_refused() {
    let listener = br#"{"staticResources":{"listeners":[{"name":"a","address":{"socketAddress":{"address":"127.0.0.1","portValue":80}},"filterChains":[{"filterChainMatch":{"prefixRanges":[{"addressPrefix":"10.0.0.0","prefixLen":8}]},"filters":[]}]}]}}"#;
    let cluster = br#"{"static_resources":{"clusters":[{"name":"c","type":"STATIC","connect_timeout":"1s","lb_policy":"MAGLEV","load_assignment":{"endpoints":[{"lb_endpoints":[{"endpoint":{"address":{"socket_address":{"address":"::1","port_value":1}}}}]}]}}]}}"#;
    let (mut good, mut bad) = (0, 0);
    for input in variants(&[listener, cluster], b"{}[]\",:09a-.", 3000) {
        match bootstrap(&input, false) {
            Some(Ok(skipped)) => {
                good += 1;
                assert_eq!((skipped, bootstrap(&input, true)), (0, Some(Ok(0))));
            }
            Some(Err(refused)) => {
                bad += 1;
                assert!(refused > 0);
            }
            None => {}
        }
    }
    assert!(good > 10 && bad > 50, "{good} {bad}");
}

#[test]
fn what_a_workload_tells_ends_where_it_ends() {
    let good = b"\x3d\x23\x04\x67\0\0\0\x05\x0a\x01a\x12\0rest";
    let mut accepted = 0;
    for input in variants(&[good, b"CgwKBE5BTUUSBBoCYWI="], b"\0\x01\x05\x0a\x12\x3d\xff=A", 3000) {
        let (_, Some(length)) = peer(&input) else { continue };
        accepted += 1;
        assert!((8..=input.len()).contains(&length));
        assert_eq!(peer(&input[..length]).1, Some(length));
        assert_eq!(peer(&input[..length - 1]).1, None);
    }
    assert!(accepted > 100, "{accepted}");
}

#[test]
fn frames_are_judged_alike_under_every_split() {
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    let open = b"\0\0\x06\x01\x04\0\0\0\x01\x82\x86\x84\x01\x01a";
    let seeds: [&[u8]; 6] = [
        &[&settings[..], open].concat(),
        &[&settings[..], b"\0\0\x05\x01\x04\0\0\0\x01\x88\x0f\x0d\x012\0\0\x03\0\x09\0\0\0\x01\0ab"].concat(),
        &[&settings[..], open, b"\0\0\x03\0\x09\0\0\0\x01\x01ab"].concat(),
        &[&settings[..], b"\0\0\x01\x01\0\0\0\0\x03\x82\0\0\x05\x09\x04\0\0\0\x03\x86\x84\x01\x01a"].concat(),
        b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08",
        b"\0\0\x08\x06\0\0\0\0\x0012345678",
    ];
    let (mut good, mut bad) = (0, 0);
    for input in variants(&seeds, b"\0\x01\x02\x03\x04\x05\x08\x09\x82\xff", 4000) {
        let whole = (frames(&input, input.len()), answers(&input, input.len()));
        if whole.0.is_none() || whole.1.is_none() {
            good += 1
        } else {
            bad += 1
        }
        for size in [1, 2, 3, 9, 10] {
            assert_eq!(
                (frames(&input, size), answers(&input, size)),
                whole,
                "{:?} by {size}",
                input.escape_ascii().to_string()
            );
        }
    }
    assert!(good > 300 && bad > 300, "{good} {bad}");
}

#[test]
fn compressed_bodies_and_answers_for_names_are_read_or_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/");
    let seeds = |name: &str| {
        let mut files: Vec<_> =
            std::fs::read_dir(format!("{folder}{name}")).unwrap().flatten().map(|f| f.path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read(file).unwrap()).collect::<Vec<_>>()
    };
    let answers = seeds("proxy_dns_answer");
    assert_eq!(dns_answer(&answers[0]), Some([1, 0]));
    let answers: Vec<&[u8]> = answers.iter().map(Vec::as_slice).collect();
    let read = variants(&answers, b"\0\x01\xc0\x0c\xff", 2000)
        .iter()
        .filter(|input| dns_answer(input).is_some())
        .count();
    assert!(read > 300, "{read}");
    let bodies = seeds("proxy_inflate");
    assert!(bodies.iter().all(|body| inflate(&body[1..], 7).contains(&224)), "the seeds are whole");
    let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
    for input in variants(&bodies, b"\0\x01\x1f\x8b\xff", 500) {
        let _bytes = inflate(&input, 5);
    }
}
