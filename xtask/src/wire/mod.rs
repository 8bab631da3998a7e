//! `cargo xtask wire`: random scenarios in the kinds of the recorded ones, through the proxy and through real Envoy on the same
//! bootstrap. What Envoy itself answers in two ways is left out. `--seed N` chooses the first set, `--sets N` how many follow;
//! `--odd` makes connections byte by byte instead, `--config` bootstraps whose fields have random values.

mod answers;
mod config;
mod frames;
mod hand;
mod http1;
mod http2;
mod mangle;
mod other;
mod parts;
mod pools;
mod streams;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::conformance::{Answer, CaseResult, Context, Program, compare, find_envoy, python};
use crate::dice::Dice;
use crate::{Outcome, project};
use pools::Pools;

/// Runs a set of scenarios against a proxy and writes down what it answered.
const RUNNER: &str = include_str!("wire_run.py");
/// Scenarios of a set, unless told otherwise.
const SIZE: usize = 300;

/// What one scenario came to: the fields in which the proxy differs from Envoy, with both values.
#[derive(Debug)]
pub(crate) struct Outcomes {
    /// By id; empty where all is equal.
    pub(crate) differ: BTreeMap<String, Vec<Difference>>,
    /// Scenarios that Envoy answers differently from run to run.
    pub(crate) unsteady: usize,
    /// Pipelines that Envoy leaves unanswered from some request on, and the proxy does not.
    pub(crate) stalled: usize,
    scenarios: BTreeMap<String, Value>,
}

/// A field of an answer.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) field: String,
    want: Value,
    got: Value,
}

/// What a run needs.
pub(crate) struct Bench {
    /// The folder with the bootstrap, the scenarios and the certificates.
    pub(crate) area: PathBuf,
    pub(crate) tools: PathBuf,
    pub(crate) envoy: PathBuf,
    pub(crate) program: Program,
    pub(crate) scratch: PathBuf,
    /// The id of the only scenario that is wanted.
    pub(crate) only: Option<String>,
}

/// The command line.
struct Options {
    sets: u64,
    seed: u64,
    size: usize,
    bin: Option<PathBuf>,
    verbose: bool,
    source: Source,
}

/// Where a set comes from.
#[derive(Clone, Copy)]
enum Source {
    /// Scenarios for the recorded bootstrap.
    Makers(Makers),
    /// A bootstrap of its own.
    Config,
}

/// Compares; false when the two differ anywhere.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let options = parse(args)?;
    let shared = project::root().join("../shared");
    let area = shared.join("oracle/proxy");
    let Some(envoy) = find_envoy().filter(|_| area.is_dir()) else {
        println!("wire: skipped, there is no Envoy (`./dev envoy`) or no ../shared/oracle");
        return Ok(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none());
    };
    let program = Program::find(options.bin.as_deref())?;
    let scratch = project::root().join("target/wire");
    let bench = Bench { area, tools: shared.join("tools"), envoy, program, scratch, only: None };
    let mut good = true;
    for seed in options.seed..options.seed.saturating_add(options.sets) {
        let outcomes = bench.set(options.source, seed, options.size)?;
        let bad = outcomes.differ.values().filter(|fields| !fields.is_empty());
        println!(
            "wire: seed {seed}: {} of {} equal, {} unsteady, {} stalled",
            outcomes.differ.len() - bad.clone().count(),
            outcomes.differ.len(),
            outcomes.unsteady,
            outcomes.stalled
        );
        good &= bad.count() == 0;
        outcomes.show(options.verbose, &bench.scratch.join(format!("set{seed}")))?;
    }
    Ok(good)
}

/// The sets that are asked with the recorded answers: seed and size.
const FIXED: (u64, usize) = (11, 240);
const FIXED_ODD: (u64, usize) = (5, 300);
const FIXED_CONFIG: (u64, usize) = (7, 240);

