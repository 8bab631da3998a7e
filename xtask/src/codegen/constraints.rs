//! What Envoy's messages demand of their fields (`validate.rules` of its protos), as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, ReflectMessage, Value,
};

/// The demands of each message, collected from many pools.
#[derive(Default)]
pub(crate) struct Constraints {
    messages: BTreeMap<String, Vec<String>>,
}

impl Constraints {
    /// Takes the messages of a pool that are not known yet.
    pub(crate) fn add(&mut self, pool: &DescriptorPool) {
        for message in pool.all_messages() {
            if self.messages.contains_key(message.full_name()) || message.is_map_entry() {
                continue;
            }
            let demands = of_message(&message);
            self.messages.insert(message.full_name().to_owned(), demands);
        }
    }

    /// The table of the messages of a descriptor set.
    pub(crate) fn write(&self, kept: &DescriptorPool) -> String {
        let mut out = String::from(HEAD);
        for (name, demands) in &self.messages {
            if demands.is_empty() || kept.get_message_by_name(name).is_none() {
                continue;
            }
            let _ = writeln!(out, "    ({name:?}, &[");
            for demand in demands {
                let _ = writeln!(out, "        {demand},");
            }
            out.push_str("    ]),\n");
        }
        out.push_str("];\n");
        out
    }
}

const HEAD: &str = "// tidy: table
//! What Envoy's messages demand of their fields. Written by `cargo xtask codegen`.

use crate::faults::demand::Rule::{Defined, Length, Lines, NotIn, Number, OneOf, Required, Size, Span};
use crate::faults::demand::{Demand, each, of};

