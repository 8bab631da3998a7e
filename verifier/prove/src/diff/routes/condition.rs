//! Conditions of routes as formulas, and a model of them as a request.

use crate::formula::Bool;
use mp_eval::HttpCall;
use mp_ir::mesh::StringMatch;
use mp_ir::plan::{EnforcementPoint, HeaderMatch, PathMatch, QueryMatch, Route, RouteMatch};

use crate::assignment::{Assignment, Flag};
use crate::automata::{Language, quote};
use crate::engine::Engine;
use crate::space::{Key, Pattern};
use crate::witness;

/// Any text at all.
const ANYTHING: &str = "(?s:.*)";

/// What is fixed about all requests of a search.
pub(super) struct Reader<'a> {
    pub(super) authority: &'a str,
    pub(super) scheme: &'a str,
}

/// Only HTTP is routed by these tables; who sends it does not matter.
pub(super) fn ground(engine: &mut Engine) {
    let http = engine.flag(Flag::Http);
    engine.assert(&http);
    for flag in [Flag::Peer, Flag::ServerName] {
        let off = engine.flag(flag).not();
        engine.assert(&off);
    }
    engine.like(&Key::Method, Pattern::exact("GET"));
}

impl Reader<'_> {
    /// Per route, the requests that it takes; behind them, those that none takes.
    pub(super) fn first_of(&self, engine: &mut Engine, routes: &[Route]) -> Vec<Bool> {
        let mut before: Vec<Bool> = Vec::new();
        let mut out = Vec::new();
        for route in routes {
            let mine = self.matches(engine, &route.matches);
            let mut all = before.clone();
            all.push(mine.clone());
            out.push(Bool::and(&all));
            before.push(mine.not());
        }
        out.push(Bool::and(&before));
        out
    }

    fn matches(&self, engine: &mut Engine, matches: &RouteMatch) -> Bool {
        let mut all =
            vec![engine.atom(&Key::Path, path(&matches.path, matches.case_sensitive != Some(false)))];
        all.extend(matches.headers.iter().map(|header| self.header(engine, header)));
        all.extend(matches.query.iter().map(|query| parameter(engine, query)));
        for claim in &matches.claims {
            let held = engine.atom(&Key::Claim(claim.path.clone()), text(&claim.value));
            all.push(if claim.invert { held.not() } else { held });
        }
        Bool::and(&all)
    }

    fn header(&self, engine: &mut Engine, test: &HeaderMatch) -> Bool {
        let fixed = |value: &str| Bool::from_bool(matches_text(&test.value, value) != test.invert);
        let name = test.name.to_ascii_lowercase();
        match name.as_str() {
            ":authority" | "host" => return fixed(self.authority),
            ":scheme" => return fixed(self.scheme),
            ":method" => {
                let held = engine.atom(&Key::Method, text(&test.value));
                return if test.invert { held.not() } else { held };
            }
            _ => {}
        }
        let key = Key::Line(name);
        let (present, held) = line(engine, &key, &test.value);
        let so = if test.invert { held.not() } else { held };
        let absent = if test.missing_as_empty {
            matches_text(&test.value, "") != test.invert
        } else {
            test.invert && test.value == StringMatch::Present
        };
        let there = Bool::and(&[present.clone(), so]);
        if absent { Bool::or(&[there, present.not()]) } else { there }
    }
}

fn parameter(engine: &mut Engine, test: &QueryMatch) -> Bool {
    line(engine, &Key::Query(test.name.clone()), &test.value).1
}

/// Whether there is a value, and whether it is so.
fn line(engine: &mut Engine, key: &Key, value: &StringMatch) -> (Bool, Bool) {
    let present = engine.atom(key, Pattern::regex("", ANYTHING));
    let held = engine.atom(key, text(value));
    engine.assert(&held.implies(&present));
    (present, held)
}

fn text(value: &StringMatch) -> Pattern {
    match value {
        StringMatch::Exact(text) => Pattern::exact(text),
        StringMatch::Prefix(start) => Pattern::prefix(start),
        StringMatch::Regex(regex) => Pattern::regex("", regex.clone()),
        StringMatch::Present => Pattern::regex("", ANYTHING),
    }
}

fn path(pattern: &PathMatch, case: bool) -> Pattern {
    let made = match pattern {
        PathMatch::Prefix(start) => Pattern::prefix(start),
        PathMatch::Exact(whole) => Pattern::exact(whole),
        PathMatch::SeparatedPrefix(start) => {
            Pattern::regex(start, format!("{}(?:/{ANYTHING})?", quote(start.as_bytes())))
        }
        PathMatch::Regex(regex) => Pattern::regex("", regex.clone()),
    };
    if case { made } else { Pattern { any_case: true, ..Pattern::regex("", made.spelt()) } }
}

fn matches_text(pattern: &StringMatch, value: &str) -> bool {
    let pattern = text(pattern);
    Language::new(&pattern.spelt(), false, "").is_some_and(|language| language.contains(value.as_bytes()))
}

/// The request of a model.
pub(super) fn call(found: &Assignment, authority: &str, scheme: &str) -> HttpCall {
    let request = witness::request(found, &EnforcementPoint::default());
    let latin1 = |text: &Vec<u8>| text.iter().map(|byte| char::from(*byte)).collect::<String>();
    let mut headers = Vec::new();
    let mut query = Vec::new();
    for (key, values) in &found.texts {
        match key {
            Key::Line(name) => headers.extend(values.iter().map(|value| (name.clone(), latin1(value)))),
            Key::Query(name) => query.extend(values.iter().map(|value| format!("{name}={}", latin1(value)))),
            _ => {}
        }
    }
    let behind = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    HttpCall {
        method: request.method,
        authority: authority.to_owned(),
        path: format!("{}{behind}", request.path),
        scheme: scheme.to_owned(),
        headers,
        claims: request.jwt.map(|token| token.claims),
    }
}