/// One fixed set as an area of the conformance.
pub(crate) fn area(context: &Context) -> Result<Answer, String> {
    fixed(context, Source::Makers(MAKERS), FIXED)
}

/// A fixed set of connections made by hand as an area of the conformance.
pub(crate) fn odd(context: &Context) -> Result<Answer, String> {
    fixed(context, Source::Makers(ODD), FIXED_ODD)
}

/// A fixed bootstrap that nobody wrote down as an area of the conformance.
pub(crate) fn config(context: &Context) -> Result<Answer, String> {
    fixed(context, Source::Config, FIXED_CONFIG)
}

fn fixed(context: &Context, source: Source, (seed, size): (u64, usize)) -> Result<Answer, String> {
    let Some(envoy) = find_envoy() else {
        return Ok(Answer::NotBuilt("no Envoy: `./dev envoy` fetches it".to_owned()));
    };
    let Context { program, area, tools, only, scratch } = context;
    let (area, tools, scratch) = (area.clone(), tools.clone(), scratch.clone());
    let bench = Bench { area, tools, envoy, program: program.clone(), scratch, only: only.clone() };
    let outcomes = bench.set(source, seed, size)?;
    let fields = |fields: &[Difference]| {
        let names: Vec<&str> = fields.iter().map(|one| one.field.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    Ok(Answer::Cases(outcomes.differ.iter().map(|(id, found)| CaseResult::new(id, fields(found))).collect()))
}

fn parse(args: &[&str]) -> Result<Options, String> {
    let mut options =
        Options { sets: 1, seed: 1, size: SIZE, bin: None, verbose: false, source: Source::Makers(MAKERS) };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().copied().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: &str| text.parse().map_err(|_| format!("{arg} needs a number"));
        match *arg {
            "--sets" => options.sets = number(value()?)?,
            "--seed" => options.seed = number(value()?)?,
            "--size" => options.size = usize::try_from(number(value()?)?).unwrap_or(SIZE),
            "--bin" => options.bin = Some(value()?.into()),
            "--odd" => options.source = Source::Makers(ODD),
            "--config" => options.source = Source::Config,
            "-v" => options.verbose = true,
            other => return Err(format!("wire does not know {other}")),
        }
    }
    Ok(options)
}

impl Bench {
    /// Makes one set, runs it twice through Envoy and once through the proxy.
    fn set(&self, source: Source, seed: u64, size: usize) -> Result<Outcomes, String> {
        let folder = self.scratch.join(format!("set{seed}"));
        project::empty_dir(&folder)?;
        let mut scenarios = self.made(source, seed, size, &folder)?;
        if let Some(only) = &self.only {
            scenarios.retain(|scenario| compare::text(scenario, "id") == only);
        }
        self.outcomes(&folder, &scenarios)
    }

    /// Writes the files of a set but its scenarios, which it gives.
    fn made(&self, source: Source, seed: u64, size: usize, folder: &Path) -> Result<Vec<Value>, String> {
        for file in project::entries(&self.area)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name == "bootstrap.json" || name.ends_with(".pem") || name.ends_with(".key") {
                std::fs::copy(&file, folder.join(&name)).map_err(|e| format!("{}: {e}", file.display()))?;
            }
        }
        match source {
            Source::Makers(makers) => Ok(scenarios(makers, &Pools::read(&self.area)?, seed, size)),
            Source::Config => {
                let made = config::make(seed, size);
                let text = format!("{:#}\n", made.bootstrap);
                project::write(&folder.join("bootstrap.json"), text.as_bytes())?;
                Ok(made.scenarios)
            }
        }
    }

    /// What scenarios come to.
    fn outcomes(&self, folder: &Path, scenarios: &[Value]) -> Result<Outcomes, String> {
        let lines: String = scenarios.iter().map(|scenario| format!("{scenario}\n")).collect();
        project::write(&folder.join("scenarios.jsonl"), lines.as_bytes())?;
        let envoy = format!(
            "{} --concurrency 1 --disable-hot-restart -l off --file-flush-interval-msec 50 -c {{bootstrap}}",
            self.envoy.display()
        );
        self.record(folder, &envoy, "expect.jsonl")?;
        self.record(folder, &envoy, "again.jsonl")?;
        self.record(folder, &proxy_command(&self.program.path), "got.jsonl")?;
        compare_all(folder, scenarios)
    }

    fn record(&self, folder: &Path, command: &str, out: &str) -> Result<(), String> {
        let script = self.scratch.join("wire_run.py");
        project::write(&script, RUNNER.as_bytes())?;
        let mut python = python();
        python.arg(&script).arg(&self.tools).args(["--cmd", command, "--data"]).arg(folder);
        // A hundred ports of this run's own.
        let base = 22_000 + std::process::id() % 60 * 100;
        python.arg("--record").arg(folder.join(out)).args(["--base", &base.to_string(), "--jobs", "48"]);
        let done = python.output().map_err(|e| format!("python3 cannot be started: {e}"))?;
        match done.status.code() {
            Some(0 | 1) => Ok(()),
            _ => Err(format!(
                "wire_run.py: {}{}",
                String::from_utf8_lossy(&done.stdout),
                String::from_utf8_lossy(&done.stderr)
            )),
        }
    }
}

