//! Writes the schema as static tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::schema::{Enum, Field, Message, Schema, Shape, Type};

const HEAD: &str = "// tidy: table
//! Schema tables of all kinds: what fields they have and of which type. Written by `cargo xtask codegen`.

use crate::schema::Shape::{List as L, Map as M, One as O};
use crate::schema::{Enum, Field, Message, Root, Shape, Type as T};

const fn f(
    name: &'static str,
    proto_name: &'static str,
    ty: T,
    shape: Shape,
    oneof: u8,
    required: bool,
) -> Field {
    Field { name, proto_name, ty, shape, oneof, required }
}

";

/// The whole file.
pub(crate) fn write(schema: &Schema) -> Result<String, String> {
    let mut out = HEAD.to_owned();
    let fault = |_| "text cannot be written".to_owned();
    let messages: BTreeMap<&str, usize> = schema.messages.keys().map(String::as_str).zip(0..).collect();
    let enums: BTreeMap<&str, usize> = schema.enums.keys().map(String::as_str).zip(0..).collect();
    out += "/// All messages, by name.\npub static MESSAGES: &[Message] = &[\n";
    for (name, message) in &schema.messages {
        write_message(&mut out, name, message, &messages, &enums).map_err(fault)?;
    }
    out += "];\n\n/// All enums, by name.\npub static ENUMS: &[Enum] = &[\n";
    for (name, of) in &schema.enums {
        write_enum(&mut out, name, of).map_err(fault)?;
    }
    out += "];\n\n/// The message of each kind, by group and kind; configuration that is no object has no group.\n";
    out += "pub static ROOTS: &[Root] = &[\n";
    let mut roots: Vec<_> = schema.roots.iter().collect();
    roots.sort();
    for (group, kind, message) in roots {
        let at = messages.get(message.as_str()).ok_or_else(|| format!("no message {message}"))?;
        writeln!(out, "    Root {{ group: {group:?}, kind: {kind:?}, message: {at} }},").map_err(fault)?;
    }
    out += "];\n";
    Ok(out)
}

fn write_message(
    out: &mut String,
    name: &str,
    message: &Message,
    messages: &BTreeMap<&str, usize>,
    enums: &BTreeMap<&str, usize>,
) -> std::fmt::Result {
    if message.fields.is_empty() {
        return writeln!(out, "    Message {{ name: {name:?}, fields: &[] }},");
    }
    writeln!(out, "    Message {{ name: {name:?}, fields: &[")?;
    for (json, field) in &message.fields {
        let ty = match &field.ty {
            Type::Plain(plain) => format!("T::{plain}"),
            Type::Enum(id) => format!("T::Enum({})", enums.get(id.as_str()).ok_or(std::fmt::Error)?),
            Type::Message(id) => format!("T::Message({})", messages.get(id.as_str()).ok_or(std::fmt::Error)?),
        };
        let Field { proto, oneof, required, .. } = field;
        writeln!(out, "        f({json:?}, {proto:?}, {ty}, {}, {oneof}, {required}),", shape(field.shape))?;
    }
    writeln!(out, "    ] }},")
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::One => "O",
        Shape::List => "L",
        Shape::Map => "M",
    }
}

fn write_enum(out: &mut String, name: &str, of: &Enum) -> std::fmt::Result {
    let values: Vec<String> =
        of.values.iter().map(|(value, number)| format!("({value:?}, {number})")).collect();
    let (values, numbers) = (values.join(", "), of.numbers);
    writeln!(out, "    Enum {{ name: {name:?}, values: &[{values}], numbers: {numbers} }},")
}
