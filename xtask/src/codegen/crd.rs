//! What the CRDs alone know: which fields are required, and the values of string enums.

use std::collections::BTreeSet;

use serde_json::Value;

use super::names;
use super::schema::{Enum, Schema, Shape, Type};
use super::sources::{CrdSources, Sources};
use crate::project;

/// Adds it to the messages of the kinds that have a CRD.
pub(crate) fn add(schema: &mut Schema, sources: &Sources) -> Result<(), String> {
    for crd in all(&sources.crds)? {
        add_crd(schema, &crd);
    }
    Ok(())
}

/// All CRDs, as they are applied.
pub(crate) fn all(sources: &CrdSources) -> Result<Vec<Value>, String> {
    let mut paths = vec![sources.istio_api.join("kubernetes/customresourcedefinitions.gen.yaml")];
    paths.extend(project::files_below(&sources.gateway_api.join("config/crd/experimental"), ".yaml")?);
    let mut found = Vec::new();
    for path in paths {
        for document in project::read(&path)?.split("\n---\n") {
            let fault = |e| format!("{}: {e}", path.display());
            let crd: Value = serde_yaml::from_str(document).map_err(fault)?;
            if crd.get("kind").and_then(Value::as_str) == Some("CustomResourceDefinition") {
                found.push(crd);
            }
        }
    }
    Ok(found)
}

fn add_crd(schema: &mut Schema, crd: &Value) {
    let text = |pointer: &str| crd.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    let root =
        schema.roots.iter().find(|(g, k, _)| g == group && k == kind).map(|(.., message)| message.clone());
    let versions = crd.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    let storage = |v: &&Value| v.get("storage") == Some(&Value::Bool(true));
    let version = versions.clone().find(storage).and_then(|v| v.pointer("/schema/openAPIV3Schema"));
    if let (Some(root), Some(version)) = (root, version) {
        walk(schema, &root, version, &mut BTreeSet::new());
    }
}

/// Follows a CRD schema and a message side by side. `open` guards against messages that hold themselves.
fn walk(schema: &mut Schema, message: &str, crd: &Value, open: &mut BTreeSet<String>) {
    let is_istio_spec = message.starts_with("istio.");
    let required =
        crd.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let required: BTreeSet<&str> = required.collect();
    let empty = serde_json::Map::new();
    let properties = crd.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    for (name, crd) in properties {
        let found = schema.messages.get_mut(message).and_then(|m| m.fields.get_mut(name));
        let Some(field) = found else { continue };
        field.required |= required.contains(name.as_str());
        let (ty, alias, shape) = (field.ty.clone(), field.alias.clone(), field.shape);
        let inner = match shape {
            Shape::One => Some(crd),
            Shape::List => crd.get("items"),
            Shape::Map => crd.get("additionalProperties"),
        };
        match (&ty, inner) {
            (Type::Message(next), Some(inner)) if open.insert(next.clone()) => {
                walk(schema, next, inner, open);
                open.remove(next);
            }
            (Type::Plain("String") | Type::Enum(_), Some(inner)) if !is_istio_spec => {
                make_enum(schema, (message, name), alias, inner);
            }
            _ => {}
        }
    }
}

/// Turns a string field into an enum when its CRD lists the values.
fn make_enum(schema: &mut Schema, (message, field): (&str, &str), alias: Option<String>, crd: &Value) {
    let Some(values) = crd.get("enum").and_then(Value::as_array) else { return };
    let Some(holder) = schema.messages.get(message).filter(|m| m.module == "gateway") else { return };
    let module = holder.module;
    let alias = alias.unwrap_or_else(|| format!("{}{}", holder.rust, names::variant(field)));
    let id = format!("{module}.{alias}");
    let entry = schema.enums.entry(id.clone());
    let known = entry.or_insert_with(|| Enum { module, rust: alias, ..Enum::default() });
    for value in values.iter().filter_map(Value::as_str) {
        let next = i32::try_from(known.values.len()).unwrap_or(i32::MAX);
        if !known.values.iter().any(|(name, _)| name == value) {
            known.values.push((value.to_owned(), next));
        }
    }
    if let Some(found) = schema.messages.get_mut(message).and_then(|m| m.fields.get_mut(field)) {
        found.ty = Type::Enum(id);
    }
}