/// How the proxy runs a bootstrap: on its own, or as a command of meshproof.
fn proxy_command(path: &Path) -> String {
    let own = path.file_stem().is_some_and(|stem| stem == "meshproof-proxy");
    format!("{} {} {{bootstrap}}", path.display(), if own { "-c" } else { "run" })
}

fn compare_all(folder: &Path, scenarios: &[Value]) -> Result<Outcomes, String> {
    let read = |name: &str| compare::read_lines(&folder.join(name)).map(compare::by_id);
    let (expect, again, got) = (read("expect.jsonl")?, read("again.jsonl")?, read("got.jsonl")?);
    let mut outcomes =
        Outcomes { differ: BTreeMap::new(), unsteady: 0, stalled: 0, scenarios: BTreeMap::new() };
    for scenario in scenarios {
        let id = compare::text(scenario, "id").to_owned();
        let (want, twice, got) = (expect.get(&id), again.get(&id), got.get(&id));
        if want != twice {
            outcomes.unsteady += 1;
            continue;
        }
        if want.zip(got).is_some_and(|(want, got)| stalls(want, got)) {
            outcomes.stalled += 1;
            continue;
        }
        outcomes.differ.insert(id.clone(), differences(want, got));
        outcomes.scenarios.insert(id, scenario.clone());
    }
    Ok(outcomes)
}

/// Envoy never reads on behind a request that it answered by itself, when that was not the first one and more came with it: the
/// client waits for ever. Answering is better.
fn stalls(want: &Value, got: &Value) -> bool {
    let answers = |row| compare::text(row, "resp").to_owned();
    let (want_all, got_all) = (answers(want), answers(got));
    let more = got_all.strip_prefix(&want_all).is_some_and(|rest| rest.starts_with("HTTP/1.1 "));
    more && want_all.matches("HTTP/1.1 ").count() > 1 && compare::text(want, "end") == "keep"
}

fn differences(want: Option<&Value>, got: Option<&Value>) -> Vec<Difference> {
    let empty = serde_json::Map::new();
    let [want, got] = [want, got].map(|row| row.and_then(Value::as_object).unwrap_or(&empty));
    let fields: std::collections::BTreeSet<&String> = want.keys().chain(got.keys()).collect();
    let value = |row: &serde_json::Map<String, Value>, field: &String| row.get(field).cloned();
    fields
        .into_iter()
        .map(|field| (field, value(want, field), value(got, field)))
        .filter(|(_, want, got)| want != got)
        .map(|(field, want, got)| Difference {
            field: field.clone(),
            want: want.unwrap_or_default(),
            got: got.unwrap_or_default(),
        })
        .collect()
}

