//! `meshproof validate`: what the API server and istiod's webhook would answer, and nothing else.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use mp_base::{FileId, SourceFile, Sources, Span};
use mp_model::admission::{
    Claim, Complaint, Layer, Review, Subject, Topic, claim, number_for_text, refused_type, review,
};
use mp_model::syntax::{ParsedFile, parse_bytes};
use mp_model::{Node, ProblemKind, Workspace};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::args::InputArgs;
use crate::failure::{Failure, Outcome};
use crate::input;

#[derive(Args, Debug)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// JSON lines `{id, doc}` to answer with `{id, verdict, by, errors, warnings}`; `kind` may be `MeshConfig` or `MeshNetworks`.
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub(crate) batch: Option<PathBuf>,
    /// One JSON object for each object of the input, in the form of the batch answers.
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(args: &ValidateArgs) -> Result<Outcome, Failure> {
    if let Some(file) = &args.batch {
        return batch(file);
    }
    let mut read = input::read(&args.input)?;
    let mut seen = Seen::default();
    let bodies = [
        (read.facts.mesh_config.take(), Subject::MeshConfig),
        (read.facts.mesh_networks.take(), Subject::MeshNetworks),
    ];
    for (body, subject) in bodies {
        let Some(body) = body else { continue };
        let workspace = Workspace::read(&[body]);
        for parsed in workspace.files() {
            seen.show(&workspace, answers(parsed, Some(subject), Asked::Server), args.json)?;
        }
    }
    let workspace = Workspace::read(&read.inputs);
    let no_objects = |at: &usize| workspace.sets().iter().any(|set| set.others.contains(at));
    for (at, parsed) in workspace.files().iter().enumerate() {
        let mut answers = answers(parsed, None, Asked::Server);
        // Patches are no objects yet: only their text can be wrong.
        answers.retain(|answer| !no_objects(&at) || answer.object == <[String; 3]>::default());
        seen.show(&workspace, answers, args.json)?;
    }
    if seen.objects == 0 && !args.input.allow_empty {
        return Err(Failure::NoInput("the input".to_owned()));
    }
    seen.summary(args.json)
}

/// One answer and the object that it is about.
struct Answer {
    /// Kind, namespace and name, as the input writes them.
    object: [String; 3],
    review: Review,
}

/// Whose reading of metadata counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The API server's, which gets JSON.
    Server,
    /// That of Istio's tools, which read YAML.
    Tools,
}

/// The answers to all objects of one file. A batch is read to the letter; files may hold placeholders, which are unknown.
fn answers(parsed: &ParsedFile, subject: Option<Subject>, asked: Asked) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    let unreadable = unreadable(parsed);
    if !unreadable.errors.is_empty() {
        answers.push(Answer { object: Default::default(), review: unreadable });
    }
    for (_, root) in parsed.roots() {
        for root in objects(root) {
            let mut review = match (subject, claim(root)) {
                (Some(subject), _) | (None, Claim::Known(subject)) => review(subject, root),
                (None, Claim::NotServed) => refused_type(root),
                (None, Claim::Foreign | Claim::Bare) => continue,
            };
            if asked == Asked::Server && subject.is_none() {
                review.errors.extend(number_for_text(root));
            }
            answers.push(Answer { object: head(root), review });
        }
    }
    answers
}

/// The object itself, or the items of a `kind: List`.
fn objects(root: Node<'_>) -> Vec<Node<'_>> {
    let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    match root.get("items").filter(|_| is_list) {
        Some(items) => items.items().collect(),
        None => vec![root],
    }
}

fn head(root: Node<'_>) -> [String; 3] {
    let text = |node: Option<Node<'_>>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
    let meta = |key| root.get("metadata").and_then(|meta| meta.get(key));
    [text(root.get("kind")), text(meta("namespace")), text(meta("name"))]
}

/// Text that nobody can read is refused before any layer sees it.
fn unreadable(parsed: &ParsedFile) -> Review {
    let refuses = |kind| matches!(kind, ProblemKind::Syntax | ProblemKind::Encoding | ProblemKind::Limit);
    let problems = parsed.problems.iter().filter(|problem| refuses(problem.kind));
    let errors = problems.map(|problem| Complaint {
        layer: Layer::Decode,
        topic: Topic::Rule,
        message: format!("error converting YAML to JSON: {}", problem.message),
        path: String::new(),
        span: problem.span,
    });
    Review { errors: errors.collect(), warnings: Vec::new() }
}

/// What was said so far.
#[derive(Default)]
struct Seen {
    objects: usize,
    refused: usize,
    warnings: usize,
}

impl Seen {
    fn show(&mut self, workspace: &Workspace, answers: Vec<Answer>, as_json: bool) -> Result<(), Failure> {
        let sources = workspace.sources();
        let mut out = anstream::stdout().lock();
        for Answer { object, review } in answers {
            self.objects += 1;
            self.refused += usize::from(!review.accepted());
            self.warnings += review.warnings.len();
            if as_json {
                let [kind, namespace, name] = &object;
                let id = json!({"kind": kind, "namespace": namespace, "name": name});
                writeln!(out, "{}", verdict(("object", id), &object, &review, &|span| place(sources, span)))?;
                continue;
            }
            for (level, complaint) in levelled(&review) {
                let (at, layer) = (sources.locate(complaint.span), complaint.layer.as_str());
                writeln!(out, "{at}: {level}[{layer}] {}", complaint.message)?;
            }
        }
        Ok(())
    }

    fn summary(&self, as_json: bool) -> Result<Outcome, Failure> {
        if !as_json {
            let (objects, refused, warnings) = (self.objects, self.refused, self.warnings);
            writeln!(anstream::stderr(), "{objects} objects, {refused} refused, {warnings} warnings")?;
        }
        Ok(if self.refused > 0 { Outcome::Findings } else { Outcome::Clean })
    }
}

fn place(sources: &Sources, span: Span) -> Value {
    let Some(file) = sources.get(span.file) else { return Value::Null };
    let at = file.line_col(span.start);
    json!({"file": file.path(), "line": at.line + 1, "column": at.column + 1})
}

fn levelled(review: &Review) -> impl Iterator<Item = (&'static str, &Complaint)> {
    let errors = review.errors.iter().map(|complaint| ("error", complaint));
    errors.chain(review.warnings.iter().map(|complaint| ("warning", complaint)))
}

/// Answers each line of a batch, in order.
fn batch(file: &Path) -> Result<Outcome, Failure> {
    let text = input::read_text(file)?;
    let lines: Vec<(usize, &str)> = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()).collect();
    let answers: Vec<Result<Value, String>> =
        lines.par_iter().map(|(at, line)| answer(line).map_err(|e| format!("{}: {e}", at + 1))).collect();
    let mut out = anstream::stdout().lock();
    for row in answers {
        let bad = |e| {
            let message = format!("{}:{e}", file.display());
            Failure::usage(message, "each line is an object with `id` and `doc`")
        };
        writeln!(out, "{}", row.map_err(bad)?)?;
    }
    Ok(Outcome::Clean)
}

