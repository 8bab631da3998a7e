//! Istio's kinds and its mesh configuration, from the protobuf descriptors.

use prost_reflect::prost_types::FileDescriptorSet;
use prost_reflect::{Cardinality, DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::compile::{self, Include};
use super::schema::{Enum, Field, Message, Schema, Shape, Type};
use super::sources::Sources;

const NET: &str = "networking.istio.io";
const SEC: &str = "security.istio.io";

/// File, message, group of its kind, kind; the group is empty for what is read from the mesh's own configuration.
const ROOTS: &[(&str, &str, &str, &str)] = &[
    (
        "networking/v1alpha3/virtual_service.proto",
        "istio.networking.v1alpha3.VirtualService",
        NET,
        "VirtualService",
    ),
    (
        "networking/v1alpha3/destination_rule.proto",
        "istio.networking.v1alpha3.DestinationRule",
        NET,
        "DestinationRule",
    ),
    ("networking/v1alpha3/gateway.proto", "istio.networking.v1alpha3.Gateway", NET, "Gateway"),
    (
        "networking/v1alpha3/service_entry.proto",
        "istio.networking.v1alpha3.ServiceEntry",
        NET,
        "ServiceEntry",
    ),
    ("networking/v1alpha3/sidecar.proto", "istio.networking.v1alpha3.Sidecar", NET, "Sidecar"),
    (
        "networking/v1alpha3/workload_entry.proto",
        "istio.networking.v1alpha3.WorkloadEntry",
        NET,
        "WorkloadEntry",
    ),
    (
        "networking/v1alpha3/workload_group.proto",
        "istio.networking.v1alpha3.WorkloadGroup",
        NET,
        "WorkloadGroup",
    ),
    ("networking/v1alpha3/envoy_filter.proto", "istio.networking.v1alpha3.EnvoyFilter", NET, "EnvoyFilter"),
    ("networking/v1beta1/proxy_config.proto", "istio.networking.v1beta1.ProxyConfig", NET, "ProxyConfig"),
    (
        "security/v1beta1/peer_authentication.proto",
        "istio.security.v1beta1.PeerAuthentication",
        SEC,
        "PeerAuthentication",
    ),
    (
        "security/v1beta1/request_authentication.proto",
        "istio.security.v1beta1.RequestAuthentication",
        SEC,
        "RequestAuthentication",
    ),
    (
        "security/v1beta1/authorization_policy.proto",
        "istio.security.v1beta1.AuthorizationPolicy",
        SEC,
        "AuthorizationPolicy",
    ),
    (
        "telemetry/v1alpha1/telemetry.proto",
        "istio.telemetry.v1alpha1.Telemetry",
        "telemetry.istio.io",
        "Telemetry",
    ),
    (
        "extensions/v1alpha1/wasm.proto",
        "istio.extensions.v1alpha1.WasmPlugin",
        "extensions.istio.io",
        "WasmPlugin",
    ),
    (
        "extensions/v1alpha1/traffic_extension.proto",
        "istio.extensions.v1alpha1.TrafficExtension",
        "extensions.istio.io",
        "TrafficExtension",
    ),
    ("mesh/v1alpha1/config.proto", "istio.mesh.v1alpha1.MeshConfig", "", "MeshConfig"),
    ("mesh/v1alpha1/network.proto", "istio.mesh.v1alpha1.MeshNetworks", "", "MeshNetworks"),
    ("mesh/v1alpha1/proxy.proto", "istio.mesh.v1alpha1.ProxyConfig", "", "MeshProxyConfig"),
];

const STATUS: &str = "istio.meta.v1alpha1.IstioStatus";

/// The view modules by protobuf package.
const MODULES: &[(&str, &str)] = &[
    ("istio.networking.v1alpha3", "networking"),
    ("istio.networking.v1beta1", "networking"),
    ("istio.security.v1beta1", "security"),
    ("istio.telemetry.v1alpha1", "telemetry"),
    ("istio.extensions.v1alpha1", "extensions"),
    ("istio.mesh.v1alpha1", "mesh"),
    ("istio.type.v1beta1", "selectors"),
    ("istio.meta.v1alpha1", "meta"),
    ("istio.analysis.v1alpha1", "meta"),
];

/// Adds all of them.
pub(crate) fn add(schema: &mut Schema, sources: &Sources) -> Result<(), String> {
    let pool = pool(sources)?;
    let find =
        |name: &str| pool.get_message_by_name(name).ok_or_else(|| format!("Istio has no message {name}"));
    add_message(schema, &find(STATUS)?)?;
    for (_, name, group, kind) in ROOTS {
        add_message(schema, &find(name)?)?;
        if group.is_empty() {
            schema.roots.push((String::new(), (*kind).to_owned(), (*name).to_owned()));
        } else {
            schema.add_object(group, kind, name, STATUS);
        }
    }
    Ok(())
}

fn pool(sources: &Sources) -> Result<DescriptorPool, String> {
    let include = |dir| Include { prefix: "", dir };
    let includes =
        [include(sources.crds.istio_api.clone()), include(sources.crds.istio_api.join("common-protos"))];
    let mut names: Vec<String> = ROOTS.iter().map(|(file, ..)| (*file).to_owned()).collect();
    names.push("meta/v1alpha1/status.proto".to_owned());
    let file = compile::files(&names, &includes)?.into_values().collect();
    DescriptorPool::from_file_descriptor_set(FileDescriptorSet { file })
        .map_err(|e| format!("Istio's protos: {e}"))
}

fn module(package: &str) -> Result<&'static str, String> {
    let row = MODULES.iter().find(|(known, _)| *known == package);
    row.map(|(_, module)| *module).ok_or_else(|| format!("no view module for the package {package}"))
}