/// Demands by the full name of the message, sorted.
#[rustfmt::skip]
pub(crate) static DEMANDS: &[(&str, &[Demand])] = &[
";

fn of_message(message: &MessageDescriptor) -> Vec<String> {
    let mut out = Vec::new();
    for group in message.oneofs() {
        let demanded =
            extension(&group.options(), "validate.required").is_some_and(|v| v == Value::Bool(true));
        if demanded {
            let names: Vec<String> = group.fields().map(|field| field.json_name().to_owned()).collect();
            out.push(format!("of({:?}, OneOf(&{names:?}))", group.name()));
        }
    }
    for field in message.fields() {
        let Some(Value::Message(rules)) = extension(&field.options(), "validate.rules") else { continue };
        of_field(&field, &rules, "of", &mut out);
    }
    out
}

fn extension(options: &DynamicMessage, name: &str) -> Option<Value> {
    options.extensions().find(|(known, _)| known.full_name() == name).map(|(_, value)| value.clone())
}

/// The rules of a field, or of each of its items.
fn of_field(field: &FieldDescriptor, rules: &DynamicMessage, whose: &str, out: &mut Vec<String>) {
    let mut say = |rule: String| out.push(format!("{whose}({:?}, {rule})", field.json_name()));
    if part(rules, "message").is_some_and(|of| is(&of, "required")) {
        say("Required".to_owned());
    }
    for kind in NUMBERS {
        if let Some(of) = part(rules, kind) {
            say_number(&of, &mut say);
        }
    }
    if let Some(of) = part(rules, "string") {
        say_text(&of, &mut say);
    }
    if let Some(of) = part(rules, "bytes") {
        say_length(&of, &mut say);
    }
    if let Some(of) = part(rules, "enum") {
        say_enum(&of, &mut say);
    }
    for kind in ["duration", "any", "timestamp"] {
        let Some(of) = part(rules, kind) else { continue };
        if is(&of, "required") {
            say("Required".to_owned());
        }
        let bounds = ["gt", "gte", "lt", "lte"].map(|name| part(&of, name).map(|d| seconds(&d)));
        if bounds.iter().any(Option::is_some) {
            say(format!("Span {{ {} }}", bounds_text(&bounds)));
        }
    }
    of_lists(field, rules, whose, out);
}

/// The rules of a list or map, and of what is in it.
fn of_lists(field: &FieldDescriptor, rules: &DynamicMessage, whose: &str, out: &mut Vec<String>) {
    for (kind, word, items) in [("repeated", "items", "items"), ("map", "pairs", "values")] {
        let Some(of) = part(rules, kind) else { continue };
        let [least, most] = ["min", "max"].map(|bound| number(&of, &format!("{bound}_{word}")));
        if least.is_some() || most.is_some() {
            let (least, most) = (count(least, "0"), count(most, "u64::MAX"));
            out.push(format!("{whose}({:?}, Size {{ least: {least}, most: {most} }})", field.json_name()));
        }
        if let Some(items) = part(&of, items) {
            of_field(field, &items, "each", out);
        }
    }
}

const NUMBERS: &[&str] =
    &["float", "double", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64"];

fn say_number(of: &DynamicMessage, say: &mut impl FnMut(String)) {
    let bounds = ["gt", "gte", "lt", "lte"].map(|name| number(of, name));
    if bounds.iter().any(Option::is_some) {
        say(format!("Number {{ {}, or_empty: {} }}", bounds_text(&bounds), is(of, "ignore_empty")));
    }
}

fn bounds_text(bounds: &[Option<f64>; 4]) -> String {
    let names = ["above", "least", "below", "most"];
    let one = |(name, bound): (&str, &Option<f64>)| match bound {
        Some(bound) => format!("{name}: Some({bound:?})"),
        None => format!("{name}: None"),
    };
    names.into_iter().zip(bounds).map(one).collect::<Vec<_>>().join(", ")
}

fn say_text(of: &DynamicMessage, say: &mut impl FnMut(String)) {
    say_length(of, say);
    if let Some(Value::EnumNumber(which @ (1 | 2))) = present(of, "well_known_regex") {
        let strict = !matches!(present(of, "strict"), Some(Value::Bool(false)));
        say(format!("Lines {{ name: {}, strict: {strict} }}", which == 1));
    }
}

/// Lengths in characters and in bytes alike: what is too short has neither.
fn say_length(of: &DynamicMessage, say: &mut impl FnMut(String)) {
    let first = |names: [&str; 3]| names.into_iter().find_map(|name| number(of, name));
    let (least, most) = (first(["min_len", "min_bytes", "len"]), first(["max_len", "max_bytes", "len"]));
    if least.is_some() || most.is_some() {
        let or_empty = is(of, "ignore_empty");
        say(format!(
            "Length {{ least: {}, most: {}, or_empty: {or_empty} }}",
            count(least, "0"),
            count(most, "u64::MAX")
        ));
    }
}

fn say_enum(of: &DynamicMessage, say: &mut impl FnMut(String)) {
    if is(of, "defined_only") {
        say("Defined".to_owned());
    }
    if let Some(Value::List(numbers)) = present(of, "not_in") {
        let numbers: Vec<i32> = numbers.iter().filter_map(Value::as_i32).collect();
        say(format!("NotIn(&{numbers:?})"));
    }
}

fn count(number: Option<f64>, none: &str) -> String {
    number.map_or_else(|| none.to_owned(), |number| format!("{number:.0}"))
}

/// A field that is written.
fn present(of: &DynamicMessage, name: &str) -> Option<Value> {
    let field = of.descriptor().get_field_by_name(name)?;
    of.has_field(&field).then(|| of.get_field(&field).into_owned())
}

fn part(of: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    present(of, name)?.as_message().cloned()
}

fn is(of: &DynamicMessage, name: &str) -> bool {
    matches!(present(of, name), Some(Value::Bool(true)))
}

#[expect(clippy::cast_precision_loss, reason = "bounds of Envoy's API are small or powers of two")]
fn number(of: &DynamicMessage, name: &str) -> Option<f64> {
    Some(match present(of, name)? {
        Value::I32(n) => f64::from(n),
        Value::U32(n) => f64::from(n),
        Value::I64(n) => n as f64,
        Value::U64(n) => n as f64,
        Value::F32(n) => f64::from(n),
        Value::F64(n) => n,
        _ => return None,
    })
}

fn seconds(duration: &DynamicMessage) -> f64 {
    number(duration, "seconds").unwrap_or(0.0) + number(duration, "nanos").unwrap_or(0.0) / 1e9
}
