//! Any files, apart by lines `%% NAME`, go the whole way: facts, checks, plans of proxies, Envoy's configuration. Findings lie in
//! the texts.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_ide::{Options, analyse};
use mp_lower::Index;
use mp_model::{Input, Workspace};

fuzz_target!(|data: &[u8]| {
    let mut inputs = vec![Input { path: "a.yaml".to_owned(), bytes: Vec::new().into() }];
    let mut texts = vec![Vec::new()];
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if let Some(name) = line.strip_prefix(b"%% ") {
            let path = String::from_utf8_lossy(name.trim_ascii()).into_owned();
            inputs.push(Input { path, bytes: Vec::new().into() });
            texts.push(Vec::new());
        } else if let Some(text) = texts.last_mut() {
            text.extend_from_slice(line);
        }
    }
    for (input, text) in inputs.iter_mut().zip(texts) {
        input.bytes = text.into();
    }
    let analysis = analyse(Workspace::read(&inputs), &Options::default());
    for finding in &analysis.findings {
        for label in [&finding.primary].into_iter().chain(&finding.related) {
            let file = &analysis.workspace.files()[label.span.file.0 as usize];
            assert!(file.text.get(label.span.range()).is_some(), "{finding:?}");
        }
    }
    let mesh = &analysis.mesh;
    let index = Index::new(mesh);
    for view in mp_lower::proxy::all(mesh, &index).iter().take(4) {
        let plan = mp_lower::plan(mesh, &index, view);
        if let Err(error) = mp_emit::compile(&plan, &mp_emit::BootstrapOptions::default()) {
            panic!("{error}");
        }
    }
});
