//! `cargo xtask conformance`: meshproof's answers beside those of the real programs, recorded in ../shared/oracle.

mod batches;
mod bootstrap;
pub(crate) mod compare;
mod equal;
mod findings;
mod kiali;
mod program;
mod requests;
mod routetests;
mod status;
mod tools;
mod traffic;
mod traffic_random;
mod traffic_run;
mod validate;
mod ztunnel;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::{Outcome, project};
pub(crate) use program::Program;
pub(crate) use traffic_run::find_envoy;

/// What one case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaseResult {
    pub(crate) name: String,
    pub(crate) equal: bool,
    /// What differs, in a few words.
    pub(crate) detail: String,
    /// Parts that are equal, and all parts: requests or resources; (0, 0) when the case has none.
    pub(crate) parts: (usize, usize),
}

impl CaseResult {
    pub(crate) fn new(name: impl Into<String>, fault: Option<String>) -> Self {
        Self { name: name.into(), equal: fault.is_none(), detail: fault.unwrap_or_default(), parts: (0, 0) }
    }
}

/// What one area came to.
pub(crate) enum Answer {
    Cases(Vec<CaseResult>),
    /// The command answers that it is not built, in its words.
    NotBuilt(String),
}

/// What all areas need.
pub(crate) struct Context {
    pub(crate) program: Program,
    /// The area's folder.
    pub(crate) area: PathBuf,
    /// The folder with the comparing scripts.
    pub(crate) tools: PathBuf,
    pub(crate) only: Option<String>,
    /// An empty folder for the area's files.
    pub(crate) scratch: PathBuf,
}

impl Context {
    /// The case folders that are asked for, by name.
    pub(crate) fn cases(&self) -> Result<Vec<(String, PathBuf)>, String> {
        let mut found = Vec::new();
        for path in project::entries(&self.area)? {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if path.join("case.json").is_file() && self.wants(&name) {
                found.push((name, path));
            }
        }
        Ok(found)
    }

    pub(crate) fn wants(&self, case: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == case)
    }
}

type Area = fn(&Context) -> Result<Answer, String>;

/// Name and runner; no runner where no command answers the area yet. What follows a dash is another use of the same folder.
const AREAS: &[(&str, Option<Area>)] = &[
    ("yaml", Some(batches::yaml)),
    ("validation", Some(batches::validation)),
    ("analysis", Some(findings::analysis)),
    ("problems", Some(findings::problems)),
    ("xds", Some(tools::xds)),
    ("xds-validate", Some(validate::envoy)),
    ("xds-run", Some(validate::proxy)),
    ("authz", Some(requests::authz)),
    ("questions", Some(batches::questions)),
    ("traffic", Some(traffic::traffic)),
    ("traffic-envoy", Some(traffic_run::envoy)),
    ("traffic-proxy", Some(traffic_run::proxy)),
    ("routetests", Some(routetests::meant)),
    ("routetests-compat", Some(routetests::compat)),
    ("traffic-random", Some(traffic_random::random)),
    ("proxy", Some(tools::proxy)),
    ("proxy-random", Some(crate::wire::area)),
    ("proxy-odd", Some(crate::wire::odd)),
    ("proxy-config", Some(crate::wire::config)),
    ("traffic-proxies", Some(traffic_random::proxies)),
    ("status", Some(status::run)),
    ("ztunnel", Some(ztunnel::run)),
    ("bootstrap", Some(bootstrap::run)),
    ("kiali", Some(kiali::run)),
];

/// Areas whose answers rest on sockets and clocks too: a case that differs is asked a second time, alone, before it counts.
const LIVE: &[&str] = &[
    "traffic-envoy",
    "traffic-proxy",
    "traffic-random",
    "traffic-proxies",
    "proxy",
    "proxy-random",
    "proxy-odd",
    "proxy-config",
];

/// Areas that take minutes: they run where they are named.
const LONG: &[&str] = &["traffic-proxies"];

/// The command line.
#[derive(Default)]
struct Options {
    areas: Vec<String>,
    case: Option<String>,
    bin: Option<PathBuf>,
    json: bool,
    update: bool,
    verbose: bool,
}

/// Runs the areas and prints equal and total of each; false when a case that was equal once is not any more.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let options = parse(args)?;
    let oracle = project::root().join("../shared/oracle");
    if !oracle.is_dir() {
        println!("conformance: skipped, there is no ../shared/oracle");
        return Ok(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none());
    }
    let program = Program::find(options.bin.as_deref())?;
    let mut report = serde_json::Map::new();
    let mut good = true;
    for (name, area) in AREAS {
        let named = options.areas.iter().any(|wanted| wanted == name);
        if !named && (!options.areas.is_empty() || LONG.contains(name)) {
            continue;
        }
        let (kept, entry) = match area {
            Some(area) => run_area(name, *area, &program, &oracle, &options)?,
            None => (true, not_built(name, "no command answers it yet", &options)),
        };
        good &= kept;
        report.insert((*name).to_owned(), entry);
    }
    if options.json {
        println!("{:#}", Value::Object(report));
    }
    Ok(good)
}

