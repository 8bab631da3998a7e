//! `meshproof explain`.

use std::io::Write as _;

use mp_base::render::Rule;
use serde_json::json;

use super::catalog;
use crate::args::ExplainArgs;
use crate::failure::{Failure, Outcome};

pub(crate) fn run(args: &ExplainArgs) -> Result<Outcome, Failure> {
    let wanted = |rule: &Rule| {
        args.code == "all" || rule.code.eq_ignore_ascii_case(&args.code) || rule.name == args.code
    };
    let rules: Vec<Rule> = catalog::all().into_iter().filter(wanted).collect();
    if rules.is_empty() {
        return Err(Failure::usage(
            format!("there is no check and no property `{}`", args.code),
            "`meshproof explain all` lists them",
        ));
    }
    let mut out = anstream::stdout().lock();
    if args.json {
        let rows: Vec<_> = rules.iter().map(row).collect();
        writeln!(out, "{:#}", json!(rows))?;
        return Ok(Outcome::Clean);
    }
    for rule in rules {
        if args.code == "all" {
            writeln!(out, "{} {:7} {:34} {}", rule.code, rule.level.as_str(), rule.name, rule.title)?;
        } else {
            writeln!(out, "{} {} ({})\n\n{}", rule.code, rule.name, rule.level.as_str(), rule.docs)?;
        }
    }
    Ok(Outcome::Clean)
}

fn row(rule: &Rule) -> serde_json::Value {
    let check = mp_checks::find(rule.code);
    let (istio, kiali) = (check.and_then(|check| check.istio), check.and_then(|check| check.kiali));
    json!({"code": rule.code, "name": rule.name, "level": rule.level.as_str(), "title": rule.title, "istio": istio, "kiali": kiali, "docs": rule.docs})
}
