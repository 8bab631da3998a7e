//! Whether an object fits the schema of its kind: that of its CRD where it has one, else the types of its message.

use mp_base::nearest;

use crate::admission::{Misfit, Nonconformity, misfits};
use crate::base::Span;
use crate::duration::parse_duration;
use crate::node::{Node, Value};
use crate::path::Place;
use crate::schema::{Field, Message, Shape, Type, named, root};
use crate::{Object, Workspace};

/// One comparison.
struct Walk {
    found: Vec<Nonconformity>,
}

/// Compares an object with the schema of its kind. Empty for kinds without schema. `status` is the cluster's own and not looked at.
/// CRDs do not spell out metadata; it is compared with its message for all kinds.
#[must_use]
pub fn nonconformities(workspace: &Workspace, object: &Object) -> Vec<Nonconformity> {
    let info = object.kind.info();
    let (Some(node), Some(message)) = (workspace.root(object), root(info.group, info.name)) else {
        return Vec::new();
    };
    let mut walk = Walk { found: Vec::new() };
    match misfits(node) {
        None => walk.message(node, message, Place::Root),
        Some(found) => {
            walk.found = found;
            let meta = message.field("metadata").zip(node.get("metadata"));
            let at = Place::Field(&Place::Root, "metadata");
            meta.into_iter().for_each(|(field, value)| walk.field(value, field, at));
        }
    }
    walk.sorted()
}

/// The field of an object whose value, or an item of it, is the scalar at a place.
#[must_use]
pub fn field_at(workspace: &Workspace, object: &Object, span: Span) -> Option<&'static Field> {
    let holds = |node: &Node<'_>| {
        let own = node.span();
        own.file == span.file && own.start <= span.start && span.end <= own.end
    };
    let info = object.kind.info();
    let (mut node, mut message) = (workspace.root(object)?, root(info.group, info.name)?);
    loop {
        let (key, mut value) = node.entries().find(|(_, value)| holds(value))?;
        let field = message.field(key.as_str()?)?;
        value = match field.shape {
            Shape::One => value,
            Shape::List => value.items().find(holds)?,
            Shape::Map => value.entries().map(|(_, value)| value).find(holds)?,
        };
        if value.span() == span {
            return Some(field);
        }
        (node, message) = (value, field.ty.message()?);
    }
}

/// Compares a node with a message. Empty where there is no message of the name.
#[must_use]
pub fn misfits_of_message(node: Node<'_>, name: &str) -> Vec<Nonconformity> {
    named(name).map_or_else(Vec::new, |message| fields(node, message))
}

/// Compares a mapping with a message, such as the part of an object that stands in another file.
#[must_use]
pub fn fields(node: Node<'_>, message: &'static Message) -> Vec<Nonconformity> {
    let mut walk = Walk { found: Vec::new() };
    walk.message(node, message, Place::Root);
    walk.sorted()
}

/// Whether a field is the cluster's own.
fn is_kept(above: Place<'_>, name: &str) -> bool {
    match above {
        Place::Root => name == "status",
        Place::Field(Place::Root, "metadata") => name == "managedFields",
        _ => false,
    }
}

// INVARIANT: the nesting of documents has a limit, so that walking down them by calls ends.
impl Walk {
    /// What was found, by place.
    fn sorted(mut self) -> Vec<Nonconformity> {
        self.found.sort_by_key(|n| n.span);
        self.found
    }

    fn message(&mut self, node: Node<'_>, message: &'static Message, place: Place<'_>) {
        for (key, value) in node.entries() {
            let Some(name) = key.as_str() else { continue };
            if is_kept(place, name) {
                continue;
            }
            let here = Place::Field(&place, name);
            match message.field(name) {
                Some(field) => self.field(value, field, here),
                None => self.add(Misfit::UnknownField(near(message, name)), key.span(), here),
            }
        }
    }

    fn field(&mut self, value: Node<'_>, field: &'static Field, place: Place<'_>) {
        if value.is_null() {
            return;
        }
        match field.shape {
            Shape::One => self.value(value, field, place),
            Shape::List if value.value() == Value::Seq => {
                for (at, item) in value.items().enumerate() {
                    self.value(item, field, Place::Index(&place, at));
                }
            }
            Shape::List => self.add(Misfit::WrongType("a list"), value.span(), place),
            Shape::Map if value.value() == Value::Map => {
                for (key, item) in value.entries() {
                    self.value(item, field, Place::Key(&place, key.as_str().unwrap_or_default()));
                }
            }
            Shape::Map => self.add(Misfit::WrongType("a mapping"), value.span(), place),
        }
    }

    fn value(&mut self, value: Node<'_>, field: &'static Field, place: Place<'_>) {
        if value.is_null() {
            return;
        }
        if let Some(message) = field.ty.message() {
            match value.value() {
                Value::Map => self.message(value, message, place),
                _ => self.add(Misfit::WrongType("a mapping"), value.span(), place),
            }
            return;
        }
        if let Some(words) = field.ty.enumeration() {
            let fits = match value.value() {
                // An enum whose words the upstream source computes is known by name alone.
                Value::Str(_) if words.values.is_empty() => true,
                Value::Str(text) => words.values.iter().any(|(name, _)| *name == text),
                Value::Int(n) => {
                    words.numbers && words.values.iter().any(|(_, number)| i64::from(*number) == n)
                }
                _ => false,
            };
            if !fits {
                let all = words.values.iter().map(|(name, _)| *name).collect();
                self.add(Misfit::UnknownWord(all), value.span(), place);
            }
            return;
        }
        if let Some(wanted) = wanted(field.ty, value.value()) {
            self.add(Misfit::WrongType(wanted), value.span(), place);
        }
    }

