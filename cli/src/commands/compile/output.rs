//! Writing what was compiled.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use mp_emit::BootstrapText;
use serde::Serialize;

use crate::failure::Failure;

/// Bytes that are gathered before they are written.
const BUFFER: usize = 1 << 16;

/// Writes text to a file, or to standard output.
pub(super) fn write_text(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        Some(path) => write_file(path, text),
        None => Ok(anstream::stdout().write_all(text.as_bytes())?),
    }
}

pub(super) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    make_folder(path)?;
    std::fs::write(path, text).map_err(|e| Failure::unwritable(path, &e))
}

/// Writes JSON as it is spelled, without holding the text.
pub(super) fn write_json(path: Option<&Path>, value: &impl Serialize) -> Result<(), Failure> {
    let Some(path) = path else {
        let mut text = serde_json::to_vec_pretty(value).map_err(|e| Failure::Internal(e.to_string()))?;
        text.push(b'\n');
        return Ok(anstream::stdout().write_all(&text)?);
    };
    into_file(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        file.write_all(b"\n")
    })
}

/// Writes a bootstrap piece by piece.
pub(super) fn write_bootstrap(path: Option<&Path>, made: &BootstrapText) -> Result<(), Failure> {
    let Some(path) = path else {
        let mut out = BufWriter::with_capacity(BUFFER, anstream::stdout());
        made.write(&mut out)?;
        return Ok(out.flush()?);
    };
    into_file(path, |file| made.write(file))
}

/// Fills a file.
fn into_file(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), Failure> {
    make_folder(path)?;
    let spell = |mut file: BufWriter<File>| {
        fill(&mut file)?;
        file.flush()
    };
    let file = File::create(path).map(|file| BufWriter::with_capacity(BUFFER, file));
    file.and_then(spell).map_err(|e| Failure::unwritable(path, &e))
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent().filter(|folder| *folder != PathBuf::new()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|e| Failure::unwritable(folder, &e))
}
