//! Regular expressions that RE2 refuses.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, ErrorKind, RepetitionKind, RepetitionRange, Visitor, visit};

/// Most repetitions that RE2 writes out (`kMaxRepeat`).
const MOST: u32 = 1000;

/// Why RE2 refuses a pattern. Only what the parser at hand and RE2 read alike counts: `{id}`, for one, is plain text for RE2.
pub(super) fn why_bad(pattern: &str) -> Option<&'static str> {
    if pattern.is_empty() {
        return Some("it is empty, which Envoy does not take");
    }
    let error = match Parser::new().parse(pattern) {
        Ok(ast) => return visit(&ast, Repetitions).err(),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::GroupUnclosed => Some("a `(` is not closed"),
        ErrorKind::GroupUnopened => Some("a `)` closes nothing"),
        ErrorKind::ClassUnclosed if pattern.matches('[').count() == 1 => Some("a `[` is not closed"),
        ErrorKind::ClassRangeInvalid => Some("a range in `[]` runs backwards"),
        ErrorKind::EscapeUnexpectedEof => Some("it ends in a backslash"),
        ErrorKind::RepetitionMissing => Some("nothing stands before `*`, `+` or `?`"),
        ErrorKind::UnsupportedLookAround => Some("it knows no look-around"),
        ErrorKind::UnsupportedBackreference => Some("it knows no references back"),
        _ => None,
    }
}

/// Repetitions that one parser takes and RE2 does not.
#[derive(Default)]
struct Repetitions;

impl Visitor for Repetitions {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), &'static str> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), &'static str> {
        let Ast::Repetition(outer) = ast else { return Ok(()) };
        if matches!(*outer.ast, Ast::Repetition(_)) {
            return Err("a repetition repeats another one, which needs brackets");
        }
        let most = match &outer.op.kind {
            RepetitionKind::Range(RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n)) => *n,
            RepetitionKind::Range(RepetitionRange::Bounded(_, n)) => *n,
            RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => 0,
        };
        if most > MOST { Err("it repeats more than 1000 times") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_re2_does_not_take() {
        let bad = ["(a", "a)", "[a", "[z-a]", "a\\", "*a", "(?=a)", "(a)\\1", "a**", "a{2}+", "a{1001}", ""];
        for bad in bad {
            assert!(why_bad(bad).is_some(), "{bad}");
        }
        for good in
            ["/users/{id}", "[[]", "a{2,3}", "(?i)a", "\\pN", "[]a]", "a.*", "a*?", "(a*)*", "a{1000}"]
        {
            assert_eq!(why_bad(good), None, "{good}");
        }
    }
}
