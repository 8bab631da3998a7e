//! Security policies (`security/v1`, `security/v1beta1`), as written with names resolved.

use crate::base::{At, Origin};

use super::{Labels, Meta};

/// Mode of mutual TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MutualTlsMode {
    /// Takes the wider policy's.
    #[default]
    Unset,
    /// Plaintext alone.
    Disable,
    /// Both.
    Permissive,
    /// Mutual TLS alone.
    Strict,
}

/// A PeerAuthentication.
#[derive(Clone, Debug, Default)]
pub struct PeerAuthentication {
    /// Head.
    pub meta: Meta,
    /// Workloads; empty is all.
    pub selector: Labels,
    /// The selector in the file.
    pub selector_origin: Origin,
    /// Whether a selector is written, be it empty.
    pub selector_written: bool,
    /// Mode of all ports; `None` when `mtls` is not written.
    pub mode: Option<At<MutualTlsMode>>,
    /// Modes of single workload ports, in written order.
    pub port_level: Vec<(u32, At<MutualTlsMode>)>,
}

/// An object that a policy is attached to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetRef {
    /// API group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Namespace; empty for the policy's own.
    pub namespace: String,
    /// The entry in the file.
    pub origin: Origin,
}

/// A RequestAuthentication.
#[derive(Clone, Debug, Default)]
pub struct RequestAuthentication {
    /// Head.
    pub meta: Meta,
    /// Workloads; empty is all.
    pub selector: Labels,
    /// The selector in the file.
    pub selector_origin: Origin,
    /// `targetRef` and `targetRefs`.
    pub targets: Vec<TargetRef>,
    /// Rules in order.
    pub rules: Vec<JwtRule>,
}

/// A header that carries a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwtHeader {
    /// Name.
    pub name: String,
    /// What stands before the token.
    pub prefix: String,
}

/// A claim copied to a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimHeader {
    /// Header.
    pub header: String,
    /// Claim.
    pub claim: String,
}

/// One JWT rule.
#[derive(Clone, Debug, Default)]
pub struct JwtRule {
    /// Issuer; may be empty.
    pub issuer: At<String>,
    /// Audiences; empty accepts any.
    pub audiences: Vec<String>,
    /// Where the key set is fetched.
    pub jwks_uri: String,
    /// The key set itself.
    pub jwks: String,
    /// Headers that carry the token.
    pub from_headers: Vec<JwtHeader>,
    /// Query parameters that carry the token.
    pub from_params: Vec<String>,
    /// Cookies that carry the token.
    pub from_cookies: Vec<String>,
    /// Header for the payload.
    pub output_payload_to_header: String,
    /// Token is passed on.
    pub forward_original_token: bool,
    /// Claims copied to headers.
    pub output_claim_to_headers: Vec<ClaimHeader>,
    /// Nanoseconds for the fetch.
    pub timeout: Option<i128>,
    /// Claims (`scope`, `permission` and these) whose text is a list separated by spaces.
    pub space_delimited_claims: Vec<String>,
    /// The rule in the file.
    pub origin: Origin,
}

/// What an AuthorizationPolicy does.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthorizationAction {
    /// Admits.
    #[default]
    Allow,
    /// Refuses.
    Deny,
    /// Marks for the audit log.
    Audit,
    /// Asks a provider by name.
    Custom(String),
}

/// An AuthorizationPolicy.
#[derive(Clone, Debug, Default)]
pub struct AuthorizationPolicy {
    /// Head.
    pub meta: Meta,
    /// Workloads; empty is all.
    pub selector: Labels,
    /// The selector in the file.
    pub selector_origin: Origin,
    /// Whether a selector is written, be it empty.
    pub selector_written: bool,
    /// `targetRef` and `targetRefs`.
    pub targets: Vec<TargetRef>,
    /// Action.
    pub action: AuthorizationAction,
    /// Rules in order; an empty list and an absent one are the same.
    pub rules: Vec<AuthorizationRule>,
    /// `istio.io/dry-run: "true"`.
    pub dry_run: bool,
}

/// An AuthorizationPolicy, RequestAuthentication or PeerAuthentication of which a part is known only once a template or a substitution
/// is filled in.
#[derive(Clone, Debug, Default)]
pub struct HalfRead {
    /// Head.
    pub meta: Meta,
    /// Workloads, as far as it tells.
    pub selector: Labels,
    /// `targetRef` and `targetRefs`, as far as it tells.
    pub targets: Vec<TargetRef>,
    /// Which namespace it is in is part of what is not known.
    pub anywhere: bool,
    /// Which workloads it is for, or whether there is such a policy at all, is part of it.
    pub for_anybody: bool,
    /// The first such part.
    pub origin: Origin,
}

/// One rule.
#[derive(Clone, Debug, Default)]
pub struct AuthorizationRule {
    /// Any of these callers; empty is any. Entries without source are kept as empty sources.
    pub from: Vec<Source>,
    /// Any of these operations; empty is any.
    pub to: Vec<Operation>,
    /// All of these conditions.
    pub when: Vec<Condition>,
    /// The rule in the file.
    pub origin: Origin,
}

/// Values of one list, each with its place.
pub type Values = Vec<At<String>>;

/// A caller: all lists that are not empty must hold.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Source {
    pub principals: Values,
    pub not_principals: Values,
    pub request_principals: Values,
    pub not_request_principals: Values,
    pub namespaces: Values,
    pub not_namespaces: Values,
    pub service_accounts: Values,
    pub not_service_accounts: Values,
    pub trust_domains: Values,
    pub not_trust_domains: Values,
    pub ip_blocks: Values,
    pub not_ip_blocks: Values,
    pub remote_ip_blocks: Values,
    pub not_remote_ip_blocks: Values,
    pub origin: Origin,
}

/// An operation: all lists that are not empty must hold.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct Operation {
    pub hosts: Values,
    pub not_hosts: Values,
    pub ports: Values,
    pub not_ports: Values,
    pub methods: Values,
    pub not_methods: Values,
    pub paths: Values,
    pub not_paths: Values,
    pub origin: Origin,
}

/// A further condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// Attribute, such as `request.headers[x-a]`.
    pub key: At<String>,
    /// Any of these.
    pub values: Values,
    /// None of these.
    pub not_values: Values,
}
