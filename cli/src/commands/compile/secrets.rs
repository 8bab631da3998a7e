//! Files of the secrets that a bootstrap reads, written from the Secrets of the input when that is asked.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use mp_emit::SecretUse;
use mp_model::{Kind, Node, Workspace};

use crate::failure::Failure;

/// Writes the files of one secret; false when the input lacks it or a part of it. Nobody but the owner may read them.
pub(super) fn write(workspace: &Workspace, namespace: &str, wanted: &SecretUse) -> Result<bool, Failure> {
    let (namespace, name) = wanted.secret.split_once('/').unwrap_or((namespace, &wanted.secret));
    let names = if wanted.authority {
        // Authorities may stand apart from the certificate (`kubesecrets.go`, `GetCaCert`).
        vec![format!("{name}-cacert"), name.to_owned()]
    } else {
        vec![name.to_owned()]
    };
    let parts: &[(&str, [&str; 2])] = if wanted.authority {
        &[("ca.crt", ["cacert", "ca.crt"])]
    } else {
        &[("tls.crt", ["cert", "tls.crt"]), ("tls.key", ["key", "tls.key"])]
    };
    for name in names {
        let Some(object) = workspace.find(Kind::Secret, namespace, &name) else { continue };
        let Some(root) = workspace.root(object) else { continue };
        let found: Option<Vec<(&str, Vec<u8>)>> = parts
            .iter()
            .map(|(file, keys)| Some((*file, keys.iter().find_map(|key| value(root, key))?)))
            .collect();
        let Some(found) = found else { continue };
        for (file, bytes) in found {
            private(&Path::new(&wanted.folder).join(file), &bytes)?;
        }
        return Ok(true);
    }
    Ok(false)
}

/// A value of a Secret: `stringData` before `data`, as the API server merges them.
fn value(root: Node<'_>, key: &str) -> Option<Vec<u8>> {
    let text = |list: &str| root.get(list).and_then(|list| list.get(key)).and_then(Node::as_str);
    let plain = text("stringData").map(|text| text.as_bytes().to_vec());
    let bytes = plain.or_else(|| mp_syntax::decode_base64(text("data")?))?;
    (!bytes.is_empty()).then_some(bytes)
}

fn private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let fault = |e: std::io::Error| Failure::unwritable(path, &e);
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fault)?;
    }
    // A file that is there keeps its mode when it is opened, so it goes first.
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(fault(e)),
        _ => {}
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
    file.write_all(bytes).map_err(fault)
}
