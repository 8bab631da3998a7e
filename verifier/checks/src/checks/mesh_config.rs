//! # Mesh configuration that istiod does not take
//!
//! The mesh's configuration stands in the ConfigMap `istio`, in an IstioOperator (`spec.meshConfig`, `spec.values.meshConfig`), in the values of the chart
//! `istiod` (its networks in `global.meshNetworks`), or in the files of `--mesh-config` and `--mesh-networks`. istiod ignores fields that it does not know, and goes on with the last good configuration, or does not start, when a value is wrong.
//! The API server checks nothing of it: it is text to Kubernetes.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data:
//!   mesh: |
//!     accessLogFil: /dev/stdout
//! #   ^^^^^^^^^^^^ MP0114 accessLogFil
//!     connectTimeout: 5us
//! #                   ^^^ MP0114 connect timeout
//! ```
//! ```yaml bad
//! apiVersion: install.istio.io/v1alpha1
//! kind: IstioOperator
//! metadata: {name: mesh, namespace: istio-system}
//! spec:
//!   meshConfig:
//!     trustDomain: "not a domain"
//! #                ^^^^^^^^^^^^^^ MP0114 trust domain
//! ```
//! ```yaml bad
//! global: {meshID: shop}
//! meshConfig:
//!   defaultConfig: {concurrency: many}
//! #                              ^^^^ MP0114 number
//!   enableTracin: true
//! # ^^^^^^^^^^^^ MP0114 enableTracin
//! ```
//! ```yaml bad
//! global:
//!   meshNetworks:
//!     east:
//!       endpoints: [{fromRegistry: east.1}]
//! #                                ^^^^^^ MP0114 registry name
//!       gateway: [{address: 1.2.3.4, port: 15443}]
//! #     ^^^^^^^ MP0114 gateway
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: istio-system}
//! data:
//!   mesh: |
//!     accessLogFile: /dev/stdout
//!     connectTimeout: 5s
//!     defaultConfig:
//!       concurrency: 2
//!   meshNetworks: "networks: {}"
//! ---
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: istio, namespace: shop}
//! data:
//!   mesh: "accessLogFil: /dev/stdout"
//! ```
//! ```yaml good
//! global:
//!   meshNetworks:
//!     east:
//!       endpoints: [{fromRegistry: kubernetes}]
//!       gateways: [{address: 1.2.3.4, port: 15443}]
//! meshConfig:
//!   accessLogFile: "{{ .Values.log }}"
//!   defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}}
//! ```

use mp_ir::base::{Level, Span};
use mp_model::Node;
use mp_model::admission::{Misfit, Nonconformity, Subject, beyond};
use mp_model::conform::misfits_of_message;
use mp_model::{MeshConfigKind, MeshConfigSource};

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0114",
    name: "mesh-config",
    level: Level::Error,
    istio: Some("IST0106"),
    kiali: None,
    source: include_str!("mesh_config.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for source in cx.workspace.mesh_configs() {
        for (path, body) in source.bodies() {
            look(out, &source, (Subject::MeshConfig, &path, body), |span| source.span(span));
        }
        if let Some(body) = source.networks() {
            let path = if source.kind == MeshConfigKind::File { "" } else { "data.meshNetworks" };
            look(out, &source, (Subject::MeshNetworks, path, body), |span| source.networks_span(span));
        }
        for (path, _, network) in source.chart_networks() {
            look(out, &source, (Subject::Network, &path, network), |span| source.span(span));
        }
    }
}

fn look(
    out: &mut Findings,
    source: &MeshConfigSource,
    (subject, path, body): (Subject, &str, Node<'_>),
    place: impl Fn(Span) -> Span,
) {
    let message = match subject {
        Subject::MeshNetworks => "istio.mesh.v1alpha1.MeshNetworks",
        Subject::Network => "istio.mesh.v1alpha1.Network",
        _ => "istio.mesh.v1alpha1.MeshConfig",
    };
    let object = source.object.as_ref();
    let below = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    let misfits = misfits_of_message(body, message);
    for found in &misfits {
        let (level, text, help) = words(found);
        out.at(place(found.span), object, below(&found.path), text).level(level).help(help);
    }
    let review = beyond(subject, body, &misfits);
    for (level, found) in review
        .errors
        .iter()
        .map(|e| (Level::Error, e))
        .chain(review.warnings.iter().map(|w| (Level::Warning, w)))
    {
        out.at(place(found.span), object, below(&found.path), found.message.clone())
            .level(level)
            .label("istiod does not take it");
    }
}

fn words(found: &Nonconformity) -> (Level, String, String) {
    let field = &found.field;
    match &found.misfit {
        Misfit::UnknownField(near) => {
            let help = near.map_or("remove it".to_owned(), |near| format!("did you mean `{near}`?"));
            (Level::Warning, format!("there is no field `{field}`: istiod ignores it"), help)
        }
        Misfit::UnknownWord(words) => {
            (Level::Error, format!("`{field}` has no such value"), format!("one of {}", words.join(", ")))
        }
        Misfit::WrongType(wanted) => {
            (Level::Error, format!("`{field}` takes {wanted}"), format!("write {wanted}"))
        }
        Misfit::Limit(text) | Misfit::Alternatives(text) | Misfit::Duplicate(text) | Misfit::Rule(text) => {
            (Level::Error, format!("`{field}`: {text}"), "correct it".to_owned())
        }
        Misfit::Missing => (Level::Error, format!("`{field}` is missing"), format!("set `{field}`")),
    }
}
