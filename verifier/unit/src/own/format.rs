//! `kind: MeshTest`: what a request is and what must become of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::reader::{Located, OneOrMany};

/// A document with unit tests of a mesh.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Version of the format.
    pub api_version: ApiVersion,
    /// The kind.
    pub kind: DocumentKind,
    /// A name for reports.
    #[serde(default)]
    pub metadata: Metadata,
    /// The tests.
    pub spec: Spec,
}

/// Versions of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The only one.
    #[serde(rename = "meshproof.dev/v1alpha1")]
    V1Alpha1,
}

/// The kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DocumentKind {
    /// The only one.
    MeshTest,
}

/// Head of the document.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Metadata {
    /// Name in reports.
    pub name: Option<String>,
    /// Not looked at.
    pub namespace: Option<String>,
    /// Not looked at.
    pub labels: BTreeMap<String, String>,
    /// Not looked at.
    pub annotations: BTreeMap<String, String>,
}

/// The tests of a document.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    /// What every case has unless it says otherwise.
    #[serde(default)]
    pub defaults: Defaults,
    /// The cases.
    pub cases: Vec<Located<Case>>,
}

/// What every case has unless it says otherwise.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Defaults {
    /// The request.
    pub request: Request,
    /// What becomes of it.
    pub expect: Expect,
}

/// One test: every request that its lists multiply out to must fare as it says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// Name in reports.
    pub name: String,
    /// The request.
    #[serde(default)]
    pub request: Request,
    /// What becomes of it.
    pub expect: Expect,
}

/// A request. Fields that take a list multiply out.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Request {
    /// Who calls: `outside`, `gateway:NS/NAME` (a client outside that calls this gateway), or `NS/NAME` of a Pod or Deployment;
    /// `*` at its end takes every Pod that begins so.
    pub from: OneOrMany<Located<String>>,
    /// `NS/NAME` of a Pod or Deployment, or the start of Pods' names with `*`, that is called directly: no route is asked, the workload's own
    /// policies decide.
    pub to: OneOrMany<Located<String>>,
    /// `Host`, with or without port.
    pub host: OneOrMany<Located<String>>,
    /// Port that is called; that of the host, else 80 or 443, when absent.
    pub port: OneOrMany<Located<u16>>,
    /// What the client speaks: `http` or `https` (a client outside, to a gateway), `tcp`, or `tls` that nobody on the way needs to end.
    /// With the last two a connection is followed instead of a request, by port and server name.
    pub scheme: Option<Scheme>,
    /// Method; `GET` when absent.
    pub method: OneOrMany<Located<String>>,
    /// Path with query; `/` when absent.
    pub path: OneOrMany<Located<String>>,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Identity of a caller that is not in the input: `NS/ACCOUNT` or a SPIFFE id. Without one, that of `from`.
    pub identity: Option<Located<String>>,
    /// Claims of a valid token in `authorization: Bearer`.
    pub claims: Option<serde_json::Map<String, serde_json::Value>>,
    /// Address of the caller; `203.0.113.7` for clients outside when absent.
    pub address: Option<Located<String>>,
}

/// What a client speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Plain text.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
    /// Bytes.
    Tcp,
    /// Bytes over TLS; `host` is the server name.
    Tls,
}

/// What becomes of a request. What is absent is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expect {
    /// Name of the route that takes it, as its VirtualService has it; `none` when no route may.
    pub route: Option<Located<String>>,
    /// `NS/NAME` of the VirtualService that takes it; `none` when none may.
    pub virtual_service: Option<Located<String>>,
    /// Where it goes, all of it.
    pub to: Option<OneOrMany<Located<Destination>>>,
    /// Status that a proxy answers; 200 also stands for "it reaches a workload". A connection that no proxy takes has none.
    pub status: Option<Located<u16>>,
    /// The redirect that it gets.
    pub redirect: Option<Located<Redirect>>,
    /// Path and authority as the destination sees them.
    pub rewrite: Option<Located<Rewrite>>,
    /// Changes of its headers.
    pub request_headers: Option<Located<Headers>>,
    /// Changes of the answer's headers.
    pub response_headers: Option<Located<Headers>>,
    /// What the policies on its way say.
    pub decision: Option<Located<Decision>>,
    /// What decides: `NS/NAME` of a policy, or `mtls`, `jwt`, `codec`.
    pub decided_by: Option<Located<String>>,
    /// Whether the workload is called by mutual TLS.
    pub mutual_tls: Option<Located<bool>>,
    /// Timeout such as `5s`, or `none`.
    pub timeout: Option<Located<String>>,
    /// Retries.
    pub retries: Option<Located<Retries>>,
    /// Faults that are injected.
    pub fault: Option<Located<Fault>>,
    /// Copies that go elsewhere, all of them.
    pub mirror: Option<OneOrMany<Located<Mirror>>>,
}

/// A destination.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destination {
    /// Host of the service; a short form is enough (`cart`, `cart.shop`).
    pub host: String,
    /// Port of the service.
    pub port: Option<u16>,
    /// Subset; empty text for none.
    pub subset: Option<String>,
    /// Weight; that of the only destination is 100.
    pub weight: Option<u32>,
}

/// A redirect.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Redirect {
    /// The `location` header.
    pub location: Option<String>,
    /// 301, 302, 303, 307 or 308.
    pub status: Option<u16>,
}

/// A request as its destination sees it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rewrite {
    /// Path with query.
    pub path: Option<String>,
    /// `Host`.
    pub authority: Option<String>,
}

/// Changes of headers that must be among those of the route.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Headers {
    /// Written over.
    pub set: BTreeMap<String, String>,
    /// Written behind.
    pub add: BTreeMap<String, String>,
    /// Taken away.
    pub remove: OneOrMany<String>,
}

/// What policies say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It reaches every workload that it may be sent to.
    Allow,
    /// A policy refuses it, or the handshake does.
    Deny,
    /// It is no valid request.
    Reject,
}

/// Retries; with `attempts: 0` there must be none.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Retries {
    /// How often.
    pub attempts: Option<u32>,
    /// Time for each try, such as `2s`.
    pub per_try_timeout: Option<String>,
    /// Envoy's conditions, in any order.
    pub retry_on: OneOrMany<String>,
}

/// Faults; an empty one says that there is none.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fault {
    /// Status of the error.
    pub abort: Option<u16>,
    /// Percent of requests that get the error.
    pub abort_percent: Option<f64>,
    /// Pause, such as `2s`.
    pub delay: Option<String>,
    /// Percent of requests that wait.
    pub delay_percent: Option<f64>,
}

/// A copy.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mirror {
    /// Host of the service; a short form is enough.
    pub host: String,
    /// Port of the service.
    pub port: Option<u16>,
    /// Subset; empty text for none.
    pub subset: Option<String>,
    /// Percent of requests that are copied.
    pub percent: Option<f64>,
}

/// JSON Schema of [`Document`].
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}
