//! Regular expressions of Go (`regexp/syntax`), which are RE2's.

use crate::admission::crd::words::quoted;

/// `validateStringRegexp`.
pub(super) fn regex(text: &str, name: &str) -> Result<(), String> {
    let name = quoted(name);
    if text.len() > 1024 {
        return Err(format!("{name}: regex is too large, max length allowed is 1024"));
    }
    compile(text).map_err(|why| {
        format!("{name}: {why}; Istio uses RE2 style regex-based match (https://github.com/google/re2/wiki/Syntax)")
    })
}

/// Whether Go compiles it, and what it says if not; the commonest faults in its words.
pub(super) fn compile(text: &str) -> Result<(), String> {
    for group in ["(?=", "(?!", "(?<=", "(?<!", "(?>", "(?#"] {
        if text.contains(group) {
            let shown = group.get(..3).filter(|_| group.starts_with("(?<")).unwrap_or(group);
            return Err(format!("error parsing regexp: invalid or unsupported Perl syntax: `{shown}`"));
        }
    }
    // Go has `\z`, `\Q…\E` and `\C`, which the regex crate spells otherwise or not at all.
    let translated = text.replace("\\C", ".");
    let Err(fault) = regex::RegexBuilder::new(&translated).size_limit(64 << 20).build() else {
        return Ok(());
    };
    let fault = fault.to_string();
    let why = if fault.contains("unclosed character class") {
        format!("missing closing ]: `{}`", text.rfind('[').and_then(|at| text.get(at..)).unwrap_or(text))
    } else if fault.contains("unclosed group") {
        format!("missing closing ): `{text}`")
    } else if fault.contains("unopened group") {
        format!("unexpected ): `{text}`")
    } else if fault.contains("repetition operator missing expression") {
        let star = text.find(['*', '+', '?']).and_then(|at| text.get(at..=at)).unwrap_or("*");
        format!("missing argument to repetition operator: `{star}`")
    } else if fault.contains("invalid character class range") {
        format!("invalid character class range: `{text}`")
    } else if fault.contains("incomplete escape") {
        "trailing backslash at end of expression: ``".to_owned()
    } else {
        format!("invalid escape sequence: `{text}`")
    };
    Err(format!("error parsing regexp: {why}"))
}
