//! `meshproof test`: unit tests of a mesh.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mp_base::{FileId, SourceFile, Sources};
use mp_lower::EndpointChoice;
use mp_model::{Input, Workspace, read_file};
use mp_syntax::ProblemKind;
use mp_unit::report::{self, Report};
use mp_unit::{Coverage, ReadError, Run, Suite, Tests, World, read_tests};

use crate::args::InputArgs;
use crate::failure::{Failure, Outcome};
use crate::input::{self, Read};
use crate::report_target::report_target;

#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    input: InputArgs,
    /// A file or folder with tests: `kind: MeshTest`, or the format of istio-config-validator; may be repeated. Without one,
    /// every `kind: MeshTest` of the input runs.
    #[arg(short, long = "tests", value_name = "FILE")]
    tests: Vec<PathBuf>,
    /// Form of the report on standard output.
    #[arg(long, default_value = "text", value_enum)]
    output_format: TestFormat,
    /// One more report, `FORMAT=FILE`; may be repeated.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    reports: Vec<String>,
    /// Say which routes and policy rules no test reaches.
    #[arg(long)]
    coverage: bool,
    /// Fail when fewer percent of the routes and policy rules are reached.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Give the verdict of another tool instead of Istio's, up to its first failure.
    #[arg(long, value_enum, value_name = "TOOL", conflicts_with_all = ["coverage", "min_coverage"])]
    compat: Option<TestTool>,
    /// Refuse unknown fields in tests of istio-config-validator's format.
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    Text,
    Json,
    Junit,
    Tap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TestTool {
    IstioConfigValidator,
}

pub(crate) fn run(args: &TestArgs) -> Result<Outcome, Failure> {
    let targets = args
        .reports
        .iter()
        .map(|text| report_target::<TestFormat>(text, "write `--report junit=tests.xml`"))
        .collect::<Result<Vec<_>, _>>()?;
    let mut read = input::read(&args.input)?;
    read.facts.endpoints = EndpointChoice::Auto;
    read.facts.stand_ins = true;
    read.facts.inferred = true;
    let workspace = Workspace::read(&read.inputs);
    readable(&workspace)?;
    let mut sources = sources(&workspace, &read);
    let suites = suites(args, &workspace, &mut sources)?;
    let (results, coverage, assumed) = match args.compat {
        Some(TestTool::IstioConfigValidator) => {
            if suites.iter().any(|suite| matches!(suite, Suite::Own(_))) {
                let help = "run them without `--compat`";
                return Err(Failure::usage("istio-config-validator knows no `kind: MeshTest`", help));
            }
            (mp_unit::run_as_validator(&workspace, &suites), None, Vec::new())
        }
        None => {
            let mesh = mp_lower::facts(&workspace, &read.facts);
            let Run { results, coverage, assumed } =
                mp_unit::run(&World::new(&mesh), &suites).map_err(|errors| refused(&errors, &sources))?;
            (results, Some(coverage), assumed)
        }
    };
    let shown = coverage.as_ref().filter(|_| args.coverage || args.min_coverage.is_some());
    let report = Report { results: &results, coverage: shown, assumed: &assumed, sources: &sources };
    for (format, path) in targets {
        std::fs::write(path, render(&report, format)).map_err(|e| Failure::unwritable(path, &e))?;
    }
    anstream::stdout().write_all(render(&report, args.output_format).as_bytes())?;
    let short = too_little(shown, args.min_coverage)?;
    let failed = results.iter().any(|result| !result.passed) || short;
    Ok(if failed { Outcome::Findings } else { Outcome::Clean })
}

fn render(report: &Report<'_>, format: TestFormat) -> String {
    match format {
        TestFormat::Text => report::text(report),
        TestFormat::Json => report::json(report),
        TestFormat::Junit => report::junit(report),
        TestFormat::Tap => report::tap(report),
    }
}

/// Whether the coverage is below what is asked for, which is said too.
fn too_little(coverage: Option<&Coverage>, wanted: Option<u8>) -> Result<bool, Failure> {
    let (Some(coverage), Some(wanted)) = (coverage, wanted) else { return Ok(false) };
    let short = coverage.percent() < usize::from(wanted);
    if short {
        writeln!(anstream::stderr(), "coverage is {} %, and {wanted} % are asked for", coverage.percent())?;
    }
    Ok(short)
}

/// What cannot be read may hold the very rule that a test asks for.
fn readable(workspace: &Workspace) -> Result<(), Failure> {
    let fatal = |kind| matches!(kind, ProblemKind::Syntax | ProblemKind::Encoding | ProblemKind::Limit);
    match workspace.problems().find(|problem| fatal(problem.kind)) {
        None => Ok(()),
        Some(problem) => {
            let place = workspace.sources().locate(problem.span);
            Err(Failure::usage(
                format!("{place}: {}", problem.message),
                "tests need an input that can be read",
            ))
        }
    }
}

/// The texts of the input, in the order that spans count on.
fn sources(workspace: &Workspace, read: &Read) -> Sources {
    let mut out = workspace.sources().clone();
    for settings in [&read.facts.mesh_config, &read.facts.mesh_networks].into_iter().flatten() {
        add(&mut out, settings);
    }
    out
}

fn add(sources: &mut Sources, input: &Input) -> FileId {
    sources.add(SourceFile::new(input.path.clone(), String::from_utf8_lossy(&input.bytes).as_ref()))
}

/// The tests of the named files, else those of the input.
fn suites(args: &TestArgs, workspace: &Workspace, sources: &mut Sources) -> Result<Vec<Suite>, Failure> {
    let mut all = Vec::new();
    if args.tests.is_empty() {
        all.extend(workspace.files().iter().map(|file| read_tests(file, false)));
    }
    for path in test_files(&args.tests) {
        let input = input::read_one(&path)?;
        let id = add(sources, &input);
        all.push(read_tests(&read_file(id, &input.bytes), true));
    }
    let mut suites = Vec::new();
    let mut errors = Vec::new();
    for Tests { suites: some, errors: wrong, unknown } in all {
        suites.extend(some);
        errors.extend(wrong);
        for (error, noticed) in unknown {
            match args.strict && (noticed || args.compat.is_none()) {
                true => errors.push(error),
                false if args.compat.is_none() => {
                    writeln!(anstream::stderr(), "warning: {}", words(&error, sources))?
                }
                false => {}
            }
        }
    }
    if !errors.is_empty() {
        return Err(refused(&errors, sources));
    }
    if suites.is_empty() {
        return Err(Failure::usage("there are no tests", "name files with tests by `-t FILE`"));
    }
    Ok(suites)
}

fn test_files(named: &[PathBuf]) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for path in named {
        let mut files = if path.is_dir() { input::discover(Path::new(path)) } else { vec![path.clone()] };
        files.sort();
        out.extend(files);
    }
    out
}

fn refused(errors: &[ReadError], sources: &Sources) -> Failure {
    let all: Vec<String> = errors.iter().map(|error| words(error, sources)).collect();
    Failure::usage(
        all.join("\n"),
        "`meshproof schema mesh-test` describes the format of meshproof's own tests",
    )
}

fn words(error: &ReadError, sources: &Sources) -> String {
    let help = error.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{}: {}{help}", sources.locate(error.span), error.message)
}
