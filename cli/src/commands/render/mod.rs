//! `meshproof render` and its adapters: the step in a GitOps pipeline. Objects come in on standard input (or from files), are checked, and go out
//! byte for byte but for the wave that is asked for; nothing goes out when a finding stops them, so that a half-checked stream is never applied.

mod annotate;
mod argocd;
mod args;
mod checked;
mod krm;
mod split;
mod waves;

use std::io::Write as _;

use crate::failure::{Failure, Outcome};
use checked::Checked;

pub(crate) use argocd::run as argocd;
pub(crate) use args::{ArgocdArgs, KrmArgs, PostRenderArgs, RenderArgs};
pub(crate) use krm::run as krm;

pub(crate) fn run(args: &RenderArgs) -> Result<Outcome, Failure> {
    let mut wanted = args.input.clone();
    if wanted.paths.is_empty() {
        wanted.paths.push("-".into());
    }
    let Some(checked) = Checked::read(&wanted, args.fail_on)? else { return Ok(Outcome::Findings) };
    let waves = (args.sync_waves || args.split_by.is_some()).then(|| waves::of(&checked.analysis));
    if let Some(waves) = &waves {
        tell(waves)?;
    }
    let texts = texts(&checked, waves.as_ref().filter(|_| args.sync_waves))?;
    match (waves.filter(|_| args.split_by.is_some()), &args.output) {
        (Some(waves), Some(folder)) => split::write(&checked, &waves, args.sync_waves, folder, args)?,
        _ => write(&texts)?,
    }
    Ok(Outcome::Clean)
}

/// Helm's post-renderer: everything on standard input, checked and passed on.
pub(crate) fn post_render(args: &PostRenderArgs) -> Result<Outcome, Failure> {
    run(&RenderArgs::of_stdin(&args.input, args.fail_on, args.sync_waves))
}

/// Says on standard error which orders could not be kept.
fn tell(waves: &waves::Waves) -> Result<(), Failure> {
    let mut err = anstream::stderr().lock();
    for warning in &waves.warnings {
        writeln!(err, "warning: {warning}")?;
    }
    Ok(())
}

/// The text of each file that holds objects for a cluster, with its waves where they are wanted.
fn texts(checked: &Checked, waves: Option<&waves::Waves>) -> Result<Vec<Vec<u8>>, Failure> {
    let mut out = Vec::new();
    for (place, (input, file)) in checked.inputs.iter().zip(checked.analysis.workspace.files()).enumerate() {
        if !checked::is_for_cluster(file) {
            checked::passed_over(input)?;
            continue;
        }
        let edits =
            waves.map(|waves| annotate::edits(checked, waves, place)).transpose()?.unwrap_or_default();
        out.push(annotate::applied(input, file, edits)?);
    }
    Ok(out)
}

/// Writes files as one stream of documents.
fn write(texts: &[Vec<u8>]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let mut ends_open = false;
    for (place, text) in texts.iter().enumerate() {
        if ends_open {
            out.write_all(b"\n")?;
        }
        if place > 0 && !text.starts_with(b"---") {
            out.write_all(b"---\n")?;
        }
        out.write_all(text)?;
        ends_open = !text.ends_with(b"\n") && !text.is_empty() && texts.len() > 1;
    }
    out.flush()?;
    Ok(())
}
