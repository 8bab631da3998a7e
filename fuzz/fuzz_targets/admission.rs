//! Any bytes are reviewed by every layer: no panic, an end, and every complaint lies in the text and on characters.
#![no_main]
use libfuzzer_sys::fuzz_target;
use mp_model::admission::{Claim, Review, Subject, beyond_schema, claim, refused_type, review};
use mp_model::conform::nonconformities;
use mp_model::{Input, Workspace};

fn check(text: &str, review: &Review) {
    for complaint in review.errors.iter().chain(&review.warnings) {
        assert!(text.get(complaint.span.range()).is_some(), "{complaint:?}");
    }
}

fuzz_target!(|data: &[u8]| {
    let input = Input { path: "a.yaml".to_owned(), bytes: data.to_vec().into() };
    let workspace = Workspace::read(&[input]);
    for file in workspace.files() {
        for (_, root) in file.roots() {
            let subject = match claim(root) {
                Claim::Known(subject) => subject,
                Claim::NotServed => {
                    check(&file.text, &refused_type(root));
                    continue;
                }
                Claim::Foreign => continue,
                Claim::Bare if root.get("networks").is_some() => Subject::MeshNetworks,
                Claim::Bare => Subject::MeshConfig,
            };
            check(&file.text, &review(subject, root));
        }
    }
    for object in workspace.objects() {
        let (Some(root), Some(file)) =
            (workspace.root(object), workspace.files().get(object.file.0 as usize))
        else {
            continue;
        };
        let known = nonconformities(&workspace, object);
        for found in &known {
            assert!(file.text.get(found.span.range()).is_some(), "{found:?}");
        }
        check(&file.text, &beyond_schema(root, &known));
    }
    for source in workspace.mesh_configs() {
        let text = workspace.files().first().map_or("", |file| &file.text);
        for (_, body) in source.bodies() {
            assert!(text.get(source.span(body.span()).range()).is_some());
        }
    }
});
