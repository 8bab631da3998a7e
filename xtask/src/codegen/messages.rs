//! The descriptors that documents are decoded with: fields in the order of the proto, which decides what a decoder complains of
//! first. One text for Istio's own messages, one for everything that an EnvoyFilter can patch.
//!
//! A line that begins in column one is a message or an enum; the lines behind it that begin with a blank are its fields, or its one
//! line of values. A field is `name type`, then `|N` for the group of which only one may be set, then `=json` where the JSON name is
//! not the usual one. A type is `[T` for a list, `{K}T` for a map, a word for a scalar, `@N` for the type at place N of the text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};

use super::registered::{Registered, of_module};

/// Modules whose files Istio's programs register; istio.io/api comes from [`Sources`].
const MODULES: &[&str] = &[
    "github.com/envoyproxy/go-control-plane/envoy@v1.39.0",
    "github.com/envoyproxy/go-control-plane/contrib@v1.36.1-0.20260729145720-a2d8c7492908",
    "github.com/cncf/xds/go@v0.0.0-20260202195803-dba9d589def2",
    "go.opentelemetry.io/proto/otlp@v1.11.0",
    "google.golang.org/genproto/googleapis/api@v0.0.0-20260720211330-0afa2a65878a",
    "google.golang.org/genproto/googleapis/rpc@v0.0.0-20260720211330-0afa2a65878a",
    "github.com/prometheus/client_model@v0.6.3",
    "cel.dev/expr@v0.25.2",
    "github.com/envoyproxy/protoc-gen-validate@v1.3.3",
    "google.golang.org/protobuf@v1.36.12",
];

/// Contributed packages that Istio leaves out (`pkg/config/xds/filter_types.go`).
const LEFT_OUT: &[&str] = &["alpn", "istio_stats", "workload_discovery"];

/// Istio's own messages that documents are.
const ISTIO: &[&str] = &[
    "istio.extensions.v1alpha1.TrafficExtension",
    "istio.extensions.v1alpha1.WasmPlugin",
    "istio.mesh.v1alpha1.MeshConfig",
    "istio.mesh.v1alpha1.MeshNetworks",
    "istio.networking.v1alpha3.DestinationRule",
    "istio.networking.v1alpha3.EnvoyFilter",
    "istio.networking.v1alpha3.Gateway",
    "istio.networking.v1alpha3.ServiceEntry",
    "istio.networking.v1alpha3.Sidecar",
    "istio.networking.v1alpha3.VirtualService",
    "istio.networking.v1alpha3.WorkloadEntry",
    "istio.networking.v1alpha3.WorkloadGroup",
    "istio.networking.v1beta1.ProxyConfig",
    "istio.security.v1beta1.AuthorizationPolicy",
    "istio.security.v1beta1.PeerAuthentication",
    "istio.security.v1beta1.RequestAuthentication",
    "istio.telemetry.v1alpha1.Telemetry",
];

enum Made {
    Message { fields: Vec<FieldDescriptorProto>, oneofs: BTreeSet<i32>, entry: bool, frozen: bool },
    Enum(EnumDescriptorProto),
}

/// The two texts: of Istio's messages, and of all that are registered. `find` says where a module lies.
pub(crate) fn texts(
    istio_api: &Path,
    find: impl Fn(&str) -> Result<PathBuf, String>,
) -> Result<(String, String), String> {
    let mut files: BTreeMap<String, Registered> = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    for module in MODULES {
        for (name, file) in of_module(&find(module)?)? {
            if is_root(module, &file.place) {
                open.push(name.clone());
            }
            files.entry(name).or_insert(file);
        }
    }
    for (name, file) in of_module(istio_api)? {
        if !file.place.contains("/v1beta1/") || !name.contains("/v1/") {
            open.push(name.clone());
        }
        files.entry(name).or_insert(file);
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut types = BTreeMap::new();
    while let Some(name) = open.pop() {
        let Some(found) = files.get(&name).filter(|_| !seen.contains(&name)) else { continue };
        open.extend(found.file.dependency.iter().cloned());
        add_file(&mut types, found);
        seen.insert(name);
    }
    let mut wanted = BTreeSet::new();
    for root in ISTIO {
        reach(&types, root, &mut wanted)?;
    }
    let istio: BTreeMap<&String, &Made> = types.iter().filter(|(name, _)| wanted.contains(*name)).collect();
    let all: BTreeMap<&String, &Made> = types.iter().filter(|(name, _)| patchable(name)).collect();
    Ok((write(&istio)?, write(&all)?))
}

/// Whether Istio imports the package for the sake of its messages alone.
fn is_root(module: &str, place: &str) -> bool {
    let packages = module.contains("go-control-plane");
    let left_out = module.contains("/contrib@") && LEFT_OUT.iter().any(|word| place.contains(word));
    // TypedStruct stands for any message whose type Istio does not know; istiod writes it itself.
    let typed_struct = module.contains("cncf/xds") && place.contains("udpa/type/v1");
    typed_struct || packages && place.contains("v3") && !place.contains("/pkg/") && !left_out
}

/// Istio's own kinds are registered, too, but nobody puts them into a patch; they would only make the text longer.
fn patchable(name: &str) -> bool {
    let own =
        ["istio.networking.v", "istio.mesh.", "istio.security.v", "istio.telemetry.", "istio.extensions."];
    !own.iter().any(|prefix| name.starts_with(prefix)) && !name.starts_with("google.protobuf.FileDescriptor")
}

fn add_file(types: &mut BTreeMap<String, Made>, found: &Registered) {
    let package = found.file.package();
    for message in &found.file.message_type {
        add_message(types, package, message, found.frozen);
    }
    for of in &found.file.enum_type {
        types.insert(joined(package, of.name()), Made::Enum(of.clone()));
    }
}

fn add_message(types: &mut BTreeMap<String, Made>, outer: &str, message: &DescriptorProto, frozen: bool) {
    let name = joined(outer, message.name());
    for inner in &message.nested_type {
        add_message(types, &name, inner, frozen);
    }
    for of in &message.enum_type {
        types.insert(joined(&name, of.name()), Made::Enum(of.clone()));
    }
    let entry = message.options.as_ref().is_some_and(|options| options.map_entry());
    let real = message.field.iter().filter(|field| !field.proto3_optional());
    let oneofs = real.filter_map(|field| field.oneof_index).collect();
    types.insert(name, Made::Message { fields: message.field.clone(), oneofs, entry, frozen });
}

fn joined(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.to_owned() } else { format!("{outer}.{name}") }
}

