//! The core kinds and those of the Gateway API, from their Go types: these know the JSON names, what is inlined, and
//! the names that people use.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::golang::{Body, Declaration, Package};
use super::schema::{Enum, Field, Message, Schema, Shape, Type};
use super::sources::Sources;

const CORE: &str = "k8s.io/api/core/v1";
const APPS: &str = "k8s.io/api/apps/v1";
const BATCH: &str = "k8s.io/api/batch/v1";
const DISCOVERY: &str = "k8s.io/api/discovery/v1";
const INGRESS: &str = "k8s.io/api/networking/v1";
pub(super) const META: &str = "k8s.io/apimachinery/pkg/apis/meta/v1";
pub(super) const GATEWAY: &str = "sigs.k8s.io/gateway-api/apis/v1";
const GATEWAY_BETA: &str = "sigs.k8s.io/gateway-api/apis/v1beta1";
const GATEWAY_X: &str = "sigs.k8s.io/gateway-api/apisx/v1alpha1";
const GWAPI: &str = "gateway.networking.k8s.io";

/// Package, API group, kinds.
const ROOTS: &[(&str, &str, &[&str])] = &[
    (
        CORE,
        "",
        &["Service", "Pod", "Namespace", "Node", "Secret", "ConfigMap", "ServiceAccount", "Endpoints"],
    ),
    (DISCOVERY, "discovery.k8s.io", &["EndpointSlice"]),
    (APPS, "apps", &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]),
    (BATCH, "batch", &["Job", "CronJob"]),
    (INGRESS, "networking.k8s.io", &["Ingress", "IngressClass"]),
    (
        GATEWAY,
        GWAPI,
        &["GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"],
    ),
    (GATEWAY, GWAPI, &["BackendTLSPolicy", "ListenerSet", "ReferenceGrant"]),
    (GATEWAY_X, "gateway.networking.x-k8s.io", &["XBackendTrafficPolicy", "XMesh", "XBackend"]),
];

/// Types with a JSON form of their own.
const SPECIAL: &[(&str, &str, &str)] = &[
    ("k8s.io/apimachinery/pkg/util/intstr", "IntOrString", "IntOrString"),
    ("k8s.io/apimachinery/pkg/api/resource", "Quantity", "Quantity"),
    ("k8s.io/apimachinery/pkg/runtime", "RawExtension", "Any"),
    (META, "Time", "Timestamp"),
    (META, "MicroTime", "Timestamp"),
    (META, "Duration", "Duration"),
    (META, "FieldsV1", "Struct"),
    (GATEWAY, "Duration", "Duration"),
];

/// Reads Go packages when they are first mentioned.
pub(super) struct Reader<'s> {
    sources: &'s Sources,
    packages: BTreeMap<String, Package>,
}

/// Adds all of them.
pub(crate) fn add(schema: &mut Schema, sources: &Sources) -> Result<(), String> {
    let mut reader = Reader::new(sources);
    for (path, group, kinds) in ROOTS {
        for kind in *kinds {
            let name = reader.message(schema, path, kind)?;
            schema.roots.push(((*group).to_owned(), (*kind).to_owned(), name));
        }
    }
    Ok(())
}

impl<'s> Reader<'s> {
    pub(super) fn new(sources: &'s Sources) -> Self {
        Self { sources, packages: BTreeMap::new() }
    }

    fn dir(&self, path: &str) -> Option<PathBuf> {
        let below = |root: &PathBuf, prefix: &str| path.strip_prefix(prefix).map(|rest| root.join(rest));
        below(&self.sources.k8s_api, "k8s.io/api/")
            .or_else(|| below(&self.sources.k8s_machinery, "k8s.io/apimachinery/"))
            .or_else(|| below(&self.sources.crds.gateway_api, "sigs.k8s.io/gateway-api/"))
    }

    pub(super) fn declaration(&mut self, path: &str, name: &str) -> Result<Declaration, String> {
        if !self.packages.contains_key(path) {
            let dir =
                self.dir(path).ok_or_else(|| format!("no source for the Go package {path} (for {name})"))?;
            self.packages.insert(path.to_owned(), Package::read(&dir)?);
        }
        let found = self.packages.get(path).and_then(|package| package.types.get(name));
        found.cloned().ok_or_else(|| format!("{path} has no type {name}"))
    }

    /// The struct behind aliases, and its package.
    fn resolve(&mut self, path: String, name: String) -> Result<(String, Declaration), String> {
        let found = self.declaration(&path, &name)?;
        match &found.body {
            Body::Struct(_) => Ok((path, found)),
            Body::Other(other) => {
                let (path, name) = home(&path, &found, other);
                self.resolve(path, name)
            }
        }
    }

