//! `meshproof check --compat istioctl`: the messages of `istioctl analyze`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use mp_base::render::{Report, Rule};
use mp_base::{Diagnostic, FileId, Level, ObjectRef, SourceFile, Sources, Span};
use mp_checks::istioctl::{ANALYZERS, Answers, Mode, NOTICES, Notice, Question, analyse, level_name};
use mp_model::Input;
use serde_json::{Value, json};

use super::check;
use crate::args::{CheckArgs, CompatMode, FailOn, Format, InputArgs};
use crate::failure::{Failure, Outcome};
use crate::input;

pub(super) fn run(args: &CheckArgs, reports: &[(Format, &Path)]) -> Result<Outcome, Failure> {
    for codes in [&args.select, &args.ignore] {
        check::among(codes, NOTICES.iter().map(|kind| (kind.code, kind.name)))?;
    }
    let question = question(args)?;
    let mut answers = analyse(&question);
    let names = |codes: &[String], notice: &Notice| {
        codes.iter().any(|code| notice.kind.code.starts_with(code.as_str()) || notice.kind.name == code)
    };
    answers.notices.retain(|notice| {
        (args.select.is_empty() || names(&args.select, notice)) && !names(&args.ignore, notice)
    });
    for (format, path) in reports {
        let text = render(&question, &answers, *format, false)?;
        std::fs::write(path, text).map_err(|e| Failure::unwritable(path, &e))?;
    }
    let text = render(&question, &answers, args.output_format, super::shows_color())?;
    anstream::stdout().write_all(text.as_bytes())?;
    told_aside(&question, &answers, args.output_format)?;
    Ok(outcome(&answers, args.fail_on))
}

