//! One line per finding, for grep and for editors that read `file:line:column`.

use super::excerpt::line;
use super::place::range;
use super::summary::is_fixable;
use super::{Report, plain_text};

/// `file:line:column: level[code name] message`, with `[fixable]` where there is a mend. Nothing for no findings.
#[must_use]
pub fn concise(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.ordered() {
        let span = finding.primary.span;
        let at = range(report.sources, span).map_or((1, 1), |r| (r.start.line, r.start.column));
        let fixable = if is_fixable(&finding) { " [fixable]" } else { "" };
        let path = plain_text(report.path(span));
        let (level, code, name) = (finding.level.as_str(), finding.code, finding.name);
        let message = plain_text(&finding.message);
        line(&mut out, format_args!("{path}:{}:{}: {level}[{code} {name}] {message}{fixable}", at.0, at.1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{findings, report, two_files};

    #[test]
    fn lines_in_order() {
        let sources = two_files();
        let wanted = "\
a/gateway.yaml:4:8: info[MP0009 no-newline] 100% odd: a, b
b/route.yaml:2:7: error[MP1001 missing-host] host `größe` does not exist [fixable]
b/route.yaml:3:1: warning[MP1007 dead-rule] this rule is dead
";
        assert_eq!(concise(&report(&sources, findings(&sources))), wanted);
        assert_eq!(concise(&report(&sources, Vec::new())), "");
    }
}
