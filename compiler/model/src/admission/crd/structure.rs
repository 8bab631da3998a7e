//! The first stage: types, limits and alternatives (kube-openapi `pkg/validation/validate`).

use super::document::{Datum, Entry, Gap, Item};
use super::outcome::Outcome;
use super::scalar;
use super::table::{Format, Literal, Schema, Ty, rule, schema};
use super::words::{bad_value, quoted};
use crate::admission::Misfit;
use crate::path::{Place, Style};

/// Checks a value. The validators run in the order in which the upstream one asks them, because messages are joined in it.
pub(super) fn check(schema: &Schema, item: &Item<'_>, place: Place<'_>) -> Outcome {
    let mut out = Outcome::default();
    match &item.datum {
        Datum::Hole => return out,
        Datum::Null => {
            typed(schema, item, place, &mut out);
            listed(schema, item, place, &mut out);
            return out;
        }
        _ => {}
    }
    if schema.ty != Ty::Any || schema.format != Format::None {
        typed(schema, item, place, &mut out);
        out.checks += 1;
    }
    alternatives(schema, item, place, &mut out);
    out.checks += 1;
    match &item.datum {
        Datum::Str(text) => scalar::text(schema, text, item, place, &mut out),
        Datum::Int(_) | Datum::Float(_) => scalar::number(schema, item, place, &mut out),
        Datum::List(items, gap) => list(schema, items, *gap, item, place, &mut out),
        _ => {}
    }
    listed(schema, item, place, &mut out);
    out.checks += 1;
    if let Datum::Map(entries, gap) = &item.datum {
        map(schema, entries, *gap, item, place, &mut out);
        out.checks += 1;
    }
    out.checks += 1;
    out
}

/// The name that messages have for the type of a value.
fn type_of(datum: &Datum<'_>) -> &'static str {
    match datum {
        Datum::Hole | Datum::Null => "null",
        Datum::Bool(_) => "boolean",
        Datum::Int(_) => "integer",
        Datum::Float(_) => "number",
        Datum::Str(_) => "string",
        Datum::List(..) => "array",
        Datum::Map(..) => "object",
    }
}

/// The name that messages have for a type.
pub(super) fn wanted(ty: Ty) -> &'static str {
    match ty {
        Ty::Any => "",
        Ty::Object => "object",
        Ty::Array => "array",
        Ty::String => "string",
        Ty::Integer => "integer",
        Ty::Number => "number",
        Ty::Boolean => "boolean",
        Ty::IntOrString => "integer,string",
    }
}

/// `validate/type.go`.
fn typed(schema: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    let found = type_of(&item.datum);
    let fits = match (schema.ty, &item.datum) {
        (Ty::Any, Datum::Null) => true,
        (_, Datum::Null) => schema.nullable,
        (Ty::Object, Datum::Map(..))
        | (Ty::Array, Datum::List(..))
        | (Ty::String | Ty::IntOrString, Datum::Str(_))
        | (Ty::Integer | Ty::Number | Ty::IntOrString, Datum::Int(_))
        | (Ty::Number, Datum::Float(_))
        | (Ty::Boolean, Datum::Bool(_)) => true,
        (Ty::Integer | Ty::IntOrString, Datum::Float(f)) => scalar::is_whole(*f),
        _ => false,
    };
    let is_sequence = matches!(item.datum, Datum::Str(_) | Datum::List(..));
    // With a format, text and lists are left to it unless a number is wanted.
    if fits
        || (schema.format != Format::None
            && is_sequence
            && !matches!(schema.ty, Ty::Integer | Ty::Number | Ty::IntOrString))
    {
        out.checks += 1;
        return;
    }
    let (wanted, found) =
        if schema.format != Format::None && !is_sequence && !matches!(item.datum, Datum::Null) {
            (scalar::format_name(schema.format), scalar::format_of(&item.datum))
        } else {
            (wanted(schema.ty), found)
        };
    let name = quoted(found);
    let path = place.text(Style::Dots);
    let path = if path == "<nil>" { String::new() } else { path };
    let body = format!("Invalid value: {name}: {path} in body must be of type {wanted}: {name}");
    out.fault(place, Style::Dots, item, &body, Misfit::WrongType(in_words(schema)));
}

