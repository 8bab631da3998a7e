//! The words of a CEL expression.

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name.
    Name(String),
    /// A string.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A whole number with `u`.
    Uint(u64),
    /// A number with a fraction or an exponent.
    Double(f64),
    /// An operator or a bracket.
    Mark(&'static str),
}

/// Marks, longer ones first.
const MARKS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "(", ")", "[", "]",
    ".", ",",
];

/// Splits a text into words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = if first.is_ascii_alphabetic() || first == '_' {
            let name = leading(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            (Token::Name(name.to_owned()), rest.get(name.len()..).unwrap_or_default())
        } else if first.is_ascii_digit() {
            number(rest)?
        } else if first == '\'' || first == '"' {
            string(rest, first)?
        } else {
            let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
            let mark = mark.ok_or_else(|| format!("`{first}` cannot stand in an expression"))?;
            (Token::Mark(mark), rest.get(mark.len()..).unwrap_or_default())
        };
        out.push(token);
        rest = after.trim_start();
    }
    Ok(out)
}

fn leading(text: &str, fits: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn number(text: &str) -> Result<(Token, &str), String> {
    let mut word = leading(text, |c| c.is_ascii_alphanumeric() || c == '.');
    // The sign of an exponent belongs to it; a hexadecimal number has none.
    if word.ends_with(['e', 'E']) && !word.starts_with("0x") {
        let after = text.get(word.len()..).unwrap_or_default();
        if after.starts_with(['+', '-']) {
            let digits = leading(after.get(1..).unwrap_or_default(), |c| c.is_ascii_digit());
            word = text.get(..word.len() + 1 + digits.len()).unwrap_or_default();
        }
    }
    let rest = text.get(word.len()..).unwrap_or_default();
    let bad = || format!("`{word}` is no number");
    let token = if let Some(hex) = word.strip_prefix("0x") {
        Token::Int(i64::from_str_radix(hex, 16).map_err(|_| bad())?)
    } else if let Some(unsigned) = word.strip_suffix('u') {
        Token::Uint(unsigned.parse().map_err(|_| bad())?)
    } else if word.contains(['.', 'e', 'E']) {
        Token::Double(word.parse().map_err(|_| bad())?)
    } else {
        Token::Int(word.parse().map_err(|_| bad())?)
    };
    Ok((token, rest))
}

fn string(text: &str, quote: char) -> Result<(Token, &str), String> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((Token::Text(out), text.get(at + 1..).unwrap_or_default()));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match chars.next().map(|(_, c)| c) {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some(c @ ('\\' | '\'' | '"' | '`' | '?')) => c,
            other => return Err(format!("the escape `\\{}` is not known", other.unwrap_or_default())),
        });
    }
    Err("a string has no end".to_owned())
}
