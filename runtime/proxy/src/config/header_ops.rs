//! Header additions and removals of routes, virtual hosts and route configurations.
use crate::json::Value;

use super::value::{Get, Scope};
use crate::access::format::{Format, Source};
use crate::http::Head;

/// What to do when the header is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Append,
    AddIfAbsent,
    OverwriteOrAdd,
    OverwriteIfExists,
}

#[derive(Debug)]
struct Addition {
    name: Vec<u8>,
    value: Format,
    action: Action,
    keep_empty: bool,
}

/// Additions and removals for one direction at one level.
#[derive(Debug, Default)]
pub(crate) struct HeaderOps {
    add: Vec<Addition>,
    remove: Vec<Vec<u8>>,
}

/// Values computed before any of them is written: the request's head cannot be read while it is edited.
pub(crate) type HeaderPass = Vec<(usize, Vec<u8>)>;

impl HeaderOps {
    /// Compiles `{direction}_headers_to_add` and `{direction}_headers_to_remove`.
    pub(crate) fn new(value: &Value, direction: &str, scope: &Scope<'_>) -> Self {
        let add = format!("{direction}_headers_to_add");
        let remove = format!("{direction}_headers_to_remove");
        let removed = value.texts(&remove).into_iter().map(|n| n.to_ascii_lowercase().into_bytes());
        let ops = Self { add: Self::additions(value, &add, scope), remove: removed.collect() };
        // Envoy loads none either (`HeaderParser`): the host is rewritten by the route's action.
        let fixed = |name: &[u8]| name.starts_with(b":") || name == b"host";
        for (at, _) in ops.add.iter().enumerate().filter(|(_, one)| fixed(&one.name)) {
            scope.item(&add, at).refuse(":-prefixed and host headers may not be changed; use a host rewrite");
        }
        if ops.remove.iter().any(|name| fixed(name)) {
            scope.field(&remove).refuse(":-prefixed and host headers may not be removed");
        }
        ops
    }

    /// Compiles one list of header options.
    pub(crate) fn added(value: &Value, field: &str, scope: &Scope<'_>) -> Self {
        Self { add: Self::additions(value, field, scope), remove: Vec::new() }
    }

    /// Compiles one header option.
    pub(crate) fn one(option: &Value, scope: &Scope<'_>) -> Self {
        Self { add: vec![addition(option, scope)], remove: Vec::new() }
    }

    /// Compiles `KeyValueAppend` of query parameters, whose names keep their case.
    pub(crate) fn parameter(append: Option<&Value>, scope: &Scope<'_>) -> Self {
        let entry = append.get_field("entry").or_else(|| append.get_field("record"));
        let text = |text: &'static str, value| (text.into(), value);
        let header = [("key", entry.text("key")), ("value", entry.text("value"))];
        let header = header.map(|(name, value)| text(name, Value::Text(value.into())));
        let option = Value::Map(vec![
            text("header", Value::Map(header.into())),
            text("append_action", Value::Text(append.text("action").into())),
        ]);
        let mut one = addition(&option, scope);
        one.name = entry.text("key").as_bytes().to_vec();
        Self { add: vec![one], remove: Vec::new() }
    }

    fn additions(value: &Value, field: &str, scope: &Scope<'_>) -> Vec<Addition> {
        let items = value.items(field).iter().enumerate();
        items.map(|(i, item)| addition(item, &scope.item(field, i))).collect()
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// Computes the values of the additions.
    pub(crate) fn evaluate(&self, source: Source<'_>) -> HeaderPass {
        let mut pass = Vec::with_capacity(self.add.len());
        for (index, addition) in self.add.iter().enumerate() {
            let mut value = Vec::new();
            addition.value.write(source, b"", &mut value);
            value.retain(|b| !matches!(b, b'\r' | b'\n' | 0));
            if !value.is_empty() || addition.keep_empty {
                pass.push((index, value));
            }
        }
        pass
    }

    /// Removes headers that will be overwritten in any case.
    pub(crate) fn forget_overwritten(&self, head: &mut Head) {
        for addition in self.add.iter().filter(|a| a.action == Action::OverwriteOrAdd) {
            head.remove(&addition.name);
        }
    }

    /// Removes, then writes computed additions.
    pub(crate) fn apply(&self, pass: HeaderPass, head: &mut Head) {
        for name in &self.remove {
            head.remove(name);
        }
        let mut add = Vec::new();
        let mut overwrite = Vec::new();
        for (index, value) in pass {
            let Some(addition) = self.add.get(index) else { continue };
            let there = head.field(&addition.name).is_some();
            match addition.action {
                Action::Append => add.push((addition, value)),
                Action::AddIfAbsent if !there => add.push((addition, value)),
                Action::OverwriteOrAdd => overwrite.push((addition, value)),
                Action::OverwriteIfExists if there => overwrite.push((addition, value)),
                Action::AddIfAbsent | Action::OverwriteIfExists => {}
            }
        }
        // All that is overwritten is written before anything is added.
        for (addition, value) in overwrite {
            put(head, &addition.name, value, Head::replace);
        }
        for (addition, value) in add {
            put(head, &addition.name, value, crate::http::add_copy);
        }
    }
}

fn put(head: &mut Head, name: &[u8], value: Vec<u8>, write: fn(&mut Head, &[u8], &[u8])) {
    match name {
        b":path" => head.path = value,
        b":authority" | b"host" => head.authority = Some(value),
        name => write(head, name, &value),
    }
}

fn addition(item: &Value, scope: &Scope<'_>) -> Addition {
    let header = item.get_field("header");
    let text = header.text("value");
    let action = match item.text("append_action") {
        "ADD_IF_ABSENT" => Action::AddIfAbsent,
        "OVERWRITE_IF_EXISTS_OR_ADD" => Action::OverwriteOrAdd,
        "OVERWRITE_IF_EXISTS" => Action::OverwriteIfExists,
        _ if item.opt_flag("append") == Some(false) => Action::OverwriteOrAdd,
        _ => Action::Append,
    };
    Addition {
        name: header.text("key").to_ascii_lowercase().into_bytes(),
        value: Format::new(text, &scope.field("header.value")),
        action,
        keep_empty: item.flag("keep_empty_value"),
    }
}
