//! Writes the typed views: one struct per message, one method per field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::names;
use super::schema::{Enum, Field, Message, Schema, Shape, Type};

/// View modules and what stands in their first line.
pub(crate) const MODULES: &[(&str, &str)] = &[
    ("extensions", "Istio's extensions API: WasmPlugin, TrafficExtension"),
    ("gateway", "the Gateway API"),
    ("k8s", "Kubernetes itself: core, apps, batch, discovery, networking and their metadata"),
    ("mesh", "the mesh's own configuration: MeshConfig, MeshNetworks, ProxyConfig"),
    ("meta", "the status of Istio's objects"),
    ("networking", "Istio's networking API"),
    ("security", "Istio's security API"),
    ("selectors", "the selectors that Istio's APIs share"),
    ("telemetry", "Istio's telemetry API"),
];

/// Parts of Pods and metadata that nothing reads; they stay plain nodes.
const OPAQUE: &[&str] = &[
    "k8s.Affinity",
    "k8s.ContainerStatus",
    "k8s.ContainerResizePolicy",
    "k8s.EphemeralContainer",
    "k8s.JobStatus",
    "k8s.Lifecycle",
    "k8s.ManagedFieldsEntry",
    "k8s.NodeStatus",
    "k8s.NodeSpec",
    "k8s.PersistentVolumeClaim",
    "k8s.PodDNSConfig",
    "k8s.PodFailurePolicy",
    "k8s.PodResourceClaim",
    "k8s.PodSchedulingGate",
    "k8s.PodSchedulingGroup",
    "k8s.ResourceRequirements",
    "k8s.Toleration",
    "k8s.TopologySpreadConstraint",
    "k8s.Volume",
    "k8s.VolumeDevice",
];

/// The common code of the module.
pub(crate) const PRELUDE: &str = include_str!("prelude.txt");

/// The text of each module by its name.
pub(crate) fn write(schema: &Schema) -> Result<BTreeMap<&'static str, String>, String> {
    let shown = shown(schema);
    let mut modules = BTreeMap::new();
    for (module, title) in MODULES {
        let text =
            write_module(schema, &shown, module, title).map_err(|_| "text cannot be written".to_owned())?;
        modules.insert(*module, text?);
    }
    Ok(modules)
}

/// The messages that get a view: all that the kinds lead to, short of the opaque ones.
fn shown(schema: &Schema) -> BTreeSet<&str> {
    let mut open: Vec<&str> = schema.roots.iter().map(|(.., message)| message.as_str()).collect();
    let mut shown = BTreeSet::new();
    while let Some(name) = open.pop() {
        if OPAQUE.contains(&name) || !shown.insert(name) {
            continue;
        }
        let fields = schema.messages.get(name).into_iter().flat_map(|message| message.fields.values());
        open.extend(fields.filter_map(|field| match &field.ty {
            Type::Message(id) => Some(id.as_str()),
            _ => None,
        }));
    }
    shown
}

fn write_module(
    schema: &Schema,
    shown: &BTreeSet<&str>,
    module: &str,
    title: &str,
) -> Result<Result<String, String>, std::fmt::Error> {
    let mut out = "// tidy: table\n".to_owned();
    writeln!(out, "//! Views of {title}. Written by `cargo xtask codegen`.\n\nuse super::prelude::*;\n")?;
    for (name, message) in
        schema.messages.iter().filter(|(name, m)| m.module == module && shown.contains(name.as_str()))
    {
        write_view(&mut out, schema, shown, name, message)?;
    }
    for (name, of) in schema.enums.iter().filter(|(_, of)| of.module == module && module != "k8s") {
        if let Err(clash) = write_enum(&mut out, name, of)? {
            return Ok(Err(clash));
        }
    }
    Ok(Ok(out))
}

fn write_view(
    out: &mut String,
    schema: &Schema,
    shown: &BTreeSet<&str>,
    name: &str,
    message: &Message,
) -> std::fmt::Result {
    let rust = &message.rust;
    writeln!(
        out,
        "/// `{name}`.\n#[derive(Clone, Copy, Debug)]\npub struct {rust}<'a>(pub Node<'a>);\nview!({rust});"
    )?;
    if message.fields.is_empty() {
        return writeln!(out);
    }
    writeln!(out, "impl<'a> {rust}<'a> {{")?;
    for (json, field) in &message.fields {
        let method = names::method(&field.proto);
        let item = item_type(schema, shown, message.module, field);
        let (returns, reads) = match field.shape {
            Shape::One => (format!("Option<{item}>"), "one"),
            Shape::List => (format!("List<'a, {item}>"), "list"),
            Shape::Map => (format!("Entries<'a, {item}>"), "entries"),
        };
        let proto = &field.proto;
        writeln!(out, "    /// `{json}`.")?;
        writeln!(out, "    pub fn {method}(self) -> {returns} {{ {reads}(self.0, {json:?}, {proto:?}) }}")?;
    }
    writeln!(out, "}}\n")
}

fn item_type(schema: &Schema, shown: &BTreeSet<&str>, module: &str, field: &Field) -> String {
    let path = |other: &str, rust: &str, life: &str| {
        if other == module { format!("{rust}{life}") } else { format!("super::{other}::{rust}{life}") }
    };
    let plain = match &field.ty {
        Type::Plain("Bool") => "bool",
        Type::Plain("Int32" | "Int64" | "Uint32" | "Uint64") => "i64",
        Type::Plain("Double") => "f64",
        Type::Plain("Duration") => "DurationValue",
        Type::Plain("IntOrString") => "IntOrString<'a>",
        Type::Plain("Struct" | "Any" | "Quantity") => "Node<'a>",
        Type::Plain(_) => "Text<'a>",
        Type::Enum(id) => match schema.enums.get(id).filter(|of| of.module != "k8s") {
            Some(of) => return path(of.module, &of.rust, ""),
            None => "Text<'a>",
        },
        Type::Message(id) => match schema.messages.get(id).filter(|_| shown.contains(id.as_str())) {
            Some(message) => return path(message.module, &message.rust, "<'a>"),
            None => "Node<'a>",
        },
    };
    plain.to_owned()
}

fn write_enum(out: &mut String, name: &str, of: &Enum) -> Result<Result<(), String>, std::fmt::Error> {
    let mut variants: BTreeMap<String, &str> = BTreeMap::new();
    writeln!(out, "words! {{\n    /// `{name}`.\n    {} {} {{", of.rust, of.numbers)?;
    let mut numbers = BTreeSet::new();
    for (value, number) in of.values.iter().filter(|(_, number)| numbers.insert(*number)) {
        let variant = names::variant(value);
        writeln!(out, "        {variant} = {value:?}, {number};")?;
        if let Some(other) = variants.insert(variant, value) {
            return Ok(Err(format!("{name}: {value} and {other} are the same in Rust")));
        }
    }
    writeln!(out, "    }}\n}}\n")?;
    Ok(Ok(()))
}
