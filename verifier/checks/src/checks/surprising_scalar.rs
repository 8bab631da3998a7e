//! # Value that is read as another type
//!
//! Without quotes `yes`, `on`, `y` are Booleans, `0755` is 493 and `1.10` is 1.1 for Kubernetes, also as keys. Where text is meant the
//! object is refused, or carries another text than the one written.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: a}
//! data:
//!   answer: yes
//! #         ^^^ MP0004
//! ```
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a}
//! spec:
//!   ports: [{port: 010}]
//! #                ^^^ MP0004
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: a}
//! spec:
//!   hostNetwork: yes
//!   containers: [{name: a, image: a}]
//!   volumes: [{name: keys, secret: {secretName: keys, defaultMode: 0400}}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a}
//! spec:
//!   hosts: [a.example]
//!   http:
//!   - fault: {abort: {httpStatus: 500, percentage: {value: 100.0}}}
//!     directResponse: {status: 200}
//! ---
//! settings: {answer: yes}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: a}
//! data:
//!   answer: "yes"
//! ```

use mp_ir::base::{Level, Span};
use mp_model::ProblemKind;
use mp_model::conform::field_at;
use mp_model::schema::Type;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP0004",
    name: "surprising-scalar",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("surprising_scalar.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    crate::text::report_if(
        cx,
        out,
        ProblemKind::SurprisingScalar,
        "put it in quotes if text is meant, else write it plainly",
        |problem| crate::text::is_for_kubernetes(cx, problem) && !is_meant(cx, problem.span),
    );
}

/// Whether the field takes what is read: a Boolean, a number with a point, the octal mode of a file.
fn is_meant(cx: &Cx<'_>, span: Span) -> bool {
    let object = cx.workspace.object_at(span.file, span.start);
    let Some(field) = object.and_then(|object| field_at(cx.workspace, object, span)) else { return false };
    match field.ty {
        Type::Bool => true,
        Type::Int32 | Type::Int64 | Type::Uint32 | Type::Uint64 => {
            field.name.to_lowercase().ends_with("mode")
        }
        Type::Double => cx.workspace.sources().slice(span).contains('.'),
        _ => false,
    }
}
