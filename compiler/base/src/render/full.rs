//! For people at a terminal: a frame of the text around each finding.

use codespan_reporting::diagnostic::{Diagnostic as Shown, Label as Mark, Severity};
use codespan_reporting::term::termcolor::Ansi;
use codespan_reporting::term::{Config, Styles, StylesWriter, emit_into_string, emit_to_write_style};

use super::excerpt::{Excerpts, line};
use super::{Report, docs_hint, plain_text, summary::summary};
use crate::{Diagnostic, Level, Span};

/// Each finding with the lines it is about, then what could not be decided, then a summary. Lines are cut at 200 characters.
#[must_use]
pub fn full(report: &Report<'_>, color: bool) -> String {
    let mut out = String::new();
    for finding in report.ordered() {
        out.push_str(&frame(report, &finding, color));
    }
    for unknown in report.ordered_unknown() {
        let place =
            unknown.origin.map(|span| format!(" ({})", report.sources.locate(span))).unwrap_or_default();
        let object = unknown.object.as_ref().map(|o| format!("{o}: ")).unwrap_or_default();
        let text = plain_text(&format!("{object}{}{place}", unknown.reason));
        line(&mut out, format_args!("unknown: {text}"));
    }
    line(&mut out, format_args!("{}", summary(report).line()));
    out
}

fn frame(report: &Report<'_>, finding: &Diagnostic, color: bool) -> String {
    let labels: Vec<_> = std::iter::once(&finding.primary).chain(&finding.related).collect();
    let spans: Vec<Span> = labels.iter().map(|label| label.span).collect();
    let (excerpts, places) = Excerpts::new(report, &spans);
    let mut marks = Vec::new();
    for (number, (label, place)) in labels.iter().zip(places).enumerate() {
        let Some((file, range)) = place.and_then(|place| excerpts.ranges.get(place)) else { continue };
        let range = range.clone();
        let mark = if number == 0 { Mark::primary(*file, range) } else { Mark::secondary(*file, range) };
        marks.push(mark.with_message(plain_text(&label.message)));
    }
    let severity = match finding.level {
        Level::Error => Severity::Error,
        Level::Warning => Severity::Warning,
        Level::Info => Severity::Note,
    };
    let shown = Shown::new(severity)
        .with_code(format!("{} {}", finding.code, finding.name))
        .with_message(plain_text(&finding.message))
        .with_labels(marks)
        .with_notes(notes(finding));
    let text = emit(&excerpts, &shown, color).unwrap_or_else(|| plain_text(&finding.message));
    if finding.level == Level::Info { text.replacen("note[", "info[", 1) } else { text }
}

fn notes(finding: &Diagnostic) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(object) = &finding.object {
        notes.push(plain_text(format!("{object} {}", finding.field).trim_end()));
    }
    if let Some(help) = &finding.help {
        notes.push(format!("help: {}", plain_text(help)));
    }
    if let Some(fix) = &finding.fix {
        notes.push(format!("fix: {}", plain_text(&fix.title)));
    }
    notes.push(docs_hint(finding.code));
    notes
}