fn question(args: &CheckArgs) -> Result<Question, Failure> {
    let read = input::read(&args.input)?;
    let mut clusters = Vec::new();
    for text in &args.cluster {
        let Some((name, path)) = text.split_once('=') else {
            let help = "write `--cluster NAME=PATH`";
            return Err(Failure::usage(format!("`--cluster {text}` has no `=`"), help));
        };
        let more = InputArgs { paths: vec![PathBuf::from(path)], ..args.input.clone() };
        clusters.push((name.to_owned(), input::read(&more)?.inputs));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(Question {
        files: read.inputs,
        clusters,
        mesh_config: read.facts.mesh_config,
        mesh_networks: read.facts.mesh_networks,
        now: i64::try_from(now).unwrap_or(i64::MAX),
        mode: match args.compat_mode {
            CompatMode::Full => Mode::Full,
            CompatMode::Cli => Mode::Cli,
        },
    })
}

/// What istioctl says on standard error.
fn told_aside(question: &Question, answers: &Answers, format: Format) -> std::io::Result<()> {
    let mut err = anstream::stderr();
    for fault in &answers.faults {
        writeln!(err, "{}: not read: {}", fault.place, fault.message)?;
    }
    if format == Format::Full && answers.notices.is_empty() && answers.faults.is_empty() {
        let files: Vec<&str> = question.files.iter().map(|file| file.path.as_str()).collect();
        match files.as_slice() {
            [one] => writeln!(err, "✔ No validation issues found when analyzing {one}.")?,
            _ => {
                let files = files.join("\n  - ");
                writeln!(err, "✔ No validation issues found when analyzing:\n  - {files}\n")?;
            }
        }
    }
    Ok(())
}

/// The exit code: by level, as without `--compat`; a document that is not read counts as an error.
fn outcome(answers: &Answers, fail_on: FailOn) -> Outcome {
    let Some(limit) = fail_on.level() else { return Outcome::Clean };
    let is_bad =
        !answers.faults.is_empty() || answers.notices.iter().any(|notice| notice.kind.level >= limit);
    if is_bad { Outcome::Findings } else { Outcome::Clean }
}

fn render(question: &Question, answers: &Answers, format: Format, color: bool) -> Result<String, Failure> {
    let text = |e: serde_json::Error| Failure::Internal(e.to_string());
    let lines = |line: &dyn Fn(&Notice) -> String| {
        answers.notices.iter().map(|notice| line(notice) + "\n").collect::<String>()
    };
    Ok(match format {
        Format::Full if color => lines(&colored),
        Format::Full => lines(&Notice::line),
        Format::Json => {
            let all: Vec<Value> = answers.notices.iter().map(as_json).collect();
            serde_json::to_string_pretty(&all).map_err(text)? + "\n"
        }
        Format::JsonLines => lines(&|notice| as_json(notice).to_string()),
        _ => as_report(question, answers, format, color),
    })
}

/// The line with the level in istioctl's colours.
fn colored(notice: &Notice) -> String {
    let name = level_name(notice.kind.level);
    let color = match notice.kind.level {
        Level::Error => "\u{1b}[1;31m",
        Level::Warning => "\u{1b}[33m",
        Level::Info => "",
    };
    let line = notice.line();
    format!("{color}{name}\u{1b}[0m{}", line.strip_prefix(name).unwrap_or(&line))
}

fn as_json(notice: &Notice) -> Value {
    let resource = notice.subject.as_ref().map(mp_checks::istioctl::Subject::friendly).unwrap_or_default();
    let mut object = json!({
        "code": notice.kind.code,
        "level": level_name(notice.kind.level),
        "resource": resource,
        "message": notice.text,
    });
    let place =
        notice.subject.as_ref().map(|subject| subject.place.as_str()).filter(|place| !place.is_empty());
    if let (Some(place), Some(object)) = (place, object.as_object_mut()) {
        object.insert("line".to_owned(), json!(place));
    }
    object
}

/// The forms that meshproof has for its own findings.
fn as_report(question: &Question, answers: &Answers, format: Format, color: bool) -> String {
    let mut sources = Sources::new();
    let inputs: Vec<&Input> =
        question.files.iter().chain(question.clusters.iter().flat_map(|(_, files)| files)).collect();
    for input in &inputs {
        let text = String::from_utf8_lossy(&input.bytes).into_owned();
        sources.add(SourceFile::new(input.path.clone(), text));
    }
    let findings = answers.notices.iter().map(|notice| finding(notice, &inputs, &sources)).collect();
    let rules: Vec<Rule> = NOTICES
        .iter()
        .map(|kind| {
            let by = ANALYZERS.iter().filter(|one| one.codes.contains(&kind.code));
            let docs: Vec<String> = by.map(|analyzer| analyzer.docs()).collect();
            Rule {
                code: kind.code,
                name: kind.name,
                title: kind.name.to_owned(),
                docs: docs.join("\n"),
                level: kind.level,
            }
        })
        .collect();
    let report =
        Report { findings, unknown: Vec::new(), sources: &sources, rules: &rules, secrets: Vec::new() };
    check::rendered(&report, format, color)
}

fn finding(notice: &Notice, inputs: &[&Input], sources: &Sources) -> Diagnostic {
    let file = notice.subject.as_ref().and_then(|subject| subject.file.as_ref());
    let span = file.and_then(|(path, line)| {
        let at = inputs.iter().position(|input| input.path == *path)?;
        let id = FileId(u32::try_from(at).ok()?);
        let lines = sources.get(id)?.lines();
        let line = line.unwrap_or(1).saturating_sub(1);
        Some(Span::new(id, lines.line_start(line), lines.line_start(line + 1).saturating_sub(1)))
    });
    let span = span.unwrap_or(Span::new(FileId(0), 0, 0));
    let made =
        Diagnostic::new(notice.kind.code, notice.kind.name, notice.kind.level, span, notice.text.clone());
    match &notice.subject {
        Some(subject) => {
            let (namespace, name) = (subject.namespace.clone(), subject.name.clone());
            made.about(ObjectRef { kind: subject.kind.to_owned(), namespace, name }, "")
        }
        None => made,
    }
}
