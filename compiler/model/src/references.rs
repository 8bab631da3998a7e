//! Which object names which: the links between objects, found by one table of fields.
//!
//! Names are resolved as Istio and Kubernetes resolve them for the field; whether a missing target is a mistake is for the checks to say.

use crate::base::Span;
use crate::node::Node;
use crate::{Kind, Object, ObjectId, Workspace};

/// One name that stands for another object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The object that holds the name.
    pub from: ObjectId,
    /// The name in the file.
    pub span: Span,
    /// The object that is meant; `None` when the input does not have it.
    pub to: Option<ObjectId>,
}

/// How a field names an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `name` or `namespace/name`; `mesh` is none.
    GatewayName,
    /// A host: short, or qualified, or of a ServiceEntry.
    Host,
    /// A name in the same namespace.
    Local(Kind),
    /// A mapping with `name` and perhaps `namespace`.
    Named(Kind),
    /// A Gateway API reference: `kind` (with a default), `name`, perhaps `namespace`.
    Typed(Kind),
    /// `trust-domain/ns/NAMESPACE/sa/NAME`.
    Principal,
}

/// Fields that name objects. `[]` goes into each item of a list.
const FIELDS: &[(Kind, &[&str], Form)] = &[
    (Kind::VirtualService, &["spec", "gateways", "[]"], Form::GatewayName),
    (Kind::VirtualService, &["spec", "http", "[]", "match", "[]", "gateways", "[]"], Form::GatewayName),
    (Kind::VirtualService, &["spec", "http", "[]", "route", "[]", "destination", "host"], Form::Host),
    (Kind::VirtualService, &["spec", "http", "[]", "mirror", "host"], Form::Host),
    (Kind::VirtualService, &["spec", "http", "[]", "mirrors", "[]", "destination", "host"], Form::Host),
    (Kind::VirtualService, &["spec", "http", "[]", "delegate"], Form::Named(Kind::VirtualService)),
    (Kind::VirtualService, &["spec", "tls", "[]", "route", "[]", "destination", "host"], Form::Host),
    (Kind::VirtualService, &["spec", "tcp", "[]", "route", "[]", "destination", "host"], Form::Host),
    (Kind::DestinationRule, &["spec", "host"], Form::Host),
    (Kind::IstioGateway, &["spec", "servers", "[]", "tls", "credentialName"], Form::Local(Kind::Secret)),
    (
        Kind::AuthorizationPolicy,
        &["spec", "rules", "[]", "from", "[]", "source", "principals", "[]"],
        Form::Principal,
    ),
    (Kind::AuthorizationPolicy, &["spec", "targetRefs", "[]"], Form::Typed(Kind::Gateway)),
    (Kind::Pod, &["spec", "serviceAccountName"], Form::Local(Kind::ServiceAccount)),
    (
        Kind::Deployment,
        &["spec", "template", "spec", "serviceAccountName"],
        Form::Local(Kind::ServiceAccount),
    ),
    (Kind::EndpointSlice, &["metadata", "labels", "kubernetes.io/service-name"], Form::Local(Kind::Service)),
    (
        Kind::Ingress,
        &["spec", "rules", "[]", "http", "paths", "[]", "backend", "service"],
        Form::Named(Kind::Service),
    ),
    (Kind::HttpRoute, &["spec", "parentRefs", "[]"], Form::Typed(Kind::Gateway)),
    (Kind::HttpRoute, &["spec", "rules", "[]", "backendRefs", "[]"], Form::Typed(Kind::Service)),
    (Kind::GrpcRoute, &["spec", "parentRefs", "[]"], Form::Typed(Kind::Gateway)),
    (Kind::GrpcRoute, &["spec", "rules", "[]", "backendRefs", "[]"], Form::Typed(Kind::Service)),
];

/// All references of an object, in the order of [`FIELDS`]' rows and of the text.
#[must_use]
pub fn references(workspace: &Workspace, object: &Object) -> Vec<Reference> {
    let mut out = Vec::new();
    let Some(root) = workspace.root(object) else { return out };
    for (_, path, form) in FIELDS.iter().filter(|(kind, ..)| *kind == object.kind) {
        for node in walk(root, path) {
            out.extend(resolve(workspace, object, node, *form));
        }
    }
    out
}

