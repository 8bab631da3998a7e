//! The report for people at a terminal.

use super::report::{
    Decider, Delta, Gradual, GradualAnswer, MtlsChange, Plan, Point, Report, RouteChange, RouteWitness,
    Unbound,
};
use super::verdict_word;
use crate::request_text::one_line;

pub(super) fn full(report: &Report) -> String {
    let mut out = String::new();
    report.access.points.iter().for_each(|point| out.push_str(&self::point(point)));
    report.access.unbound.iter().for_each(|policy| out.push_str(&format!("access  {}\n", unbound(policy))));
    report.mtls.iter().for_each(|change| out.push_str(&mtls(change)));
    report.routes.changed.iter().for_each(|change| out.push_str(&route(change)));
    report.routes.open.iter().for_each(|reason| out.push_str(&format!("routes  undecided: {reason}\n")));
    for (word, list) in [("added", &report.access.added), ("removed", &report.access.removed)] {
        list.iter().for_each(|workload| out.push_str(&format!("{word:8}workload {workload}\n")));
    }
    if let Some(plan) = &report.plan {
        out.push_str(&steps(plan));
    }
    out.push_str(&summary(report));
    out.push('\n');
    out
}

/// What is not known of a policy that is for nobody.
pub(super) fn unbound(policy: &Unbound) -> String {
    let place = places(policy.old_at.as_ref(), policy.new_at.as_ref());
    format!(
        "undecided: {} changed and is for no workload of the input, so what it does is not compared{place}",
        policy.object
    )
}

/// One line with the numbers.
pub(super) fn summary(report: &Report) -> String {
    let access = &report.access;
    let count = |verdict| {
        let points = access.points.iter().filter(|point| point.verdict == verdict);
        points.map(|point| 1 + point.like.len()).sum::<usize>()
    };
    use super::report::PointVerdict::{Changed, Narrower, Unknown, Wider};
    if !report.differs() {
        let proved = if access.proved > 0 { ", proved" } else { "" };
        return format!(
            "no difference: the same access at {} workloads{proved}",
            access.same + access.proved
        );
    }
    let numbers = [
        (count(Wider), "workloads wider"),
        (count(Narrower), "workloads narrower"),
        (count(Changed), "workloads changed"),
        (count(Unknown), "workloads undecided"),
        (access.unbound.len(), "policies not compared"),
        (access.added.len(), "added"),
        (access.removed.len(), "removed"),
    ];
    let told = numbers.iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = told.map(|(count, word)| format!("{count} {word}")).collect();
    parts.push(format!("{} the same", access.same + access.proved));
    format!(
        "access: {}; mutual TLS: {}; routes: {}",
        parts.join(", "),
        changes(report.mtls.len()),
        changes(report.routes.changed.len())
    )
}

fn changes(count: usize) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

fn point(point: &Point) -> String {
    let more = match point.like.len() {
        0 => String::new(),
        count => format!(" and {count} like it"),
    };
    let mut out = format!("access  {}{more}: {}\n", point.workload, verdict_word(point.verdict));
    for (word, deltas) in [("GAINED", &point.gained), ("LOST", &point.lost)] {
        deltas.iter().for_each(|one| out.push_str(&delta(word, one)));
    }
    for note in &point.notes {
        out.push_str(&format!(
            "  note    {}{}\n",
            note.text,
            places(note.old_at.as_ref(), note.new_at.as_ref())
        ));
    }
    point.open.iter().for_each(|reason| out.push_str(&format!("  open    {reason}\n")));
    out
}

fn delta(word: &str, delta: &Delta) -> String {
    format!(
        "  {word:7} {}\n    request   {}\n    replay    {}\n    before    {}\n    now       {}\n",
        delta.requests,
        one_line(&delta.witness.request),
        delta.curl,
        decider(&delta.before),
        decider(&delta.after),
    )
}

