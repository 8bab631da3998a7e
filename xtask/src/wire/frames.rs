//! HTTP/2 connections frame by frame: what a codec does with frames that come too early, too late or in the wrong form.

use serde_json::{Value, json};

use super::pools::Pools;
use crate::dice::Dice;

/// Frames that the runner spells: type, flags, stream and content. `headers` stands for an encoded request.
const STEPS: &[&str] = &[
    "headers 1 end",
    "headers 1 end",
    "headers 1 open",
    "headers 3 end",
    "headers 5 open",
    "headers 2 end",
    "headers 0 end",
    "data 1 end",
    "data 1 open",
    "data 3 end",
    "data 5 end",
    "data 0 end",
    "data 1 empty",
    "data 1 padded",
    "data 1 badpad",
    "rst 1",
    "rst 3",
    "rst 0",
    "rst 5",
    "rst 1 short",
    "ping",
    "ping ack",
    "ping short",
    "ping stream",
    "settings",
    "settings ack",
    "settings acklong",
    "settings push2",
    "settings window",
    "settings bigwindow",
    "settings frame",
    "settings badframe",
    "settings unknown",
    "settings stream",
    "settings short",
    "window 0",
    "window 1",
    "window 0 zero",
    "window 1 zero",
    "window 0 huge",
    "window 1 huge",
    "window 5",
    "window 0 short",
    "goaway",
    "goaway error",
    "goaway stream",
    "priority 1",
    "priority 1 self",
    "priority 0",
    "priority 7",
    "priority 1 short",
    "push 1",
    "continuation 1",
    "unknown",
    "unknown 1",
    "big 1",
    "trailers 1",
    "trailers 1 open",
    "badhpack 1",
    "headers 1 split",
    "headers 1 splitbad",
    "headers 1 padded",
    "headers 1 badpad",
    "headers 1 priority",
    "headers 1 self",
    "fin",
    "wait",
];

/// A preface and a few frames.
pub(super) fn connection(_: &Pools, dice: &mut Dice) -> Option<Value> {
    let mut steps = vec![dice.word(&["headers 1 end", "headers 1 open", "headers 1 open", ""]).to_owned()];
    for _ in 0..1 + dice.below(3) {
        let step = dice.word(STEPS);
        if step == "fin" {
            // An end that comes with frames takes the answers to them along.
            steps.push("wait".to_owned());
        }
        steps.push(step.to_owned());
    }
    let port = if dice.chance(3) { 2 } else { 0 };
    let preface = dice.word(&["", "", "", "", "", "", "", "short", "wrong", "nosettings"]);
    let body = dice.word(&["", "sleep0.3", "", "big", "partial"]);
    Some(
        json!({"kind": "frames", "port": port, "steps": steps, "preface": preface, "do": body, "settle": 0.15}),
    )
}
