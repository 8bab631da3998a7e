//! A trace as text.

use std::fmt::Write as _;

use super::report::{Report, Step, Stop};

/// Width of the column of stages.
const STAGE: usize = 13;
/// Column at which places begin, where the text leaves room.
const PLACE: usize = 92;

/// Writes the trace.
pub(super) fn show(report: &Report) -> String {
    let mut out = format!("{}: {}\n", report.from, report.request);
    for text in &report.assumed {
        let _infallible = writeln!(out, "assumed: {text}");
    }
    for (at, stop) in report.hops.iter().enumerate() {
        let _infallible = writeln!(out, "\nhop {}: {} ({})", at + 1, stop.proxy, stop.role);
        show_stop(&mut out, stop);
    }
    let _infallible = writeln!(out, "\nanswer: {}", report.answer);
    if !report.certain {
        out.push_str("unknown parts of the way may change this answer\n");
    }
    out
}

fn show_stop(out: &mut String, stop: &Stop) {
    for step in &stop.steps {
        line(out, step.stage, &step.text, &step.at);
        for lost in &step.losers {
            line(out, "", &format!("  not {}: {}", lost.name, lost.why), &lost.at);
        }
    }
    for step in &stop.unknown {
        unknown(out, step);
    }
    line(out, "replies", &stop.reply, "");
}

fn unknown(out: &mut String, step: &Step) {
    line(out, "unknown", &step.text, &step.at);
}

fn line(out: &mut String, stage: &str, text: &str, at: &str) {
    let start = format!("  {stage:STAGE$}{text}");
    let gap = PLACE.saturating_sub(start.chars().count()).max(2);
    if at.is_empty() {
        let _infallible = writeln!(out, "{start}");
    } else {
        let _infallible = writeln!(out, "{start}{}{at}", " ".repeat(gap));
    }
}
