//! Whether Go's structs of Kubernetes' own kinds take an object: unknown fields are passed over, values of another type are not
//! (`sigs.k8s.io/json`, and the types that read their JSON themselves).

use crate::admission::is_time;
use crate::base::Span;
use crate::duration::parse_duration;
use crate::node::{Node, Value};
use crate::schema::{Field, Message, Shape, Type, named, root};
use crate::syntax::decode_base64;

/// The first value of another type than its field's; `None` for kinds without types of their own.
#[must_use]
pub fn wrong_type(group: &str, kind: &str, object: Node<'_>) -> Option<Span> {
    of_message(object, root(group, kind)?)
}

/// The first value of another type than its field's in the `status` of an object of Istio's kinds.
#[must_use]
pub fn wrong_status(object: Node<'_>) -> Option<Span> {
    let status = object.get("status").filter(|status| !status.is_null())?;
    of_value(status, Type::Struct).or_else(|| of_message(status, named("istio.meta.v1alpha1.IstioStatus")?))
}

// INVARIANT: the nesting of documents has a limit, so that walking down them by calls ends.
fn of_message(node: Node<'_>, message: &'static Message) -> Option<Span> {
    node.entries().find_map(|(key, value)| {
        // Names of another case are other names.
        let field = key.as_str().and_then(|name| message.field(name))?;
        of_field(value, field)
    })
}

fn of_field(value: Node<'_>, field: &'static Field) -> Option<Span> {
    match (field.shape, value.value()) {
        (_, Value::Null) => None,
        (Shape::One, _) => of_value(value, field.ty),
        (Shape::List, Value::Seq) => value.items().find_map(|item| of_value(item, field.ty)),
        (Shape::Map, Value::Map) => value.entries().find_map(|(_, item)| of_value(item, field.ty)),
        (Shape::List | Shape::Map, _) => Some(value.span()),
    }
}

fn of_value(value: Node<'_>, ty: Type) -> Option<Span> {
    if let (Some(message), Value::Map) = (ty.message(), value.value()) {
        return of_message(value, message);
    }
    let number = match value.value() {
        Value::Int(n) => Some(i128::from(n)),
        Value::Uint(n) => Some(i128::from(n)),
        #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
        Value::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => Some(n as i128),
        _ => None,
    };
    let fits = match (ty, value.value()) {
        (_, Value::Null) | (Type::Any, _) | (Type::Struct, Value::Map) | (Type::Bool, Value::Bool(_)) => true,
        (Type::String | Type::Enum(_) | Type::IntOrString, Value::Str(_)) => true,
        (Type::Bytes, Value::Str(text)) => decode_base64(text).is_some(),
        (Type::Timestamp, Value::Str(text)) => is_time(text),
        (Type::Duration, Value::Str(text)) => parse_duration(text).is_some(),
        (Type::Quantity, Value::Str(text)) => is_quantity(text),
        (Type::Quantity | Type::Double, Value::Int(_) | Value::Uint(_) | Value::Float(_)) => true,
        (Type::Int32 | Type::IntOrString, _) => number.is_some_and(|n| i32::try_from(n).is_ok()),
        (Type::Uint32, _) => number.is_some_and(|n| u32::try_from(n).is_ok()),
        (Type::Int64, _) => number.is_some_and(|n| i64::try_from(n).is_ok()),
        (Type::Uint64, _) => number.is_some_and(|n| u64::try_from(n).is_ok()),
        _ => false,
    };
    (!fits).then(|| value.span())
}

/// Whether a text is an amount of a resource, such as `500m` or `1Gi` (apimachinery `pkg/api/resource/quantity.go`, `ParseQuantity`).
#[must_use]
pub fn is_quantity(text: &str) -> bool {
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (digits, suffix) = number.split_at_checked(end).unwrap_or((number, ""));
    if !digits.bytes().any(|b| b.is_ascii_digit()) || digits.matches('.').count() > 1 {
        return false;
    }
    let known = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let power = suffix.strip_prefix(['e', 'E']).map(|power| power.strip_prefix(['+', '-']).unwrap_or(power));
    let is_power = power.is_some_and(|power| !power.is_empty() && power.bytes().all(|b| b.is_ascii_digit()));
    known.contains(&suffix) || is_power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FileId;

    fn wrong(kind: &str, yaml: &str) -> Option<String> {
        let file = crate::syntax::parse(FileId(0), yaml.into());
        let (_, root) = file.roots().next().unwrap();
        wrong_type("", kind, root).map(|span| yaml.get(span.range()).unwrap().to_owned())
    }

    #[test]
    fn types_count_and_unknown_names_do_not() {
        let good = "{spec: {Ports: 1, other: [], ports: [{port: 80.0, targetPort: a, name: null}, null], selector: null}}";
        assert_eq!(wrong("Service", good), None);
        for (kind, yaml, value) in [
            ("Service", "{spec: {ports: [{port: \"80\"}]}}", "\"80\""),
            ("Service", "{spec: {ports: {port: 80}}}", "{port: 80}"),
            ("Service", "{spec: {selector: {app: 1}}}", "1"),
            ("Service", "{spec: {ports: [{protocol: 6}]}}", "6"),
            ("Service", "{status: {conditions: [{lastTransitionTime: now}]}}", "now"),
            ("Pod", "{spec: {containers: [{resources: {limits: {cpu: 1x}}}]}}", "1x"),
            ("Pod", "{spec: {hostNetwork: \"true\"}}", "\"true\""),
            ("Pod", "{spec: {securityContext: {runAsUser: \"1337\"}}}", "\"1337\""),
            ("Secret", "{data: {a: \"?\"}}", "\"?\""),
        ] {
            assert_eq!(wrong(kind, yaml).as_deref(), Some(value), "{yaml}");
        }
        assert_eq!(
            wrong("Pod", "{spec: {containers: [{resources: {limits: {cpu: 1.5e3, memory: 100Mi}}}]}}"),
            None
        );
    }
}
