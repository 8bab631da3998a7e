//! A trace as a sequence diagram of Mermaid.

use std::fmt::Write as _;

use super::report::{Report, Stop, decides};

/// Writes the diagram.
pub(super) fn show(report: &Report) -> String {
    let mut out = String::from("sequenceDiagram\n");
    let _infallible = writeln!(out, "  participant c as {}", plain(&report.from));
    for (at, stop) in report.hops.iter().enumerate() {
        let _infallible = writeln!(out, "  participant p{at} as {} ({})", plain(&stop.proxy), stop.role);
    }
    let last = report.hops.len().checked_sub(1);
    let behind = last.and_then(|at| report.hops.get(at)).and_then(|stop| stop.sends.first());
    if behind.is_some() {
        out.push_str("  participant u as upstream\n");
    }
    if !report.hops.is_empty() {
        let _infallible = writeln!(out, "  c->>p0: {}", plain(&report.request));
    }
    for (at, stop) in report.hops.iter().enumerate() {
        notes(&mut out, at, stop);
        let next = if Some(at) == last { "u".to_owned() } else { format!("p{}", at + 1) };
        if let Some(sent) = stop.sends.first() {
            let _infallible = writeln!(out, "  p{at}->>{next}: {}", plain(sent));
        }
    }
    if behind.is_some()
        && let Some(at) = last
    {
        let _infallible = writeln!(out, "  u-->>p{at}: the upstream answers");
    }
    for (at, stop) in report.hops.iter().enumerate().rev() {
        let to = if at == 0 { "c".to_owned() } else { format!("p{}", at - 1) };
        let _infallible = writeln!(out, "  p{at}-->>{to}: {}", plain(&stop.reply));
    }
    out
}

fn notes(out: &mut String, at: usize, stop: &Stop) {
    let steps = stop.steps.iter().filter(|step| decides(step.stage)).chain(&stop.unknown);
    for step in steps {
        let place = if step.at.is_empty() { String::new() } else { format!(" ({})", step.at) };
        let _infallible = writeln!(out, "  Note over p{at}: {}{}", plain(&step.text), plain(&place));
    }
}

/// Text without what ends a line or a message of a diagram.
fn plain(text: &str) -> String {
    text.replace(';', ",").replace('#', "").replace(['\n', '\r'], " ")
}
