//! `meshproof lsp`.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::input;

pub(crate) fn run() -> Result<Outcome, Failure> {
    mp_lsp::run_stdio(files)
        .map_err(|e| Failure::usage(e.to_string(), "start `meshproof lsp` from an editor"))?;
    Ok(Outcome::Clean)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = input::discover(folder);
    files.sort();
    files
}
