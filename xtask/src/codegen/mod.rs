//! `cargo xtask codegen`: the committed files that are made from other projects' schemas.

mod compile;
mod roots;
mod sources;
mod trim;

use crate::{Outcome, project};
use sources::Sources;

/// One generated file: its path in the work tree and its content.
pub(crate) struct Generated {
    path: &'static str,
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
        let path = project::root().join(file.path);
        let same = std::fs::read(&path).is_ok_and(|old| old == file.content);
        let word = if same { "unchanged" } else if check { "stale" } else { "written" };
        println!("{word:9} {:>8} bytes  {}", file.content.len(), file.path);
        if !same && !check {
            project::write(&path, &file.content)?;
        }
        fresh &= same || !check;
    }
    Ok(fresh)
}

fn generate(sources: &Sources) -> Result<Vec<Generated>, String> {
    let envoy = compile::envoy(sources)?;
    Ok(vec![Generated { path: "compiler/emit/src/generated/envoy.binpb", content: envoy }])
}
