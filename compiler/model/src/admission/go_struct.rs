//! Go structs as `encoding/json` fills them (`decode.go`): names count whatever their case, values of another type are faults, all else is
//! taken. The form of the table stands in `xtask/src/codegen/structs.rs`.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use super::crd::words::{float, json_float, quoted};
use super::decode::duration::rfc3339;
use super::decode::message;
use super::decode::scalar::word;
use crate::base::Span;
use crate::node::{Node, Value};
use crate::path::{FieldPath, Place};

/// Structs by name, sorted, with their fields.
static TABLE: LazyLock<Vec<(&str, Vec<Field>)>> =
    LazyLock::new(|| read(include_str!("../generated/go_structs.txt")));

/// A field: its name, the way to it behind embedded structs, its type.
type Field = (&'static str, &'static str, Type);

/// A type of the table, as it is written there.
#[derive(Clone, Copy, Debug)]
struct Type(&'static str);

/// How values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// `json.Unmarshal`: unknown fields are passed over.
    Lenient,
    /// As the API server reads metadata: unknown fields are faults.
    Strict,
    /// `sigs.k8s.io/yaml`, `UnmarshalStrict`: as before, and where text is wanted numbers and Booleans are text.
    StrictYaml,
}

/// What Go says, and of which place.
pub(super) type Fault = (String, message::Place);

/// The first fault of a value that is to fill a struct.
/// `above` is the field that holds it; none for a whole document.
pub(super) fn fault(name: &'static str, node: Node<'_>, manner: Manner, above: &Place<'_>) -> Option<Fault> {
    let mut reader = Reader { manner, first: None, of: None, way: Vec::new() };
    match reader.structure(name, node, above) {
        ControlFlow::Break(fault) => Some(fault),
        ControlFlow::Continue(()) => reader.first,
    }
}

/// The value that fills a field: of names that differ in case alone the last one in the order of their bytes counts.
pub(super) fn value<'a>(node: Node<'a>, field: &str) -> Option<Node<'a>> {
    sorted(node)
        .into_iter()
        .rfind(|(key, value, _)| folded(key) == folded(field) && !value.is_null())
        .map(|(_, v, _)| v)
}

/// The text that a scalar is when text is wanted of `sigs.k8s.io/yaml`.
pub(super) fn text(node: Node<'_>) -> String {
    match node.value() {
        Value::Str(text) => text.to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Float(n) if n.fract() != 0.0 => float(n),
        Value::Int(_) | Value::Uint(_) | Value::Float(_) => number(node),
        Value::Null | Value::Seq | Value::Map => String::new(),
    }
}

/// Entries as `json.Marshal` writes them, with the span of the key.
fn sorted(node: Node<'_>) -> Vec<(&str, Node<'_>, Node<'_>)> {
    let mut entries: Vec<_> =
        node.entries().map(|(key, value)| (key.as_str().unwrap_or_default(), value, key)).collect();
    entries.sort_by_key(|(key, ..)| *key);
    entries
}

/// Two letters of Unicode fold to letters of ASCII.
fn folded(name: &str) -> String {
    name.replace('\u{17f}', "s").replace('\u{212a}', "k").to_ascii_lowercase()
}

/// A number as JSON writes it; beyond 64 bits with sign it is a double.
fn number(node: Node<'_>) -> String {
    match node.value() {
        Value::Int(n) => n.to_string(),
        #[expect(clippy::cast_precision_loss, reason = "doubles lose precision in the same way")]
        Value::Uint(n) => json_float(n as f64),
        Value::Float(n) => json_float(n),
        _ => String::new(),
    }
}

fn read(text: &'static str) -> Vec<(&'static str, Vec<Field>)> {
    let mut structs: Vec<(&str, Vec<Field>)> = Vec::new();
    for line in text.lines() {
        let Some((field, ty)) = line.strip_prefix(' ').and_then(|line| line.split_once(' ')) else {
            structs.push((line, Vec::new()));
            continue;
        };
        let (json, way) = field.split_once('=').unwrap_or((field, field));
        if let Some((_, fields)) = structs.last_mut() {
            fields.push((json, way, Type(ty)));
        }
    }
    structs.sort_by_key(|(name, _)| *name);
    structs
}

