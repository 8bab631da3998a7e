//! `meshproof decide`: the policies of one workload, request by request.

use std::io::Write as _;

use mp_eval::{Decider, Request, Surroundings, json_lines};
use mp_ir::plan::EnforcementPoint;
use mp_model::Workspace;
use rayon::prelude::*;

use crate::args::DecideArgs;
use crate::failure::{Failure, Outcome};
use crate::input;

/// Requests that are decided and written together.
const CHUNK: usize = 1024;

pub(crate) fn run(args: &DecideArgs) -> Result<Outcome, Failure> {
    let read = input::read(&args.input)?;
    let workspace = Workspace::read(&read.inputs);
    let mesh = mp_lower::facts(&workspace, &read.facts);
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    let point = point(&points, &args.workload)?;
    let requests = requests(&args.requests)?;
    let around = Surroundings::default();
    let decider = Decider::new(point);
    let answers: Vec<Vec<u8>> =
        requests.par_chunks(CHUNK).map(|some| lines(&decider, some, &around)).collect::<Result<_, _>>()?;
    // Whole chunks at a time, and as they are: there is nothing to colour.
    let mut out = std::io::stdout().lock();
    for lines in &answers {
        out.write_all(lines)?;
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

/// Answers, a line each.
fn lines(decider: &Decider<'_>, requests: &[Request], around: &Surroundings) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    for request in requests {
        let answer = decider.decide(request, around);
        serde_json::to_writer(&mut out, &answer).map_err(|e| Failure::Internal(e.to_string()))?;
        out.push(b'\n');
    }
    Ok(out)
}

/// The point of `ns/name`.
pub(crate) fn point<'a>(
    points: &'a [EnforcementPoint],
    workload: &str,
) -> Result<&'a EnforcementPoint, Failure> {
    let (namespace, name) = workload.split_once('/').ok_or_else(|| {
        Failure::usage(format!("`{workload}` is not `NS/NAME`"), "name a Pod, such as `shop/web-1`")
    })?;
    let found = points.iter().find(|p| p.namespace == namespace && p.name == name);
    found.ok_or_else(|| {
        Failure::usage(
            format!("the input has no workload `{workload}`"),
            "name a Pod of the input, such as `shop/web-1`",
        )
    })
}

fn requests(file: &std::path::Path) -> Result<Vec<Request>, Failure> {
    json_lines(&input::read_text(file)?, |_| Ok(())).map_err(|bad| {
        Failure::usage(format!("{}:{bad}", file.display()), "each line is one request as a JSON object")
    })
}
