//! The answer to one request.

use mp_ir::base::Origin;
use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::PointPort;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It reached the workload.
    Allow,
    /// A security layer refused it.
    Deny,
    /// No valid request for the proxy, or redirected before any policy was asked.
    Reject,
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The handshake, or the want of one.
    Mtls,
    /// The token filter.
    Jwt,
    /// Authorization.
    Rbac,
    /// An external authoriser.
    ExtAuthz,
    /// Nobody: it went through.
    Upstream,
    /// The codec.
    Codec,
    /// Path handling or routing.
    Route,
}

/// What rules without effect would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowResult {
    /// `allowed` or `denied`.
    pub result: String,
    /// The rule that matched.
    pub matched: Option<String>,
}

/// Results of dry-run policies by action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// ALLOW policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<ShadowResult>,
    /// DENY policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deny: Option<ShadowResult>,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The stage: `mtls`, `codec`, `path`, `custom`, `jwt`, `audit`, `deny`, `allow`.
    pub stage: &'static str,
    /// What it found, as a sentence in lower case.
    pub text: String,
    /// The YAML behind it.
    pub origin: Origin,
}

/// The answer, in the keys of the decision oracle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Name of the request; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What happened.
    pub decision: Verdict,
    /// Who decided.
    pub by: By,
    /// HTTP status; `None` when there was no HTTP answer.
    pub status: Option<u16>,
    /// The rule that decided.
    pub matched: Option<String>,
    /// Dry-run policies, where they were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<DryRun>,
    /// Whether an AUDIT rule matched, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<bool>,
    /// The way there.
    #[serde(skip)]
    pub trace: Vec<Step>,
}

impl Decision {
    /// Whether it reached the workload.
    #[must_use]
    pub fn admitted(&self) -> bool {
        self.decision == Verdict::Allow
    }
}

/// What a port takes, in words.
pub(crate) fn mode_name(mode: MutualTlsMode) -> &'static str {
    match mode {
        MutualTlsMode::Unset | MutualTlsMode::Permissive => "mutual TLS and plain text",
        MutualTlsMode::Disable => "plain text alone",
        MutualTlsMode::Strict => "mutual TLS alone",
    }
}

/// What a known port takes, in words.
pub(crate) fn taken_at(port: &PointPort) -> &'static str {
    match port.mode.value {
        MutualTlsMode::Disable if !port.tls.is_empty() => "TLS without an identity of the mesh",
        mode => mode_name(mode),
    }
}
