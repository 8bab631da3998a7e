//! The support table as a page of documentation, made from the tables themselves.
use std::collections::BTreeMap;

use super::listener_table::BOOTSTRAP;
use super::table::{Kind, Message, Support};

/// Every message and field this proxy reads, with what it does with it, as Markdown.
#[must_use]
pub fn support_markdown() -> String {
    let mut messages = BTreeMap::new();
    collect(&BOOTSTRAP, &mut messages);
    let mut out = String::from(
        "# What the bundled proxy runs\n\nGenerated from the tables the proxy loads bootstraps with. A field or \
         type that is not listed is refused at load.\n`run`: executed. `inert`: read and ignored, with the reason.\n",
    );
    out.push_str("\nRefused on purpose:\n\n");
    for (name, why) in super::reasons::REFUSED {
        out.push_str(&format!("- `{name}`: {why}\n"));
    }
    for (name, message) in &messages {
        out.push_str(&format!("\n## {name}\n"));
        if message.fields.is_empty() {
            out.push_str("\nno fields\n");
            continue;
        }
        out.push_str("\n| field | | |\n|---|---|---|\n");
        for field in message.fields {
            let (support, note) = match field.support {
                Support::Run => ("run", ""),
                Support::Inert(why) => ("inert", why),
            };
            let note = if note.is_empty() { values(&field.kind) } else { note.to_owned() };
            out.push_str(&format!("| {} | {support} | {note} |\n", field.name));
        }
    }
    out
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

fn collect(message: &'static Message, into: &mut BTreeMap<&'static str, &'static Message>) {
    // Two tables share the name TypedExtensionConfig; the first one stands for all of them.
    if into.insert(message.name, message).is_some() {
        return;
    }
    for field in message.fields {
        collect_kind(&field.kind, into);
    }
}

fn collect_kind(kind: &'static Kind, into: &mut BTreeMap<&'static str, &'static Message>) {
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