fn emit(files: &Excerpts, shown: &Shown<usize>, color: bool) -> Option<String> {
    let config = Config::default();
    if !color {
        return emit_into_string(&config, files, shown).ok();
    }
    let (mut bytes, styles) = (Vec::new(), Styles::default());
    let mut writer = StylesWriter::new(Ansi::new(&mut bytes), &styles);
    emit_to_write_style(&mut writer, &config, files, shown).ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileId;
    use crate::render::samples::{findings, report, sources, span, two_files, unknown};

    const FRAMES: &str = "\
info[MP0009 no-newline]: 100% odd: a, b
  ┌─ a/gateway.yaml:4:8
  │
4 │ last: x
  │        ^
  │
  = meshproof explain MP0009

error[MP1001 missing-host]: host `größe` does not exist
  ┌─ b/route.yaml:2:7
  │
2 │ host: größe # c
  │       ^^^^^ no such service
  │
  ┌─ a/gateway.yaml:3:3
  │
3 │ - \"*\"
  │   --- the gateway takes every host
  │
  = VirtualService shop/r spec.hosts[0]
  = help: did you mean `groesse`?
  = fix: name the service
  = meshproof explain MP1001

warning[MP1007 dead-rule]: this rule is dead
  ┌─ b/route.yaml:3:1
  │
3 │ rest: 1
  │ ^^^^
  │
  = meshproof explain MP1007

unknown: no Pods were given (b/route.yaml:3:1)
1 error, 1 warning, 1 info; 1 fixable; 1 unknown
";

    #[test]
    fn frames_in_two_files() {
        let sources = two_files();
        let mut report = report(&sources, findings(&sources));
        report.unknown = unknown(&sources);
        assert_eq!(full(&report, false), FRAMES);
        assert!(full(&report, true).contains("\u{1b}["));
    }

    #[test]
    fn a_line_of_two_megabytes_is_cut_around_the_place() {
        let text =
            format!("a: \"{}é{}WRONG{}\"\n", "x".repeat(1 << 20), "y".repeat(100), "z".repeat(1 << 20));
        let sources = sources(&[("long.yaml", &text)]);
        let wrong = span(&sources, 0, "WRONG");
        let report = report(&sources, vec![Diagnostic::new("MP1", "x", Level::Error, wrong, "m")]);
        let shown = full(&report, false);
        assert!(shown.len() < 2000, "{}", shown.len());
        assert!(shown.contains("long.yaml:1:1048682"));
        assert!(shown.contains(&format!("…{}WRONG{}…", "y".repeat(60), "z".repeat(135))), "{shown}");
        let marks = format!("{}^^^^^", " ".repeat(61));
        assert!(shown.contains(&marks), "{shown}");
    }

    #[test]
    fn lines_between_two_places() {
        let text = "one: 1\ntwo: 2\nthree: 3\nfour: 4\nfive: 5\nsix: 6\n";
        let sources = sources(&[("a.yaml", text)]);
        let at = |word| span(&sources, 0, word);
        let near = Diagnostic::new("MP1", "x", Level::Error, at("one"), "m").also(at("three"), "near");
        let far = Diagnostic::new("MP1", "x", Level::Error, at("one"), "m").also(at("six"), "far");
        let near = full(&report(&sources, vec![near]), false);
        assert!(near.contains("2 │ two: 2\n3 │ three: 3\n"), "{near}");
        let far = full(&report(&sources, vec![far]), false);
        assert!(far.contains("  ·\n6 │ six: 6\n") && !far.contains("two"), "{far}");
    }

    #[test]
    fn no_frame_shows_a_secret_or_a_control_character() {
        let text = "kind: Secret\ndata:\n  key: hüsh\u{1b}[31m\n  more: |\n    line one\n    line two\n";
        let sources = sources(&[("s.yaml", text)]);
        let key = span(&sources, 0, "key: hüsh\u{1b}[31m");
        let block = span(&sources, 0, "|\n    line one\n    line two");
        let line = Diagnostic::new("MP1", "x", Level::Error, key, "bad \u{1b}[0m\u{202e} text")
            .also(span(&sources, 0, "line two"), "");
        let mut report = report(&sources, vec![line]);
        report.secrets = vec![span(&sources, 0, "hüsh\u{1b}[31m"), block];
        let shown = full(&report, false);
        assert!(shown.contains("key: *********\n"), "{shown}");
        assert!(
            !shown.contains("line two") && !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
        report.secrets.clear();
        let shown = full(&report, false);
        assert!(shown.contains("hüsh\u{fffd}[31m") && shown.contains("line two"), "{shown}");
    }

    #[test]
    fn words_about_a_secret_do_not_repeat_it() {
        let sources = sources(&[("s.yaml", "data: 0755\n")]);
        let value = span(&sources, 0, "0755");
        let finding = Diagnostic::new("MP1", "x", Level::Error, value, "`0755` is read as the number 493")
            .help("write `0755`");
        let mut report = report(&sources, vec![finding]);
        report.secrets = vec![value];
        let shown = full(&report, false);
        assert!(shown.starts_with("error[MP1 x]: `***` is read as the number ***\n"), "{shown}");
        assert!(
            shown.contains("data: ****\n") && shown.contains("help: write `***`") && !shown.contains("0755"),
            "{shown}"
        );
        report.secrets.clear();
        assert!(full(&report, false).contains("493"));
    }

    #[test]
    fn spans_that_do_not_fit_do_no_harm() {
        let sources = sources(&[("a.yaml", "é: 1\n")]);
        for (start, end) in [(1, 1), (0, 900), (900, 950), (6, 2)] {
            for file in [0, 7] {
                let span = Span::new(FileId(file), start, end);
                let finding = Diagnostic::new("MP1", "x", Level::Error, span, "m");
                let shown = full(&report(&sources, vec![finding]), false);
                assert!(shown.starts_with("error[MP1 x]: m\n"), "{shown}");
            }
        }
    }
}
