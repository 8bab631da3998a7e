//! The mends of findings, put into the files until none is left.

use std::sync::Arc;

use mp_base::{Applicability, Fix, mended};
use mp_model::{Input, Workspace};

use crate::{Options, analyse};

/// A mend may bring another one to light; more rounds than this are no progress.
const ROUNDS: usize = 10;

/// What became of the files.
#[derive(Clone, Debug)]
pub struct Mended {
    /// All files as they are now, in the given order.
    pub inputs: Vec<Input>,
    /// How many mends were put in.
    pub fixes: usize,
}

/// Puts the mends that are certainly meant into the files, and looks again, until there are none. Files in other encodings than UTF-8 stay
/// as they are.
#[must_use]
pub fn mend(mut inputs: Vec<Input>, options: &Options) -> Mended {
    let mut fixes = 0;
    for _ in 0..ROUNDS {
        let workspace = Workspace::read(&inputs)
            .with_settings(options.facts.mesh_config.as_ref(), options.facts.mesh_networks.as_ref());
        let analysis = analyse(workspace, options);
        let mut safe: Vec<&Fix> = Vec::new();
        for fix in analysis.findings.iter().filter_map(|finding| finding.fix.as_ref()) {
            if fix.applicability == Applicability::Safe && !safe.iter().any(|other| other.edits == fix.edits)
            {
                safe.push(fix);
            }
        }
        let sources = analysis.workspace.sources();
        let text = |file: mp_base::FileId| {
            let text = sources.get(file)?.text();
            let input = inputs.get(file.0 as usize)?;
            (input.bytes.as_slice() == text.as_bytes()).then_some(text)
        };
        let (changed, done) = mended(text, &safe);
        if changed.is_empty() {
            break;
        }
        fixes += done.len();
        for (file, text) in changed {
            if let Some(input) = inputs.get_mut(file.0 as usize) {
                input.bytes = Arc::new(text.into_bytes());
            }
        }
    }
    Mended { inputs, fixes }
}