impl Outcomes {
    /// Prints what differs; with the route and the clusters where the bootstrap is a made one.
    fn show(&self, verbose: bool, folder: &Path) -> Result<(), String> {
        let bootstrap = compare::read_json(&folder.join("bootstrap.json"))?;
        for (id, fields) in self.differ.iter().filter(|(_, fields)| !fields.is_empty()) {
            let names: Vec<&str> = fields.iter().map(|one| one.field.as_str()).collect();
            println!("  {id}: {}", names.join(", "));
            if verbose {
                let scenario = self.scenarios.get(id).unwrap_or(&Value::Null);
                println!("    {scenario}");
                if scenario.get("route").is_some() {
                    println!("    {}", config::part(&bootstrap, scenario));
                }
                for one in fields {
                    println!("    {}: want {}\n    {}: got  {}", one.field, one.want, one.field, one.got);
                }
            }
        }
        Ok(())
    }
}

type Maker = fn(&Pools, &mut Dice) -> Option<Value>;
/// Kinds of scenarios, with how often each is made.
type Makers = &'static [(u64, &'static str, Maker)];

/// What clients and upstreams may do in the main.
const MAKERS: Makers = &[
    (12, "h1", http1::request),
    (5, "body", http1::body),
    (3, "pipe", http1::pipeline),
    (8, "mangle", mangle::bytes),
    (4, "swap", mangle::swap),
    (8, "h2", http2::request),
    (5, "frames", frames::connection),
    (3, "cut", parts::cut),
    (3, "half", parts::half),
    (2, "expect", parts::expect),
    (2, "upgrade", parts::upgrade),
    (3, "tls", other::tls),
    (3, "pp", other::proxy_protocol),
    (2, "tcp", other::tcp),
    (3, "jwt", other::jwt),
    (1, "hash", other::hash),
];

/// What no library for HTTP would send.
const ODD: Makers = &[
    (6, "hand", hand::connection),
    (2, "uph2", answers::frames),
    (3, "uph1", answers::bytes),
    (2, "tcp", streams::tcp),
    (2, "switched", streams::upgraded),
];

/// The scenarios of a seed.
fn scenarios(makers: Makers, pools: &Pools, seed: u64, size: usize) -> Vec<Value> {
    let total: u64 = makers.iter().map(|(weight, ..)| weight).sum();
    let mut made = Vec::new();
    for number in 0..size {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let mut at = dice.roll() % total;
        let picked = makers.iter().find(|(weight, ..)| {
            let here = at < *weight;
            at = at.wrapping_sub(*weight);
            here
        });
        let Some((_, kind, maker)) = picked else { continue };
        let Some(mut scenario) = maker(pools, &mut dice) else { continue };
        let id = format!("{kind}_{seed}_{number}");
        if let Some(fields) = scenario.as_object_mut() {
            fields.insert("id".to_owned(), json!(id));
            fields.insert("group".to_owned(), json!(kind));
        }
        made.push(scenario);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself() {
        let area = project::root().join("../shared/oracle/proxy");
        if !area.is_dir() {
            println!("skipped: no ../shared/oracle/proxy");
            assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none());
            return;
        }
        let pools = Pools::read(&area).expect("the oracle's pools");
        for makers in [MAKERS, ODD] {
            let one = scenarios(makers, &pools, 7, 200);
            assert_eq!(one, scenarios(makers, &pools, 7, 200));
            assert_ne!(one, scenarios(makers, &pools, 8, 200));
            for (_, kind, _) in makers {
                assert!(one.iter().any(|scenario| scenario["group"] == *kind), "no {kind}");
            }
        }
    }

    #[test]
    fn a_field_that_one_side_lacks_differs() {
        let (want, got) = (json!({"resp": "a", "end": "fin"}), json!({"resp": "a"}));
        let found = differences(Some(&want), Some(&got));
        assert_eq!(found.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), ["end"]);
        assert!(differences(Some(&want), Some(&want)).is_empty());
    }
}