/// What a schema wants, for people.
fn in_words(schema: &Schema) -> &'static str {
    let is_duration = |id: &u16| rule(*id).is_some_and(|rule| rule.message.contains("duration"));
    match schema.ty {
        Ty::Any => "a value",
        Ty::Object => "a mapping",
        Ty::Array => "a list",
        Ty::String if schema.rules.iter().any(is_duration) => "a duration such as `1.5s`",
        Ty::String => "text",
        Ty::Integer => "a whole number",
        Ty::Number => "a number",
        Ty::Boolean => "`true` or `false`",
        Ty::IntOrString => "a number or text",
    }
}

/// `enum`.
fn listed(schema: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    if schema.enumeration.is_empty() || schema.enumeration.iter().any(|word| scalar::is(word, &item.datum)) {
        return;
    }
    let words: Vec<String> = schema.enumeration.iter().map(scalar::quoted_word).collect();
    let body = format!("Unsupported value: {}: supported values: {}", bad_value(item), words.join(", "));
    let texts = schema.enumeration.iter().map(|word| match word {
        Literal::Str(text) => Some(*text),
        _ => None,
    });
    let misfit = match texts.collect::<Option<Vec<&str>>>() {
        Some(texts) => Misfit::UnknownWord(texts),
        None => Misfit::Limit(format!("one of {}", words.join(", ").replace('"', ""))),
    };
    out.fault(place, Style::Dots, item, &body, misfit);
}