    fn add(&mut self, misfit: Misfit, span: Span, place: Place<'_>) {
        self.found.push(Nonconformity::new(misfit, span, place.path()));
    }
}

fn near(message: &'static Message, name: &str) -> Option<&'static str> {
    nearest(message.fields.iter().map(|field| field.name), name)
}

/// What a scalar type wants, where the value is something else.
fn wanted(ty: Type, value: Value<'_>) -> Option<&'static str> {
    let whole = |f: f64| f.fract() == 0.0;
    let fits = match (ty, value) {
        (Type::Any | Type::Enum(_) | Type::Message(_), _)
        | (
            Type::String | Type::Bytes | Type::Timestamp | Type::IntOrString | Type::Quantity,
            Value::Str(_),
        )
        | (Type::Bool, Value::Bool(_))
        | (Type::Struct, Value::Map)
        | (Type::Double | Type::Quantity, Value::Int(_) | Value::Uint(_) | Value::Float(_))
        | (Type::Int64 | Type::Uint64 | Type::IntOrString, Value::Int(_) | Value::Uint(_)) => true,
        (Type::Int32, Value::Int(n)) => i32::try_from(n).is_ok(),
        (Type::Uint32, Value::Int(n)) => u32::try_from(n).is_ok(),
        (Type::Int32 | Type::Uint32 | Type::Int64 | Type::Uint64 | Type::IntOrString, Value::Float(f)) => {
            whole(f)
        }
        (Type::Int64 | Type::Uint64, Value::Str(text)) => text.parse::<i128>().is_ok(),
        (Type::Duration, Value::Str(text)) => parse_duration(text).is_some(),
        _ => false,
    };
    (!fits).then_some(match ty {
        Type::String | Type::Bytes => "text",
        Type::Bool => "`true` or `false`",
        Type::Int32 | Type::Uint32 | Type::Int64 | Type::Uint64 => "a whole number in range",
        Type::Double => "a number",
        Type::Duration => "a duration such as `1.5s`",
        Type::Timestamp => "a time such as `2026-01-31T12:00:00Z`",
        Type::IntOrString => "a number or text",
        Type::Quantity => "a quantity such as `500m`",
        Type::Struct | Type::Message(_) => "a mapping",
        Type::Any | Type::Enum(_) => "a value",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;

    fn misfits(text: &str) -> Vec<(String, Misfit)> {
        let workspace = Workspace::read(&[Input::new("a.yaml", text)]);
        workspace
            .objects()
            .iter()
            .flat_map(|o| nonconformities(&workspace, o))
            .map(|n| (n.path, n.misfit))
            .collect()
    }

    const HEAD: &str =
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\nspec:\n  host: a\n";

    #[test]
    fn what_fits_is_silent() {
        let good = "  trafficPolicy:\n    loadBalancer: {simple: ROUND_ROBIN}\n    connectionPool: {tcp: {maxConnections: 1, connectTimeout: 1.5s}}\n  subsets: null\n";
        assert_eq!(misfits(&format!("{HEAD}{good}status: {{anything: goes}}\n")), []);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let unknown = misfits(&format!("{HEAD}  trafficPolcy: {{}}\n"));
        assert_eq!(unknown, [("spec.trafficPolcy".to_owned(), Misfit::UnknownField(Some("trafficPolicy")))]);
        let typed = misfits(&format!("{HEAD}  subsets: {{}}\n  exportTo: [1]\n"));
        assert_eq!(
            typed.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            ["spec.subsets", "spec.exportTo[0]"]
        );
        let word = misfits(&format!("{HEAD}  trafficPolicy: {{loadBalancer: {{simple: round_robin}}}}\n"));
        assert!(
            matches!(word.first(), Some((_, Misfit::UnknownWord(words))) if words.contains(&"ROUND_ROBIN"))
        );
    }

    #[test]
    fn fields_by_their_place() {
        let text = format!("{HEAD}  exportTo: [a, 1.0]\n  subsets: [{{name: b}}]\n");
        let workspace = Workspace::read(&[Input::new("a.yaml", &text)]);
        let object = workspace.objects().first().unwrap();
        let at = |word: &str| {
            let start = u32::try_from(text.find(word).unwrap()).unwrap();
            let end = start + u32::try_from(word.len()).unwrap();
            field_at(&workspace, object, Span::new(object.file, start, end)).map(|field| field.name)
        };
        assert_eq!((at("1.0"), at("b}]"), at("exportTo")), (Some("exportTo"), None, None));
    }

    #[test]
    fn metadata_and_core_kinds_are_compared_with_their_messages() {
        let labels = misfits(&HEAD.replace("{name: a}", "{name: a, labels: {v: 1}, lables: {}}"));
        assert_eq!(
            labels.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            ["metadata.labels.v", "metadata.lables"]
        );
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {port: 80}\n";
        assert_eq!(misfits(service), [("spec.port".to_owned(), Misfit::UnknownField(Some("ports")))]);
    }
}
