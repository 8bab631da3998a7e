//! `meshproof verify`: invariants and built-in properties, proved or refuted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mp_base::{Diagnostic, SourceFile, Sources};
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;
use mp_lower::plan::security::enforcement_points;
use mp_model::{Kind, Workspace};
use mp_prove::{
    Baseline, Date, Document, Invariant, Options, Property, Report, Subject, Truth, Verdict, parse_lines,
};

use super::verify_report::Shown;
use crate::args::{FailOn, Format, InputArgs, VerifyArgs};
use crate::failure::{Failure, Outcome};
use crate::input::{self, Read};
use crate::report_target::report_target;

/// Kinds of the group `meshproof.dev`.
const OWN_KINDS: [&str; 2] = ["Invariant", "MeshTest"];

pub(crate) fn run(args: &VerifyArgs) -> Result<Outcome, Failure> {
    if args.list {
        return list();
    }
    let targets = args.reports.iter().map(|text| report_target(text, "write `--report sarif=proofs.sarif`"));
    let reports: Vec<(Format, &Path)> = targets.collect::<Result<_, _>>()?;
    let properties = properties(&args.builtin)?;
    mp_prove::limit_time(args.timeout);
    let mut read = input::read(&args.input)?;
    read.facts.inferred = true;
    let workspace = Workspace::read(&read.inputs);
    if workspace.objects().is_empty() && !args.input.allow_empty {
        return Err(Failure::NoInput("the input".to_owned()));
    }
    let (invariants, mut sources, bad) = invariants(&read, &workspace);
    let baselines = baselines(args, &invariants, &mut sources)?;
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let points = enforcement_points(&mesh);
    let options = Options { properties, today: today(args)?, baselines };
    // Beside a promise that nobody can read, the others must not look kept.
    let report =
        if bad.is_empty() { prove(&mesh, &points, &invariants, &options)? } else { Report::default() };
    let fails = !bad.is_empty() || fails(&report, args.fail_on);
    let shown = Shown {
        report: &report,
        bad,
        sources: &sources,
        points: &points,
        assumed: &mesh.assumed,
        workspace: &workspace,
    };
    write(&shown, args, reports)?;
    Ok(if fails { Outcome::Findings } else { Outcome::Clean })
}

fn prove(
    mesh: &Mesh,
    points: &[EnforcementPoint],
    invariants: &[Invariant],
    options: &Options,
) -> Result<Report, Failure> {
    let nowhere = EnforcementPoint::default();
    let subject = Subject { mesh, point: points.first().unwrap_or(&nowhere), lower: enforcement_points };
    let report = mp_prove::verify(points, &subject, invariants, options);
    match report.internal.first() {
        Some(first) => Err(Failure::Internal(first.clone())),
        None => Ok(report),
    }
}

/// Writes the report to the files that are asked for, and to standard output.
fn write(shown: &Shown<'_>, args: &VerifyArgs, reports: Vec<(Format, &Path)>) -> Result<(), Failure> {
    for (format, path) in reports {
        let text = shown.render(format, args.show, false);
        std::fs::write(path, text).map_err(|e| Failure::unwritable(path, &e))?;
    }
    let text = shown.render(args.output_format, args.show, super::shows_color());
    match args.output_format {
        // It has no colours that would have to be taken out, and may be large.
        Format::Json => std::io::stdout().write_all(text.as_bytes())?,
        _ => anstream::stdout().write_all(text.as_bytes())?,
    }
    Ok(())
}

fn fails(report: &Report, fail_on: FailOn) -> bool {
    let Some(limit) = fail_on.level() else { return false };
    let fails = |v: &Verdict| match v.answer {
        Truth::Unknown => true,
        Truth::Violated => mp_base::Level::from(v.severity) >= limit,
        Truth::Holds => false,
    };
    report.verdicts.iter().any(fails)
}

fn list() -> Result<Outcome, Failure> {
    let mut out = anstream::stdout().lock();
    for group in mp_prove::Group::ALL {
        writeln!(out, "{}", group.name())?;
        let mut members: Vec<&Property> = mp_prove::select(group.name());
        members.sort_by_key(|property| property.code);
        for property in members {
            let level = property.severity.as_str();
            writeln!(out, "  {} {level:7} {:26} {}", property.code, property.name, property.title())?;
        }
    }
    Ok(Outcome::Clean)
}

fn properties(words: &[String]) -> Result<Vec<&'static Property>, Failure> {
    if words.is_empty() {
        return Ok(mp_prove::ALL.to_vec());
    }
    let mut wanted = BTreeSet::new();
    for word in words.iter().filter(|word| *word != "none") {
        let found = mp_prove::select(word);
        if found.is_empty() {
            let groups = mp_prove::Group::ALL.map(mp_prove::Group::name);
            let known = mp_prove::ALL.iter().map(|property| property.name).chain(groups);
            let help = match mp_base::nearest(known, word) {
                Some(near) => format!("did you mean `{near}`? `meshproof verify --list` shows all"),
                None => "`meshproof verify --list` shows all; `none` asks none".to_owned(),
            };
            return Err(Failure::usage(format!("there is no built-in property `{word}`"), help));
        }
        wanted.extend(found.iter().map(|property| property.code));
    }
    Ok(mp_prove::ALL.iter().copied().filter(|property| wanted.contains(property.code)).collect())
}