fn answer(line: &str) -> Result<Value, String> {
    let row: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let doc = row.get("doc").and_then(Value::as_str).ok_or("no text `doc`")?;
    let parsed = parse_bytes(FileId(0), doc.as_bytes());
    let bare = bare_subject(&row, &parsed);
    let mut object = <[String; 3]>::default();
    let mut all = Review::default();
    for answer in answers(&parsed, bare, Asked::Tools) {
        object = answer.object;
        all.errors.extend(answer.review.errors);
        all.warnings.extend(answer.review.warnings);
    }
    let source = SourceFile::new("doc", doc);
    let place = |span: Span| {
        let at = source.line_col(span.start);
        json!({"line": at.line + 1, "column": at.column + 1})
    };
    Ok(verdict(("id", row.get("id").cloned().unwrap_or_default()), &object, &all, &place))
}

/// A document without `apiVersion` and `kind` is a body of the mesh's own configuration: the row says which, or else its only field.
fn bare_subject(row: &Value, parsed: &ParsedFile) -> Option<Subject> {
    let (_, root) = parsed.roots().next()?;
    match row.get("kind").and_then(Value::as_str) {
        Some("MeshConfig") => Some(Subject::MeshConfig),
        Some("MeshNetworks") => Some(Subject::MeshNetworks),
        _ if claim(root) != Claim::Bare => None,
        _ if root.get("networks").is_some() => Some(Subject::MeshNetworks),
        _ => Some(Subject::MeshConfig),
    }
}

/// The answer in the form of batches. What one layer says as a whole stands as one text, as the API server joins it.
fn verdict(
    (key, id): (&str, Value),
    object: &[String; 3],
    review: &Review,
    place: &dyn Fn(Span) -> Value,
) -> Value {
    let mut by: Vec<&str> = review.errors.iter().map(|complaint| complaint.layer.as_str()).collect();
    by.sort_unstable();
    by.dedup();
    let mut errors = Vec::new();
    for layer in [Layer::Crd, Layer::UnknownField] {
        let of: Vec<&Complaint> = review.errors.iter().filter(|complaint| complaint.layer == layer).collect();
        if let Some(first) = of.first() {
            let fields: Vec<&str> = of.iter().map(|complaint| complaint.path.as_str()).collect();
            errors.push(error(layer, joined(object, layer, &of), &fields, place(first.span)));
        }
    }
    for complaint in &review.errors {
        if matches!(complaint.layer, Layer::Decode | Layer::Validation) {
            let field = complaint.path.as_str();
            errors.push(error(complaint.layer, complaint.message.clone(), &[field], place(complaint.span)));
        }
    }
    let warnings: Vec<&str> = review.warnings.iter().map(|complaint| complaint.message.as_str()).collect();
    let word = if review.accepted() { "accept" } else { "reject" };
    json!({key: id, "verdict": word, "by": by, "errors": errors, "warnings": warnings})
}

fn error(layer: Layer, text: String, fields: &[&str], place: Value) -> Value {
    json!({"by": layer.as_str(), "text": text, "fields": fields, "at": place})
}

/// `Kind/name/namespace: ` and all complaints, as `pkg/config/crd/validator.go` and `utilerrors.Aggregate` print them.
fn joined([kind, namespace, name]: &[String; 3], layer: Layer, of: &[&Complaint]) -> String {
    if layer == Layer::UnknownField {
        let mut fields: Vec<&str> = of.iter().map(|complaint| complaint.path.as_str()).collect();
        fields.sort_unstable();
        return format!("{kind}/{name}/{namespace}: unknown fields [{}]", fields.join(" "));
    }
    let mut texts: Vec<&str> = Vec::new();
    for complaint in of {
        if !texts.contains(&complaint.message.as_str()) {
            texts.push(&complaint.message);
        }
    }
    match texts.as_slice() {
        [one] if one.starts_with("failed to validate type") => (*one).to_owned(),
        [one] => format!("{kind}/{name}/{namespace}: {one}"),
        _ => format!("{kind}/{name}/{namespace}: [{}]", texts.join(", ")),
    }
}