fn run_area(
    name: &str,
    area: Area,
    program: &Program,
    oracle: &Path,
    options: &Options,
) -> Result<(bool, Value), String> {
    let scratch = project::root().join("target/conformance").join(name);
    project::empty_dir(&scratch)?;
    let mut context = Context {
        program: program.clone(),
        area: oracle.join(name.split('-').next().unwrap_or(name)),
        tools: oracle.join("../tools"),
        only: options.case.clone(),
        scratch,
    };
    if !context.area.is_dir() {
        return Ok((true, not_built(name, "the oracle has no such area", options)));
    }
    let started = std::time::Instant::now();
    match area(&context)? {
        // A command that answered once must not go away.
        Answer::NotBuilt(why) => Ok((equal::count(name)? == 0, not_built(name, &why, options))),
        Answer::Cases(mut cases) => {
            cases.sort_by(|a, b| a.name.cmp(&b.name));
            if LIVE.contains(&name) {
                ask_again(name, area, &mut context, &mut cases)?;
            }
            let lost = equal::lost(name, &cases)?;
            if options.update {
                equal::add(name, &cases)?;
            }
            let seconds = started.elapsed().as_secs_f64();
            show(name, &cases, &lost, seconds, options);
            Ok((lost.is_empty(), entry(&cases, &lost)))
        }
    }
}

/// Runs the cases that were equal once and differ now a second time, when nothing else keeps the machine busy.
fn ask_again(name: &str, area: Area, context: &mut Context, cases: &mut [CaseResult]) -> Result<(), String> {
    for lost in equal::lost(name, cases)? {
        eprintln!("{name}: {lost} differs, asked again");
        context.only = Some(lost.clone());
        project::empty_dir(&context.scratch)?;
        if let Answer::Cases(second) = area(context)?
            && let Some(again) = second.into_iter().find(|case| case.name == lost)
            && let Some(slot) = cases.iter_mut().find(|case| case.name == lost)
        {
            *slot = again;
        }
    }
    Ok(())
}

fn not_built(name: &str, why: &str, options: &Options) -> Value {
    if !options.json {
        println!("{name:12} not built yet ({why})");
    }
    json!({ "notBuilt": why })
}

fn show(name: &str, cases: &[CaseResult], lost: &[String], seconds: f64, options: &Options) {
    if options.json {
        return;
    }
    let equal = cases.iter().filter(|case| case.equal).count();
    let (part, parts) = cases.iter().fold((0, 0), |sum, case| (sum.0 + case.parts.0, sum.1 + case.parts.1));
    let inner = if parts == 0 { String::new() } else { format!("  {part}/{parts} inside") };
    println!("{name:12} {equal:>5}/{:<5}{inner}  {seconds:.1} s", cases.len());
    for name in lost {
        println!("  was equal and is not: {name}");
    }
    if options.verbose || options.case.is_some() {
        for case in cases.iter().filter(|case| !case.equal) {
            println!("  {}: {}", case.name, case.detail);
        }
    }
}

fn entry(cases: &[CaseResult], lost: &[String]) -> Value {
    let differ = cases.iter().filter(|case| !case.equal).map(|case| (case.name.clone(), json!(case.detail)));
    let equal = cases.iter().filter(|case| case.equal).count();
    json!({"equal": equal, "total": cases.len(), "lost": lost, "differ": differ.collect::<serde_json::Map<_, _>>()})
}

fn parse(args: &[&str]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().map(|v| (*v).to_owned()).ok_or_else(|| format!("{arg} needs a value"));
        match *arg {
            "--area" => options.areas.extend(value()?.split(',').map(str::to_owned)),
            "--case" => options.case = Some(value()?),
            "--bin" => options.bin = Some(value()?.into()),
            "--json" => options.json = true,
            "--update" => options.update = true,
            "-v" => options.verbose = true,
            other => return Err(format!("conformance does not know {other}")),
        }
    }
    if let Some(unknown) = options.areas.iter().find(|name| !AREAS.iter().any(|(known, _)| known == name)) {
        return Err(format!("there is no area {unknown}"));
    }
    Ok(options)
}

/// Python, which the comparing scripts are written in.
pub(crate) fn python() -> Command {
    Command::new("python3")
}