/// Adds a message and all that it can hold.
fn reach(types: &BTreeMap<String, Made>, name: &str, seen: &mut BTreeSet<String>) -> Result<(), String> {
    let made = types.get(name).ok_or_else(|| format!("no module registers {name}"))?;
    if seen.insert(name.to_owned())
        && let Made::Message { fields, .. } = made
    {
        for inner in fields.iter().map(FieldDescriptorProto::type_name).filter(|name| !name.is_empty()) {
            reach(types, inner.trim_start_matches('.'), seen)?;
        }
    }
    Ok(())
}

fn write(types: &BTreeMap<&String, &Made>) -> Result<String, String> {
    let is_entry = |made: &&&Made| matches!(made, Made::Message { entry: true, .. });
    let shown: Vec<_> = types.iter().filter(|(_, made)| !is_entry(made)).collect();
    let places: BTreeMap<&str, usize> =
        shown.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
    let mut text = String::new();
    for (name, made) in shown {
        match made {
            Made::Enum(of) => {
                let _ = writeln!(text, "{name}");
                for value in &of.value {
                    let _ = write!(text, " {}={}", value.name(), value.number());
                }
                text.push('\n');
            }
            Made::Message { fields, oneofs, frozen, .. } => {
                let _ = writeln!(text, "{name}{}", if *frozen { " frozen" } else { "" });
                for field in fields {
                    let ty = shape(types, &places, field).map_err(|e| format!("{name}: {e}"))?;
                    let _ = write!(text, " {} {ty}", field.name());
                    if let Some(group) = field.oneof_index.filter(|group| oneofs.contains(group)) {
                        let _ = write!(text, "|{group}");
                    }
                    if field.json_name() != usual_json_name(field.name()) {
                        let _ = write!(text, "={}", field.json_name());
                    }
                    text.push('\n');
                }
            }
        }
    }
    Ok(text)
}

fn shape(
    types: &BTreeMap<&String, &Made>,
    places: &BTreeMap<&str, usize>,
    field: &FieldDescriptorProto,
) -> Result<String, String> {
    let inner = field.type_name().trim_start_matches('.').to_owned();
    if let Some(Made::Message { fields, entry: true, .. }) = types.get(&inner)
        && let [key, value] = fields.as_slice()
    {
        return Ok(format!("{{{}}}{}", one(places, key)?, one(places, value)?));
    }
    let list = if field.label() == Label::Repeated { "[" } else { "" };
    Ok(format!("{list}{}", one(places, field)?))
}

fn one(places: &BTreeMap<&str, usize>, field: &FieldDescriptorProto) -> Result<String, String> {
    Ok(match field.r#type() {
        Type::Bool => "bool".to_owned(),
        Type::String => "string".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Double => "f64".to_owned(),
        Type::Float => "f32".to_owned(),
        Type::Int32 | Type::Sint32 | Type::Sfixed32 => "i32".to_owned(),
        Type::Int64 | Type::Sint64 | Type::Sfixed64 => "i64".to_owned(),
        Type::Uint32 | Type::Fixed32 => "u32".to_owned(),
        Type::Uint64 | Type::Fixed64 => "u64".to_owned(),
        Type::Enum | Type::Message | Type::Group => {
            let name = field.type_name().trim_start_matches('.');
            let place = places.get(name).ok_or_else(|| format!("{name} is not registered"))?;
            format!("@{place}")
        }
    })
}

/// As protoc makes it: underscores go, and the letter behind each is a capital.
fn usual_json_name(name: &str) -> String {
    let mut made = String::new();
    let mut capital = false;
    for c in name.chars() {
        if c == '_' {
            capital = true;
        } else {
            made.push(if capital { c.to_ascii_uppercase() } else { c });
            capital = false;
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::super::sources::{CrdSources, cached};
    use super::*;
    use crate::project::root;

    /// Compares with what Go's cache holds; where a module is not there, nothing can be said.
    #[test]
    fn the_committed_texts_are_fresh() {
        let fresh = CrdSources::cached().and_then(|crds| texts(&crds.istio_api, cached));
        let (istio, envoy) = match fresh {
            Ok(both) => both,
            Err(why) => return println!("skipped: {why}"),
        };
        for (name, text) in [("istio_messages.txt", istio), ("envoy_messages.txt", envoy)] {
            let path = root().join("compiler/model/src/generated").join(name);
            let committed = std::fs::read_to_string(&path).expect("the committed text");
            assert!(committed == text, "{name} is stale: cargo xtask codegen");
        }
    }
}
