//! `cargo xtask bench`: what meshproof's commands cost on generated meshes of two sizes, beside the peer where it is installed.

mod decisions;
mod editor;
mod measure;
mod policies;
mod process;
mod proxy;
mod sidecars;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::conformance::{Program, python};
use crate::{Outcome, project};
use measure::Cost;
use policies::Size;

pub(crate) use measure::run as measure;

/// Services of the two meshes: two sizes per job, so that a hidden square shows.
const SIZES: [usize; 2] = [250, 1000];
/// The texts to parse are the larger mesh this many times, about 10 and 50 MB.
const PARSE_COPIES: [usize; 2] = [3, 15];
/// How often each job runs; the best run counts, because machines are shared.
const RUNS: usize = 5;

/// Changes of one line: job, text before, text after.
const CHANGES: [(&str, &str, &str); 2] = [
    (
        "diff of a policy",
        "        principals:\n        - cluster.local/ns/",
        "        principals:\n        - cluster.local/ns/x-",
    ),
    ("diff of a route", "weight: 50", "weight: 60"),
];

/// One row of the table.
struct Job {
    name: &'static str,
    /// What the input is.
    input: String,
    /// What the cost is divided by, and the word for it.
    units: f64,
    unit: &'static str,
    program: OsString,
    args: Vec<OsString>,
}

/// A generated mesh.
struct Mesh {
    services: usize,
    objects: f64,
    file: PathBuf,
}

/// Runs all jobs, or those whose name holds one of the words given, and prints one table.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let mut words = Vec::new();
    let mut bin = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match *arg {
            "--bin" => bin = Some(PathBuf::from(args.next().ok_or("--bin needs a file")?)),
            word => words.push(word),
        }
    }
    if !generator().is_file() {
        println!("bench: skipped, there is no ../shared/tools/genmesh.py");
        return Ok(true);
    }
    let program = Program::find(bin.as_deref())?;
    if program.path.components().any(|part| part.as_os_str() == "debug") {
        println!("note: a debug build; run `cargo build --release` for figures that mean something");
    }
    println!("{:22} {:24} {:>8} {:>8} {:>7} {:>14}", "job", "input", "CPU s", "wall s", "MB", "CPU per unit");
    for job in jobs(&program)? {
        if words.is_empty() || words.iter().any(|word| job.name.contains(word)) {
            println!("{}", row(&job)?);
        }
    }
    if words.is_empty() || words.iter().any(|word| "check after an edit".contains(word)) {
        edits(&program)?;
    }
    proxy::run(&program, |name| words.is_empty() || words.iter().any(|word| name.contains(word)))?;
    Ok(true)
}

/// Edits of meshes of two sizes in many files, and of the larger one in a single file.
fn edits(program: &Program) -> Result<(), String> {
    let [small, large] = SIZES;
    for (services, files) in [(small, 100), (large, 100), (large, 1)] {
        let text = project::read(&mesh(services)?.file)?;
        println!("{}", editor::row(program, (services, &text), files)?);
    }
    Ok(())
}

fn row(job: &Job) -> Result<String, String> {
    let mut best: Option<Cost> = None;
    for _ in 0..RUNS {
        let cost = measure::in_own_process(&job.program, &job.args)?;
        if !matches!(cost.code, Some(0 | 1)) {
            return Ok(format!("{:22} {:24} not built yet, or failed: {:?}", job.name, job.input, cost.code));
        }
        best = Some(best.map_or(cost, |best| best.better(cost)));
    }
    let Some(Cost { cpu, wall, peak_mb, .. }) = best else { return Err("no run".to_owned()) };
    let per = match job.unit {
        // Peak memory as a multiple of the input.
        "MB" => format!("{:.1} MB/s {:.1}x", job.units / cpu, peak_mb / job.units),
        unit => format!("{:.1} us/{unit}", cpu * 1e6 / job.units),
    };
    Ok(format!("{:22} {:24} {cpu:>8.3} {wall:>8.3} {peak_mb:>7.1} {per:>14}", job.name, job.input))
}

