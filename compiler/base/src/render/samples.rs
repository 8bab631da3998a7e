//! Findings for the tests of all forms.

use super::{Report, Rule, Unknown};
use crate::{Applicability, Diagnostic, Edit, FileId, Fix, Level, ObjectRef, SourceFile, Sources, Span};

pub(super) fn sources(files: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::new();
    for (path, text) in files {
        sources.add(SourceFile::new(*path, *text));
    }
    sources
}

pub(super) fn report(sources: &Sources, findings: Vec<Diagnostic>) -> Report<'_> {
    Report { findings, unknown: Vec::new(), sources, rules: &[], secrets: Vec::new() }
}

/// The span of the first place of `wanted` in a file.
pub(super) fn span(sources: &Sources, file: u32, wanted: &str) -> Span {
    let at = sources.get(FileId(file)).unwrap().text().find(wanted).unwrap();
    let start = u32::try_from(at).unwrap();
    Span::new(FileId(file), start, start + u32::try_from(wanted.len()).unwrap())
}

pub(super) fn rules() -> Vec<Rule> {
    let rule = |code, name, title: &str, level| Rule {
        code,
        name,
        title: title.into(),
        docs: format!("# {title}\n"),
        level,
    };
    vec![
        rule("MP1001", "missing-host", "A route leads to no service", Level::Error),
        rule("MP1007", "dead-rule", "A rule is never reached", Level::Warning),
    ]
}

/// Two files with non-ASCII text, tabs, CRLF and no line break at the end.
pub(super) fn two_files() -> Sources {
    sources(&[
        ("b/route.yaml", "# ünïcödé\nhost: größe\t# c\nrest: 1\n"),
        ("a/gateway.yaml", "kind: Gateway\r\nhosts:\r\n- \"*\"\r\nlast: x"),
    ])
}

/// A finding over both files with a mend, a warning with nothing, and one at the end of a file.
pub(super) fn findings(sources: &Sources) -> Vec<Diagnostic> {
    let object = ObjectRef { kind: "VirtualService".into(), namespace: "shop".into(), name: "r".into() };
    let host = span(sources, 0, "größe");
    let fix = Fix {
        title: "name the service".into(),
        applicability: Applicability::Safe,
        edits: vec![Edit { span: host, text: "groesse".into() }],
    };
    let mut error =
        Diagnostic::new("MP1001", "missing-host", Level::Error, host, "host `größe` does not exist")
            .about(object, "spec.hosts[0]")
            .label("no such service")
            .also(span(sources, 1, "\"*\""), "the gateway takes every host")
            .help("did you mean `groesse`?")
            .fix(fix);
    error.istio = Some("IST0101");
    let warning =
        Diagnostic::new("MP1007", "dead-rule", Level::Warning, span(sources, 0, "rest"), "this rule is dead");
    let end = u32::try_from(sources.get(FileId(1)).unwrap().text().len()).unwrap();
    let info = Diagnostic::new(
        "MP0009",
        "no-newline",
        Level::Info,
        Span::new(FileId(1), end, end),
        "100% odd: a, b",
    );
    vec![warning, error, info]
}

pub(super) fn unknown(sources: &Sources) -> Vec<Unknown> {
    vec![Unknown {
        object: None,
        reason: "no Pods were given".into(),
        origin: Some(span(sources, 0, "rest")),
    }]
}
