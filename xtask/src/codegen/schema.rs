//! The one form that the schemas of all kinds are brought into before Rust is written.

use std::collections::BTreeMap;

/// Names that the views are written in.
const RESERVED: &[&str] =
    &["DurationValue", "Entries", "FromNode", "IntOrString", "List", "Node", "Text", "Value"];

/// All messages and enums by name, and the kinds that start from them.
#[derive(Default)]
pub(crate) struct Schema {
    pub(crate) messages: BTreeMap<String, Message>,
    pub(crate) enums: BTreeMap<String, Enum>,
    /// Group, kind, and the message of the whole object.
    pub(crate) roots: Vec<(String, String, String)>,
}

/// One message; fields by JSON name.
#[derive(Default)]
pub(crate) struct Message {
    /// The module of the views that it belongs to.
    pub(crate) module: &'static str,
    /// Its name as a Rust type, unique in the module.
    pub(crate) rust: String,
    pub(crate) fields: BTreeMap<String, Field>,
}

#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) proto: String,
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    /// Which `oneof` of the message it is in, from 1; 0 for none.
    pub(crate) oneof: usize,
    pub(crate) required: bool,
    /// The named string type that it has in Go, which may turn out to be an enum.
    pub(crate) alias: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    List,
    Map,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// A variant of the table's `Type` without a payload.
    Plain(&'static str),
    Enum(String),
    Message(String),
}

/// One enum: names and numbers in order.
#[derive(Clone, Default)]
pub(crate) struct Enum {
    pub(crate) module: &'static str,
    pub(crate) rust: String,
    pub(crate) values: Vec<(String, i32)>,
    /// Whether JSON may hold the number in place of the name.
    pub(crate) numbers: bool,
}

impl Schema {
    /// A Rust name that no message or enum of the module has yet.
    pub(crate) fn free_name(&self, module: &str, wanted: &str, prefix: &str) -> String {
        let taken = self.messages.values().any(|m| m.module == module && m.rust == wanted)
            || self.enums.values().any(|e| e.module == module && e.rust == wanted);
        if taken || RESERVED.contains(&wanted) { format!("{prefix}{wanted}") } else { wanted.to_owned() }
    }

    /// Adds the message of a whole Istio object around its spec, which is what Kubernetes keeps.
    pub(crate) fn add_object(&mut self, group: &str, kind: &str, spec: &str, status: &str) {
        let field = |ty: Type| Field {
            proto: String::new(),
            ty,
            shape: Shape::One,
            oneof: 0,
            required: false,
            alias: None,
        };
        let text = || field(Type::Plain("String"));
        let mut fields = BTreeMap::from([("apiVersion", text()), ("kind", text())]);
        fields.insert("metadata", field(Type::Message("k8s.ObjectMeta".to_owned())));
        fields.insert("spec", field(Type::Message(spec.to_owned())));
        fields.insert("status", field(Type::Message(status.to_owned())));
        let named =
            fields.into_iter().map(|(name, f)| (name.to_owned(), Field { proto: name.to_owned(), ..f }));
        let object = Message { module: "", rust: String::new(), fields: named.collect() };
        let name = format!("{group}.{kind}");
        self.messages.insert(name.clone(), object);
        self.roots.push((group.to_owned(), kind.to_owned(), name));
    }
}
