//! The structural schemas of the CRDs as tables, with their CEL rules.

use serde_json::{Map, Value};

use super::crd;
use super::intern::Interner;
use super::programs::Programs;
use super::sources::CrdSources;

const HEAD: &str = "// tidy: table
//! Structural schemas and CEL programs of the CRDs. Written by `cargo xtask codegen`.

use crate::admission::crd::table::{
    Expr, Expr as E, Fold, Format as Fmt, Function as F, ListType, Literal as L, Rule, Schema, Served,
    Ty,
};

const S: Schema = Schema::EMPTY;

";

/// `x-kubernetes-…`, of which the ones that change an answer are read.
const X: &str = "x-kubernetes-";

/// The whole file.
pub(crate) fn write(sources: &CrdSources) -> Result<String, String> {
    let mut tables = Tables::default();
    let mut served = Vec::new();
    for crd in crd::all(sources)? {
        let text =
            |pointer: &str| crd.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
        if group.contains(".x-k8s.io") {
            continue;
        }
        for version in crd.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten() {
            let name = version.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let schema = version.pointer("/schema/openAPIV3Schema").ok_or("a version without schema")?;
            if version.get("served") == Some(&Value::Bool(true)) {
                let place = tables.schema(schema).map_err(|e| format!("{kind}: {e}"))?;
                served.push((group.clone(), kind.clone(), name, place.at));
            }
        }
    }
    served.sort();
    Ok(tables.file(&served))
}

/// Group, kind, version and the place of the schema.
type Served = (String, String, String, u16);

#[derive(Default)]
struct Tables {
    schemas: Interner,
    rules: Interner,
    programs: Programs,
}

/// A schema's place, and what it or one below it has.
#[derive(Clone, Copy, Default)]
struct Placed {
    at: u16,
    rules: bool,
    defaults: bool,
    lists: bool,
}

/// The fields of one node as they are collected.
#[derive(Default)]
struct Node {
    fields: Vec<String>,
    below: Placed,
    /// Of the node itself.
    has_default: bool,
}

impl Node {
    fn set(&mut self, field: &str, value: impl std::fmt::Display) {
        self.fields.push(format!("{field}: {value}"));
    }

    fn holds(&mut self, child: Placed) {
        self.below.rules |= child.rules;
        self.below.defaults |= child.defaults;
        self.below.lists |= child.lists;
    }
}

impl Tables {
    fn file(&self, served: &[Served]) -> String {
        let mut out = HEAD.to_owned();
        out += "/// All versions, by group, kind and version.\npub(crate) static SERVED: &[Served] = &[\n";
        for (group, kind, version, schema) in served {
            out += &format!(
                "    Served {{ group: {group:?}, version: {version:?}, kind: {kind:?}, schema: {schema} }},\n"
            );
        }
        out += "];\n\n";
        out += &self.schemas.table(
            "Nodes of the schemas; a node stands behind those it names.",
            "SCHEMAS",
            "Schema",
        );
        out += &self.rules.table("The rules.", "RULES", "Rule");
        out += &self.programs.exprs.table("Nodes of the programs.", "EXPRS", "Expr");
        out += &self.programs.patterns.table("Regular expressions.", "PATTERNS", "&str");
        out.trim_end().to_owned() + "\n"
    }

    fn schema(&mut self, schema: &Value) -> Result<Placed, String> {
        let fields = schema.as_object().ok_or("a schema that is no mapping")?;
        let mut node = Node::default();
        for (key, value) in fields {
            self.keyword(&mut node, fields, key, value)?;
        }
        for (flag, name) in [
            (node.below.rules, "has_rules"),
            (node.below.defaults, "has_defaults"),
            (node.below.lists, "has_lists"),
        ] {
            if flag {
                node.set(name, true);
            }
        }
        node.fields.sort();
        let at = self.schemas.place(format!(
            "Schema {{ {}{}..S }}",
            node.fields.join(", "),
            if node.fields.is_empty() { "" } else { ", " }
        ))?;
        Ok(Placed { at, defaults: node.below.defaults || node.has_default, ..node.below })
    }

