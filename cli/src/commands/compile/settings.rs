//! What keeps istiod from taking the mesh's own configuration.

use mp_model::admission::{Complaint, Subject, review_webhook};
use mp_model::base::Span;
use mp_model::{MeshConfigKind, Workspace};

/// The values for which istiod refuses the configuration that counts, each with its line (`pkg/config/mesh/mesh.go`, `ApplyMeshConfig`). It would
/// go on with what it had before, which nobody knows here.
pub(super) fn faults(workspace: &Workspace) -> Vec<String> {
    let sources = workspace.mesh_configs();
    let (named, found): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| source.kind == MeshConfigKind::File);
    let all = || named.iter().chain(found.first());
    let mut out = Vec::new();
    if let Some(source) = all().find(|source| source.bodies().next().is_some()) {
        for (_, body) in source.bodies() {
            let place = |span| source.span(span);
            out.extend(told(workspace, review_webhook(Subject::MeshConfig, body).errors, place));
        }
    }
    let networks = all().find_map(|source| Some((source, source.networks()?)));
    if let Some((source, body)) = networks {
        let place = |span| source.networks_span(span);
        out.extend(told(workspace, review_webhook(Subject::MeshNetworks, body).errors, place));
    }
    out
}

fn told(
    workspace: &Workspace,
    complaints: Vec<Complaint>,
    place: impl Fn(Span) -> Span,
) -> impl Iterator<Item = String> {
    complaints.into_iter().map(move |one| {
        let at = workspace.sources().locate(place(one.span));
        format!("{at}: istiod does not take the mesh configuration: {}; correct the value", one.message)
    })
}
