//! Kinds of the Gateway API are Go structs to istiod: `encoding/json` reads them and stops at nothing but the type of a value.

use crate::Kind;
use crate::admission::decode::message::Place;
use crate::admission::decode::refused;
use crate::node::{Node, Value};
use crate::schema::{Message, Shape, Type, root};

/// The first value of another type than its field's, with what Go says of it.
pub(super) fn misread(kind: Kind, object: Node<'_>) -> Option<(String, Place)> {
    let info = kind.info();
    let spec = root(info.group, info.name)?.field("spec")?.ty.message()?;
    let body = object.get("spec")?;
    message(spec, body, &Place { path: "spec".to_owned(), span: body.span() })
}

fn message(of: &'static Message, node: Node<'_>, place: &Place) -> Option<(String, Place)> {
    if node.is_null() {
        return None;
    }
    if node.value() != Value::Map {
        return Some((refused(node, of.name), place.clone()));
    }
    for (key, value) in node.entries() {
        let name = key.as_str().unwrap_or_default();
        let Some(field) = of.field(name) else { continue };
        let place = Place { path: format!("{}.{name}", place.path), span: value.span() };
        let found = match (field.shape, value.value()) {
            (_, Value::Null) => None,
            (Shape::One, _) => single(field.ty, value, &place),
            (Shape::List, Value::Seq) => value.items().enumerate().find_map(|(at, item)| {
                let place = Place { path: format!("{}[{at}]", place.path), span: item.span() };
                single(field.ty, item, &place)
            }),
            (Shape::Map, Value::Map) => value.entries().find_map(|(_, item)| single(field.ty, item, &place)),
            (Shape::List, _) => Some((refused(value, "[]"), place)),
            (Shape::Map, _) => Some((refused(value, "map[string]string"), place)),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn single(ty: Type, node: Node<'_>, place: &Place) -> Option<(String, Place)> {
    if let Some(of) = ty.message() {
        return message(of, node, place);
    }
    let whole = |low: i64, high: i64| match node.value() {
        Value::Int(n) => (low..=high).contains(&n),
        _ => false,
    };
    let (fits, wanted) = match ty {
        Type::String | Type::Enum(_) | Type::Duration => (node.as_str().is_some(), "string"),
        Type::Bool => (matches!(node.value(), Value::Bool(_)), "bool"),
        Type::Int32 => (whole(i64::from(i32::MIN), i64::from(i32::MAX)), "int32"),
        Type::Int64 => (whole(i64::MIN, i64::MAX), "int64"),
        _ => (true, ""),
    };
    (!fits && !node.is_null()).then(|| (refused(node, wanted), place.clone()))
}
