//! Every row of the tables: it is reached from the bootstrap, takes a value of its kind, and refuses another one by its path.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::check::check;
use super::listener_table::BOOTSTRAP;
use super::table::{Field, Kind, Message};

/// A step from the bootstrap to a field.
#[derive(Debug, Clone)]
enum Step {
    Field(&'static str),
    Item,
    Key,
    Type(&'static str),
}

type Row = (Vec<Step>, &'static Field);

fn visit(message: &'static Message, way: &[Step], seen: &mut BTreeSet<usize>, rows: &mut Vec<Row>) {
    if !seen.insert(std::ptr::from_ref(message) as usize) {
        return;
    }
    for field in message.fields {
        let way = [way, &[Step::Field(field.name)]].concat();
        below(&field.kind, &way, seen, rows);
        rows.push((way, field));
    }
}

fn below(kind: &'static Kind, way: &[Step], seen: &mut BTreeSet<usize>, rows: &mut Vec<Row>) {
    match kind {
        Kind::Msg(message) => visit(message, way, seen, rows),
        Kind::List(kind) => below(kind, &[way, &[Step::Item]].concat(), seen, rows),
        Kind::Map(kind) => below(kind, &[way, &[Step::Key]].concat(), seen, rows),
        Kind::Any(messages) => {
            for message in *messages {
                visit(message, &[way, &[Step::Type(message.name)]].concat(), seen, rows);
            }
        }
        Kind::Str
        | Kind::Bool
        | Kind::Int
        | Kind::Float
        | Kind::Duration
        | Kind::Enum(_)
        | Kind::Only(_)
        | Kind::Free => {}
    }
}

/// A bootstrap that holds nothing but this value.
fn holding(way: &[Step], value: Value) -> String {
    let whole = way.iter().rev().fold(value, |inner, step| match step {
        Step::Field(name) => json!({ *name: inner }),
        Step::Item => json!([inner]),
        Step::Key => json!({ "k": inner }),
        Step::Type(name) => {
            let mut inner = inner;
            inner["@type"] = json!(format!("type.googleapis.com/{name}"));
            inner
        }
    });
    whole.to_string()
}

/// A value of a kind, and one that is none.
fn samples(kind: &Kind) -> (Option<Value>, Option<Value>) {
    let (good, bad) = match kind {
        Kind::Str => (json!("x"), json!(5)),
        Kind::Bool => (json!(true), json!("x")),
        Kind::Int => (json!(1), json!("x")),
        Kind::Float => (json!(1.5), json!("x")),
        Kind::Duration => (json!("1s"), json!("soon")),
        Kind::Enum([]) => return (None, Some(json!("NO_SUCH"))),
        Kind::Enum(names) => (json!(names[0]), json!("NO_SUCH")),
        Kind::Only(text) => {
            (serde_json::from_str(text).unwrap_or_else(|_| json!(text)), json!("something else"))
        }
        Kind::Msg(_) | Kind::Map(_) => (json!({}), json!(5)),
        Kind::List(_) => (json!([]), json!(5)),
        Kind::Any(messages) => (json!({"@type": messages[0].name}), json!({"@type": "no.such.Type"})),
        Kind::Free => return (Some(json!({"any": [1]})), None),
    };
    (Some(good), Some(bad))
}

#[test]
fn every_row_takes_its_kind_and_refuses_others_by_path() {
    let mut rows = Vec::new();
    visit(&BOOTSTRAP, &[], &mut BTreeSet::new(), &mut rows);
    assert!(rows.len() > 900, "{} rows are reached", rows.len());
    let refused = |way: &[Step], value: Value| {
        let text = holding(way, value);
        let checked = check(serde_json::from_str(&text).unwrap(), &BTreeSet::new());
        checked.refusals.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (way, field) in &rows {
        let (good, bad) = samples(&field.kind);
        if let Some(good) = good {
            assert_eq!(refused(way, good), Vec::<String>::new(), "{way:?}");
        }
        if let Some(bad) = bad {
            let said = refused(way, bad);
            let named = said.len() == 1 && said[0].contains(field.name);
            assert!(named, "{way:?}: {said:?}");
        }
    }
}
