//! The report for a merge request.

use super::report::{Delta, Gradual, GradualAnswer, Point, PointVerdict, Report};
use super::text::{decider, places, some, summary, unbound};
use super::verdict_word;

pub(super) fn markdown(report: &Report) -> String {
    let mut out = format!(
        "### meshproof diff: `{}` → `{}`\n\n{}\n",
        code(&report.old),
        code(&report.new),
        escaped(&summary(report))
    );
    let differing = |point: &&Point| point.verdict != PointVerdict::Same;
    for point in report.access.points.iter().filter(differing) {
        out.push_str(&self::point(point));
    }
    if !report.access.unbound.is_empty() {
        out.push('\n');
    }
    for policy in &report.access.unbound {
        out.push_str(&format!("- {}\n", escaped(&unbound(policy))));
    }
    out.push_str(&mtls(report));
    out.push_str(&routes(report));
    out.push_str(&plan(report));
    out
}

fn point(point: &Point) -> String {
    let more =
        if point.like.is_empty() { String::new() } else { format!(" and {} like it", point.like.len()) };
    let mut out =
        format!("\n#### Access to `{}`{more}: {}\n", code(&point.workload), verdict_word(point.verdict));
    let rows =
        |word: &str, deltas: &[Delta]| -> String { deltas.iter().map(|delta| row(word, delta)).collect() };
    if !(point.gained.is_empty() && point.lost.is_empty()) {
        out.push_str("\n| | requests | before | now |\n|---|---|---|---|\n");
        out.push_str(&rows("**gained**", &point.gained));
        out.push_str(&rows("**lost**", &point.lost));
        out.push_str("\n<details><summary>one request each</summary>\n\n```sh\n");
        for delta in point.gained.iter().chain(&point.lost) {
            out.push_str(&format!("{}\n", delta.curl.replace("```", "` ` `")));
        }
        out.push_str("```\n</details>\n");
    }
    let notes = point
        .notes
        .iter()
        .map(|note| format!("{}{}", note.text, places(note.old_at.as_ref(), note.new_at.as_ref())));
    for text in notes.chain(point.open.iter().map(|reason| format!("not decided: {reason}"))) {
        out.push_str(&format!("- {}\n", escaped(&text)));
    }
    out
}

fn row(word: &str, delta: &Delta) -> String {
    format!(
        "| {word} | {} | {} | {} |\n",
        escaped(&delta.requests),
        escaped(&decider(&delta.before)),
        escaped(&decider(&delta.after))
    )
}

fn mtls(report: &Report) -> String {
    if report.mtls.is_empty() {
        return String::new();
    }
    let mut out = "\n#### Mutual TLS\n\n| workloads | port | before | now | where |\n|---|---|---|---|---|\n"
        .to_owned();
    for change in &report.mtls {
        let port = change.port.map_or_else(|| "all others".to_owned(), |port| port.to_string());
        out.push_str(&format!(
            "| {} | {port} | {} | {} |{} |\n",
            escaped(&some(&change.workloads)),
            change.old,
            change.new,
            escaped(&places(change.old_at.as_ref(), change.new_at.as_ref()))
        ));
    }
    out
}

fn routes(report: &Report) -> String {
    if report.routes.changed.is_empty() && report.routes.open.is_empty() {
        return String::new();
    }
    let mut out = "\n#### Routes\n\n| requests | clients | change | where |\n|---|---|---|---|\n".to_owned();
    for change in &report.routes.changed {
        let fields = change.changes.iter().map(|f| format!("{}: {} → {}", f.field, f.old, f.new));
        out.push_str(&format!(
            "| {} | {} | {} |{} |\n",
            escaped(&change.requests),
            escaped(&some(&change.clients)),
            fields.map(|text| escaped(&text)).collect::<Vec<_>>().join("<br>"),
            escaped(&places(change.old_at.as_ref(), change.new_at.as_ref()))
        ));
    }
    report
        .routes
        .open
        .iter()
        .for_each(|reason| out.push_str(&format!("\n- not decided: {}\n", escaped(reason))));
    out
}

fn plan(report: &Report) -> String {
    let Some(plan) = &report.plan else { return String::new() };
    let mut out = "\n#### Safe order\n\n".to_owned();
    for (at, wave) in plan.waves.iter().enumerate() {
        out.push_str(&format!("{}. ", at + 1));
        let steps = wave.iter().map(|step| {
            let reasons: Vec<String> =
                step.after.iter().map(|edge| format!("after {}: {}", edge.first, edge.reason)).collect();
            let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
            escaped(&format!("{} {}{why}", step.action, step.object))
        });
        out.push_str(&steps.collect::<Vec<_>>().join(", "));
        out.push('\n');
    }
    for edge in plan.cycles.iter().flatten() {
        out.push_str(&format!(
            "- no order is safe: {}\n",
            escaped(&format!("{} before {}: {}", edge.first, edge.then, edge.reason))
        ));
    }
    if let Some(access) = &plan.access {
        out.push_str(&gradual(access));
    }
    out
}

fn gradual(access: &Gradual) -> String {
    let mut out = match access.answer {
        GradualAnswer::Safe => {
            "\nPolicies in this order: no step opens or loses more than the ends do, proved.\n\n"
        }
        GradualAnswer::Unsafe => {
            "\nNo order of single policies stays between the ends; apply them together.\n\n"
        }
        GradualAnswer::Unknown => "\nNo order of single policies is proved to stay between the ends.\n\n",
    }
    .to_owned();
    for (at, step) in access.order.iter().enumerate() {
        out.push_str(&format!("{}. {}\n", at + 1, escaped(step)));
    }
    for stray in &access.strays {
        let (step, place) = (escaped(&stray.step), escaped(&stray.witness.workload));
        out.push_str(&format!("- next {step}: {} at {place}, `{}`\n", stray.effect, code(&stray.curl)));
    }
    if let Some(reason) = &access.reason {
        out.push_str(&format!("- {}\n", escaped(reason)));
    }
    out
}

/// Text of the input as text of a table's cell.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '\\' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text of the input between backticks.
fn code(text: &str) -> String {
    text.replace(['`', '\n', '\r'], " ")
}