fn jobs(program: &Program) -> Result<Vec<Job>, String> {
    let tiny = mesh(1)?;
    let meshes = [mesh(SIZES[0])?, mesh(SIZES[1])?];
    let ours = |name, mesh: &Mesh, args: &[&str]| job(name, mesh, program.path.clone().into(), args);
    let gateway = ["compile", "--proxy", "istio-system/edge-gateway-0", "-o", "/dev/null"];
    let mut jobs = vec![ours("start: compile gateway", &tiny, &gateway)];
    for mesh in &meshes {
        jobs.push(ours("check", mesh, &["check", "--output-format", "json"]));
    }
    for mesh in &meshes {
        jobs.push(ours("compile gateway", mesh, &gateway));
        jobs.extend(diffs(program, mesh)?);
    }
    for mesh in &meshes {
        jobs.push(ours("parse", mesh, &["parse"]));
    }
    jobs.extend(requests(program, &meshes)?);
    let [_, large] = &meshes;
    let text = project::read(&large.file)?;
    jobs.extend(sidecars::jobs(program, large, &text)?);
    for copies in PARSE_COPIES {
        let big = Mesh { file: repeated(&text, large, copies)?, ..*large };
        let megabytes = std::fs::metadata(&big.file).map_or(0.0, |meta| size(meta.len()) / 1e6);
        let of_size =
            |job: Job| Job { input: format!("{megabytes:.0} MB"), units: megabytes, unit: "MB", ..job };
        jobs.push(of_size(ours("parse", &big, &["parse"])));
        jobs.extend(readers(&big)?.into_iter().map(of_size));
    }
    jobs.extend(proofs(program)?);
    if let Some(istioctl) = on_path("istioctl") {
        let args = ["analyze", "--use-kube=false", "-A", "-o", "json"];
        jobs.push(job("istioctl analyze", large, istioctl.into(), &args));
    }
    Ok(jobs)
}

/// The reader of YAML alone, ours and serde_yaml, where it could be built.
fn readers(big: &Mesh) -> Result<Vec<Job>, String> {
    let Some(reader) = reader()? else { return Ok(Vec::new()) };
    let one = |(name, who): (&'static str, &str)| {
        let args = vec![big.file.clone().into_os_string(), who.into()];
        let program = reader.clone().into_os_string();
        Job { name, input: String::new(), units: 0.0, unit: "MB", program, args }
    };
    Ok([("parse only, with spans", "ours"), ("parse only, serde_yaml", "serde")].map(one).into())
}

/// Proofs: all built-in properties, and twenty questions, over a few policies on each of many workloads; and single questions about all
/// policies on one workload, which is the worst case. One thread, so that time is comparable.
fn proofs(program: &Program) -> Result<Vec<Job>, String> {
    let mut out = Vec::new();
    for policies in [250, 1000] {
        let spread = Size { policies, workloads: policies / 4 };
        out.push(proof(program, "verify", spread, None)?);
        out.push(proof(program, "verify, 20 questions", spread, Some(policies::TWENTY))?);
    }
    for question in policies::QUESTIONS {
        for policies in [250, 1000] {
            out.push(proof(program, question.0, Size { policies, workloads: 1 }, Some(question.1))?);
        }
    }
    Ok(out)
}

/// All built-in properties, or one question.
fn proof(program: &Program, name: &'static str, size: Size, question: Option<&str>) -> Result<Job, String> {
    let file = folder().join(format!("policies-{}-{}.yaml", size.policies, size.workloads));
    project::write(&file, policies::mesh(size).as_bytes())?;
    let mut args: Vec<OsString> =
        ["verify", "--jobs", "1", "--output-format", "json"].iter().map(Into::into).collect();
    if let Some(question) = question {
        let asked = folder().join(format!("{}.inv", name.replace([' ', ','], "-")));
        project::write(&asked, question.as_bytes())?;
        args.extend(["--builtin".into(), "none".into(), asked.into()]);
    }
    args.push(file.into());
    Ok(Job {
        name,
        input: format!("{} policies, {} points", size.policies, size.workloads),
        units: f64::from(u32::try_from(size.policies).unwrap_or(u32::MAX)),
        unit: "policy",
        program: program.path.clone().into(),
        args,
    })
}