/// The day that the user names, else the day of the clock (UTC).
fn today(args: &VerifyArgs) -> Result<Option<Date>, Failure> {
    if let Some(text) = &args.today {
        let date = Date::parse(text);
        let fault = || Failure::usage(format!("`--today {text}` is no day"), "write `--today 2027-01-31`");
        return date.map(Some).ok_or_else(fault);
    }
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let days = since.ok().and_then(|since| i64::try_from(since.as_secs() / 86_400).ok());
    Ok(days.and_then(Date::from_days))
}

/// Invariants of `*.inv` files and `kind: Invariant` objects, with the texts that their places are in, and what cannot be read.
fn invariants(read: &Read, workspace: &Workspace) -> (Vec<Invariant>, Sources, Vec<Diagnostic>) {
    let mut sources = workspace.sources().clone();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for file in &read.invariants {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let id = sources.add(SourceFile::new(file.path.clone(), text.as_str()));
        let (read, refused) = parse_lines(id, &text);
        good.extend(read);
        bad.extend(refused);
    }
    for object in workspace.of_kind(Kind::Invariant) {
        let Some(root) = workspace.root(object) else { continue };
        let fault = |message: String, help: Option<String>| mp_prove::Fault { message, help };
        match mp_unit::reader::read::<Document>(root) {
            Err(unfit) => bad.push(fault(unfit.message, unfit.help).finding(unfit.span)),
            Ok(document) => {
                let origin = |keys: &[&str]| Some(place(root, keys));
                match Invariant::from_document(document, &origin) {
                    Ok(invariant) => good.push(invariant),
                    Err((fault, keys)) => {
                        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                        bad.push(fault.finding(place(root, &keys)));
                    }
                }
            }
        }
    }
    bad.extend(twice(&good, &sources));
    bad.extend(misnamed(workspace));
    (good, sources, bad)
}

/// Invariants of one name: reports and waivers could mean either.
fn twice(invariants: &[Invariant], sources: &Sources) -> Vec<Diagnostic> {
    let mut seen = BTreeMap::new();
    let mut out = Vec::new();
    for invariant in invariants {
        let Some(span) = invariant.origin else { continue };
        match seen.get(&invariant.name) {
            None => drop(seen.insert(&invariant.name, span)),
            Some(first) => {
                let message = format!("another invariant is called `{}`", invariant.name);
                let help = format!("give it a name of its own; the other is at {}", sources.locate(*first));
                out.push(mp_prove::Fault { message, help: Some(help) }.finding(span));
            }
        }
    }
    out
}

/// Objects of this program's own group that are of no kind it reads: a misspelt promise must not look kept.
fn misnamed(workspace: &Workspace) -> Vec<Diagnostic> {
    let documents = workspace
        .files()
        .iter()
        .flat_map(|file| (0..file.documents.len()).filter_map(|document| file.root(document)));
    let fault = |root: mp_model::Node<'_>| {
        let text = |key: &str| root.get(key).and_then(mp_model::Node::as_str);
        let (version, kind) = (text("apiVersion")?, root.get("kind")?);
        let word = kind.as_str()?;
        if !version.starts_with("meshproof.dev/") || OWN_KINDS.contains(&word) {
            return None;
        }
        let help = match mp_base::nearest(OWN_KINDS, word) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("kinds are {}", OWN_KINDS.join(", ")),
        };
        let message = format!("`{word}` is no kind of `meshproof.dev`");
        Some(mp_prove::Fault { message, help: Some(help) }.finding(kind.span()))
    };
    documents.filter_map(fault).collect()
}

/// The place of a part by its keys, or of what is there of the way to it.
fn place(root: mp_model::Node<'_>, keys: &[&str]) -> mp_base::Span {
    let mut here = root;
    for key in keys {
        let item = key.parse::<usize>().ok().and_then(|at| here.items().nth(at));
        let Some(next) = here.get(key).or(item) else { break };
        here = next;
    }
    here.span()
}

/// The meshes that invariants compare with: those that the command line names, and `config:PATH` in the invariants.
fn baselines(
    args: &VerifyArgs,
    invariants: &[Invariant],
    sources: &mut Sources,
) -> Result<BTreeMap<String, Baseline>, Failure> {
    let mut out = BTreeMap::new();
    for text in &args.baseline_mesh {
        let (name, path) = text.split_once('=').unwrap_or(("", text));
        out.insert(name.to_owned(), baseline(args, path, sources)?);
    }
    for source in invariants.iter().flat_map(Invariant::sources) {
        if let Some(path) = source.strip_prefix("config:").filter(|_| !out.contains_key(source)) {
            out.insert(source.to_owned(), baseline(args, path, sources)?);
        }
    }
    Ok(out)
}

/// Another mesh, whose places are told apart by standing behind all others.
fn baseline(args: &VerifyArgs, path: &str, sources: &mut Sources) -> Result<Baseline, Failure> {
    let read = input::read(&InputArgs { paths: vec![PathBuf::from(path)], ..args.input.clone() })?;
    let before = sources.iter().count();
    let workspace = Workspace::read(&input::behind(before, read.inputs));
    for (_, file) in workspace.sources().iter().skip(before) {
        sources.add(file.clone());
    }
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let points = enforcement_points(&mesh);
    Ok(Baseline { mesh, points })
}
