//! Test files, and running what they hold.

use mp_ir::mesh::Unknown;
use mp_lower::facts::virtual_services_as_written;
use mp_model::syntax::ParsedFile;
use mp_model::{Node, Problem, ProblemKind, Workspace};

use crate::coverage::{Coverage, Reached};
use crate::own::{self, format::Document};
use crate::reader::{self, ReadError};
use crate::validator::{self, TestCase, Unread};
use crate::verdict::TestResult;
use crate::world::World;

/// Most requests that one test may multiply out to.
pub(crate) const MOST_REQUESTS: usize = 10_000;

/// Whether lists of these lengths multiply out to few enough requests.
pub(crate) fn product_fits(lengths: &[usize]) -> bool {
    let product = lengths.iter().try_fold(1usize, |product, length| product.checked_mul(*length));
    product.is_some_and(|product| product <= MOST_REQUESTS)
}

/// The tests of one document.
#[derive(Clone, Debug)]
pub enum Suite {
    /// meshproof's own format.
    Own(Box<Document>),
    /// That of istio-config-validator.
    Validator(Vec<TestCase>),
}

/// What a test file holds.
#[derive(Clone, Debug, Default)]
pub struct Tests {
    /// By document.
    pub suites: Vec<Suite>,
    /// Mistakes; with one, no test may run.
    pub errors: Vec<ReadError>,
    /// Fields of the other format that mean nothing, and whether its strict mode would refuse them.
    pub unknown: Vec<(ReadError, bool)>,
}

/// Reads the tests of a file. Of a file that was named as one every document must hold tests; of another the documents that do are
/// taken.
#[must_use]
pub fn read_tests(file: &ParsedFile, named: bool) -> Tests {
    let mut out = Tests::default();
    if named {
        out.errors.extend(
            file.problems.iter().filter(|problem| is_fatal(problem)).map(|problem| ReadError {
                span: problem.span,
                message: problem.message.clone(),
                help: None,
            }),
        );
    }
    for (_, root) in file.roots().filter(|(_, root)| !root.is_null()) {
        if is_own(root) {
            match reader::read::<Document>(root) {
                Ok(document) => out.suites.push(Suite::Own(Box::new(document))),
                Err(error) => out.errors.push(error),
            }
        } else if named && validator::is_ours(root) {
            let (cases, Unread { errors, unknown }) = validator::read(root);
            out.suites.push(Suite::Validator(cases));
            out.errors.extend(errors);
            out.unknown.extend(unknown);
        } else if named {
            out.errors.push(ReadError {
                span: root.span(),
                message: "the document holds no tests".to_owned(),
                help: Some(
                    "write `kind: MeshTest`, or `testCases:` as istio-config-validator has it".to_owned(),
                ),
            });
        }
    }
    out
}

fn is_own(root: Node<'_>) -> bool {
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    text("kind") == Some("MeshTest") && text("apiVersion").is_some_and(|v| v.starts_with("meshproof.dev/"))
}

fn is_fatal(problem: &Problem) -> bool {
    matches!(
        problem.kind,
        ProblemKind::Syntax
            | ProblemKind::Encoding
            | ProblemKind::Limit
            | ProblemKind::DuplicateKey
            | ProblemKind::TrailingContent
    )
}

/// What the tests came to.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Every request, in the order of the files.
    pub results: Vec<TestResult>,
    /// What the requests reach.
    pub coverage: Coverage,
    /// What was assumed of the mesh for want of input.
    pub assumed: Vec<Unknown>,
}

impl Run {
    /// Whether all tests passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.results.iter().all(|result| result.passed)
    }
}

/// Runs all tests by Istio's semantics.
///
/// # Errors
/// Mistakes that only show beside the mesh, such as a workload that does not exist.
pub fn run(world: &World<'_>, suites: &[Suite]) -> Result<Run, Vec<ReadError>> {
    let mut reached = Reached::default();
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for suite in suites {
        match suite {
            Suite::Own(document) => match own::run(world, document, &mut reached) {
                Ok(some) => results.extend(some),
                Err(some) => errors.extend(some),
            },
            Suite::Validator(cases) => results.extend(validator::run(world, cases, &mut reached)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let assumed = world.mesh.assumed.clone();
    Ok(Run { results, coverage: Coverage::new(world.mesh, &reached), assumed })
}

/// Runs the tests of the other format as istio-config-validator does: up to the first failure. Tests of meshproof's own format are
/// left out.
#[must_use]
pub fn run_as_validator(workspace: &Workspace, suites: &[Suite]) -> Vec<TestResult> {
    let services = virtual_services_as_written(workspace);
    let cases = suites.iter().flat_map(|suite| match suite {
        Suite::Own(_) => &[][..],
        Suite::Validator(cases) => cases.as_slice(),
    });
    validator::run_as_reference(&services, &cases.cloned().collect::<Vec<_>>())
}