/// The answer of one side: what, why, where.
pub(super) fn decider(decider: &Decider) -> String {
    let word = match decider.decision {
        mp_eval::Verdict::Allow => "admitted",
        mp_eval::Verdict::Deny => "denied",
        mp_eval::Verdict::Reject => "rejected",
    };
    let at = decider.at.as_ref().map(|at| format!("  ({at})")).unwrap_or_default();
    format!("{word}: {}{at}", decider.text)
}

fn mtls(change: &MtlsChange) -> String {
    let port = change.port.map_or_else(|| "all other ports".to_owned(), |port| format!("port {port}"));
    format!(
        "mtls    {}, {port}: {} -> {}{}\n",
        some(&change.workloads),
        change.old,
        change.new,
        places(change.old_at.as_ref(), change.new_at.as_ref())
    )
}

fn route(change: &RouteChange) -> String {
    let word = if change.elsewhere { "goes elsewhere" } else { "goes in another way" };
    let table = change.table.as_ref().map(|table| format!(", table {table}")).unwrap_or_default();
    let place = places(change.old_at.as_ref(), change.new_at.as_ref());
    let mut out =
        format!("routes  {} from {}{table}: {word}{place}\n", change.requests, some(&change.clients));
    if let Some(witness) = &change.witness {
        let headers: Vec<String> =
            witness.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
        let RouteWitness { method, path, authority, .. } = witness;
        out.push_str(&format!("    request   {method} {path} of {authority}{}\n", headers.join(",")));
    }
    for field in &change.changes {
        let or = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        out.push_str(&format!("    {:9} {} -> {}\n", field.field, or(&field.old), or(&field.new)));
    }
    out
}

fn steps(plan: &Plan) -> String {
    let mut out = String::new();
    for (at, wave) in plan.waves.iter().enumerate() {
        out.push_str(&format!("wave {}\n", at + 1));
        for step in wave {
            let place = step.at.as_ref().map(|at| format!("  ({at})")).unwrap_or_default();
            out.push_str(&format!("  {:7} {}{place}\n", step.action, step.object));
            for edge in &step.after {
                out.push_str(&format!("          after {}: {}\n", edge.first, edge.reason));
            }
        }
    }
    for cycle in &plan.cycles {
        out.push_str("no order is safe for these, which wait for each other\n");
        for edge in cycle {
            out.push_str(&format!("          {} before {}: {}\n", edge.first, edge.then, edge.reason));
        }
    }
    out.push_str(&plan.access.as_ref().map(gradual).unwrap_or_default());
    out
}

/// What is admitted between the changes of policies.
fn gradual(gradual: &Gradual) -> String {
    let mut out = match gradual.answer {
        GradualAnswer::Safe => {
            "policies in this order: no step opens or loses more than the ends do, proved\n"
        }
        GradualAnswer::Unsafe => {
            "policies: no order of single steps stays between the ends; apply them together\n"
        }
        GradualAnswer::Unknown => "policies: no order of single steps is proved to stay between the ends\n",
    }
    .to_owned();
    for (at, step) in gradual.order.iter().enumerate() {
        out.push_str(&format!("  {}. {step}\n", at + 1));
    }
    for stray in &gradual.strays {
        let what = if stray.effect == "opened" { "admits" } else { "refuses" };
        let place = &stray.witness.workload;
        out.push_str(&format!("  next {}: {place} {what} what neither end {what}\n", stray.step));
        out.push_str(&format!("          {}\n", stray.curl));
    }
    if let Some(reason) = &gradual.reason {
        out.push_str(&format!("  {reason}\n"));
    }
    out
}

/// A list, short.
pub(super) fn some(all: &[String]) -> String {
    match all {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Where it stood and stands.
pub(super) fn places(old: Option<&String>, new: Option<&String>) -> String {
    match (old, new) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!("  ({one})"),
        (Some(old), Some(new)) => format!("  ({old} -> {new})"),
    }
}
