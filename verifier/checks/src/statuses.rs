//! What istiod writes into the status of Gateway API objects, as far as the input is enough to tell.

use mp_ir::mesh::{Evidence, StatusCondition};
use mp_model::Kind;

use crate::Cx;

/// Whether a condition holds whatever a cluster has beyond the input.
pub(crate) fn is_certain(cx: &Cx<'_>, condition: &StatusCondition) -> bool {
    match &condition.evidence {
        Evidence::Written => true,
        Evidence::Labels(namespace) => cx.workspace.find(Kind::Namespace, "", namespace).is_some(),
        Evidence::Absence => false,
    }
}

/// Words of istiod, with names marked as everywhere here.
pub(crate) fn words(message: &str) -> String {
    message.replace('"', "`")
}
