//! Certificates from files instead of from the agent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::BootstrapOptions;

/// Where the certificate, key and root of the workload lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Certificate chain, PEM.
    pub certificate: String,
    /// Private key, PEM.
    pub key: String,
    /// Roots, PEM.
    pub root: String,
}

impl Identity {
    /// The three files of a folder under Istio's names.
    #[must_use]
    pub fn in_folder(folder: &str) -> Self {
        let file = |name: &str| format!("{}/{name}", folder.trim_end_matches('/'));
        Self { certificate: file("cert-chain.pem"), key: file("key.pem"), root: file("root-cert.pem") }
    }

    pub(super) fn folder(&self) -> &str {
        self.certificate.rsplit_once('/').map_or(".", |(folder, _)| folder)
    }
}

impl Default for Identity {
    /// `security.WorkloadIdentityCredentialsPath` of Istio.
    fn default() -> Self {
        Self::in_folder("/var/run/secrets/workload-spiffe-credentials")
    }
}

/// What Istio's agent calls the workload's certificate and its roots.
const WORKLOAD: &str = "default";
const ROOTS: &str = "ROOTCA";

/// Where secrets that are known by name alone are expected.
const SECRETS: &str = "/etc/istio/secrets";

/// Roots of the system where Debian and its like keep them.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The fields that name a secret instead of a file.
const REFERENCES: [&str; 3] =
    ["tlsCertificateSdsSecretConfigs", "combinedValidationContext", "validationContextSdsSecretConfig"];

/// A secret that a bootstrap reads from files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretUse {
    /// `name` or `namespace/name`; without a namespace it is the proxy's.
    pub secret: String,
    /// The folder of its files: `tls.crt` and `tls.key`, or `ca.crt`.
    pub folder: String,
    /// It is read for the authorities in it, rather than for a certificate with its key.
    pub authority: bool,
}

/// What is read from files.
#[derive(Debug, Default)]
pub(super) struct Uses {
    workload: bool,
    system: bool,
    secrets: BTreeSet<SecretUse>,
}

impl Uses {
    pub(super) fn merge(&mut self, other: Self) {
        self.workload |= other.workload;
        self.system |= other.system;
        self.secrets.extend(other.secrets);
    }
}

/// Puts files in the place of secrets that a service would send.
#[derive(Debug)]
pub(super) struct Local {
    identity: Identity,
    /// The folder of the identity was not chosen.
    default_identity: bool,
    folder: String,
}

impl Local {
    pub(super) fn new(options: &BootstrapOptions) -> Self {
        let folder = options.secrets.as_deref().unwrap_or(SECRETS);
        Self {
            identity: options.identity.clone().unwrap_or_default(),
            default_identity: options.identity.is_none(),
            folder: folder.trim_end_matches('/').to_owned(),
        }
    }

    /// Replaces every reference to a secret service in one object.
    pub(super) fn certificates(&self, fields: &mut Map<String, Value>, uses: &mut Uses) {
        if !fields.keys().any(|key| REFERENCES.contains(&key.as_str())) {
            return;
        }
        if let Some(Value::Array(secrets)) = fields.remove("tlsCertificateSdsSecretConfigs") {
            let files: Vec<Value> = secrets.iter().map(|s| self.certificate(name(s), uses)).collect();
            fields.insert("tlsCertificates".to_owned(), json!(files));
        }
        if let Some(Value::Object(mut combined)) = fields.remove("combinedValidationContext") {
            let secret = combined.remove("validationContextSdsSecretConfig").unwrap_or_default();
            let base = combined.remove("defaultValidationContext").unwrap_or_else(|| json!({}));
            fields.insert("validationContext".to_owned(), self.roots(base, name(&secret), uses));
        }
        if let Some(secret) = fields.remove("validationContextSdsSecretConfig") {
            fields.insert("validationContext".to_owned(), self.roots(json!({}), name(&secret), uses));
        }
    }

    fn certificate(&self, name: &str, uses: &mut Uses) -> Value {
        let (certificate, key) = match name.strip_prefix("file-cert:").and_then(|files| files.split_once('~'))
        {
            Some((certificate, key)) => (certificate.to_owned(), key.to_owned()),
            None if name == WORKLOAD => {
                uses.workload = true;
                (self.identity.certificate.clone(), self.identity.key.clone())
            }
            None => {
                let folder = self.take(bare(name), false, uses);
                (format!("{folder}/tls.crt"), format!("{folder}/tls.key"))
            }
        };
        json!({"certificateChain": {"filename": certificate}, "privateKey": {"filename": key}})
    }

    fn roots(&self, base: Value, name: &str, uses: &mut Uses) -> Value {
        let mut context = match base {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let file = match name.strip_prefix("file-root:") {
            // The agent answers with the first such file that exists (`security.GetOSRootFilePath`); Envoy's own system roots
            // do not go together with checks of names.
            Some("system") => {
                uses.system = true;
                SYSTEM_ROOTS.to_owned()
            }
            Some(file) => file.to_owned(),
            None if name == ROOTS => self.identity.root.clone(),
            None => format!("{}/ca.crt", self.take(bare(name).trim_end_matches("-cacert"), true, uses)),
        };
        context.insert("trustedCa".to_owned(), json!({"filename": file}));
        Value::Object(context)
    }

    fn take(&self, secret: &str, authority: bool, uses: &mut Uses) -> String {
        let folder = format!("{}/{secret}", self.folder);
        uses.secrets.insert(SecretUse { secret: secret.to_owned(), folder: folder.clone(), authority });
        folder
    }

    /// The secrets that are used; what is assumed of the other files is told.
    pub(super) fn finish(self, uses: Uses, assumptions: &mut Vec<String>) -> Vec<SecretUse> {
        if uses.workload {
            assumptions.push(format!("workload certificate: read from `{}`", self.identity.certificate));
        }
        if uses.workload && self.default_identity {
            assumptions.push(format!(
                "workload certificate: expected where Istio mounts it, in `{}`",
                self.identity.folder()
            ));
        }
        if uses.system {
            assumptions.push(format!("roots of the system: read from `{SYSTEM_ROOTS}`"));
        }
        uses.secrets.into_iter().collect()
    }
}

impl SecretUse {
    /// What is assumed of a secret that is not written beside the bootstrap.
    #[must_use]
    pub fn assumption(&self) -> String {
        let Self { secret, folder, .. } = self;
        if self.authority {
            return format!("secret `{secret}`: its CA is expected as `{folder}/ca.crt`");
        }
        format!("secret `{secret}`: expected as `{folder}/tls.crt` and `tls.key`")
    }
}

fn name(secret: &Value) -> &str {
    secret.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// `kubernetes://name` and `kubernetes-gateway://ns/name` without their scheme.
fn bare(name: &str) -> &str {
    name.rsplit_once("://").map_or(name, |(_, rest)| rest)
}
