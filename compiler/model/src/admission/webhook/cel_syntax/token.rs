//! The words of CEL.

use super::Fault;

/// One word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name that is no literal and no operator.
    Name(&'t str),
    /// A literal that is no number with a sign.
    Literal,
    /// A number with a fraction or an exponent.
    Float,
    /// An integer; false where it fits behind a minus only.
    Int(bool),
    /// A name in backticks, which only a field may have.
    Escaped,
    /// An operator or bracket.
    Sign(&'t str),
}

const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":",
    "+", "*", "/", "%",
];

/// Cuts a text into words with their places.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, usize)>, Fault> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let visible = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']);
        at += rest.len() - visible.len();
        if let Some(comment) = visible.strip_prefix("//") {
            at += 2 + comment.find('\n').unwrap_or(comment.len());
            continue;
        }
        if visible.is_empty() {
            return Ok(out);
        }
        let (token, length) = one(visible).map_err(|why| (at, told(visible, why)))?;
        out.push((token, at));
        at += length;
    }
}

/// What is said of a text that begins with no word.
fn told(text: &str, why: &str) -> String {
    if why != UNKNOWN {
        return why.to_owned();
    }
    let mut chars = text.chars();
    let first = chars.next().unwrap_or_default();
    // Of these a second one would make a word, and what stands there instead is shown too.
    let shown = match first {
        '=' | '&' | '|' => chars.next().map_or(first.to_string(), |second| format!("{first}{second}")),
        '"' | '\'' | 'b' | 'B' | 'r' | 'R' | '`' => text.to_owned(),
        _ => first.to_string(),
    };
    format!("Syntax error: {UNKNOWN} at: '{}'", shown.replace('\n', "\\n").replace('\t', "\\t"))
}

const UNKNOWN: &str = "token recognition error";

/// The first word of a text and its length.
pub(super) fn one(text: &str) -> Result<(Token<'_>, usize), &'static str> {
    if let Some((prefix, quoted)) = literal_prefix(text) {
        return Ok((Token::Literal, prefix.len() + string(quoted, prefix)?));
    }
    if let Some(inside) = text.strip_prefix('`') {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.-/ ".contains(c);
        let length = inside.find(|c| !fits(c)).unwrap_or(inside.len());
        let closed = length > 0 && inside.get(length..).is_some_and(|rest| rest.starts_with('`'));
        return if closed { Ok((Token::Escaped, length + 2)) } else { Err(UNKNOWN) };
    }
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if digit(text) || text.strip_prefix('.').is_some_and(digit) {
        return number(text);
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    match text.get(..length).unwrap_or("") {
        "" => match SIGNS.iter().find(|sign| text.starts_with(**sign)) {
            Some(sign) => Ok((Token::Sign(sign), sign.len())),
            None => Err(UNKNOWN),
        },
        "in" => Ok((Token::Sign("in"), length)),
        "true" | "false" | "null" => Ok((Token::Literal, length)),
        name => Ok((Token::Name(name), length)),
    }
}

/// `b`, `r` or `br` before a quote.
fn literal_prefix(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(['b', 'B']).unwrap_or(text);
    let rest = rest.strip_prefix(['r', 'R']).unwrap_or(rest);
    rest.starts_with(['"', '\'']).then(|| (text.get(..text.len() - rest.len()).unwrap_or(""), rest))
}

/// The length of a string from its quote.
fn string(text: &str, prefix: &str) -> Result<usize, &'static str> {
    let raw = prefix.contains(['r', 'R']);
    let bytes = prefix.contains(['b', 'B']);
    let quote = text.get(..1).unwrap_or("");
    let triple = [quote; 3].concat();
    let long = text.starts_with(&triple);
    let close = if long { triple.as_str() } else { quote };
    let mut at = close.len();
    loop {
        let rest = text.get(at..).unwrap_or("");
        if rest.starts_with(close) {
            return Ok(at + close.len());
        }
        match rest.chars().next() {
            None => return Err(UNKNOWN),
            Some('\n' | '\r') if !long => return Err(UNKNOWN),
            Some('\\') if !raw => at += 1 + escape(rest.get(1..).unwrap_or(""), bytes)?,
            Some(c) => at += c.len_utf8(),
        }
    }
}

/// The length of an escape behind its backslash.
fn escape(text: &str, bytes: bool) -> Result<usize, &'static str> {
    let wrong = Err("Syntax error: invalid escape in a string");
    let hex = |count: usize| -> Option<u32> {
        let digits = text.get(1..=count)?;
        u32::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    match text.chars().next() {
        Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '"' | '\'' | '\\' | '?' | '`') => Ok(1),
        Some('x' | 'X') => hex(2).map_or(wrong, |_| Ok(3)),
        Some('u') if !bytes => hex(4).and_then(char::from_u32).map_or(wrong, |_| Ok(5)),
        Some('U') if !bytes => hex(8).and_then(char::from_u32).map_or(wrong, |_| Ok(9)),
        Some('0'..='3') => match text.get(1..3) {
            Some(rest) if rest.bytes().all(|b| (b'0'..=b'7').contains(&b)) => Ok(3),
            _ => wrong,
        },
        _ => wrong,
    }
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

fn number(text: &str) -> Result<(Token<'_>, usize), &'static str> {
    if let Some(hex) = text.strip_prefix("0x") {
        let length = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        if length > 0 {
            return integer(hex.get(..length).unwrap_or(""), 16, hex.get(length..).unwrap_or(""), 2 + length);
        }
    }
    let whole = digits(text);
    let tail = text.get(whole..).unwrap_or("");
    let fraction = tail.strip_prefix('.').map_or(0, digits);
    let mut length = whole + if fraction > 0 { 1 + fraction } else { 0 };
    let rest = text.get(length..).unwrap_or("");
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(unsigned);
        if count > 0 {
            length += 1 + exponent.len() - unsigned.len() + count;
            return float(text, length);
        }
    }
    if fraction > 0 {
        return float(text, length);
    }
    integer(text.get(..whole).unwrap_or(""), 10, tail, whole)
}

fn integer<'t>(
    digits: &str,
    radix: u32,
    rest: &str,
    length: usize,
) -> Result<(Token<'t>, usize), &'static str> {
    let value = u64::from_str_radix(digits, radix);
    if rest.starts_with(['u', 'U']) {
        return value.map(|_| (Token::Literal, length + 1)).map_err(|_| "invalid uint literal");
    }
    match value {
        Ok(value) if i64::try_from(value).is_ok() => Ok((Token::Int(true), length)),
        Ok(value) if value == 1 << 63 => Ok((Token::Int(false), length)),
        _ => Err("invalid int literal"),
    }
}

fn float(text: &str, length: usize) -> Result<(Token<'_>, usize), &'static str> {
    let value = text.get(..length).and_then(|digits| digits.parse::<f64>().ok());
    if value.is_some_and(f64::is_finite) { Ok((Token::Float, length)) } else { Err("invalid double literal") }
}
