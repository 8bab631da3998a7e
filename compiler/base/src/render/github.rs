//! Annotations of GitHub Actions: workflow commands on standard output.

use super::excerpt::line;
use super::place::range;
use super::summary::summary;
use super::{Report, counted, visible};
use crate::{Diagnostic, Level};

/// Annotations of each level that one step may show.
const EACH: usize = 10;

/// One command per finding, errors first, at most ten of each level, then a notice with the totals. The place stands in the text too,
/// because the log shows nothing else of it.
#[must_use]
pub fn github(report: &Report<'_>) -> String {
    let mut out = String::new();
    let all = report.ordered();
    for level in [Level::Error, Level::Warning, Level::Info] {
        for finding in all.iter().filter(|d| d.level == level).take(EACH) {
            annotation(&mut out, report, finding.as_ref());
        }
    }
    if all.is_empty() {
        return out;
    }
    let summary = summary(report);
    let shown = [summary.errors, summary.warnings, summary.infos].map(|n| n.min(EACH)).iter().sum::<usize>();
    let left = all.len() - shown;
    let more =
        if left > 0 { format!("; {} not shown here", counted(left, "finding")) } else { String::new() };
    line(&mut out, format_args!("::notice title=meshproof::{}{more}", data(&summary.line())));
    out
}

fn annotation(out: &mut String, report: &Report<'_>, finding: &Diagnostic) {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let title = property(&format!("{} {}", finding.code, finding.name));
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    let path = report.path(finding.primary.span);
    let Some(range) = range(report.sources, finding.primary.span) else {
        let text = data(&format!("{}{help}", finding.message));
        return line(out, format_args!("::{command} title={title}::{text}"));
    };
    let (start, end) = (range.start, range.end);
    let text = data(&format!("{path}:{}:{}: {}{help}", start.line, start.column, finding.message));
    let file = property(path);
    // A column at the end only counts in the line of the start.
    let end_column =
        if start.line == end.line { format!(",endColumn={}", end.column) } else { String::new() };
    line(
        out,
        format_args!(
            "::{command} file={file},line={},endLine={},col={}{end_column},title={title}::{text}",
            start.line, end.line, start.column
        ),
    );
}

fn data(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            _ => out.push(visible(c)),
        }
    }
    out
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use crate::render::samples::{findings, report, sources, two_files};

    #[test]
    fn errors_come_first_and_signs_are_escaped() {
        let sources = two_files();
        let wanted = "\
::error file=b/route.yaml,line=2,endLine=2,col=7,endColumn=12,title=MP1001 missing-host::b/route.yaml:2:7: host `größe` does not exist%0Adid you mean `groesse`?
::warning file=b/route.yaml,line=3,endLine=3,col=1,endColumn=5,title=MP1007 dead-rule::b/route.yaml:3:1: this rule is dead
::notice file=a/gateway.yaml,line=4,endLine=4,col=8,endColumn=8,title=MP0009 no-newline::a/gateway.yaml:4:8: 100%25 odd: a, b
::notice title=meshproof::1 error, 1 warning, 1 info; 1 fixable
";
        assert_eq!(github(&report(&sources, findings(&sources))), wanted);
        assert_eq!(github(&report(&sources, Vec::new())), "");
    }

    #[test]
    fn ten_of_each_level() {
        let sources = sources(&[("a,b:c.yaml", "a: 1\nb: 2\n")]);
        let many = |level| {
            (0..12).map(move |at| {
                Diagnostic::new("MP1", "x", level, Span::new(crate::FileId(0), 0, at % 8), "m")
            })
        };
        let all = github(&report(&sources, many(Level::Warning).chain(many(Level::Error)).collect()));
        assert_eq!(all.matches("::error ").count(), 10);
        assert_eq!(all.matches("::warning ").count(), 10);
        assert!(
            all.ends_with(
                "::notice title=meshproof::12 errors, 12 warnings, 0 infos; 4 findings not shown here\n"
            ),
            "{all}"
        );
        assert!(all.starts_with("::error file=a%2Cb%3Ac.yaml,line=1"));
    }
}
