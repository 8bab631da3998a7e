//! How proofs and refutations are shown.

use mp_base::{Diagnostic, Level, Sources};
use mp_ir::mesh::Unknown;
use mp_ir::plan::EnforcementPoint;
use mp_model::Workspace;
use mp_prove::{Report, Severity, Truth, Verdict, Witness};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::args::{FailOn, Format};
use crate::commands::{catalog, check};
use crate::request_text::{curl, one_line};

/// Said where nothing could be asked, so that silence does not look like a proof.
const NO_WORKLOAD: &str = "nothing was asked: no Pod or Deployment of the input has a proxy; add the workloads, or label their \
                           namespaces `istio-injection: enabled`\n";

/// Everything that a form needs.
pub(crate) struct Shown<'a> {
    pub(crate) report: &'a Report,
    /// What is no invariant.
    pub(crate) bad: Vec<Diagnostic>,
    pub(crate) sources: &'a Sources,
    pub(crate) points: &'a [EnforcementPoint],
    /// What the answers rest on beside the input.
    pub(crate) assumed: &'a [Unknown],
    pub(crate) workspace: &'a Workspace,
}

impl Shown<'_> {
    /// The report in one form. The texts of `full` and `json` show proofs, too; all others are those of `check`.
    pub(crate) fn render(&self, format: Format, show: FailOn, color: bool) -> String {
        match format {
            Format::Full if self.bad.is_empty() => self.full(show),
            Format::Json => self.json(),
            _ => self.as_findings(format, color),
        }
    }

    fn as_findings(&self, format: Format, color: bool) -> String {
        let request = |verdict: &Verdict| verdict.witness.as_ref().map(|witness| one_line(&witness.request));
        let mut findings = self.bad.clone();
        findings.extend(mp_prove::findings(self.report, &request));
        let undecided = self.report.verdicts.iter().filter(|v| v.answer == Truth::Unknown);
        let unknown = undecided.map(|v| mp_base::render::Unknown {
            object: None,
            reason: format!("{}{}: {}", v.name, at(v), v.unknown.clone().unwrap_or_default()),
            origin: v.origin,
        });
        let rules = catalog::proofs();
        let report = mp_base::render::Report {
            findings,
            unknown: unknown.collect(),
            sources: self.sources,
            rules: &rules,
            secrets: check::secrets(self.workspace),
        };
        check::rendered(&report, format, color)
    }

    fn full(&self, show: FailOn) -> String {
        let mut out = String::new();
        let mut hidden = 0_usize;
        for verdict in &self.report.verdicts {
            let loud = show.level().is_some_and(|level| Level::from(verdict.severity) >= level);
            match verdict.answer {
                Truth::Holds if !verdict.is_invariant => {}
                Truth::Violated if !loud => hidden += 1,
                _ => out.push_str(&self.verdict(verdict)),
            }
        }
        let count = |truth: Truth| self.report.verdicts.iter().filter(|v| v.answer == truth).count();
        let (holds, violated, unknown) = (count(Truth::Holds), count(Truth::Violated), count(Truth::Unknown));
        let remarks = match hidden {
            0 => String::new(),
            1 => " (1 remark is shown with `--show info`)".to_owned(),
            more => format!(" ({more} remarks are shown with `--show info`)"),
        };
        for assumption in self.assumed {
            out.push_str(&format!("assumed  {}\n", self.assumption(assumption)));
        }
        if self.points.is_empty() {
            out.push_str(NO_WORKLOAD);
        }
        out.push_str(&format!(
            "{holds} proved, {violated} refuted{remarks}, {unknown} undecided, at {} workloads\n",
            self.points.len()
        ));
        out
    }

    fn assumption(&self, assumption: &Unknown) -> String {
        let at =
            assumption.origin.map(|span| format!("  ({})", self.sources.locate(span))).unwrap_or_default();
        format!("{assumption}{at}")
    }

    fn verdict(&self, verdict: &Verdict) -> String {
        let word = match (verdict.answer, verdict.severity) {
            (Truth::Holds, _) => "proved  ",
            (Truth::Violated, Severity::Error) => "REFUTED ",
            (Truth::Violated, Severity::Warning) => "warning ",
            (Truth::Violated, Severity::Info) => "note    ",
            (Truth::Unknown, _) => "unknown ",
        };
        let about = if verdict.is_invariant || verdict.name == verdict.property {
            verdict.name.clone()
        } else {
            format!("{} ({})", verdict.name, verdict.property)
        };
        let mut out = format!("{word} {about}{}\n", at(verdict));
        if verdict.answer == Truth::Holds {
            return out;
        }
        let mut line = |label: &str, text: &str| out.push_str(&format!("    {label:9} {text}\n"));
        if !verdict.is_invariant && !verdict.message.is_empty() {
            line("that is", &verdict.message);
        }
        if let Some(span) = verdict.origin {
            line(if verdict.is_invariant { "demanded" } else { "written" }, &self.sources.locate(span));
        }
        if let Some(reason) = &verdict.unknown {
            line("cause", reason);
        }
        for (label, text) in requests(verdict) {
            line(label, &text);
        }
        for reason in self.reasons(verdict) {
            out.push_str(&reason);
        }
        if let Some(help) = &verdict.help {
            out.push_str(&format!("    {:9} {help}\n", if verdict.is_invariant { "why" } else { "help" }));
        }
        out
    }

    /// The way of the witness, or the facts of the proof that something is not there.
    fn reasons(&self, verdict: &Verdict) -> Vec<String> {
        let located = |label: &str, text: &str, origin: mp_base::Origin| {
            let at = origin.map(|span| format!("  ({})", self.sources.locate(span))).unwrap_or_default();
            format!("    {label:9} {text}{at}\n")
        };
        if verdict.answer != Truth::Violated {
            return Vec::new();
        }
        let Some(witness) = &verdict.witness else {
            return verdict
                .because
                .iter()
                .map(|reason| located("fact", &reason.text, reason.origin))
                .collect();
        };
        let (namespace, name) = &verdict.workload;
        let point = self.points.iter().find(|p| p.namespace == *namespace && p.name == *name);
        let steps = point.map(|point| mp_prove::trace(point, witness)).unwrap_or_default();
        steps.iter().map(|step| located(step.stage, &step.text, step.origin)).collect()
    }

    fn json(&self) -> String {
        let json = Json {
            version: 1,
            verdicts: Rows(self),
            assumptions: self.assumptions(),
            invalid: self.invalid(),
        };
        serde_json::to_string_pretty(&json).map_or_else(
            |e| {
                format!(
                    "{}
",
                    json!({"error": e.to_string()})
                )
            },
            |text| {
                format!(
                    "{text}
"
                )
            },
        )
    }

    fn assumptions(&self) -> Vec<Value> {
        let at = |a: &Unknown| a.origin.map(|span| self.sources.locate(span));
        let object = |a: &Unknown| a.object.as_ref().map(ToString::to_string);
        let row = |a: &Unknown| json!({"object": object(a), "assumption": a.reason, "at": at(a)});
        self.assumed.iter().map(row).collect()
    }

    fn invalid(&self) -> Vec<Value> {
        let at = |d: &Diagnostic| self.sources.locate(d.primary.span);
        let row = |d: &Diagnostic| json!({"code": d.code, "message": d.message, "help": d.help, "at": at(d)});
        self.bad.iter().map(row).collect()
    }

    fn row<'v>(&self, v: &'v Verdict) -> Row<'v> {
        let at = |origin: mp_base::Origin| origin.map(|span| self.sources.locate(span));
        Row {
            code: v.code,
            property: v.property,
            name: &v.name,
            severity: v.severity,
            workload: format!("{}/{}", v.workload.0, v.workload.1),
            twins: v.twins.iter().map(|(ns, name)| format!("{ns}/{name}")).collect(),
            rule: v.rule.as_deref(),
            answer: v.answer,
            message: &v.message,
            help: v.help.as_deref(),
            witness: v.witness.as_deref(),
            because: v.because.iter().map(|r| Because { text: &r.text, at: at(r.origin) }).collect(),
            unknown: v.unknown.as_deref(),
            at: at(v.origin),
        }
    }
}