/// `Outer.Inner` of a package as `OuterInner`.
fn rust_name(full: &str, package: &str) -> String {
    full.strip_prefix(package).unwrap_or(full).split('.').collect()
}

fn add_message(schema: &mut Schema, message: &MessageDescriptor) -> Result<(), String> {
    let name = message.full_name().to_owned();
    if schema.messages.contains_key(&name) {
        return Ok(());
    }
    let module = module(message.package_name())?;
    let rust = schema.free_name(module, &rust_name(&name, message.package_name()), "Beta");
    schema.messages.insert(name.clone(), Message { module, rust, ..Message::default() });
    for field in message.fields() {
        let made = add_field(schema, message, &field)?;
        if let Some(message) = schema.messages.get_mut(&name) {
            message.fields.insert(field.json_name().to_owned(), made);
        }
    }
    Ok(())
}

fn add_field(
    schema: &mut Schema,
    message: &MessageDescriptor,
    field: &FieldDescriptor,
) -> Result<Field, String> {
    let (kind, shape) = match field.kind() {
        Kind::Message(entry) if entry.is_map_entry() => (entry.map_entry_value_field().kind(), Shape::Map),
        kind if field.cardinality() == Cardinality::Repeated => (kind, Shape::List),
        kind => (kind, Shape::One),
    };
    let real = message.oneofs().filter(|one| !one.is_synthetic());
    let oneof = real.enumerate().find(|(_, one)| one.fields().any(|f| f.number() == field.number()));
    Ok(Field {
        proto: field.name().to_owned(),
        ty: type_of(schema, kind)?,
        shape,
        oneof: oneof.map_or(0, |(at, _)| at + 1),
        required: false,
        alias: None,
    })
}

fn type_of(schema: &mut Schema, kind: Kind) -> Result<Type, String> {
    let plain = match kind {
        Kind::Bool => "Bool",
        Kind::String => "String",
        Kind::Bytes => "Bytes",
        Kind::Double | Kind::Float => "Double",
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => "Int32",
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => "Int64",
        Kind::Uint32 | Kind::Fixed32 => "Uint32",
        Kind::Uint64 | Kind::Fixed64 => "Uint64",
        Kind::Enum(of) => {
            add_enum(schema, &of)?;
            return Ok(Type::Enum(of.full_name().to_owned()));
        }
        Kind::Message(of) => match well_known(of.full_name()) {
            Some(plain) => plain,
            None => {
                add_message(schema, &of)?;
                return Ok(Type::Message(of.full_name().to_owned()));
            }
        },
    };
    Ok(Type::Plain(plain))
}

/// Messages of protobuf itself with a JSON form of their own.
fn well_known(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Duration" => "Duration",
        "Timestamp" => "Timestamp",
        "Struct" | "Any" | "Empty" => "Struct",
        "Value" | "ListValue" => "Any",
        "BoolValue" => "Bool",
        "StringValue" => "String",
        "BytesValue" => "Bytes",
        "DoubleValue" | "FloatValue" => "Double",
        "Int32Value" => "Int32",
        "Int64Value" => "Int64",
        "UInt32Value" => "Uint32",
        "UInt64Value" => "Uint64",
        _ => return None,
    })
}

fn add_enum(schema: &mut Schema, of: &EnumDescriptor) -> Result<(), String> {
    let name = of.full_name().to_owned();
    if schema.enums.contains_key(&name) {
        return Ok(());
    }
    let module = module(of.package_name())?;
    let rust = schema.free_name(module, &rust_name(&name, of.package_name()), "Beta");
    let values = of.values().map(|value| (value.name().to_owned(), value.number())).collect();
    schema.enums.insert(name, Enum { module, rust, values, numbers: true });
    Ok(())
}
