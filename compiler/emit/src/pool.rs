//! The descriptor sets: Envoy's types as data, against which everything that is emitted is checked.

mod canonical;
mod lookup;
mod merge;
mod scalar;
mod types;

use std::sync::OnceLock;

use serde_json::{Map, Value};

pub(crate) use lookup::{FieldType, MessageType};
pub(crate) use merge::Lists;
use types::Types;

/// Why a resource could not be spelled. Each one is a mistake of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmitError {
    /// What is wrong, with the resource's type or name.
    pub message: String,
}

impl std::fmt::Display for EmitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EmitError {}

fn error(message: impl Into<String>) -> EmitError {
    EmitError { message: message.into() }
}

/// A descriptor set, decoded when it is first needed.
struct Set {
    bytes: &'static [u8],
    types: OnceLock<Result<Types, EmitError>>,
}

/// What a mesh needs without patches of its own; loads in half the time.
static SENT: Set = Set { bytes: include_bytes!("generated/envoy_sent.binpb"), types: OnceLock::new() };
/// Every type of Envoy's configuration.
static ALL: Set = Set { bytes: include_bytes!("generated/envoy.binpb"), types: OnceLock::new() };

impl Set {
    fn types(&'static self) -> Result<&'static Types, EmitError> {
        let decode = || {
            Types::decode(self.bytes).map_err(|why| error(format!("the descriptor set is damaged: {why}")))
        };
        self.types.get_or_init(decode).as_ref().map_err(Clone::clone)
    }
}

/// Reads a message with `@type` by its descriptor and writes it in canonical protobuf JSON, `@type` kept.
///
/// # Errors
/// When the type is unknown, or a field, enum value or number does not belong to it.
pub fn canonical(mut message: Value) -> Result<Value, EmitError> {
    let name = describe(&message);
    canonical::any(SENT.types()?, &mut message).map_err(|why| error(format!("{name}: {why}")))?;
    Ok(message)
}

/// The types beyond those that are sent without patches.
fn rare_types() -> Result<&'static Types, String> {
    ALL.types().map_err(|why| why.message)
}

/// A message that was written by hand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lenient {
    /// Its known fields in canonical form.
    pub(crate) fields: Map<String, Value>,
    /// Paths of the fields that its type does not have.
    pub(crate) unknown: Vec<String>,
}

/// Reads a message of a named type that was written by hand: fields that it does not know are left out.
///
/// # Errors
/// When a value does not fit its field, or a type is unknown.
pub(crate) fn lenient(name: &str, value: Value) -> Result<Lenient, String> {
    let types = rare_types()?;
    let of = types.by_name(name).ok_or_else(|| format!("the type `{name}` is unknown"))?;
    let Value::Object(mut fields) = value else { return Err("the value is no object".to_owned()) };
    let mut unknown = merge::Unknown::default();
    unknown.strip(types, of, &mut fields);
    fields.shift_insert(0, "@type".to_owned(), Value::String(format!("type.googleapis.com/{name}")));
    let mut message = Value::Object(fields);
    canonical::any(types, &mut message)?;
    let Value::Object(mut fields) = message else { return Err("the value is no object".to_owned()) };
    fields.shift_remove("@type");
    Ok(Lenient { fields, unknown: unknown.paths })
}

/// Merges a message into another one of the named type; both are canonical.
pub(crate) fn merge(name: &str, into: &mut Map<String, Value>, from: &Map<String, Value>, lists: Lists) {
    let Ok(types) = rare_types() else { return };
    if let Some(of) = types.by_name(name) {
        merge::message(types, of, into, from, lists);
    }
}

/// [`canonical`] for what was changed by patches and may hold any type.
///
/// # Errors
/// As [`canonical`].
pub(crate) fn canonical_patched(mut message: Value) -> Result<Value, EmitError> {
    let name = describe(&message);
    let types = rare_types().map_err(error)?;
    canonical::any(types, &mut message).map_err(|why| error(format!("{name}: {why}")))?;
    Ok(message)
}

fn describe(message: &Value) -> String {
    let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = if text("name").is_empty() { text("clusterName") } else { text("name") };
    format!("{} {name}", text("@type").trim_start_matches("type.googleapis.com/"))
}

#[cfg(test)]
mod tests;
