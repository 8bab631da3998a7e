//! Every compiled bootstrap loads in the proxy that it is compiled for.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::program::each;
use super::traffic_run::{bootstraps, find_envoy};
use super::{Answer, CaseResult, Context};
use crate::project;

/// `compile` for every proxy of a case, then `envoy --mode validate`.
pub(crate) fn envoy(context: &Context) -> Result<Answer, String> {
    let Some(envoy) = find_envoy() else {
        return Ok(Answer::NotBuilt("no Envoy: `./dev envoy` fetches it".to_owned()));
    };
    run(context, "envoy", &|| loader(&envoy, &["--mode", "validate", "-l", "error", "-c"]))
}

/// The same for the bundled proxy, which knows Istio's own filters and refuses what it cannot run.
pub(crate) fn proxy(context: &Context) -> Result<Answer, String> {
    run(context, "meshproof", &|| loader(&context.program.path, &["run", "--validate"]))
}

fn loader(program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

fn run(context: &Context, target: &str, load: &(dyn Fn() -> Command + Sync)) -> Result<Answer, String> {
    let cases = context.cases()?;
    let done = each(&cases, |(name, case)| one_case(context, target, load, (name, case)));
    Ok(Answer::Cases(done.into_iter().collect::<Result<Vec<_>, _>>()?))
}

fn one_case(
    context: &Context,
    target: &str,
    load: &(dyn Fn() -> Command + Sync),
    (name, case): (&str, &Path),
) -> Result<CaseResult, String> {
    let out = match bootstraps(context, target, name, case)? {
        Ok(out) => out,
        Err(why) => return Ok(CaseResult { parts: (0, 1), ..CaseResult::new(name, Some(why)) }),
    };
    let mut fault = None;
    let mut parts = (0, 0);
    for file in project::entries(&out)? {
        parts.1 += 1;
        match validate(&mut load(), &file)? {
            None => parts.0 += 1,
            Some(why) => {
                fault.get_or_insert(format!("{}: {why}", file.display()));
            }
        }
    }
    let mut result = CaseResult::new(name, fault);
    result.parts = parts;
    Ok(result)
}

/// What a proxy says against a bootstrap. Certificates that are not on this machine are replaced by the sample's.
fn validate(loads: &mut Command, file: &Path) -> Result<Option<String>, String> {
    let mut config = super::compare::read_json(file)?;
    here(&mut config, &project::root().join("fixtures/identity"));
    project::write(file, config.to_string().as_bytes())?;
    let done = loads.arg(file).output().map_err(|e| format!("{loads:?}: {e}"))?;
    if done.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&done.stderr).replace('\n', " ");
    Ok(Some(said.chars().skip(said.chars().count().saturating_sub(400)).collect()))
}

/// Puts files of this machine where files are named.
fn here(value: &mut Value, identity: &Path) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| here(item, identity)),
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                let file = match key.as_str() {
                    "privateKey" => "key.pem",
                    "trustedCa" => "root-cert.pem",
                    "certificateChain" => "cert-chain.pem",
                    _ => {
                        here(field, identity);
                        continue;
                    }
                };
                if field.get("filename").is_some() {
                    *field = json!({"filename": identity.join(file)});
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_wherever_they_stand() {
        let mut config =
            json!({"a": [{"privateKey": {"filename": "/x"}, "trustedCa": {"inlineString": "y"}}]});
        here(&mut config, Path::new("/id"));
        assert_eq!(
            config,
            json!({"a": [{"privateKey": {"filename": "/id/key.pem"}, "trustedCa": {"inlineString": "y"}}]})
        );
    }
}
