//! Unit tests of routes in the format of istio-config-validator: whether they pass.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compare;
use super::program::{args, each};
use super::{Answer, CaseResult, Context};
use crate::project;

/// Cases in which real routing answers otherwise than the other tool, with the reason behind each.
const DEVIATIONS: &str = "verifier/unit/deviations.txt";

/// By Istio's semantics: the other tool's verdict, and the opposite in the cases that are known to deviate.
pub(crate) fn meant(context: &Context) -> Result<Answer, String> {
    let deviations = deviations(&project::read(&project::root().join(DEVIATIONS))?);
    run(context, &[], &deviations)
}

/// The verdict of the other tool.
pub(crate) fn compat(context: &Context) -> Result<Answer, String> {
    run(context, &["--compat", "istio-config-validator"], &BTreeSet::new())
}

fn run(context: &Context, more: &[&str], opposite: &BTreeSet<String>) -> Result<Answer, String> {
    let cases = context.cases()?;
    let done = each(&cases, |(name, path)| {
        let mut command = args(&[&"test", &path.join("config.yaml"), &"-t", &path.join("tests.yaml")]);
        command.extend(more.iter().map(Into::into));
        let said = context.program.run(&command, &context.scratch, name)?;
        Ok::<_, String>((name, compare::read_json(&path.join("expect.json"))?, said))
    });
    let mut results = Vec::new();
    for run in done {
        let (name, expect, said) = run?;
        if let Some(why) = said.not_built() {
            return Ok(Answer::NotBuilt(why));
        }
        let passes = expect.get("pass") == Some(&Value::Bool(true));
        let code = i32::from(passes == opposite.contains(name));
        let fault = (said.code != Some(code)).then(|| format!("expect exit {code}, {}", said.first_fault()));
        results.push(CaseResult::new(name, fault));
    }
    Ok(Answer::Cases(results))
}

/// Names in front of the reasons.
fn deviations(text: &str) -> BTreeSet<String> {
    let names = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::deviations;

    #[test]
    fn reasons_are_no_names() {
        let found = deviations("# why\na  # because\n\nb\n#\n");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
