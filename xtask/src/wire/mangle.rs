//! Recorded scenarios with a few bytes changed, and pieces of one in another.

use serde_json::{Value, json};

use super::http1::{finish, port};
use super::pools::{Pools, counted, raw};
use crate::conformance::compare::text;
use crate::dice::Dice;

/// What is put in: bytes that parsers stumble over.
const SPICE: [&str; 38] = [
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    " ",
    "\t",
    "\0",
    "\u{b}",
    "\u{c}",
    "\u{7f}",
    "\u{80}",
    "\u{ff}",
    ":",
    "::",
    ",",
    ";",
    "=",
    "\"",
    "/",
    "//",
    "\\",
    "?",
    "#",
    "%",
    "%2f",
    "%2F",
    "%5c",
    "%00",
    "%0d%0a",
    "@",
    "[",
    "_",
    "-",
    "+",
    "0",
    "A",
    "a: b\r\n",
    "X-T: dup\r\n",
];

/// A recorded request with some bytes inserted, taken out, doubled or in another case.
pub(super) fn bytes(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let known = pools.of("raw", &[]);
    let mut scenario = (*dice.one(&known)?).clone();
    let mut chars: Vec<char> = text(&scenario, "raw").chars().collect();
    if chars.len() > 4000 || chars.is_empty() {
        return None;
    }
    for _ in 0..=dice.below(2) {
        change(&mut chars, dice);
    }
    let raw: String = chars.into_iter().collect();
    if counted(&raw) {
        return None;
    }
    let fields = scenario.as_object_mut()?;
    fields.insert("raw".to_owned(), json!(raw));
    // A broken request may or may not have reached an upstream when the connection ends.
    fields.remove("sorthdr");
    fields.insert("noseen".to_owned(), json!(true));
    Some(finish(scenario))
}

fn change(chars: &mut Vec<char>, dice: &mut Dice) {
    let at = dice.below(chars.len().max(1));
    match dice.below(5) {
        0 | 1 => {
            let spice: Vec<char> = dice.word(&SPICE).chars().collect();
            chars.splice(at..at, spice);
        }
        2 => {
            let end = (at + 1 + dice.below(3)).min(chars.len());
            chars.drain(at..end);
        }
        3 => {
            let end = (at + 1 + dice.below(12)).min(chars.len());
            let piece: Vec<char> = chars.get(at..end).map(<[char]>::to_vec).unwrap_or_default();
            chars.splice(at..at, piece);
        }
        _ => {
            if let Some(c) = chars.get_mut(at) {
                *c = if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            }
        }
    }
}

/// The first line of one recorded request with the headers of another, on any listener.
pub(super) fn swap(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let known = pools.of("raw", &[]);
    let (one, other) = (text(dice.one(&known)?, "raw"), text(dice.one(&known)?, "raw"));
    let (line, _) = one.split_once("\r\n")?;
    let (_, rest) = other.split_once("\r\n")?;
    let raw = raw(port(dice), &format!("{line}\r\n{rest}"));
    (!counted(line) && rest.len() < 4000).then(|| finish(raw))
}
