//! Headers that routes add, set and remove (istio 1.31 `pkg/config/validation/header_value_validator.go`).

use super::findings::Findings;
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::Message;

/// Whether it is the authority under one of its names.
pub(super) fn is_authority(name: &str) -> bool {
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

fn name(name: &str, may_be_authority: bool) -> Result<(), String> {
    if name.is_empty() {
        return Err("header name cannot be empty".to_owned());
    }
    if may_be_authority && is_authority(name) {
        return Ok(());
    }
    if name.eq_ignore_ascii_case("host") {
        return Err(format!("invalid header {}: cannot set Host header", quoted(name)));
    }
    if name.starts_with(':') {
        return Err(format!("invalid header {}: header cannot have \":\" prefix", quoted(name)));
    }
    Ok(())
}

/// All of the field `headers`.
pub(super) fn header_operations(out: &mut Findings, message: &Message) {
    let Some(headers) = message.message("headers") else { return };
    for (side, request) in [("request", true), ("response", false)] {
        let Some(own) = headers.message(side) else { continue };
        for (key, item) in own.entries("add").iter().chain(own.entries("set")) {
            out.check(&item.place, name(key, request));
            out.check(&item.place, value(item.text()));
        }
        for (key, place) in own.texts("remove") {
            out.check(place, name(key, false));
        }
    }
}

fn value(text: &str) -> Result<(), String> {
    if text.chars().any(|c| c <= '\u{8}' || ('\u{a}'..='\u{1f}').contains(&c) || c == '\u{7f}') {
        return Err(format!("header value configuration {text} is invalid"));
    }
    formatted(text).map_err(|why| format!("header value configuration: invalid header configuration. {why}"))
}

/// Where the reader of `%VAR([“…”])%` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Literal,
    Name,
    Array,
    Text,
    Quote,
    Delimiter,
    End,
    Percent,
}

fn formatted(text: &str) -> Result<(), String> {
    let mut state = State::Literal;
    let mut bytes = text.bytes().peekable();
    while let Some(b) = bytes.next() {
        state = match (state, b) {
            (State::Literal, b'%') => match bytes.peek() {
                None => return Err("Un-escaped %".to_owned()),
                Some(b'%') => {
                    bytes.next();
                    State::Literal
                }
                Some(_) => State::Name,
            },
            (State::Name | State::Percent, b'%') => State::Literal,
            (State::Name, b'(') => State::Array,
            (State::Array, b'[') | (State::Delimiter, b',') => State::Quote,
            (State::Array, b' ')
            | (
                State::Literal | State::Name | State::Quote | State::Delimiter | State::End | State::Percent,
                b' ',
            ) => state,
            (State::Array, _) | (State::Quote, b'"') => State::Text,
            (State::Text, b'\\') => match bytes.next() {
                None => return Err("Un-terminated backslash in JSON string".to_owned()),
                Some(_) => State::Text,
            },
            (State::Text | State::End, b')') => State::Percent,
            (State::Text, b'"') => State::Delimiter,
            (State::Delimiter, b']') => State::End,
            (State::Literal | State::Name | State::Text, _) => state,
            (State::Delimiter, _) => return Err("Expecting ',', ']', or whitespace".to_owned()),
            (State::Quote, _) => return Err("Expecting '\"'".to_owned()),
            (State::End, _) => {
                return Err("Expecting ')' or whitespace after '{}', but found '{}'".to_owned());
            }
            (State::Percent, _) => return Err("Expecting '%' or whitespace after".to_owned()),
        };
    }
    if state == State::Literal { Ok(()) } else { Err(format!("Un-terminated variable expression '{text}'")) }
}
