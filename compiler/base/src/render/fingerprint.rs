//! Names of findings that stay the same when lines move.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Report;
use crate::Diagnostic;

/// One fingerprint per finding, in the order of [`Report::ordered`]: a hash of code, object, field without list places, and value, but
/// of no line number. Of findings that are alike in all four, the second and later ones carry their number.
#[must_use]
pub fn fingerprints(report: &Report<'_>) -> Vec<String> {
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let of = |finding: &Cow<'_, Diagnostic>| {
        let hash = hash(report, finding);
        let count = seen.entry(hash).or_insert(0);
        *count += 1;
        if *count == 1 { format!("{hash:016x}") } else { format!("{hash:016x}-{count}") }
    };
    report.ordered().iter().map(of).collect()
}

fn hash(report: &Report<'_>, finding: &Diagnostic) -> u64 {
    let span = finding.primary.span;
    let mut fnv = Fnv(0xcbf2_9ce4_8422_2325);
    fnv.add(finding.code);
    match &finding.object {
        Some(object) => {
            fnv.add(&object.kind);
            fnv.add(&object.namespace);
            fnv.add(&object.name);
        }
        None => fnv.add(report.path(span)),
    }
    fnv.add(&without_places(&finding.field));
    let value = report.sources.slice(span).trim();
    let value = value.trim_matches(['"', '\'']);
    // Neither a secret nor a whole block, which changes with every edit inside it.
    if !value.contains('\n') && !report.is_secret(span) {
        fnv.add(value);
    }
    fnv.0
}

/// `spec.http[1].name` as `spec.http[].name`: places in lists move when a neighbour comes or goes.
fn without_places(field: &str) -> String {
    let mut parts = field.split('[');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        out.push('[');
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

/// FNV-1a with 64 bits: the same on every machine and for ever, which Rust's own hashers do not promise.
struct Fnv(u64);

impl Fnv {
    /// Adds a text and an end mark.
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xFF]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{report, sources};
    use crate::{FileId, Level, ObjectRef, Span};

    fn finding(text_from: u32, to: u32, name: &str, field: &str) -> Diagnostic {
        let span = Span::new(FileId(0), text_from, to);
        let object = ObjectRef { kind: "Gateway".into(), namespace: "a".into(), name: name.into() };
        Diagnostic::new("MP1001", "x", Level::Error, span, "m").about(object, field)
    }

    #[test]
    fn moving_lines_changes_nothing_and_another_value_does() {
        let before = sources(&[("a.yaml", "a: one\n")]);
        let after = sources(&[("b.yaml", "# more\n\na:   'one'\n")]);
        let other = sources(&[("a.yaml", "a: two\n")]);
        let first = fingerprints(&report(&before, vec![finding(3, 6, "g", "spec.a[1].b")]));
        assert_eq!(first, fingerprints(&report(&after, vec![finding(13, 18, "g", "spec.a[20].b")])));
        assert_ne!(first, fingerprints(&report(&other, vec![finding(3, 6, "g", "spec.a[1].b")])));
        assert_ne!(first, fingerprints(&report(&before, vec![finding(3, 6, "h", "spec.a[1].b")])));
        assert_ne!(first, fingerprints(&report(&before, vec![finding(3, 6, "g", "spec.a[1].c")])));
    }

    #[test]
    fn equal_findings_are_numbered() {
        let sources = sources(&[("a.yaml", "a: one\nb: one\n")]);
        let all = vec![finding(10, 13, "g", "f"), finding(3, 6, "g", "f")];
        let prints = fingerprints(&report(&sources, all));
        assert_eq!(prints[1], format!("{}-2", prints[0]));
    }

    #[test]
    fn a_secret_leaves_no_trace() {
        let of = |text: &str, secret: bool| {
            let sources = sources(&[("a.yaml", text)]);
            let mut report = report(&sources, vec![finding(3, 6, "g", "f")]);
            report.secrets = if secret { vec![Span::new(FileId(0), 3, 6)] } else { Vec::new() };
            fingerprints(&report)
        };
        assert_eq!(of("a: abc\n", true), of("a: xyz\n", true));
        assert_ne!(of("a: abc\n", false), of("a: xyz\n", false));
    }
}
