//! `meshproof ask`: one question about access, or a batch of them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mp_eval::json_lines;
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;
use mp_lower::plan::security::enforcement_points;
use mp_model::Workspace;
use mp_prove::{Answer, AskError, Kind, Subject, Truth, ask};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{AskArgs, InputArgs};
use crate::commands::decide;
use crate::failure::{Failure, Outcome};
use crate::input;

/// A mesh and the workload that is asked about.
struct Set {
    workspace: Workspace,
    mesh: Mesh,
    points: Vec<EnforcementPoint>,
    workload: String,
}

pub(crate) fn run(args: &AskArgs) -> Result<Outcome, Failure> {
    match (&args.batch, &args.sets) {
        (Some(questions), Some(sets)) => batch(questions, sets),
        (Some(_), None) => {
            Err(Failure::usage("`--batch` needs the sets that its questions name", "pass `--sets DIR`"))
        }
        (None, _) => single(args),
    }
}

fn single(args: &AskArgs) -> Result<Outcome, Failure> {
    let workload = args
        .workload
        .clone()
        .ok_or_else(|| Failure::usage("no workload is named", "pass `--workload NS/NAME`"))?;
    let params: Value = serde_json::from_str(&args.params).map_err(|e| {
        Failure::usage(
            format!("`--params` is no JSON: {e}"),
            "write an object such as '{\"paths\": [\"/admin/**\"]}'",
        )
    })?;
    let kind = kind(args.question.as_deref().unwrap_or_default(), params)?;
    let set = load(&args.input, workload, 0)?;
    let answer = answer(&kind, &[&set])?;
    writeln!(anstream::stdout(), "{:#}", shown(&answer, &[&set]))?;
    Ok(if answer.answer == Truth::Holds { Outcome::Clean } else { Outcome::Findings })
}

fn kind(name: &str, params: Value) -> Result<Kind, Failure> {
    let with = serde_json::from_value(json!({"kind": name, "params": params}));
    let without = || serde_json::from_value(json!({"kind": name}));
    with.or_else(|error| without().map_err(|_: serde_json::Error| error)).map_err(|e| {
        Failure::usage(
            format!("question `{name}`: {e}"),
            "write one of the kinds that there are, with parameters of that kind",
        )
    })
}

/// Reads a set whose places come behind those of the files before it.
fn load(args: &InputArgs, workload: String, before: usize) -> Result<Set, Failure> {
    let read = input::read(args)?;
    let workspace = Workspace::read(&input::behind(before, read.inputs));
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let points = enforcement_points(&mesh);
    Ok(Set { workspace, mesh, points, workload })
}

fn answer(kind: &Kind, sets: &[&Set]) -> Result<Answer, Failure> {
    let subjects: Vec<Subject<'_>> = sets
        .iter()
        .map(|set| {
            let point = decide::point(&set.points, &set.workload)?;
            Ok(Subject { mesh: &set.mesh, point, lower: enforcement_points })
        })
        .collect::<Result<_, Failure>>()?;
    ask(kind, &subjects).map_err(|error| match error {
        AskError::NotThere(what) => Failure::usage(what, "name what the input has"),
        AskError::Mismatch(_) => Failure::Internal(error.to_string()),
    })
}

/// The set that a place is in: the first that has as many files.
fn locate(sets: &[&Set], span: mp_base::Span) -> Option<String> {
    let mut sets: Vec<&Set> = sets.to_vec();
    sets.sort_by_key(|set| set.workspace.files().len());
    let place = usize::try_from(span.file.0).ok()?;
    let set = sets.into_iter().find(|set| place < set.workspace.files().len())?;
    Some(set.workspace.sources().locate(span))
}

fn shown(answer: &Answer, sets: &[&Set]) -> Value {
    let at = |origin: mp_base::Origin| origin.and_then(|span| locate(sets, span));
    let because: Vec<Value> =
        answer.because.iter().map(|r| json!({"text": r.text, "at": at(r.origin)})).collect();
    json!({"answer": answer.answer, "witness": answer.witness, "because": because, "unknown": answer.unknown})
}

/// One line of a batch.
#[derive(Debug, Deserialize)]
struct Question {
    id: String,
    kind: String,
    #[serde(rename = "in")]
    sets: Vec<String>,
    #[serde(default)]
    params: Value,
}

/// Answers each line; what cannot be answered is told with the line and the name of the question.
fn batch(questions: &Path, folder: &Path) -> Result<Outcome, Failure> {
    let text = input::read_text(questions)?;
    let asked: Vec<Question> = json_lines(&text, |_| Ok(())).map_err(|bad| {
        Failure::usage(format!("{}:{bad}", questions.display()), "each line is one question")
    })?;
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).map(|(_, number)| number);
    let asked: Vec<(usize, Question)> = lines.zip(asked).collect();
    let place = |line: usize, question: &Question| {
        format!("{}:{line}: question `{}`", questions.display(), question.id)
    };
    let (mut sets, mut files) = (BTreeMap::<String, Set>::new(), 0);
    for (line, question) in &asked {
        for name in &question.sets {
            if !sets.contains_key(name) {
                let set =
                    load_set(&folder.join(name), files).map_err(|fault| fault.at(place(*line, question)))?;
                files = set.workspace.files().len();
                sets.insert(name.clone(), set);
            }
        }
    }
    let answered = |(line, question): &(usize, Question)| {
        one(question, &sets).map_err(|fault| fault.at(place(*line, question)))
    };
    let lines: Vec<Result<Value, Failure>> = asked.par_iter().map(answered).collect();
    let mut out = anstream::stdout().lock();
    for line in lines {
        writeln!(out, "{}", line?)?;
    }
    Ok(Outcome::Clean)
}

fn one(question: &Question, sets: &BTreeMap<String, Set>) -> Result<Value, Failure> {
    let named: Vec<&Set> = question.sets.iter().filter_map(|name| sets.get(name)).collect();
    let kind = kind(&question.kind, question.params.clone())?;
    let answer = answer(&kind, &named)?;
    let mut line = shown(&answer, &named);
    if let Some(fields) = line.as_object_mut() {
        fields.insert("id".to_owned(), json!(question.id));
    }
    Ok(line)
}

/// A folder with `case.json`, which names the workload, and `in/`.
fn load_set(folder: &Path, before: usize) -> Result<Set, Failure> {
    let case = folder.join("case.json");
    let text = input::read_text(&case)?;
    let bad = || {
        Failure::usage(
            format!("{} names no workload", case.display()),
            "write `{\"workload\": {\"namespace\": …, \"name\": …}}`",
        )
    };
    let value: Value = serde_json::from_str(&text).map_err(|_| bad())?;
    let part =
        |key: &str| value.pointer(&format!("/workload/{key}")).and_then(Value::as_str).map(str::to_owned);
    let workload = format!("{}/{}", part("namespace").ok_or_else(bad)?, part("name").ok_or_else(bad)?);
    let paths: Vec<PathBuf> = vec![folder.join("in")];
    load(&InputArgs { paths, ..InputArgs::default() }, workload, before)
}