/// `validate/slice_validator.go`.
fn list(schema: &Schema, items: &[Item<'_>], gap: Gap, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    let mut inner = Outcome::default();
    if let Some(of) = schema.items() {
        for (at, value) in items.iter().enumerate() {
            inner.merge(check(of, value, Place::Index(&place, at)));
        }
    }
    let size = items.len();
    if let Some(least) = schema.min_items.filter(|least| size < *least as usize && gap == Gap::None) {
        let body =
            format!("Invalid value: {size}: {} in body should have at least {least} items", place.path());
        inner.fault(
            place,
            Style::Dots,
            item,
            &body,
            Misfit::Limit(format!("at least {}", items_word(least))),
        );
    }
    if let Some(most) = schema.max_items.filter(|most| size > *most as usize && gap == Gap::None) {
        let misfit = Misfit::Limit(format!("at most {}", items_word(most)));
        inner.fault(place, Style::Dots, item, &too_many(size, most), misfit);
    }
    inner.checks += 1;
    out.merge(inner);
    out.checks += 1;
}

fn too_many(size: usize, most: u32) -> String {
    format!("Too many: {size}: must have at most {}", items_word(most))
}

fn items_word(count: u32) -> String {
    if count == 1 { "1 item".to_owned() } else { format!("{count} items") }
}

/// `validate/object_validator.go`.
fn map(
    schema: &Schema,
    entries: &[Entry<'_>],
    gap: Gap,
    item: &Item<'_>,
    place: Place<'_>,
    out: &mut Outcome,
) {
    let mut inner = Outcome::default();
    if gap == Gap::None {
        size_of_map(schema, entries.len(), item, place, &mut inner);
    }
    for entry in entries {
        if let Some(of) = schema.property(entry.key) {
            inner.merge(check(of, &entry.value, Place::Field(&place, entry.key)));
        } else if let Some(of) = schema.additional() {
            inner.merge(check(of, &entry.value, Place::Key(&place, entry.key)));
        }
    }
    for name in schema.required {
        if gap == Gap::None && item.get(name).is_none() {
            let field = Place::Field(&place, name);
            inner.at(
                field,
                item.anchor,
                format!("{}: Required value", field.text(Style::Dots)),
                Misfit::Missing,
            );
        }
    }
    out.merge(inner);
}

fn size_of_map(schema: &Schema, size: usize, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    if let Some(least) = schema.min_properties.filter(|least| size < *least as usize) {
        let body = format!(
            "Invalid value: {size}: {} in body should have at least {least} properties",
            place.path()
        );
        out.fault(place, Style::Dots, item, &body, Misfit::Limit(format!("a mapping of at least {least}")));
    }
    if let Some(most) = schema.max_properties.filter(|most| size > *most as usize) {
        let misfit = Misfit::Limit(format!("a mapping of at most {most}"));
        out.fault(place, Style::Dots, item, &too_many(size, most), misfit);
    }
}

/// `anyOf`, `oneOf`, `allOf` and `not` (`validate/schema_props.go`).
fn alternatives(of: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    let mut inner = Outcome::default();
    let is_known = !matches!(item.datum, Datum::List(_, Gap::Some) | Datum::Map(_, Gap::Some));
    if is_known {
        any_of(of, item, place, &mut inner);
        one_of(of, item, place, &mut inner);
    }
    all_of(of, item, place, &mut inner);
    if let Some(not) = of.not.and_then(schema).filter(|_| is_known)
        && check(not, item, place).is_valid()
    {
        let misfit = Misfit::Alternatives("this combination of fields is not allowed".to_owned());
        whole(&mut inner, item, place, "must not validate the schema (not)", misfit);
    }
    inner.checks += 1;
    out.merge(inner);
}

/// These faults have no field of their own: Kubernetes prints `<nil>` and names the field in the text.
fn whole(out: &mut Outcome, item: &Item<'_>, place: Place<'_>, what: &str, misfit: Misfit) {
    let message = format!("<nil>: Invalid value: \"\": {} {what}", quoted(&place.path()));
    out.at(place, item.anchor, message, misfit);
}

fn any_of(of: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    let mut best: Option<Outcome> = None;
    for alternative in of.any_of.iter().filter_map(|id| schema(*id)) {
        let result = check(alternative, item, place);
        if result.is_valid() {
            out.merge(result);
            return;
        }
        if best.as_ref().is_none_or(|best| result.checks > best.checks) {
            best = Some(result);
        }
    }
    if let Some(best) = best {
        let misfit = Misfit::Alternatives("the value has none of the allowed forms".to_owned());
        whole(out, item, place, "must validate at least one schema (anyOf)", misfit);
        out.merge_alternative(best);
    }
}

fn one_of(of: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    let (mut best, mut first) = (None::<Outcome>, None);
    let mut valid = 0;
    for alternative in of.one_of.iter().filter_map(|id| schema(*id)) {
        let result = check(alternative, item, place);
        if result.is_valid() {
            valid += 1;
            best = None;
            first = first.or(Some(result));
        } else if valid == 0 && best.as_ref().is_none_or(|best| result.checks > best.checks) {
            best = Some(result);
        }
    }
    let found = match (of.one_of.is_empty(), valid) {
        (true, _) => return,
        (_, 1) => {
            out.merge(first.unwrap_or_default());
            return;
        }
        (_, 0) => "Found none valid".to_owned(),
        _ => format!("Found {valid} valid alternatives"),
    };
    let misfit = Misfit::Alternatives(chosen(of, item, valid));
    whole(out, item, place, &format!("must validate one and only one schema (oneOf). {found}"), misfit);
    out.merge_alternative(best.unwrap_or_default());
}

/// Which fields exclude each other, or of which one is needed.
fn chosen(of: &Schema, item: &Item<'_>, valid: usize) -> String {
    let alternatives = of.one_of.iter().filter_map(|id| schema(*id));
    let names = alternatives.flat_map(|alternative| alternative.required).map(|name| (*name, item.get(name)));
    let listed = |names: &mut dyn Iterator<Item = (&str, Option<&Item<'_>>)>| {
        let names: Vec<String> = names.map(|(name, _)| format!("`{name}`")).collect();
        names.join(", ")
    };
    let present = listed(&mut names.clone().filter(|(_, value)| value.is_some()));
    match (valid, present.is_empty()) {
        (0, true) if names.clone().next().is_none() => "the value has none of the allowed forms".to_owned(),
        (0, true) => format!("one of {} has to be set", listed(&mut names.clone())),
        (_, false) => format!("only one of {present} may be set"),
        (_, true) => "the value has several of the allowed forms at once".to_owned(),
    }
}

fn all_of(of: &Schema, item: &Item<'_>, place: Place<'_>, out: &mut Outcome) {
    let mut valid = 0;
    for part in of.all_of.iter().filter_map(|id| schema(*id)) {
        let result = check(part, item, place);
        valid += usize::from(result.is_valid());
        out.merge(result);
    }
    if valid != of.all_of.len() {
        let none = if valid == 0 { ". None validated" } else { "" };
        let misfit = Misfit::Alternatives("the value does not fit all that is asked of it".to_owned());
        whole(out, item, place, &format!("must validate all the schemas (allOf){none}"), misfit);
    }
}
