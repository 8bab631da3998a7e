//! # Unknown word
//!
//! The field takes one of a few words, in exactly this spelling. Another word makes the API server refuse the object.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: default, namespace: shop}
//! spec:
//!   mtls: {mode: strict}
//! #              ^^^^^^ MP0103 strict
//! ```
//! ```yaml good
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: default, namespace: shop}
//! spec:
//!   mtls: {mode: STRICT}
//! ```

use mp_ir::base::Level;
use mp_model::admission::Misfit;
use mp_model::base::{edit_distance, slip};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0103",
    name: "unknown-word",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("unknown_word.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for (object, found) in cx.nonconformities() {
        let Misfit::UnknownWord(words) = &found.misfit else { continue };
        let written = cx.workspace.sources().slice(found.span).trim_matches(['"', '\'']);
        let near = words.iter().min_by_key(|word| {
            (edit_distance(&word.to_ascii_lowercase(), &written.to_ascii_lowercase()), **word)
        });
        let list: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let help =
            near.map(|near| format!("did you mean `{near}`? Words: {}", list.join(", "))).unwrap_or_default();
        let meant = slip(words.iter().copied(), written);
        let fix = meant
            .and_then(|word| cx.workspace.replacement(found.span, written, word, format!("write `{word}`")));
        let message = format!("`{written}` is no value of `{}`", found.field);
        out.at(found.span, Some(&object), found.path.clone(), message).help(help).fix(fix);
    }
}
