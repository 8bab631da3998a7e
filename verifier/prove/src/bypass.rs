//! Spellings of a path that an application reads as that path: percent escapes, `\`, several slashes, dot segments.

use std::collections::BTreeSet;

use crate::formula::Bool;
use mp_eval::{Decision, PathOutcome, application_path, normalize};
use mp_ir::plan::EnforcementPoint;

use crate::ask::{admitted, conclude, engine_for, single};
use crate::assignment::{Assignment, Flag};
use crate::condition::path_matches;
use crate::encode::{self, View};
use crate::question::{Answer, AskError, Bypass, Truth, Witness};
use crate::space::{Key, Pattern};
use crate::spelling::spell;
use crate::witness;

/// A slash in any spelling.
const SLASH: &str = r"(?:/|\\|%2[fF]|%5[cC])";
/// A dot in any spelling.
const DOT: &str = r"(?:\.|%2[eE])";
/// A segment that is no dot segment is not asked for: dots are resolved after it anyway.
const SEGMENT: &str = r"[^/\\%]+";

/// Whether an admitted path becomes a protected one in the application.
pub(crate) fn ask(point: &EnforcementPoint, question: &Bypass) -> Result<Answer, AskError> {
    let mut engine = engine_for(&[point]);
    let answer = encode::answer(&mut engine, point, &View::default());
    let spelt: Vec<Bool> = question
        .protected
        .iter()
        .map(|pattern| engine.atom(&Key::Path, Pattern::regex("/", spellings(pattern))))
        .collect();
    let goal = Bool::and(&[answer.admitted, engine.flag(Flag::Http), Bool::or(&spelt)]);
    let first = conclude(engine.solve(&goal), single(point), |witness| bypassed(point, question, witness))?;
    if first.answer == Truth::Violated {
        return Ok(first);
    }
    // Paths that the proxy rewrites: each is read in one way by the proxy and in another by the application.
    let mut tried: BTreeSet<Vec<u8>> = BTreeSet::new();
    for raw in detours(&question.protected).into_iter().filter(|raw| becomes_protected(question, raw)) {
        let PathOutcome::Path(seen) = normalize(raw.as_bytes(), point.paths) else { continue };
        if !tried.insert(seen.clone()) {
            continue;
        }
        let answer = rewritten(point, question, &raw, seen)?;
        if answer.answer == Truth::Violated {
            return Ok(answer);
        }
    }
    Ok(first)
}

/// Whether a request with one raw path, which the filters see in another form, gets in.
fn rewritten(
    point: &EnforcementPoint,
    question: &Bypass,
    raw: &str,
    seen: Vec<u8>,
) -> Result<Answer, AskError> {
    let mut engine = engine_for(&[point]);
    let answer = encode::answer(&mut engine, point, &View { path: Some(seen), ..View::default() });
    let goal = Bool::and(&[answer.admitted, engine.flag(Flag::Http)]);
    let make = |found: &Assignment| {
        let mut witness = witness::witness(found, point);
        raw.clone_into(&mut witness.request.path);
        witness
    };
    conclude(engine.solve(&goal), make, |witness| bypassed(point, question, witness))
}

fn becomes_protected(question: &Bypass, raw: &str) -> bool {
    let read = application_path(raw.as_bytes());
    question.protected.iter().any(|pattern| path_matches(pattern, &read))
}

fn bypassed(point: &EnforcementPoint, question: &Bypass, witness: &Witness) -> Result<Vec<Decision>, String> {
    let decision = admitted(point, witness);
    let so = decision.admitted() && becomes_protected(question, &witness.request.path);
    so.then(|| vec![decision])
        .ok_or_else(|| "the path should be admitted and become a protected one".to_owned())
}

/// A pattern over raw paths. Detours are followed two levels deep, so that `/a/b/../../admin` is one of them.
pub(crate) fn spellings(protected: &str) -> String {
    let (path, below) = match protected.strip_suffix("/**") {
        Some(path) => (path, true),
        None => (protected, false),
    };
    let slashes = format!("{SLASH}+");
    let up = format!("{DOT}{DOT}");
    let shallow = format!("(?:{SEGMENT}{slashes}{up}|{DOT}|{up})");
    let detour = format!("(?:{SEGMENT}{slashes}(?:{shallow}{slashes})*{up}|{DOT}|{up})");
    let inner = format!("(?:{SEGMENT}{slashes}(?:{shallow}{slashes})*{up}|{DOT})");
    let mut out = String::new();
    for (at, segment) in path.split('/').filter(|segment| !segment.is_empty()).enumerate() {
        // Above the root there is nothing, so `..` leads nowhere only before the first segment.
        let detour = if at == 0 { &detour } else { &inner };
        out.push_str(&slashes);
        out.push_str(&format!("(?:{detour}{slashes})*"));
        segment.bytes().for_each(|byte| out.push_str(&letter(byte)));
    }
    if below {
        out.push_str(&format!("{slashes}(?:{inner}{slashes})*(?:{SEGMENT}(?:/{SEGMENT})*/?)?"));
    }
    out
}

/// Raw paths around the protected ones, spelt oddly once and twice.
pub(crate) fn detours(protected: &[String]) -> BTreeSet<String> {
    let stems = protected.iter().map(|pattern| match pattern.strip_suffix("**") {
        Some(start) => format!("{start}x"),
        None => pattern.clone(),
    });
    let once: BTreeSet<String> = stems.flat_map(|stem| spell(&stem)).collect();
    once.iter().flat_map(|stem| spell(stem)).chain(once.iter().cloned()).collect()
}

/// One byte, raw or as a percent escape.
fn letter(byte: u8) -> String {
    let hex: String = format!("{byte:02X}")
        .chars()
        .map(|digit| {
            if digit.is_ascii_digit() {
                digit.to_string()
            } else {
                format!("[{digit}{}]", digit.to_ascii_lowercase())
            }
        })
        .collect();
    format!(r"(?:\x{byte:02X}|%{hex})")
}
