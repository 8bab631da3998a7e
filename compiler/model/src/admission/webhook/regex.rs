//! Regular expressions of Go (`regexp/syntax`, `parse.go`, flags `Perl`): which are valid, and what Go says of the others.
//!
//! Only the grammar is followed; nothing is matched. Go's dialect is that of RE2, which Envoy uses.

mod class;
mod escape;

use crate::admission::crd::words::quoted;

/// What is wrong, and the part of the expression that Go shows.
type Fault<'t> = (&'static str, &'t str);

/// Repeats of repeats may not multiply to more (`repeatIsValid`).
const REPEATS: u64 = 1000;

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

/// Whether Go compiles it, and what it says if not.
pub(super) fn compile(text: &str) -> Result<(), String> {
    parse(text).map_err(|(why, part)| format!("error parsing regexp: {why}: `{part}`"))
}

/// The part of a text before its rest.
fn before<'t>(text: &'t str, rest: &str) -> &'t str {
    text.get(..text.len().saturating_sub(rest.len())).unwrap_or("")
}

/// The first character and what follows it.
fn next(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    chars.next().map(|c| (c, chars.as_str()))
}

/// A group that is open. Of each part only the product of its nested repeats matters.
#[derive(Default)]
struct Group {
    /// The largest of the branches that are closed.
    closed: u64,
    /// The parts of the last branch.
    parts: Vec<u64>,
}

impl Group {
    fn largest(&self) -> u64 {
        self.parts.iter().copied().max().unwrap_or(1).max(self.closed)
    }
}

/// The reader: the groups around the place, the innermost last.
struct Parser<'t> {
    whole: &'t str,
    outer: Vec<Group>,
    group: Group,
}

fn parse(whole: &str) -> Result<(), Fault<'_>> {
    let mut parser = Parser { whole, outer: Vec::new(), group: Group::default() };
    let (mut rest, mut last_repeat) = (whole, "");
    while let Some((c, tail)) = next(rest) {
        let at = rest;
        let mut repeat = "";
        rest = match c {
            '(' => parser.open(at, tail)?,
            ')' => parser.close(tail)?,
            '|' => {
                parser.group.closed = parser.group.largest();
                parser.group.parts.clear();
                tail
            }
            '*' | '+' | '?' => {
                repeat = at;
                parser.repeat(at, tail, last_repeat, None)?
            }
            '{' => match counts(at) {
                Some((min, max, after)) => {
                    repeat = at;
                    parser.counted(at, after, last_repeat, (min, max))?
                }
                None => parser.part(tail),
            },
            '[' => parser.part(class::bracket(at)?),
            '\\' => parser.escaped(at)?,
            _ => parser.part(tail),
        };
        last_repeat = repeat;
    }
    if parser.outer.is_empty() { Ok(()) } else { Err(("missing closing )", whole)) }
}

impl<'t> Parser<'t> {
    fn part(&mut self, rest: &'t str) -> &'t str {
        self.group.parts.push(1);
        rest
    }

    /// `(`, perhaps with a name or flags.
    fn open(&mut self, at: &'t str, tail: &'t str) -> Result<&'t str, Fault<'t>> {
        let (rest, opens) = if tail.starts_with('?') { perl_group(at)? } else { (tail, true) };
        if opens {
            self.outer.push(std::mem::take(&mut self.group));
        }
        Ok(rest)
    }

    fn close(&mut self, tail: &'t str) -> Result<&'t str, Fault<'t>> {
        let outer = self.outer.pop().ok_or(("unexpected )", self.whole))?;
        let inner = std::mem::replace(&mut self.group, outer);
        self.group.parts.push(inner.largest());
        Ok(tail)
    }

    fn escaped(&mut self, at: &'t str) -> Result<&'t str, Fault<'t>> {
        let Some(literal) = at.strip_prefix("\\Q") else {
            let rest = escape::outside(at)?;
            return Ok(self.part(rest));
        };
        let (literal, rest) = literal.split_once("\\E").unwrap_or((literal, ""));
        self.group.parts.extend(literal.chars().map(|_| 1));
        Ok(rest)
    }

    /// `{min,max}`; a `max` below 0 is none.
    fn counted(
        &mut self,
        at: &'t str,
        after: &'t str,
        last_repeat: &'t str,
        (min, max): (i64, i64),
    ) -> Result<&'t str, Fault<'t>> {
        if !(0..=1000).contains(&min) || max > 1000 || (max >= 0 && min > max) {
            return Err(("invalid repeat count", before(at, after)));
        }
        self.repeat(at, after, last_repeat, Some((min, max)))
    }

    fn repeat(
        &mut self,
        at: &'t str,
        after: &'t str,
        last_repeat: &'t str,
        counts: Option<(i64, i64)>,
    ) -> Result<&'t str, Fault<'t>> {
        let after = after.strip_prefix('?').unwrap_or(after);
        if !last_repeat.is_empty() {
            return Err(("invalid nested repetition operator", before(last_repeat, after)));
        }
        let shown = before(at, after);
        let part = self.group.parts.last_mut().ok_or(("missing argument to repetition operator", shown))?;
        if let Some((min, max)) = counts {
            let times = if max < 0 { min } else { max };
            *part = match u64::try_from(times) {
                Ok(0) if max == 0 => 1,
                Ok(times) => times.max(1).saturating_mul(*part),
                Err(_) => *part,
            };
            if times >= 2 && *part > REPEATS {
                return Err(("invalid repeat count", shown));
            }
        }
        Ok(after)
    }
}

/// `{n}`, `{n,}` or `{n,m}`: the counts and what follows; -1 for a number that is too large, and for no `m`. Anything else is text.
fn counts(at: &str) -> Option<(i64, i64, &str)> {
    let (min, rest) = number(at.strip_prefix('{')?)?;
    let (min, max, rest) = match rest.strip_prefix(',') {
        None => (min, min, rest),
        Some(rest) if rest.starts_with('}') => (min, -1, rest),
        Some(rest) => {
            let (max, rest) = number(rest)?;
            (if max < 0 { -1 } else { min }, max, rest)
        }
    };
    Some((min, max, rest.strip_prefix('}')?))
}

/// A number without leading zeros.
fn number(text: &str) -> Option<(i64, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = before(text, rest);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse::<i64>().ok().filter(|n| *n < 100_000_000).unwrap_or(-1), rest))
}

