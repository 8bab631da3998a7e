//! meshproof's own tests: `kind: MeshTest`.

mod arrive;
mod expand;
pub(crate) mod format;
mod hop;
mod judge;
mod open;
mod settings;
mod walk;

#[cfg(test)]
mod tests;

use mp_model::base::Span;

use crate::coverage::Reached;
use crate::reader::{Located, ReadError};
use crate::verdict::TestResult;
use crate::world::World;

use expand::{expectation, requests};
use format::{Case, Defaults, Document};

/// Runs every case of a document; mistakes that only show beside the mesh, such as a workload that does not exist, stop it.
pub(crate) fn run(
    world: &World<'_>,
    document: &Document,
    reached: &mut Reached,
) -> Result<Vec<TestResult>, Vec<ReadError>> {
    let mut out = Vec::new();
    let mut errors = Vec::new();
    for case in &document.spec.cases {
        match run_case(world, case, &document.spec.defaults, reached) {
            Ok(results) => out.extend(results),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

fn run_case(
    world: &World<'_>,
    case: &Located<Case>,
    defaults: &Defaults,
    reached: &mut Reached,
) -> Result<Vec<TestResult>, ReadError> {
    let expect = expectation(&case.expect, &defaults.expect);
    let wrong = |message: String, help: &str| fault(case.span, message, help);
    if expect == format::Expect::default() {
        return Err(wrong(
            format!("the case `{}` expects nothing", case.name),
            "state at least one field of `expect`",
        ));
    }
    let asks = requests(world, case, defaults)?;
    let mut out = Vec::new();
    for ask in &asks {
        for seen in walk::walk(world, ask, reached)? {
            let mismatches = judge::judge(&expect, &seen, world.mesh)?;
            let near = seen.near_misses(&mismatches);
            out.push(TestResult {
                name: case.name.clone(),
                input: seen.line.clone(),
                place: case.span,
                passed: mismatches.is_empty(),
                mismatches,
                won_by: seen.won_by(),
                near,
                undecided: None,
            });
        }
    }
    Ok(out)
}

pub(crate) fn fault(span: Span, message: impl Into<String>, help: impl Into<String>) -> ReadError {
    ReadError { span, message: message.into(), help: Some(help.into()) }
}
