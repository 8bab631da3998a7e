//! One side of a comparison: files or a revision, read and lowered.

use std::path::Path;
use std::sync::OnceLock;

use mp_base::Origin;
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;
use mp_lower::FactOptions;
use mp_lower::plan::security::{enforcement_points, point_workloads};
use mp_model::{Input, Workspace};
use mp_prove::diff::Named;

use super::args::DiffArgs;
use crate::args::InputArgs;
use crate::failure::Failure;
use crate::input;
use crate::revision;

/// Everything that is known of one side.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) workspace: Workspace,
    pub(super) mesh: Mesh,
    points: OnceLock<Vec<EnforcementPoint>>,
}

/// Reads both sides.
pub(super) fn load(args: &DiffArgs) -> Result<[Side; 2], Failure> {
    let common = InputArgs {
        mesh_config: args.mesh_config.clone(),
        mesh_networks: args.mesh_networks.clone(),
        env: args.env.clone(),
        allow_empty: args.allow_empty,
        ..InputArgs::default()
    };
    let facts = input::facts(&common)?;
    let (old, new) = (files(&args.old, &common)?, files(&args.new, &common)?);
    let first = Workspace::read(&old);
    let second = Workspace::read(&new);
    let (old, new) = rayon::join(|| Side::new(first, &facts), || Side::new(second, &facts));
    for (side, name) in [(&old, &args.old), (&new, &args.new)] {
        if side.workspace.objects().is_empty() && !args.allow_empty {
            return Err(Failure::NoInput(format!("`{name}`")));
        }
    }
    Ok([old, new])
}

/// The files of a path; of a revision where there is no such path.
fn files(spec: &str, common: &InputArgs) -> Result<Vec<Input>, Failure> {
    if Path::new(spec).exists() || spec == "-" {
        let args = InputArgs { paths: vec![spec.into()], ..common.clone() };
        return Ok(input::read(&args)?.inputs);
    }
    let files = revision::read(spec)?.inputs;
    if files.is_empty() && !common.allow_empty {
        return Err(Failure::NoInput(format!("`{spec}`")));
    }
    Ok(files)
}

impl Side {
    fn new(workspace: Workspace, facts: &FactOptions) -> Self {
        let mesh = mp_lower::facts(&workspace, facts);
        Self { workspace, mesh, points: OnceLock::new() }
    }

    /// Enforcement points, one per workload in the order of the facts; made at the first call.
    pub(super) fn points(&self) -> &[EnforcementPoint] {
        self.points.get_or_init(|| enforcement_points(&self.mesh))
    }

    /// How many there are.
    pub(super) fn workloads(&self) -> usize {
        point_workloads(&self.mesh).count()
    }

    /// The points with their owners.
    pub(super) fn named(&self) -> Vec<Named<'_>> {
        let mut owners = point_workloads(&self.mesh).map(|workload| workload.workload_name.as_str());
        // Behind the workloads' points come those of waypoints, which keep their names.
        let named = |point| Named { point, owner: owners.next().unwrap_or(point.name.as_str()) };
        self.points().iter().map(named).collect()
    }

    /// File, line and column of a place.
    pub(super) fn at(&self, origin: Origin) -> Option<String> {
        origin.map(|span| self.workspace.sources().locate(span))
    }
}

/// `namespace/name` of a point.
pub(super) fn name(point: &EnforcementPoint) -> String {
    format!("{}/{}", point.namespace, point.name)
}
