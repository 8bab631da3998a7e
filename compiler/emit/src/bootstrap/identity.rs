//! Certificates from files instead of from the agent.

use serde_json::{Map, Value, json};

use super::inline::each_object;

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

/// Replaces every reference to a secret service by files.
pub(super) fn local_certificates(resource: &mut Value, identity: &Identity, assumptions: &mut Vec<String>) {
    each_object(resource, &mut |fields| {
        if !fields.keys().any(|key| REFERENCES.contains(&key.as_str())) {
            return;
        }
        if let Some(Value::Array(secrets)) = fields.remove("tlsCertificateSdsSecretConfigs") {
            let files: Vec<Value> =
                secrets.iter().map(|s| certificate(name(s), identity, assumptions)).collect();
            fields.insert("tlsCertificates".to_owned(), json!(files));
        }
        if let Some(Value::Object(mut combined)) = fields.remove("combinedValidationContext") {
            let secret = combined.remove("validationContextSdsSecretConfig").unwrap_or_default();
            let base = combined.remove("defaultValidationContext").unwrap_or_else(|| json!({}));
            fields.insert("validationContext".to_owned(), roots(base, name(&secret), identity, assumptions));
        }
        if let Some(secret) = fields.remove("validationContextSdsSecretConfig") {
            fields.insert(
                "validationContext".to_owned(),
                roots(json!({}), name(&secret), identity, assumptions),
            );
        }
    });
}

fn name(secret: &Value) -> &str {
    secret.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn certificate(name: &str, identity: &Identity, assumptions: &mut Vec<String>) -> Value {
    let (certificate, key) = match name.strip_prefix("file-cert:").and_then(|files| files.split_once('~')) {
        Some((certificate, key)) => (certificate.to_owned(), key.to_owned()),
        None if name == WORKLOAD => {
            assumptions.push(format!("workload certificate: read from `{}`", identity.certificate));
            (identity.certificate.clone(), identity.key.clone())
        }
        None => {
            let secret = bare(name);
            assumptions
                .push(format!("secret `{secret}`: expected as `{SECRETS}/{secret}/tls.crt` and `tls.key`"));
            (format!("{SECRETS}/{secret}/tls.crt"), format!("{SECRETS}/{secret}/tls.key"))
        }
    };
    json!({"certificateChain": {"filename": certificate}, "privateKey": {"filename": key}})
}

fn roots(base: Value, name: &str, identity: &Identity, assumptions: &mut Vec<String>) -> Value {
    let mut context: Map<String, Value> = base.as_object().cloned().unwrap_or_default();
    let file = match name.strip_prefix("file-root:") {
        // The agent answers with the first such file that exists (`security.GetOSRootFilePath`); Envoy's own system roots
        // do not go together with checks of names.
        Some("system") => {
            assumptions.push(format!("roots of the system: read from `{SYSTEM_ROOTS}`"));
            SYSTEM_ROOTS.to_owned()
        }
        Some(file) => file.to_owned(),
        None if name == ROOTS => identity.root.clone(),
        None => {
            let secret = bare(name).trim_end_matches("-cacert").to_owned();
            assumptions.push(format!("secret `{secret}`: its CA is expected as `{SECRETS}/{secret}/ca.crt`"));
            format!("{SECRETS}/{secret}/ca.crt")
        }
    };
    context.insert("trustedCa".to_owned(), json!({"filename": file}));
    Value::Object(context)
}

/// `kubernetes://name` and `kubernetes-gateway://ns/name` without their scheme.
fn bare(name: &str) -> &str {
    name.rsplit_once("://").map_or(name, |(_, rest)| rest)
}
