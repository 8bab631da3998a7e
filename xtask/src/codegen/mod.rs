//! `cargo xtask codegen`: the committed files that are made from other projects' schemas.

mod compile;
mod constraints;
mod crd;
#[cfg(test)]
mod descriptor_tests;
mod golang;
mod intern;
mod istio;
mod kube;
mod messages;
mod names;
mod programs;
mod registered;
mod roots;
mod schema;
mod sources;
mod structs;
mod structural;
mod tables;
mod trim;
mod views;

use crate::{Outcome, project};
use schema::Schema;
use sources::Sources;

/// One generated file: its path in the work tree and its content.
pub(crate) struct Generated {
    path: String,
    content: Vec<u8>,
}

/// Writes all generated files; with `--check` only says which of them are stale.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let check = match args {
        [] => false,
        ["--check"] => true,
        _ => return Err("codegen takes --check or nothing".to_owned()),
    };
    let sources = Sources::locate()?;
    let mut fresh = true;
    for file in generate(&sources)? {
        let path = project::root().join(&file.path);
        let same = std::fs::read(&path).is_ok_and(|old| old == file.content);
        let word = if same {
            "unchanged"
        } else if check {
            "stale"
        } else {
            "written"
        };
        println!("{word:9} {:>8} bytes  {}", file.content.len(), file.path);
        if !same && !check {
            project::write(&path, &file.content)?;
        }
        fresh &= same || !check;
    }
    Ok(fresh)
}

fn generate(sources: &Sources) -> Result<Vec<Generated>, String> {
    let model = "compiler/model/src/generated";
    let made = |path: String, content: String| Generated { path, content: content.into_bytes() };
    let envoy = compile::envoy(sources)?;
    let emit =
        |name: &str, content| Generated { path: format!("compiler/emit/src/generated/{name}"), content };
    let mut files = vec![
        emit("envoy.binpb", envoy.all),
        emit("envoy_sent.binpb", envoy.sent),
        emit("demands.rs", envoy.demands.into_bytes()),
    ];
    let (istio, patchable) = messages::texts(&sources.crds.istio_api, sources::module)?;
    files.push(made(format!("{model}/istio_messages.txt"), istio));
    files.push(made(format!("{model}/envoy_messages.txt"), patchable));
    files.push(made(format!("{model}/go_structs.txt"), structs::write(sources)?));
    let mut schema = Schema::default();
    kube::add(&mut schema, sources)?;
    istio::add(&mut schema, sources)?;
    crd::add(&mut schema, sources)?;
    files.push(made(format!("{model}/schema.rs"), tables::write(&schema)?));
    files.push(made(format!("{model}/crd.rs"), structural::write(&sources.crds)?));
    let mut modules = views::PRELUDE.to_owned();
    modules += "#[rustfmt::skip]\npub(crate) mod crd;\n";
    for (name, _) in views::MODULES {
        modules += &format!("#[rustfmt::skip]\npub mod {name};\n");
    }
    modules += "#[rustfmt::skip]\npub mod schema;\n";
    files.push(made(format!("{model}/mod.rs"), modules));
    for (name, text) in views::write(&schema)? {
        files.push(made(format!("{model}/{name}.rs"), text));
    }
    Ok(files)
}
