//! `meshproof check`: the merge gate.

use std::io::Write as _;

use mp_ide::{Analysis, Options};
use mp_lower::FactOptions;
use mp_model::{Kind, Workspace};

use super::check_fix;
use crate::args::{CheckArgs, CheckCompat, FailOn, Format};
use crate::failure::{Failure, Outcome};
use crate::input::{self, Read};
use crate::report_target::report_target;

pub(crate) fn run(args: &CheckArgs) -> Result<Outcome, Failure> {
    let help = "write `--report sarif=meshproof.sarif`";
    let targets = args.reports.iter().map(|text| report_target(text, help));
    let reports: Vec<(Format, _)> = targets.collect::<Result<_, _>>()?;
    if let Some(CheckCompat::Istioctl) = args.compat {
        return super::check_istioctl::run(args, &reports);
    }
    known(&args.select)?;
    known(&args.ignore)?;
    let mut read = input::read(&args.input)?;
    let facts = read.facts.clone();
    let options = Options { facts, select: args.select.clone(), ignore: args.ignore.clone() };
    let stdin = args.input.paths.iter().any(|path| path.as_os_str() == "-");
    if args.diff {
        return check_fix::diff(read.inputs, &options);
    }
    if args.fix {
        read.inputs = check_fix::fix(read.inputs, &options, stdin)?;
    }
    let workspace = workspace(&read, args.input.allow_empty)?;
    // The workspace has its own text.
    drop(read.inputs);
    let analysis = mp_ide::analyse(workspace, &options);
    for (format, path) in reports {
        std::fs::write(path, render(&analysis, format, false)).map_err(|e| Failure::unwritable(path, &e))?;
    }
    let text = render(&analysis, args.output_format, super::shows_color());
    if args.fix && stdin {
        anstream::stderr().write_all(text.as_bytes())?;
    } else {
        anstream::stdout().write_all(text.as_bytes())?;
    }
    Ok(outcome(&analysis, args.fail_on))
}

/// Refuses codes that do not exist: a gate that checks nothing by a slip of the pen is worse than none.
fn known(codes: &[String]) -> Result<(), Failure> {
    among(codes, mp_checks::ALL.iter().map(|check| (check.code, check.name)))
}

/// Refuses codes that are neither the beginning of a code nor a name.
pub(crate) fn among<'c>(
    codes: &[String],
    known: impl Iterator<Item = (&'c str, &'c str)> + Clone,
) -> Result<(), Failure> {
    let is_known = |code: &&String| {
        known.clone().any(|(known, name)| known.starts_with(code.as_str()) || name == code.as_str())
    };
    match codes.iter().find(|code| !is_known(code)) {
        Some(code) => {
            Err(Failure::usage(format!("there is no check `{code}`"), "`meshproof explain all` lists them"))
        }
        None => Ok(()),
    }
}

/// Parses what was read.
pub(crate) fn workspace(read: &Read, allow_empty: bool) -> Result<Workspace, Failure> {
    let FactOptions { mesh_config, mesh_networks, .. } = &read.facts;
    let workspace = Workspace::read(&read.inputs).with_settings(mesh_config.as_ref(), mesh_networks.as_ref());
    let empty = workspace.objects().is_empty() && workspace.problems().next().is_none();
    if empty && !allow_empty {
        let names: Vec<String> = read.inputs.iter().take(3).map(|i| format!("`{}`", i.path)).collect();
        return Err(Failure::NoInput(names.join(", ")));
    }
    Ok(workspace)
}

/// The exit code that the findings ask for.
pub(crate) fn outcome(analysis: &Analysis, fail_on: FailOn) -> Outcome {
    let Some(limit) = fail_on.level() else { return Outcome::Clean };
    if analysis.findings.iter().any(|d| d.level >= limit) { Outcome::Findings } else { Outcome::Clean }
}

/// The report in one form.
pub(crate) fn render(analysis: &Analysis, format: Format, color: bool) -> String {
    use mp_base::render;
    let rules: Vec<render::Rule> =
        mp_checks::ALL.iter().map(|check| super::catalog::of_check(check)).collect();
    let unknown = analysis.unknown.iter().map(|u| render::Unknown {
        object: u.object.clone(),
        reason: u.reason.clone(),
        origin: u.origin,
    });
    let report = render::Report {
        findings: analysis.findings.clone(),
        unknown: unknown.collect(),
        sources: analysis.workspace.sources(),
        rules: &rules,
        secrets: secrets(&analysis.workspace),
    };
    rendered(&report, format, color)
}

/// A report in one form.
pub(crate) fn rendered(report: &mp_base::render::Report<'_>, format: Format, color: bool) -> String {
    use mp_base::render;
    match format {
        Format::Full => render::full(report, color),
        Format::Concise => render::concise(report),
        Format::Json => render::json(report),
        Format::JsonLines => render::json_lines(report),
        Format::Sarif => render::sarif(report),
        Format::Github => render::github(report),
        Format::Gitlab => render::gitlab(report),
        Format::Junit => render::junit(report),
        Format::Rdjson => render::rdjson(report),
    }
}

/// The values that no report may show: what Secrets hold.
pub(crate) fn secrets(workspace: &Workspace) -> Vec<mp_base::Span> {
    let bodies =
        workspace.objects().iter().filter(|o| o.kind == Kind::Secret).filter_map(|o| workspace.root(o));
    let data = bodies.flat_map(|root| [root.get("data"), root.get("stringData")]).flatten();
    let values = data.flat_map(mp_model::Node::all_entries).map(|(_, value)| value.span());
    // Of a Secret that could not be read as a whole nobody knows where the values end.
    let documents = workspace.files().iter().flat_map(|file| file.documents.iter().map(move |d| (file, d)));
    let broken = documents.filter(|(_, document)| !document.whole).filter(|(file, document)| {
        file.text.get(document.span.range()).is_some_and(|text| text.contains("kind: Secret"))
    });
    values.chain(broken.map(|(_, document)| document.span)).collect()
}
