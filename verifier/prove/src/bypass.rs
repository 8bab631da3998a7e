//! Spellings of a path that an application reads as that path: percent escapes, `\`, several slashes, dot segments.

use std::collections::BTreeSet;

use crate::spelling::spell;

/// A slash in any spelling.
const SLASH: &str = r"(?:/|\\|%2[fF]|%5[cC])";
/// A dot in any spelling.
const DOT: &str = r"(?:\.|%2[eE])";
/// A segment that is no dot segment is not asked for: dots are resolved after it anyway.
const SEGMENT: &str = r"[^/\\%]+";

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
        .map(|digit| if digit.is_ascii_digit() { digit.to_string() } else { format!("[{digit}{}]", digit.to_ascii_lowercase()) })
        .collect();
    format!(r"(?:\x{byte:02X}|%{hex})")
}