    /// One keyword of a schema. One that nobody knows is a fault: it might change what is accepted.
    fn keyword(
        &mut self,
        node: &mut Node,
        all: &Map<String, Value>,
        key: &str,
        value: &Value,
    ) -> Result<(), String> {
        if let Some(extension) = key.strip_prefix(X) {
            return self.extension(node, all, extension, value);
        }
        match key {
            "description" | "title" => {}
            "type" => node.set("ty", ty(value)?),
            "format" => node.fields.extend(format(all, value)?.map(|f| format!("format: Fmt::{f}"))),
            "nullable" => node.set("nullable", value),
            "properties" => self.properties(node, value)?,
            "additionalProperties" => self.additional(node, value)?,
            "items" => {
                let items = self.schema(value)?;
                node.holds(items);
                node.set("items", format!("Some({})", items.at));
            }
            "required" => node.set("required", format!("&{value}")),
            "enum" => node.set("enumeration", words(value)?),
            "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" => node.set(&snake(key), limit(key, value)?),
            "pattern" => {
                let pattern = self.programs.pattern(value.as_str().unwrap_or_default())?;
                node.set("pattern", format!("Some({pattern})"));
            }
            "allOf" | "anyOf" | "oneOf" | "not" => self.combined(node, key, value)?,
            "default" => {
                node.has_default = true;
                node.set("default", format!("Some({})", literal(value)?));
            }
            other => return Err(format!("the keyword `{other}`, which nobody reads")),
        }
        Ok(())
    }

    fn combined(&mut self, node: &mut Node, key: &str, value: &Value) -> Result<(), String> {
        if key == "not" {
            let inner = self.schema(value)?;
            node.set("not", format!("Some({})", inner.at));
            return Ok(());
        }
        let (list, below) = self.list(value)?;
        node.below.rules |= below.rules && key == "allOf";
        node.set(&snake(key), list);
        Ok(())
    }

    fn extension(
        &mut self,
        node: &mut Node,
        all: &Map<String, Value>,
        name: &str,
        value: &Value,
    ) -> Result<(), String> {
        match name {
            // Only the merge of updates looks at it, and the keys stand with the type of the list.
            "map-type" | "list-map-keys" => {}
            "preserve-unknown-fields" => node.set("preserve", value),
            "int-or-string" => node.set("ty", "Ty::IntOrString"),
            "list-type" => match value.as_str() {
                Some("set") => {
                    node.below.lists = true;
                    node.set("list", "ListType::Set");
                }
                Some("map") => {
                    node.below.lists = true;
                    let keys =
                        all.get("x-kubernetes-list-map-keys").ok_or("a list of type map without keys")?;
                    node.set("list", format!("ListType::Map(&{keys})"));
                }
                _ => {}
            },
            "validations" => {
                let rules = value.as_array().into_iter().flatten();
                let places =
                    rules.map(|rule| Ok(self.rule(rule)?.to_string())).collect::<Result<Vec<_>, String>>()?;
                node.below.rules = true;
                node.set("rules", format!("&[{}]", places.join(", ")));
            }
            other => return Err(format!("the extension `{other}`, which nobody reads")),
        }
        Ok(())
    }

    fn rule(&mut self, rule: &Value) -> Result<u16, String> {
        let known = ["rule", "message"];
        if let Some(key) = rule
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key)
            .find(|key| !known.contains(&key.as_str()))
        {
            return Err(format!("a rule with `{key}`, which nobody reads"));
        }
        let text = |key: &str| rule.get(key).and_then(Value::as_str).map(str::trim);
        let source = text("rule").ok_or("a rule without `rule`")?;
        let program = self.programs.add(source)?;
        let (message, has_message) = (text("message").unwrap_or(source), text("message").is_some());
        let is_transition = source.contains("oldSelf");
        self.rules.place(format!(
            "Rule {{ program: {program}, message: {message:?}, has_message: {has_message}, is_transition: {is_transition} }}"
        ))
    }

    fn properties(&mut self, node: &mut Node, value: &Value) -> Result<(), String> {
        let mut rows = Vec::new();
        for (name, schema) in value.as_object().into_iter().flatten() {
            let child = self.schema(schema).map_err(|e| format!("{name}: {e}"))?;
            node.holds(child);
            rows.push((name.clone(), child.at));
        }
        rows.sort();
        let rows: Vec<String> = rows.iter().map(|(name, at)| format!("({name:?}, {at})")).collect();
        node.set("properties", format!("&[{}]", rows.join(", ")));
        Ok(())
    }

    fn additional(&mut self, node: &mut Node, value: &Value) -> Result<(), String> {
        match value {
            Value::Bool(_) => {
                return Err("additionalProperties without a schema, which nobody reads".to_owned());
            }
            schema => {
                let child = self.schema(schema)?;
                node.holds(child);
                node.set("additional", format!("Some({})", child.at));
            }
        }
        Ok(())
    }

    /// The places of a list of schemas, and what they have.
    fn list(&mut self, value: &Value) -> Result<(String, Placed), String> {
        let (mut places, mut below) = (Vec::new(), Placed::default());
        for schema in value.as_array().into_iter().flatten() {
            let placed = self.schema(schema)?;
            below.rules |= placed.rules;
            places.push(placed.at.to_string());
        }
        Ok((format!("&[{}]", places.join(", ")), below))
    }
}

