//! Names that exist, where the name of another object is typed.

use mp_base::Span;
use mp_model::references::{Choices, choices};

use crate::Analysis;

/// The text that is replaced and what may stand there, sorted; `None` where no name of an object stands.
#[must_use]
pub fn completion(analysis: &Analysis, path: &str, offset: u32) -> Option<(Span, Vec<String>)> {
    let workspace = &analysis.workspace;
    let (file, _) = workspace.sources().iter().find(|(_, source)| source.path() == path)?;
    let object = workspace.object_at(file, offset)?;
    let Choices { span, names, subsets_of } = choices(workspace, object, offset)?;
    let mut names = names;
    if let Some(host) = subsets_of {
        let full = mp_lower::facts::hostname(host, &object.namespace, &analysis.mesh.settings.domain);
        let rules = analysis.mesh.destination_rules.iter().filter(|rule| rule.host.value == full);
        names.extend(rules.flat_map(|rule| &rule.subsets).map(|subset| subset.name.value.clone()));
    }
    names.sort();
    names.dedup();
    Some((span, names))
}
