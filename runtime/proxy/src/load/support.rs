//! The support table as a page of documentation, made from the tables themselves.
use std::collections::BTreeMap;

use super::listener_table::BOOTSTRAP;
use super::table::{Kind, Message, Support};

/// Tables by the name of the message.
type Messages = BTreeMap<&'static str, Vec<&'static Message>>;

/// Every message and field this proxy reads, with what it does with it, as Markdown.
#[must_use]
pub fn support_markdown() -> String {
    let mut messages = Messages::new();
    collect(&BOOTSTRAP, &mut messages);
    let mut out = String::from(
        "# What the bundled proxy runs\n\nGenerated from the tables the proxy loads bootstraps with. A field or \
         type that is not listed is refused at load.\n`run`: executed. `inert`: read and ignored, with the reason.\n",
    );
    out.push_str("\nRefused on purpose:\n\n");
    for (name, why) in super::reasons::REFUSED {
        out.push_str(&format!("- `{name}`: {why}\n"));
    }
    for (name, tables) in &messages {
        out.push_str(&format!("\n## {name}\n"));
        let fields = rows(tables);
        if fields.is_empty() {
            out.push_str("\nno fields\n");
            continue;
        }
        out.push_str("\n| field | | |\n|---|---|---|\n");
        out.push_str(&fields);
    }
    out
}

/// The rows of a message; where several tables have a field, what each of them takes.
fn rows(tables: &[&Message]) -> String {
    let mut known: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for field in tables.iter().flat_map(|table| table.fields) {
        let (support, note) = match field.support {
            Support::Run => ("run", ""),
            Support::Inert(why) => ("inert", why),
        };
        let note = if note.is_empty() { values(&field.kind) } else { note.to_owned() };
        match known.iter_mut().find(|(name, how, _)| *name == field.name && *how == support) {
            Some((_, _, notes)) if notes.contains(&note) => {}
            Some((_, _, notes)) => notes.push(note),
            None => known.push((field.name, support, vec![note])),
        }
    }
    known
        .iter()
        .map(|(name, support, notes)| format!("| {name} | {support} | {} |\n", notes.join("; ")))
        .collect()
}

fn values(kind: &Kind) -> String {
    match kind {
        Kind::Enum(names) => names.join(", "),
        Kind::Only(text) => format!("only `{text}`"),
        Kind::List(inner) | Kind::Map(inner) => values(inner),
        Kind::Any(messages) => messages
            .iter()
            .map(|m| m.name.rsplit('.').next().unwrap_or(m.name))
            .collect::<Vec<_>>()
            .join(", "),
        Kind::Str | Kind::Bool | Kind::Int | Kind::Float | Kind::Duration | Kind::Msg(_) | Kind::Free => {
            String::new()
        }
    }
}

fn collect(message: &'static Message, into: &mut Messages) {
    // Messages for extensions have one name and hold different things.
    let known = into.entry(message.name).or_default();
    if known.iter().any(|other| std::ptr::eq(*other, message)) {
        return;
    }
    known.push(message);
    for field in message.fields {
        collect_kind(&field.kind, into);
    }
}

fn collect_kind(kind: &'static Kind, into: &mut Messages) {
    match kind {
        Kind::Msg(message) => collect(message, into),
        Kind::List(inner) | Kind::Map(inner) => collect_kind(inner, into),
        Kind::Any(messages) => messages.iter().for_each(|m| collect(m, into)),
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