    /// Adds a struct; the name that it has in the schema.
    fn message(&mut self, schema: &mut Schema, path: &str, name: &str) -> Result<String, String> {
        let module = if path.contains("gateway-api") { "gateway" } else { "k8s" };
        let declaration = self.declaration(path, name)?;
        let unique = unique_name(path, name);
        let id = format!("{module}.{unique}");
        if schema.messages.contains_key(&id) {
            return Ok(id);
        }
        let rust = schema.free_name(module, &unique, "Kube");
        schema.messages.insert(id.clone(), Message { module, rust, ..Message::default() });
        let mut fields = BTreeMap::new();
        self.fields(schema, path, &declaration, &mut fields)?;
        if let Some(message) = schema.messages.get_mut(&id) {
            message.fields = fields;
        }
        Ok(id)
    }

    fn fields(
        &mut self,
        schema: &mut Schema,
        path: &str,
        of: &Declaration,
        into: &mut BTreeMap<String, Field>,
    ) -> Result<(), String> {
        let Body::Struct(members) = &of.body else { return Ok(()) };
        for member in members {
            let (home, name) = home(path, of, member.ty.trim_start_matches('*'));
            if member.json.is_empty() {
                let (home, inlined) = self.resolve(home, name)?;
                self.fields(schema, &home, &inlined, into)?;
                continue;
            }
            let mut field = self.field(schema, path, of, &member.ty)?;
            field.proto.clone_from(&member.json);
            into.insert(member.json.clone(), field);
        }
        Ok(())
    }

    fn field(
        &mut self,
        schema: &mut Schema,
        path: &str,
        of: &Declaration,
        written: &str,
    ) -> Result<Field, String> {
        let made =
            |ty, shape| Field { proto: String::new(), ty, shape, oneof: 0, required: false, alias: None };
        let written = written.trim_start_matches('*');
        if written == "[]byte" {
            return Ok(made(Type::Plain("Bytes"), Shape::One));
        }
        if let Some(item) = written.strip_prefix("[]") {
            return Ok(nested(self.field(schema, path, of, item)?, Shape::List));
        }
        if let Some((_, value)) = written.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
            return Ok(nested(self.field(schema, path, of, value)?, Shape::Map));
        }
        if let Some(plain) = builtin(written) {
            return Ok(made(Type::Plain(plain), Shape::One));
        }
        let (home, name) = home(path, of, written);
        if let Some((.., plain)) = SPECIAL.iter().find(|(p, n, _)| *p == home && *n == name) {
            return Ok(made(Type::Plain(plain), Shape::One));
        }
        let declaration = self.declaration(&home, &name)?;
        match &declaration.body {
            Body::Struct(_) => Ok(made(Type::Message(self.message(schema, &home, &name)?), Shape::One)),
            Body::Other(_) if declaration.is_enum => {
                Ok(made(enumeration(schema, &home, &name, &declaration), Shape::One))
            }
            Body::Other(other) => {
                let mut field = self.field(schema, &home, &declaration, other)?;
                field.alias = field.alias.or(Some(name));
                Ok(field)
            }
        }
    }
}

/// A list or map of what a field holds; deeper nesting is not followed.
fn nested(field: Field, shape: Shape) -> Field {
    if field.shape == Shape::One {
        Field { shape, ..field }
    } else {
        Field { shape, ty: Type::Plain("Any"), ..field }
    }
}

/// Where a type is declared, and its bare name.
pub(super) fn home(path: &str, of: &Declaration, written: &str) -> (String, String) {
    match written.split_once('.') {
        Some((package, name)) => {
            let path = of.imports.get(package).cloned().unwrap_or_else(|| package.to_owned());
            // The older versions are aliases of the newest.
            let path = if path == GATEWAY_BETA { GATEWAY.to_owned() } else { path };
            (path, name.to_owned())
        }
        None => (path.to_owned(), written.to_owned()),
    }
}

/// Two packages declare an `EndpointPort`; all else is unique.
fn unique_name(path: &str, name: &str) -> String {
    if path == DISCOVERY && name == "EndpointPort" { "EndpointSlicePort".to_owned() } else { name.to_owned() }
}

fn builtin(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" => "String",
        "bool" => "Bool",
        "int" | "int64" => "Int64",
        "int32" | "int16" | "int8" => "Int32",
        "uint32" | "uint16" | "uint8" => "Uint32",
        "uint64" => "Uint64",
        "float64" | "float32" => "Double",
        "interface{}" | "any" => "Any",
        _ => return None,
    })
}

fn enumeration(schema: &mut Schema, path: &str, name: &str, of: &Declaration) -> Type {
    let module = if path.contains("gateway-api") { "gateway" } else { "k8s" };
    let id = format!("{module}.{name}");
    let values = of.constants.iter().zip(0..).map(|(value, at)| (value.clone(), at)).collect();
    schema.enums.entry(id.clone()).or_insert(Enum { module, rust: name.to_owned(), values, numbers: false });
    Type::Enum(id)
}
