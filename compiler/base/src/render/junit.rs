//! JUnit XML: a suite per file, a case per finding. It keeps to the schema of Jenkins (`junit-10.xsd` of its xunit plugin), which
//! refuses files with other attributes.

use std::borrow::Cow;

use super::excerpt::line;
use super::place::range;
use super::{Report, visible};
use crate::{Diagnostic, Level};

/// Errors and warnings are failures, infos pass with their text as output; a report without findings is one case that passes.
#[must_use]
pub fn junit(report: &Report<'_>) -> String {
    let all = report.ordered();
    let failures = all.iter().filter(|d| d.level > Level::Info).count();
    let tests = all.len().max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    line(
        &mut out,
        format_args!(
            "<testsuites name=\"meshproof\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
        ),
    );
    if all.is_empty() {
        out.push_str("  <testsuite name=\"meshproof\" tests=\"1\" failures=\"0\" errors=\"0\">\n");
        out.push_str("    <testcase classname=\"meshproof\" name=\"no findings\"/>\n  </testsuite>\n");
    }
    for suite in all.chunk_by(|a, b| report.path(a.primary.span) == report.path(b.primary.span)) {
        self::suite(&mut out, report, suite);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, report: &Report<'_>, findings: &[Cow<'_, Diagnostic>]) {
    let path = xml_text(findings.first().map_or("", |d| report.path(d.primary.span)));
    let failures = findings.iter().filter(|d| d.level > Level::Info).count();
    let tests = findings.len();
    line(
        out,
        format_args!(
            "  <testsuite name=\"{path}\" file=\"{path}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
        ),
    );
    for finding in findings {
        case(out, report, finding, &path);
    }
    out.push_str("  </testsuite>\n");
}

fn case(out: &mut String, report: &Report<'_>, finding: &Diagnostic, path: &str) {
    let at = range(report.sources, finding.primary.span).map_or((1, 1), |r| (r.start.line, r.start.column));
    let name = xml_text(&format!("{} {}:{}:{}", finding.code, finding.name, at.0, at.1));
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text = format!("{text}\nhelp: {help}");
    }
    let (message, text) = (xml_text(&finding.message), xml_text(&text));
    line(out, format_args!("    <testcase classname=\"{path}\" name=\"{name}\">"));
    match finding.level {
        Level::Info => line(out, format_args!("      <system-out>{text}</system-out>")),
        Level::Warning | Level::Error => {
            let level = finding.level.as_str();
            line(out, format_args!("      <failure type=\"{level}\" message=\"{message}\">{text}</failure>"));
        }
    }
    out.push_str("    </testcase>\n");
}

/// Text for XML 1.0, which has no control characters at all.
#[must_use]
pub fn xml_text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(visible(c)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use crate::render::samples::{findings, report, sources, two_files};

    #[test]
    fn suites_and_cases() {
        let sources = two_files();
        let wanted = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"meshproof\" tests=\"3\" failures=\"2\" errors=\"0\">
  <testsuite name=\"a/gateway.yaml\" file=\"a/gateway.yaml\" tests=\"1\" failures=\"0\" errors=\"0\">
    <testcase classname=\"a/gateway.yaml\" name=\"MP0009 no-newline:4:8\">
      <system-out>100% odd: a, b</system-out>
    </testcase>
  </testsuite>
  <testsuite name=\"b/route.yaml\" file=\"b/route.yaml\" tests=\"2\" failures=\"2\" errors=\"0\">
    <testcase classname=\"b/route.yaml\" name=\"MP1001 missing-host:2:7\">
      <failure type=\"error\" message=\"host `größe` does not exist\">host `größe` does not exist&#10;help: did you mean `groesse`?</failure>
    </testcase>
    <testcase classname=\"b/route.yaml\" name=\"MP1007 dead-rule:3:1\">
      <failure type=\"warning\" message=\"this rule is dead\">this rule is dead</failure>
    </testcase>
  </testsuite>
</testsuites>
";
        assert_eq!(junit(&report(&sources, findings(&sources))), wanted);
    }

    #[test]
    fn nothing_found_is_a_case_that_passes() {
        let text = junit(&report(&two_files(), Vec::new()));
        assert!(text.contains("tests=\"1\" failures=\"0\"") && text.contains("no findings"));
    }

    #[test]
    fn signs_of_xml_are_escaped() {
        let sources = sources(&[("a&b.yaml", "")]);
        let odd = Diagnostic::new("MP1", "x", Level::Error, Span::default(), "<a> \"b\" \u{1}\u{ffff}");
        let text = junit(&report(&sources, vec![odd]));
        assert!(
            text.contains("message=\"&lt;a&gt; &quot;b&quot; \u{fffd}\u{fffd}\"")
                && text.contains("a&amp;b.yaml"),
            "{text}"
        );
    }
}
