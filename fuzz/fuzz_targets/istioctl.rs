//! Any files are answered as istioctl answers, in both modes: no panic, an end, messages in order, once each, and the same without a cluster
//! as with one wherever no analyzer needs it.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_checks::istioctl::{ANALYZERS, Mode, Question, analyse};
use mp_model::Input;

fuzz_target!(|data: &[u8]| {
    let input = |path: &str, bytes: &[u8]| Input { path: path.to_owned(), bytes: bytes.to_vec().into() };
    let (files, rest) = data.iter().position(|byte| *byte == 0).map_or((data, &[][..]), |at| data.split_at(at));
    let settings = (!rest.is_empty()).then(|| input("mesh.yaml", rest.get(1..).unwrap_or_default()));
    let mut question = Question {
        files: vec![input("a.yaml", files)],
        mesh_config: settings.clone(),
        mesh_networks: settings,
        now: 1_800_000_000,
        ..Question::default()
    };
    let full = analyse(&question);
    let lines: Vec<String> = full.notices.iter().map(|notice| notice.line()).collect();
    assert!(lines.windows(2).all(|pair| pair[0] != pair[1]));
    for notice in &full.notices {
        assert!(ANALYZERS.iter().any(|one| one.codes.contains(&notice.kind.code)), "{notice:?}");
    }
    question.mode = Mode::Cli;
    assert!(full.skipped.is_empty() && !analyse(&question).skipped.is_empty());
});
