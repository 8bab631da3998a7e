//! Names in certificates of Secrets and ConfigMaps of the input.

use std::collections::BTreeMap;

use mp_model::{Kind, Object, Workspace};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

/// Names by the secret that holds the certificate: `name` and `namespace/name`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    names: BTreeMap<String, Vec<String>>,
}

impl Secrets {
    /// The certificates of the input.
    pub(crate) fn read(workspace: &Workspace) -> Self {
        let mut names = BTreeMap::new();
        for object in workspace.of_kind(Kind::Secret) {
            let Some(found) = certificate(workspace, object).and_then(|pem| names_of(&pem)) else { continue };
            names.insert(format!("{}/{}", object.namespace, object.name), found.clone());
            names.insert(object.name.clone(), found);
        }
        Self { names }
    }

    /// Names in the certificate of a secret, as `DNS:…` and `URI:…`, sorted; `None` when the input does not have it.
    pub(crate) fn names(&self, secret: &str) -> Option<Vec<String>> {
        let bare = secret.split_once("://").map_or(secret, |(_, name)| name);
        let known = |name: &str| self.names.get(name).cloned();
        known(bare).or_else(|| known(bare.strip_suffix("-cacert")?))
    }
}

/// The certificate of a Secret: its `tls.crt` or `cert`, decoded.
fn certificate(workspace: &Workspace, object: &Object) -> Option<Vec<u8>> {
    let root = workspace.root(object)?;
    let data = root.get("data")?;
    let text = data.get("tls.crt").or_else(|| data.get("cert"))?;
    let text: String = text.as_str()?.chars().filter(|c| !c.is_whitespace()).collect();
    mp_eval::hop::from_base64(&text.replace('+', "-").replace('/', "_"))
}

fn names_of(pem: &[u8]) -> Option<Vec<String>> {
    let pem = Pem::iter_from_buffer(pem).next()?.ok()?;
    let certificate = pem.parse_x509().ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let mut found: Vec<String> = names
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(format!("DNS:{name}")),
            GeneralName::URI(uri) => Some(format!("URI:{uri}")),
            _ => None,
        })
        .collect();
    found.sort();
    Some(found)
}
