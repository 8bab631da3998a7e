//! `meshproof explain`.

use std::io::Write as _;

use mp_checks::{ALL, Check, find};
use serde_json::json;

use crate::args::ExplainArgs;
use crate::failure::{Failure, Outcome};

pub(crate) fn run(args: &ExplainArgs) -> Result<Outcome, Failure> {
    let mut checks: Vec<&Check> =
        if args.code == "all" { ALL.to_vec() } else { find(&args.code).into_iter().collect() };
    checks.sort_by_key(|check| check.code);
    if checks.is_empty() {
        return Err(Failure::usage(
            format!("there is no check `{}`", args.code),
            "`meshproof explain all` lists them",
        ));
    }
    let mut out = anstream::stdout().lock();
    if args.json {
        let rows: Vec<_> = checks.iter().map(|check| row(check)).collect();
        writeln!(out, "{:#}", json!(rows))?;
        return Ok(Outcome::Clean);
    }
    if args.code == "all" {
        for check in checks {
            writeln!(out, "{} {:7} {:34} {}", check.code, check.level.as_str(), check.name, check.title())?;
        }
        return Ok(Outcome::Clean);
    }
    for check in checks {
        writeln!(out, "{} {} ({})\n\n{}", check.code, check.name, check.level.as_str(), check.docs())?;
    }
    Ok(Outcome::Clean)
}

fn row(check: &Check) -> serde_json::Value {
    json!({"code": check.code, "name": check.name, "level": check.level.as_str(), "title": check.title(), "istio": check.istio, "kiali": check.kiali, "docs": check.docs()})
}
