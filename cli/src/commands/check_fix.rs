//! `meshproof check --fix` and `--diff`: the mends of findings, put into the files or shown.

use std::io::Write as _;
use std::path::Path;

use mp_ide::Options;
use mp_model::Input;
use similar::TextDiff;

use crate::failure::{Failure, Outcome};

/// Lines around a change.
const CONTEXT: usize = 3;

/// Puts the mends into the files; standard input comes out on standard output. Gives the files as they are then.
pub(super) fn fix(inputs: Vec<Input>, options: &Options, stdin: bool) -> Result<Vec<Input>, Failure> {
    let before = inputs.clone();
    let mended = mp_ide::mend(inputs, options);
    let mut files = 0;
    for (at, (old, new)) in before.iter().zip(&mended.inputs).enumerate() {
        if stdin && at == 0 {
            anstream::stdout().write_all(&new.bytes)?;
        } else if old.bytes != new.bytes {
            replace(old, new)?;
            files += 1;
        }
    }
    if mended.fixes > 0 {
        let counted = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let place = if stdin { String::new() } else { format!(" in {}", counted(files, "file")) };
        writeln!(anstream::stderr(), "mended {}{place}", counted(mended.fixes, "finding"))?;
    }
    Ok(mended.inputs)
}

/// Prints what [`fix`] would do, and does nothing.
pub(super) fn diff(inputs: Vec<Input>, options: &Options) -> Result<Outcome, Failure> {
    let before = inputs.clone();
    let mended = mp_ide::mend(inputs, options);
    let mut outcome = Outcome::Clean;
    let mut out = anstream::stdout();
    for (old, new) in before.iter().zip(&mended.inputs).filter(|(old, new)| old.bytes != new.bytes) {
        let text = |input: &Input| String::from_utf8_lossy(&input.bytes).into_owned();
        let (left, right) = (text(old), text(new));
        // The lines around may belong to a Secret.
        let around = if left.contains("kind: Secret") { 0 } else { CONTEXT };
        let diff = TextDiff::from_lines(&left, &right);
        let path = old.path.trim_start_matches('/');
        let header = (format!("a/{path}"), format!("b/{path}"));
        write!(out, "{}", diff.unified_diff().context_radius(around).header(&header.0, &header.1))?;
        outcome = Outcome::Findings;
    }
    Ok(outcome)
}

/// Puts a text in the place of a file's in one step: readers see the old one or the new one, and a link stays a link.
fn replace(old: &Input, new: &Input) -> Result<(), Failure> {
    let named = Path::new(&old.path);
    let unwritable = |e: std::io::Error| Failure::unwritable(named, &e);
    let path = std::fs::canonicalize(named).map_err(unwritable)?;
    if std::fs::read(&path).map_err(unwritable)? != *old.bytes {
        let reason = "it was changed by somebody else meanwhile".to_owned();
        return Err(Failure::Unwritable { path: old.path.clone(), reason });
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    let rights = std::fs::metadata(&path).map_err(unwritable)?.permissions();
    file.write_all(&new.bytes).map_err(unwritable)?;
    file.as_file().set_permissions(rights).map_err(unwritable)?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist(&path).map_err(|e| unwritable(e.error))?;
    Ok(())
}