fn walk<'a>(root: Node<'a>, path: &[&str]) -> Vec<Node<'a>> {
    let mut here = vec![root];
    for step in path {
        here = match *step {
            "[]" => here.into_iter().flat_map(Node::items).collect(),
            key => here.into_iter().filter_map(|node| node.get(key)).collect(),
        };
    }
    here
}

fn resolve(workspace: &Workspace, object: &Object, node: Node<'_>, form: Form) -> Option<Reference> {
    let home = object.namespace.as_str();
    let link =
        |span: Span, to: Option<&Object>| Some(Reference { from: object.id, span, to: to.map(|o| o.id) });
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    match form {
        Form::GatewayName => {
            let name = node.as_str().filter(|name| *name != "mesh")?;
            let (namespace, name) = name.split_once('/').unwrap_or((home, name));
            let namespace = if namespace == "." { home } else { namespace };
            link(node.span(), workspace.find(Kind::IstioGateway, namespace, name))
        }
        Form::Host => link(node.span(), host(workspace, home, node.as_str()?)),
        Form::Local(kind) => link(node.span(), workspace.find(kind, home, node.as_str()?)),
        Form::Named(kind) => {
            let name = node.get("name")?;
            link(name.span(), workspace.find(kind, text("namespace").unwrap_or(home), name.as_str()?))
        }
        Form::Typed(default) => {
            let name = node.get("name")?;
            let kind = match (text("group"), text("kind")) {
                (_, None) => default,
                (_, Some("Service")) => Kind::Service,
                (_, Some("Gateway")) => Kind::Gateway,
                (_, Some("ServiceEntry")) => Kind::ServiceEntry,
                (_, Some(_)) => return None,
            };
            link(name.span(), workspace.find(kind, text("namespace").unwrap_or(home), name.as_str()?))
        }
        Form::Principal => {
            let (_, rest) = node.as_str()?.split_once("/ns/")?;
            let (namespace, account) = rest.split_once("/sa/")?;
            link(node.span(), workspace.find(Kind::ServiceAccount, namespace, account))
        }
    }
}

/// What may stand where the name of another object is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices<'w> {
    /// What has been typed so far.
    pub span: Span,
    /// Names of objects of the input, in its order.
    pub names: Vec<String>,
    /// The host whose subsets may stand there.
    pub subsets_of: Option<&'w str>,
}

/// What may stand at a byte of an object; `None` where it names nothing.
#[must_use]
pub fn choices<'w>(workspace: &'w Workspace, object: &Object, offset: u32) -> Option<Choices<'w>> {
    let root = workspace.root(object)?;
    for (_, path, form) in FIELDS.iter().filter(|(kind, ..)| *kind == object.kind) {
        if let Some(span) =
            walk(root, path).into_iter().find_map(|node| typed(workspace, node, *form, offset))
        {
            return Some(Choices { span, names: names(workspace, object, *form), subsets_of: None });
        }
        let Some((&"host", above)) = path.split_last() else { continue };
        for destination in walk(root, above) {
            let subset = destination.entry("subset").and_then(|entry| at_value(workspace, entry, offset));
            let host = destination.get("host").and_then(Node::as_str);
            if let Some((span, host)) = subset.zip(host) {
                return Some(Choices { span, names: Vec::new(), subsets_of: Some(host) });
            }
        }
    }
    None
}

/// The place of the name in a field, if the byte is in it.
fn typed(workspace: &Workspace, node: Node<'_>, form: Form, offset: u32) -> Option<Span> {
    match form {
        Form::Named(_) | Form::Typed(_) => at_value(workspace, node.entry("name")?, offset),
        _ => node.span().touches(offset).then(|| node.span()),
    }
}

/// The place of a value, if the byte is in it. Behind a key without value nothing has been typed yet: the byte itself is the place.
fn at_value(workspace: &Workspace, (key, value): (Node<'_>, Node<'_>), offset: u32) -> Option<Span> {
    if !value.is_null() || !value.source().is_empty() {
        return value.span().touches(offset).then(|| value.span());
    }
    let between = Span { start: key.span().end, end: offset.max(key.span().end), ..key.span() };
    let text = workspace.sources().slice(between);
    (text.starts_with(':') && !text.contains('\n')).then_some(Span {
        start: offset,
        end: offset,
        ..key.span()
    })
}

