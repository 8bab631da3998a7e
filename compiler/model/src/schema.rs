//! What fields an object may have, and of which type: the form of the generated tables, and look-ups in them.

pub use crate::generated::schema::{ENUMS, MESSAGES, ROOTS};

/// A message: an object, or a part of one.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// The protobuf name, or `gateway.` or `k8s.` with the Go name.
    pub name: &'static str,
    /// The fields by JSON name.
    pub fields: &'static [Field],
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As JSON spells it.
    pub name: &'static str,
    /// As protobuf spells it, which Istio's decoder takes too; the same as `name` outside Istio.
    pub proto_name: &'static str,
    /// The type, of the items where the shape is not [`Shape::One`].
    pub ty: Type,
    /// Whether it holds one value or many.
    pub shape: Shape,
    /// Which group of the message allows only one of its fields, from 1; 0 for none.
    pub oneof: u8,
    /// Whether the CRD asks for it.
    pub required: bool,
}

/// How many values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One value.
    One,
    /// A sequence.
    List,
    /// A mapping with text keys.
    Map,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// `true` or `false`.
    Bool,
    /// A signed number of 32 bits.
    Int32,
    /// An unsigned number of 32 bits.
    Uint32,
    /// A signed number of 64 bits; protobuf takes text too.
    Int64,
    /// An unsigned number of 64 bits; protobuf takes text too.
    Uint64,
    /// A number.
    Double,
    /// Base64.
    Bytes,
    /// `1h2m3.5s`.
    Duration,
    /// RFC 3339.
    Timestamp,
    /// Any mapping.
    Struct,
    /// Anything.
    Any,
    /// A number or text.
    IntOrString,
    /// `500m`, `1Gi`, or a number.
    Quantity,
    /// One of the values of [`ENUMS`] at this place.
    Enum(u16),
    /// The message of [`MESSAGES`] at this place.
    Message(u16),
}

/// An enum.
#[derive(Clone, Copy, Debug)]
pub struct Enum {
    /// The protobuf name, or `gateway.` or `k8s.` with the Go name.
    pub name: &'static str,
    /// Names and numbers, in order.
    pub values: &'static [(&'static str, i32)],
    /// Whether a number may stand for the name.
    pub numbers: bool,
}

/// Where a kind starts.
#[derive(Clone, Copy, Debug)]
pub struct Root {
    /// API group; empty for Kubernetes' core and for the mesh's own configuration.
    pub group: &'static str,
    /// `kind:`, or `MeshConfig`, `MeshNetworks`, `MeshProxyConfig`.
    pub kind: &'static str,
    /// Place in [`MESSAGES`].
    pub message: u16,
}

impl Message {
    /// The field of a JSON name, else of a protobuf name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        let by_json = self.fields.binary_search_by(|field| field.name.cmp(name)).ok();
        match by_json {
            Some(at) => self.fields.get(at),
            None => self.fields.iter().find(|field| field.proto_name == name),
        }
    }
}

impl Type {
    /// The message, if it is one.
    #[must_use]
    pub fn message(self) -> Option<&'static Message> {
        match self {
            Type::Message(at) => MESSAGES.get(usize::from(at)),
            _ => None,
        }
    }

    /// The enum, if it is one.
    #[must_use]
    pub fn enumeration(self) -> Option<&'static Enum> {
        match self {
            Type::Enum(at) => ENUMS.get(usize::from(at)),
            _ => None,
        }
    }
}

/// The message of whole objects of a kind (`apiVersion`, `kind`, `metadata`, `spec`, …).
#[must_use]
pub fn root(group: &str, kind: &str) -> Option<&'static Message> {
    let at = ROOTS.binary_search_by(|root| (root.group, root.kind).cmp(&(group, kind))).ok()?;
    Type::Message(ROOTS.get(at)?.message).message()
}

/// The message of a full name such as `istio.mesh.v1alpha1.MeshConfig`.
#[must_use]
pub fn named(name: &str) -> Option<&'static Message> {
    let at = MESSAGES.binary_search_by(|message| message.name.cmp(name)).ok()?;
    MESSAGES.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KINDS;

    #[test]
    fn tables_are_sorted_and_whole() {
        assert!(MESSAGES.is_sorted_by(|a, b| a.name < b.name));
        assert!(ENUMS.is_sorted_by(|a, b| a.name < b.name));
        assert!(ROOTS.is_sorted_by(|a, b| (a.group, a.kind) < (b.group, b.kind)));
        for message in MESSAGES {
            assert!(message.fields.is_sorted_by(|a, b| a.name < b.name), "{}", message.name);
            for field in message.fields {
                match field.ty {
                    Type::Message(_) => {
                        assert!(field.ty.message().is_some(), "{}.{}", message.name, field.name)
                    }
                    Type::Enum(_) => {
                        assert!(field.ty.enumeration().is_some(), "{}.{}", message.name, field.name)
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn every_kind_that_we_read_has_a_schema() {
        for row in KINDS.iter().filter(|row| row.group != "meshproof.dev") {
            assert!(root(row.group, row.name).is_some(), "{}/{}", row.group, row.name);
        }
        assert!(root("networking.istio.io", "HTTPRoute").is_none());
    }

    /// A path of JSON names from a kind.
    fn at(group: &str, kind: &str, path: &[&str]) -> Option<&'static Field> {
        let mut message = root(group, kind)?;
        let (last, way) = path.split_last()?;
        for name in way {
            message = message.field(name)?.ty.message()?;
        }
        message.field(last)
    }

    #[test]
    fn fields_have_their_types() {
        let net = "networking.istio.io";
        let field =
            at(net, "DestinationRule", &["spec", "trafficPolicy", "loadBalancer", "simple"]).expect("simple");
        let values = field.ty.enumeration().expect("an enum").values;
        assert!(values.iter().any(|(name, _)| *name == "LEAST_REQUEST"));
        assert_ne!(field.oneof, 0);
        let host = at(net, "DestinationRule", &["spec", "host"]).expect("host");
        assert!(host.required && host.ty == Type::String && host.oneof == 0);
        let by_proto = at(
            net,
            "DestinationRule",
            &["spec", "traffic_policy", "connection_pool", "tcp", "connect_timeout"],
        );
        assert_eq!(by_proto.map(|field| (field.name, field.ty)), Some(("connectTimeout", Type::Duration)));
        let patch = at(net, "EnvoyFilter", &["spec", "configPatches", "patch", "value"]).expect("value");
        assert_eq!(patch.ty, Type::Struct);
        let port = at("", "Service", &["spec", "ports", "targetPort"]).expect("targetPort");
        assert_eq!((port.ty, port.shape), (Type::IntOrString, Shape::One));
        let labels = at("", "Pod", &["metadata", "labels"]).expect("labels");
        assert_eq!((labels.ty, labels.shape), (Type::String, Shape::Map));
        let secret =
            at("", "Pod", &["spec", "volumes", "secret", "secretName"]).expect("inlined volume source");
        assert_eq!(secret.ty, Type::String);
        let kind = at("gateway.networking.k8s.io", "HTTPRoute", &["spec", "rules", "filters", "type"])
            .expect("type");
        let values = kind.ty.enumeration().expect("an enum").values;
        assert!(kind.required && values.iter().any(|(name, _)| *name == "URLRewrite"));
        assert!(at("gateway.networking.k8s.io", "HTTPRoute", &["spec", "parentrefs"]).is_none());
    }
}