/// The report as JSON.
#[derive(Serialize)]
struct Json<'a> {
    version: u32,
    verdicts: Rows<'a>,
    assumptions: Vec<Value>,
    invalid: Vec<Value>,
}

/// The verdicts, each made when it is written: a large mesh has more of them than anybody wants to hold twice.
struct Rows<'a>(&'a Shown<'a>);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.report.verdicts.iter().map(|verdict| self.0.row(verdict)))
    }
}

#[derive(Serialize)]
struct Row<'a> {
    code: &'a str,
    property: &'a str,
    name: &'a str,
    severity: Severity,
    workload: String,
    twins: Vec<String>,
    rule: Option<&'a str>,
    answer: Truth,
    message: &'a str,
    help: Option<&'a str>,
    witness: Option<&'a Witness>,
    because: Vec<Because<'a>>,
    unknown: Option<&'a str>,
    at: Option<String>,
}

#[derive(Serialize)]
struct Because<'a> {
    text: &'a str,
    at: Option<String>,
}

/// Where it is violated.
fn at(verdict: &Verdict) -> String {
    let (namespace, name) = &verdict.workload;
    let rule = verdict.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    let more = if verdict.twins.is_empty() {
        String::new()
    } else {
        format!(" and {} like it", verdict.twins.len())
    };
    let at = if name.is_empty() { String::new() } else { format!("  at {namespace}/{name}{more}") };
    format!("{rule}{at}")
}

/// The request that violates it, how to send it, and the other copy.
fn requests(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let Some(witness) = verdict.witness.as_ref().filter(|_| verdict.answer == Truth::Violated) else {
        return Vec::new();
    };
    let mut out = vec![("request", one_line(&witness.request)), ("replay", curl(&witness.request))];
    out.extend(witness.twin.iter().map(|twin| ("against", one_line(twin))));
    let word = |answer: &bool| if *answer { "consents" } else { "refuses" };
    out.extend(witness.consents.iter().map(|(name, answer)| ("asked", format!("{name} {}", word(answer)))));
    out
}
