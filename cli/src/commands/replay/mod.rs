//! `meshproof replay`: sends the requests of a report once more, to the evaluator and to a real Envoy.

mod args;
mod authoriser;
mod certificates;
mod client;
mod der;
mod envoy;
mod loopback;
mod network;
mod witness;

use std::io::Write as _;

use mp_eval::{Decision, Surroundings, decide};
use mp_lower::Index;
use mp_lower::plan::security::enforcement_points;
use mp_model::Workspace;
use serde_json::{Value, json};

use crate::commands::decide as named;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::request_text::one_line;
use certificates::Authority;
use envoy::Said;
use witness::Witness;

/// One request with its answers.
struct Row {
    witness: Witness,
    answer: Decision,
    said: Option<Said>,
}

impl Row {
    /// Whether nothing speaks against what the report says.
    fn kept(&self) -> bool {
        let expected = self.witness.expected.is_none_or(|wanted| wanted == self.answer.decision);
        let agreed = self.said.as_ref().and_then(|said| said.agrees(&self.witness.request, &self.answer));
        expected && agreed != Some(false)
    }
}

pub(crate) use args::ReplayArgs;

pub(crate) fn run(args: &ReplayArgs) -> Result<Outcome, Failure> {
    let program = args.envoy.as_ref().map(|named| envoy::program(named));
    // Before anything is read: the command may begin anew.
    let addresses = program.as_ref().map(|_| network::enter());
    let witnesses = witness::read(&args.witness, args.workload.as_deref())?;
    let read = input::read(&args.input)?;
    let workspace = Workspace::read(&read.inputs);
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let points = enforcement_points(&mesh);
    let index = Index::new(&mesh);
    let mut authority = program.as_ref().map(|_| Authority::new()).transpose()?;
    let mut rows = Vec::new();
    for witness in witnesses {
        let point = named::point(&points, &witness.workload)?;
        let around = Surroundings { answers: witness.consents.clone(), ..Surroundings::default() };
        let answer = decide(point, &witness.request, &around);
        let said = match (&program, &addresses, &mut authority) {
            (Some(program), Some(addresses), Some(authority)) => {
                let host = envoy::Host { program, addresses };
                Some(envoy::ask(&host, (&mesh, &index), point, &witness, authority)?)
            }
            _ => None,
        };
        rows.push(Row { witness, answer, said });
    }
    let text: String = if args.json {
        rows.iter().map(|row| format!("{}\n", as_json(row))).collect()
    } else {
        rows.iter().map(|row| as_text(row, &workspace)).collect()
    };
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(if rows.iter().all(Row::kept) { Outcome::Clean } else { Outcome::Findings })
}

fn as_json(row: &Row) -> Value {
    json!({
        "workload": row.witness.workload,
        "request": row.witness.request,
        "consents": row.witness.consents,
        "expected": row.witness.expected,
        "evaluator": row.answer,
        "envoy": row.said.as_ref().map(|said| match said {
            Said::Seen(seen) => json!({
                "status": seen.status,
                "answered": seen.answered,
                "agrees": said.agrees(&row.witness.request, &row.answer),
            }),
            Said::NotAsked(why) => json!({"not_asked": why}),
        }),
    })
}

fn as_text(row: &Row, workspace: &Workspace) -> String {
    let mut out = format!("{}  {}\n", row.witness.workload, one_line(&row.witness.request));
    for step in &row.answer.trace {
        let at =
            step.origin.map(|span| format!("  ({})", workspace.sources().locate(span))).unwrap_or_default();
        out.push_str(&format!("    {:9} {}{at}\n", step.stage, step.text));
    }
    out.push_str(&format!("    evaluator {}\n", told(&row.answer)));
    if let Some(said) = &row.said {
        out.push_str(&format!("    envoy     {}\n", envoy_told(said, row)));
    }
    if let Some(wanted) = row.witness.expected.filter(|wanted| *wanted != row.answer.decision) {
        out.push_str(&format!("    expected  {}: the report is of another input\n", word(wanted)));
    }
    out
}

fn envoy_told(said: &Said, row: &Row) -> String {
    let seen = match said {
        Said::NotAsked(why) => return format!("not asked: {why}"),
        Said::Seen(seen) => seen,
    };
    let verdict =
        if said.agrees(&row.witness.request, &row.answer) == Some(true) { "agrees" } else { "CONTRADICTS" };
    match (seen.status, seen.answered) {
        (Some(status), _) => format!("{verdict}: status {status}"),
        (None, true) => format!("{verdict}: bytes pass"),
        (None, false) => format!("{verdict}: the connection ends without an answer"),
    }
}

fn told(answer: &Decision) -> String {
    let status = answer.status.map(|status| format!(", status {status}")).unwrap_or_default();
    let rule = answer.matched.as_ref().map(|rule| format!(", by {rule}")).unwrap_or_default();
    format!("{}{status}{rule}", word(answer.decision))
}

fn word(decision: mp_eval::Verdict) -> &'static str {
    match decision {
        mp_eval::Verdict::Allow => "admits it",
        mp_eval::Verdict::Deny => "refuses it",
        mp_eval::Verdict::Reject => "takes it for no valid request",
    }
}
