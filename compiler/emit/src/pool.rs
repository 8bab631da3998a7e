//! The descriptor pool: Envoy's types as data, against which everything that is emitted is checked.

use std::sync::OnceLock;

use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

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

/// The trimmed descriptor set, decoded when it is first needed.
fn pool() -> Result<&'static DescriptorPool, EmitError> {
    static POOL: OnceLock<Result<DescriptorPool, EmitError>> = OnceLock::new();
    let decode = || {
        DescriptorPool::decode(include_bytes!("generated/envoy.binpb").as_slice())
            .map_err(|why| error(format!("the descriptor set is damaged: {why}")))
    };
    POOL.get_or_init(decode).as_ref().map_err(Clone::clone)
}

/// Reads a message with `@type` by its descriptor and writes it in canonical protobuf JSON, `@type` kept.
///
/// # Errors
/// When the type is unknown, or a field, enum value or number does not belong to it.
pub fn canonical(message: Value) -> Result<Value, EmitError> {
    let any = pool()?
        .get_message_by_name("google.protobuf.Any")
        .ok_or_else(|| error("the descriptor set lacks google.protobuf.Any"))?;
    let what = describe(&message);
    let read = DynamicMessage::deserialize(any, message).map_err(|why| error(format!("{what}: {why}")))?;
    let options = SerializeOptions::new().skip_default_fields(true).stringify_64_bit_integers(true);
    read.serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|why| error(format!("{what}: {why}")))
}

fn describe(message: &Value) -> String {
    let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = if text("name").is_empty() { text("clusterName") } else { text("name") };
    format!("{} {name}", text("@type").trim_start_matches("type.googleapis.com/"))
}