/// `(?P<name>`, `(?<name>`, `(?flags)` or `(?flags:`: what follows, and whether a group is opened (`parsePerlFlags`).
fn perl_group(at: &str) -> Result<(&str, bool), Fault<'_>> {
    let named = [("(?P<", 5), ("(?<", 4)]
        .into_iter()
        .find(|(mark, least)| at.starts_with(mark) && at.len() >= *least);
    if let Some((mark, _)) = named {
        let end = at.find('>').ok_or(("invalid named capture", at))?;
        let (shown, rest) = at.split_at_checked(end + 1).unwrap_or((at, ""));
        let name = at.get(mark.len()..end).unwrap_or("");
        let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        return if fits { Ok((rest, true)) } else { Err(("invalid named capture", shown)) };
    }
    let mut rest = at.get(2..).unwrap_or("");
    let (mut negative, mut seen) = (false, false);
    while let Some((c, tail)) = next(rest) {
        rest = tail;
        match c {
            'i' | 'm' | 's' | 'U' => seen = true,
            '-' if !negative => (negative, seen) = (true, false),
            ':' | ')' if !negative || seen => return Ok((rest, c == ':')),
            _ => break,
        }
    }
    Err(("invalid or unsupported Perl syntax", before(at, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_takes() {
        for text in [
            "",
            "a|b|",
            "(a|)",
            "a*?b+?c??",
            "a{2}{",
            "a{,2}",
            "a{01}",
            "a{2,}?",
            "(?:a{0}){1000}",
            "(?i)(?s-m:a)(?P<n>b)(?<n>c)",
            r"\pL\p{Greek}\P{^Lu}[\p{Thai}]",
            r"\Qa*\E+",
            r"\Q(",
            r"[]a]|[^]a]|[a-]|[-a]|[[:^word:]x]|[\d-z]",
            r"\x{10FFFF}\x7f\123\0\a\z\A\b",
            r"a(?i)*",
            "[[:x]",
            "}",
        ] {
            assert_eq!(compile(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_in_its_words() {
        for (text, why) in [
            ("*", "missing argument to repetition operator: `*`"),
            ("(|*)", "missing argument to repetition operator: `*`"),
            (r"\Q\E*", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a*?+?", "invalid nested repetition operator: `*?+?`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{3,2}?", "invalid repeat count: `{3,2}`"),
            ("((a{100}){11})", "invalid repeat count: `{11}`"),
            ("(a", "missing closing ): `(a`"),
            ("a)b", "unexpected ): `a)b`"),
            ("x[a", "missing closing ]: `[a`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("[[:x:]]", "invalid character class range: `[:x:]`"),
            (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
            (r"\p{Grek}", r"invalid character class range: `\p{Grek}`"),
            (r"\p{Old_Italic}", r"invalid character class range: `\p{Old_Italic}`"),
            (r"\8", r"invalid escape sequence: `\8`"),
            (r"\C", r"invalid escape sequence: `\C`"),
            (r"\Z", r"invalid escape sequence: `\Z`"),
            (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
            (r"a\", "trailing backslash at end of expression: ``"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
            ("(?P<a", "invalid named capture: `(?P<a`"),
            ("(?P<a b>c)", "invalid named capture: `(?P<a b>`"),
            ("(?<=a)b", "invalid named capture: `(?<=a)b`"),
        ] {
            assert_eq!(compile(text), Err(format!("error parsing regexp: {why}")), "{text}");
        }
    }
}
