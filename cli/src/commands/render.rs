//! `meshproof render`: the step in a GitOps pipeline. Objects come in on standard input (or from files), are checked, and go out byte for
//! byte; nothing goes out when a finding stops them, so that a half-checked stream is never applied.

use std::io::Write as _;

use mp_ide::Options;

use crate::args::{Format, RenderArgs};
use crate::commands::check;
use crate::failure::{Failure, Outcome};
use crate::input;

pub(crate) fn run(args: &RenderArgs) -> Result<Outcome, Failure> {
    let mut wanted = args.input.clone();
    if wanted.paths.is_empty() {
        wanted.paths.push("-".into());
    }
    let read = input::read(&wanted)?;
    let workspace = check::workspace(&read, wanted.allow_empty)?;
    let analysis = mp_ide::analyse(workspace, &Options { facts: read.facts, ..Options::default() });
    let report = check::render(&analysis, Format::Full, false);
    if !analysis.findings.is_empty() {
        std::io::stderr().write_all(report.as_bytes())?;
    }
    if check::outcome(&analysis, args.fail_on) == Outcome::Findings {
        return Ok(Outcome::Findings);
    }
    let mut out = std::io::stdout().lock();
    let mut ends_open = false;
    for input in &read.inputs {
        if ends_open {
            out.write_all(b"\n")?;
        }
        if !std::ptr::eq(input, read.inputs.first().unwrap_or(input)) && !input.bytes.starts_with(b"---") {
            out.write_all(b"---\n")?;
        }
        out.write_all(&input.bytes)?;
        ends_open = !input.bytes.ends_with(b"\n") && !input.bytes.is_empty() && read.inputs.len() > 1;
    }
    out.flush()?;
    Ok(Outcome::Clean)
}