/// A limit of a number, which is a float, or of a size.
fn limit(key: &str, value: &Value) -> Result<String, String> {
    if !matches!(key, "minimum" | "maximum") {
        return Ok(format!("Some({value})"));
    }
    let limit = value.as_f64().ok_or("a limit that is no number")?;
    Ok(format!("Some({limit:?})"))
}

fn words(value: &Value) -> Result<String, String> {
    let words = value.as_array().into_iter().flatten().map(literal).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("&[{}]", words.join(", ")))
}

fn ty(value: &Value) -> Result<&'static str, String> {
    Ok(match value.as_str() {
        Some("object") => "Ty::Object",
        Some("array") => "Ty::Array",
        Some("string") => "Ty::String",
        Some("integer") => "Ty::Integer",
        Some("number") => "Ty::Number",
        Some("boolean") => "Ty::Boolean",
        _ => return Err(format!("the type {value}")),
    })
}

/// The format, where the API server looks at it (apiextensions `formats.go`, `StripUnsupportedFormatsPostProcess`).
fn format(all: &Map<String, Value>, value: &Value) -> Result<Option<&'static str>, String> {
    let ty = all.get("type").and_then(Value::as_str).unwrap_or("string");
    Ok(match (ty, value.as_str().unwrap_or_default()) {
        ("integer", "int32") => Some("Int32"),
        ("integer", "int64") => Some("Int64"),
        ("number", "double") => Some("Double"),
        ("string", "date-time") => Some("DateTime"),
        ("string", "byte") => Some("Byte"),
        ("string", "ipv4") => Some("Ipv4"),
        ("string", "ipv6") => Some("Ipv6"),
        (_, other) => return Err(format!("the format `{other}`, which nobody checks")),
    })
}

fn literal(value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::Bool(b) => format!("L::Bool({b})"),
        Value::Number(n) => {
            format!("L::Int({})", n.as_i64().ok_or("a fraction, which the tables have no form for")?)
        }
        Value::Null => return Err("null, which the tables have no form for".to_owned()),
        Value::String(text) => format!("L::Str({text:?})"),
        Value::Array(items) => {
            let items = items.iter().map(literal).collect::<Result<Vec<_>, _>>()?;
            format!("L::List(&[{}])", items.join(", "))
        }
        Value::Object(fields) => {
            let mut rows = fields
                .iter()
                .map(|(key, value)| Ok(format!("({key:?}, {})", literal(value)?)))
                .collect::<Result<Vec<_>, String>>()?;
            rows.sort();
            format!("L::Map(&[{}])", rows.join(", "))
        }
    })
}

fn snake(key: &str) -> String {
    let mut out = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project;

    #[test]
    fn the_committed_tables_are_those_of_the_released_crds() {
        let sources = match CrdSources::cached() {
            Ok(sources) => sources,
            Err(why) => {
                eprintln!("skipped: the modules with the CRDs are not at hand: {why}");
                return;
            }
        };
        let committed = project::root().join("compiler/model/src/generated/crd.rs");
        let fresh =
            write(&sources).expect("tables") == project::read(&committed).expect("the committed tables");
        assert!(fresh, "the tables are stale; `cargo xtask codegen` writes them");
    }

    #[test]
    fn what_nobody_reads_is_refused() {
        let mut tables = Tables::default();
        let mut refused = |text: &str| {
            let schema: Value = serde_yaml::from_str(text).expect("YAML");
            tables.schema(&schema).map(|placed| placed.at)
        };
        assert!(refused("{type: string, format: ssn}").is_err());
        assert!(refused("{type: object, x-kubernetes-embedded-resource: true}").is_err());
        assert!(refused("{x-kubernetes-validations: [{rule: 'self.fly()'}]}").is_err());
        assert!(
            refused("{x-kubernetes-validations: [{rule: 'true', reason: FieldValueForbidden}]}").is_err()
        );
        assert_eq!(refused("{type: string, description: words}"), Ok(0));
        assert_eq!(refused("{description: other words, type: string}"), Ok(0));
    }
}
