//! `--report FORMAT=FILE`.

use std::path::Path;

use clap::ValueEnum;

use crate::failure::Failure;

/// Reads form and file.
pub(crate) fn report_target<'t, F: ValueEnum>(text: &'t str, help: &str) -> Result<(F, &'t Path), Failure> {
    let (format, path) =
        text.split_once('=').ok_or_else(|| Failure::usage(format!("`--report {text}` has no `=`"), help))?;
    let format = F::from_str(format, true)
        .map_err(|_| Failure::usage(format!("`{format}` is no form of report"), help))?;
    Ok((format, Path::new(path)))
}