/// The example that reads a file with our reader or with serde_yaml and does nothing else, built like the programs that are measured; none
/// where it does not build.
fn reader() -> Result<Option<PathBuf>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(project::root()).args([
        "build",
        "--quiet",
        "--release",
        "-p",
        "mp-syntax",
        "--example",
        "speed",
    ]);
    let built = build.status().map_err(|e| format!("cargo: {e}"))?.success();
    let file = project::root().join("target/release/examples/speed");
    Ok((built && file.is_file()).then_some(file))
}

/// The mesh compared with itself after changes of one line.
fn diffs(program: &Program, mesh: &Mesh) -> Result<Vec<Job>, String> {
    let one = |(name, before, after): &(&'static str, &str, &str)| {
        let mut out = job(name, mesh, program.path.clone().into(), &["diff"]);
        out.args.push(changed(mesh, name, before, after)?.into());
        Ok(out)
    };
    CHANGES.iter().map(one).collect()
}

/// One request followed through the mesh, and many decided by one workload's policies.
fn requests(program: &Program, meshes: &[Mesh]) -> Result<Vec<Job>, String> {
    let call = ["trace", "--from", "team-amber/account-0-v1-0", "--to", "http://account-0/api/account-0/x"];
    let path = || program.path.clone().into();
    let mut jobs: Vec<Job> =
        meshes.iter().map(|mesh| job("trace one request", mesh, path(), &call)).collect();
    jobs.push(decisions::job(&folder(), path())?);
    Ok(jobs)
}

fn job(name: &'static str, mesh: &Mesh, program: OsString, args: &[&str]) -> Job {
    let mut args: Vec<OsString> = args.iter().map(Into::into).collect();
    args.push(mesh.file.clone().into());
    let input = format!("{} services, {} objects", mesh.services, mesh.objects);
    Job { name, input, units: mesh.objects, unit: "object", program, args }
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files on a disk")]
fn size(bytes: u64) -> f64 {
    bytes as f64
}

fn generator() -> PathBuf {
    project::root().join("../shared/tools/genmesh.py")
}

fn folder() -> PathBuf {
    project::root().join("target/bench")
}

/// A mesh of so many services; the same bytes for the same number.
fn mesh(services: usize) -> Result<Mesh, String> {
    let file = folder().join(format!("mesh-{services}.yaml"));
    project::write(&file, b"")?;
    let mut python = python();
    python
        .arg(generator())
        .args(["--services", &services.to_string(), "--seed", "1", "--authz", "0.5", "-o"])
        .arg(&file);
    let done = python.output().map_err(|e| format!("python3 cannot be started: {e}"))?;
    let said: Value = serde_json::from_slice(&done.stderr).map_err(|e| format!("genmesh.py: {e}"))?;
    let objects =
        said.get("objects").and_then(Value::as_f64).ok_or("genmesh.py does not count its objects")?;
    Ok(Mesh { services, objects, file })
}

/// The mesh with one line changed.
fn changed(mesh: &Mesh, name: &str, before: &str, after: &str) -> Result<PathBuf, String> {
    let file = folder().join(format!("mesh-{}-{}.yaml", mesh.services, name.replace(' ', "-")));
    let text = project::read(&mesh.file)?;
    if !text.contains(before) {
        return Err(format!("the generated mesh has no `{before}`"));
    }
    project::write(&file, text.replacen(before, after, 1).as_bytes())?;
    Ok(file)
}

fn repeated(text: &str, mesh: &Mesh, copies: usize) -> Result<PathBuf, String> {
    let file = folder().join(format!("mesh-{}-times-{copies}.yaml", mesh.services));
    project::write(&file, vec![text; copies].join("---\n").as_bytes())?;
    Ok(file)
}

/// A program of the machine, if it is installed.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir: PathBuf| Path::join(&dir, name)).find(|file| file.is_file())
}

/// This program, to run one of its own tasks.
fn this_program() -> Result<Command, String> {
    std::env::current_exe().map(Command::new).map_err(|e| e.to_string())
}