/// The fields of a struct.
fn fields(name: &str) -> &'static [Field] {
    let found = TABLE.binary_search_by_key(&name, |(known, _)| *known);
    found.ok().and_then(|at| TABLE.get(at)).map_or(&[], |(_, fields)| fields)
}

impl Type {
    fn item(self) -> Option<Type> {
        self.0.strip_prefix("[]").map(Type)
    }

    fn entry(self) -> Option<Type> {
        self.0.strip_prefix("{}").map(Type)
    }

    /// As Go prints it.
    fn shown(self) -> String {
        match (self.item(), self.entry()) {
            (Some(item), _) => format!("[]{}", item.shown()),
            (_, Some(entry)) => format!("map[string]{}", entry.shown()),
            _ => self.0.split(':').next().unwrap_or_default().trim_start_matches('@').to_owned(),
        }
    }

    /// The word of the scalar behind all names.
    fn scalar(self) -> &'static str {
        self.0.rsplit(':').next().unwrap_or_default()
    }
}

struct Reader {
    manner: Manner,
    /// Faults do not end the reading, but only the first is told.
    first: Option<Fault>,
    /// The struct that is being filled.
    of: Option<&'static str>,
    way: Vec<&'static str>,
}

fn found_at(place: &Place<'_>, span: Span) -> message::Place {
    message::Place { path: FieldPath::default().key(&place.path()), span }
}

/// Broken off when a type that reads its own JSON gives up.
type Flow = ControlFlow<Fault>;

impl Reader {
    fn keep(&mut self, text: String, place: &Place<'_>, span: Span) {
        self.first.get_or_insert_with(|| (text, found_at(place, span)));
    }

    /// `UnmarshalTypeError`.
    fn mismatch(&self, found: &str, wanted: &str) -> String {
        let target = match self.of {
            Some(of) => {
                let name = of.rsplit('.').next().unwrap_or(of);
                format!("struct field {name}.{}", self.way.join("."))
            }
            None => "value".to_owned(),
        };
        format!("json: cannot unmarshal {found} into Go {target} of type {wanted}")
    }

    fn refuse(&mut self, found: &str, wanted: Type, node: Node<'_>, place: &Place<'_>) -> Flow {
        let text = self.mismatch(found, &wanted.shown());
        self.keep(text, place, node.span());
        Flow::Continue(())
    }

    fn structure(&mut self, name: &'static str, node: Node<'_>, place: &Place<'_>) -> Flow {
        if node.is_null() {
            return Flow::Continue(());
        }
        if node.value() != Value::Map {
            return self.refuse(word(node), Type(name), node, place);
        }
        let outside = self.of;
        for (key, value, written) in sorted(node) {
            let here = Place::Field(place, key);
            let known = fields(name).iter().find(|(json, ..)| *json == key);
            let known = known.or_else(|| fields(name).iter().find(|(json, ..)| folded(json) == folded(key)));
            let Some((_, way, ty)) = known else {
                if self.manner != Manner::Lenient {
                    self.keep(format!("json: unknown field {}", quoted(key)), &here, written.span());
                }
                continue;
            };
            self.of = Some(name);
            self.way.push(way);
            let done = self.value(*ty, value, &here);
            self.way.pop();
            self.of = outside;
            done?;
        }
        Flow::Continue(())
    }

    fn value(&mut self, ty: Type, node: Node<'_>, place: &Place<'_>) -> Flow {
        if node.is_null() || ty.0 == "any" {
            return Flow::Continue(());
        }
        if let Some(name) = ty.0.strip_prefix('@') {
            return self.structure(name, node, place);
        }
        match (ty.item(), ty.entry(), node.value()) {
            (Some(item), _, Value::Seq) => node
                .items()
                .enumerate()
                .try_for_each(|(at, one)| self.value(item, one, &Place::Index(place, at))),
            (_, Some(entry), Value::Map) => sorted(node)
                .into_iter()
                .try_for_each(|(key, one, _)| self.value(entry, one, &Place::Key(place, key))),
            (None, None, _) if ty.0 == "time" => self.time(node, place),
            (None, None, _) => self.scalar(ty, node, place),
            _ => self.refuse(word(node), ty, node, place),
        }
    }