/// The names of all objects that a field may name, as they are written from an object's namespace.
fn names(workspace: &Workspace, object: &Object, form: Form) -> Vec<String> {
    let home = object.namespace.as_str();
    let near = |kind: Kind| workspace.of_kind(kind).filter(|o| o.namespace == home).map(|o| o.name.clone());
    match form {
        Form::GatewayName => {
            let name = |o: &Object| {
                if o.namespace == home { o.name.clone() } else { format!("{}/{}", o.namespace, o.name) }
            };
            let gateways = workspace.of_kind(Kind::IstioGateway).map(name);
            gateways.chain(["mesh".to_owned()]).collect()
        }
        Form::Host => {
            let name = |o: &Object| {
                if o.namespace == home {
                    o.name.clone()
                } else {
                    format!("{}.{}.svc.cluster.local", o.name, o.namespace)
                }
            };
            let services = workspace.of_kind(Kind::Service).map(name);
            let entries = workspace
                .of_kind(Kind::ServiceEntry)
                .filter_map(|entry| workspace.root(entry)?.get("spec")?.get("hosts"));
            let hosts =
                entries.flat_map(Node::items).filter_map(Node::as_str).filter(|host| !host.contains('*'));
            services.chain(hosts.map(str::to_owned)).collect()
        }
        Form::Local(kind) | Form::Named(kind) | Form::Typed(kind) => near(kind).collect(),
        Form::Principal => {
            let name = |o: &Object| format!("cluster.local/ns/{}/sa/{}", o.namespace, o.name);
            workspace.of_kind(Kind::ServiceAccount).map(name).collect()
        }
    }
}

/// The Service or ServiceEntry of a host. A name without dots is in the namespace of the object that uses it.
fn host<'w>(workspace: &'w Workspace, home: &str, host: &str) -> Option<&'w Object> {
    if !host.contains('.') {
        return workspace.find(Kind::Service, home, host);
    }
    if let Some((name, rest)) = host.split_once('.')
        && let Some((namespace, _)) = rest.split_once(".svc.")
    {
        return workspace.find(Kind::Service, namespace, name);
    }
    workspace.of_kind(Kind::ServiceEntry).find(|entry| {
        let hosts = workspace.root(entry).and_then(|root| root.get("spec")?.get("hosts"));
        hosts
            .into_iter()
            .flat_map(Node::items)
            .any(|known| known.as_str().is_some_and(|known| covers(known, host)))
    })
}

fn covers(pattern: &str, host: &str) -> bool {
    pattern == host
        || pattern.strip_prefix('*').is_some_and(|suffix| host.len() > suffix.len() && host.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;

    const TEXT: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vendor, namespace: shop}
spec: {hosts: ['*.vendor.example']}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  gateways: [edge, mesh]
  http:
  - route:
    - destination: {host: web}
    - destination: {host: web.shop.svc.cluster.local}
    - destination: {host: web.pay.svc.cluster.local}
    - destination: {host: api.vendor.example}
    - destination: {host: vendor.example}
";

    #[test]
    fn names_lead_to_objects() {
        let workspace = Workspace::read(&[Input::new("a.yaml", TEXT)]);
        let routes = workspace.find(Kind::VirtualService, "shop", "web").expect("it is there");
        let name = |r: &Reference| {
            r.to.and_then(|id| workspace.object(id)).map(|o| format!("{} {}", o.kind.name(), o.name))
        };
        let found: Vec<(String, Option<String>)> = references(&workspace, routes)
            .iter()
            .map(|r| (workspace.sources().slice(r.span).to_owned(), name(r)))
            .collect();
        let want = [
            ("edge", None),
            ("web", Some("Service web")),
            ("web.shop.svc.cluster.local", Some("Service web")),
            ("web.pay.svc.cluster.local", None),
            ("api.vendor.example", Some("ServiceEntry vendor")),
            ("vendor.example", None),
        ];
        let want: Vec<_> = want.map(|(text, to)| (text.to_owned(), to.map(str::to_owned))).into();
        assert_eq!(found, want);
    }
}