    fn scalar(&mut self, ty: Type, node: Node<'_>, place: &Place<'_>) -> Flow {
        let is_number = matches!(node.value(), Value::Int(_) | Value::Uint(_) | Value::Float(_));
        let (low, high) = match ty.scalar() {
            "int32" => (i64::from(i32::MIN), i64::from(i32::MAX)),
            "uint16" => (0, i64::from(u16::MAX)),
            "uint32" => (0, i64::from(u32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let fits = match ty.scalar() {
            "string"
                if self.manner == Manner::StrictYaml && !matches!(node.value(), Value::Seq | Value::Map) =>
            {
                true
            }
            "string" => node.as_str().is_some(),
            "bool" => matches!(node.value(), Value::Bool(_)),
            _ if is_number => {
                let text = number(node);
                if !text.parse().is_ok_and(|n| (low..=high).contains(&n)) {
                    return self.refuse(&format!("number {text}"), ty, node, place);
                }
                true
            }
            _ => false,
        };
        if fits { Flow::Continue(()) } else { self.refuse(word(node), ty, node, place) }
    }

    /// `metav1.Time` reads text of its own, and what it refuses ends all reading.
    fn time(&mut self, node: Node<'_>, place: &Place<'_>) -> Flow {
        let done = match node.as_str() {
            Some(text) => rfc3339(text, "2006-01-02T15:04:05Z07:00"),
            None => Err(self.mismatch(word(node), "string")),
        };
        match done {
            Ok(()) => Flow::Continue(()),
            Err(text) => Flow::Break((text, found_at(place, node.span()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FileId;

    fn said(name: &'static str, yaml: &str, manner: Manner) -> Option<(String, String)> {
        let file = crate::syntax::parse(FileId(0), yaml.into());
        let (_, root) = file.roots().next().unwrap();
        fault(name, root, manner, &Place::Root).map(|(text, place)| (text, place.path.to_string()))
    }

    #[test]
    fn the_first_fault_in_the_order_of_the_keys() {
        let good =
            "{name: a, LABELS: {a: b}, generation: 3, creationTimestamp: 2026-01-01T00:00:00Z, uid: null}";
        assert_eq!(said("v1.ObjectMeta", good, Manner::Strict), None);
        let number = said("v1.ObjectMeta", "{labels: {b: 1}, name: [], annotations: {}}", Manner::Strict);
        let text = "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string";
        assert_eq!(number, Some((text.to_owned(), "labels.b".to_owned())));
        assert_eq!(said("v1.ObjectMeta", "{labels: {b: 1}, name: true}", Manner::StrictYaml), None);
        let unknown = said("v1.ObjectMeta", "{nam: a}", Manner::Strict);
        assert_eq!(unknown, Some(("json: unknown field \"nam\"".to_owned(), "nam".to_owned())));
        assert_eq!(said("v1.ObjectMeta", "{nam: a}", Manner::Lenient), None);
        let time = said("v1.ObjectMeta", "{annotations: 1, creationTimestamp: x}", Manner::Strict);
        assert!(
            time.is_some_and(|(text, path)| text.starts_with("parsing time") && path == "creationTimestamp")
        );
    }

    #[test]
    fn embedded_structs_and_named_types() {
        let route = "rules: [{backendRefs: [{name: a, weight: 3000000000}]}]";
        let text = "json: cannot unmarshal number 3000000000 into Go struct field \
            HTTPBackendRef.rules.backendRefs.BackendRef.weight of type int32";
        let path = "rules[0].backendRefs[0].weight".to_owned();
        assert_eq!(said("v1.HTTPRouteSpec", route, Manner::Lenient), Some((text.to_owned(), path)));
        let text = "json: cannot unmarshal string into Go struct field HTTPRouteMatch.rules.matches.headers of type []v1.HTTPHeaderMatch";
        let found = said("v1.HTTPRouteSpec", "rules: [{matches: [{headers: a}]}]", Manner::Lenient);
        assert_eq!(found.map(|(text, _)| text), Some(text.to_owned()));
        let found = said("v1.HTTPRouteSpec", "a", Manner::Lenient);
        let text = "json: cannot unmarshal string into Go value of type v1.HTTPRouteSpec";
        assert_eq!(found.map(|(text, _)| text), Some(text.to_owned()));
        assert_eq!(
            said(
                "v1.HTTPRouteSpec",
                "rules: [{backendRefs: [{name: a, weight: 1.0, Port: 80}]}]",
                Manner::Lenient
            ),
            None
        );
    }
}
