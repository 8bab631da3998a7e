//! Replacements of single words in the text that leave everything around them as it is: quotes, comments, anchors, order, line ends.

use crate::Workspace;
use crate::base::{Applicability, Edit, Fix, Span};

/// Words without quotes that YAML 1.1 reads as something else than text.
const NO_TEXT: [&str; 12] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"];

impl Workspace {
    /// A mend that writes `new` where the scalar `old` stands. None where that is not certainly one word in one place: the text is
    /// masked or made by a template, is read elsewhere through an alias, is spelt with escapes or as a block, or is not in the text at all.
    #[must_use]
    pub fn replacement(&self, span: Span, old: &str, new: &str, title: impl Into<String>) -> Option<Fix> {
        let text = self.replaced(span, old, new)?;
        let edits = vec![Edit { span, text }];
        Some(Fix { title: title.into(), applicability: Applicability::Safe, edits })
    }

    /// A mend for a scalar of another type, where one way alone leads to what is wanted: quotes around what was to be text, or none around a
    /// whole number. The words of `wanted` are those of [`crate::admission::Misfit::WrongType`].
    #[must_use]
    pub fn retyped(&self, span: Span, wanted: &str) -> Option<Fix> {
        let written = self.sources().slice(span);
        let number = |text: &str| {
            !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
        };
        let inner = written.trim_matches(['"', '\'']);
        let text = match wanted {
            "text" if inner == written && is_word(written) => format!("\"{written}\""),
            "a whole number" | "a whole number in range"
                if inner.len() + 2 == written.len() && number(inner) =>
            {
                inner.to_owned()
            }
            _ => return None,
        };
        self.replaced(span, inner, "x")?;
        let edits = vec![Edit { span, text: text.clone() }];
        Some(Fix { title: format!("write `{text}`"), applicability: Applicability::Safe, edits })
    }

    fn replaced(&self, span: Span, old: &str, new: &str) -> Option<String> {
        let file = self.files().get(span.file.0 as usize)?;
        let document = file.document_of(span)?;
        let around = file.text.get(document.span.range())?;
        if !document.whole || around.contains("{{") || file.is_shared(span) || old == new {
            return None;
        }
        let written = file.text.get(span.range())?;
        match written == old {
            true if is_plain(new) => Some(new.to_owned()),
            true => quoted(new, '"'),
            false => {
                let quote = written.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
                if inner == old { quoted(new, quote) } else { None }
            }
        }
    }
}

/// Between quotes, if nothing has to be escaped.
fn quoted(text: &str, quote: char) -> Option<String> {
    let odd = |c: char| c.is_control() || matches!(c, '"' | '\'' | '\\');
    (!text.contains(odd)).then(|| format!("{quote}{text}{quote}"))
}

/// Whether a scalar is one word of letters, digits, points and signs.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'))
}

/// Whether a word is itself without quotes, also between brackets.
fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    let lower = text.to_ascii_lowercase();
    starts && fits && !NO_TEXT.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;
    use crate::base::FileId;

    fn mended(text: &str, old: &str, written: &str, new: &str) -> Option<String> {
        let workspace = Workspace::read(&[Input::new("a.yaml", text)]);
        let start = u32::try_from(text.find(written)?).ok()?;
        let span = Span::new(FileId(0), start, start + u32::try_from(written.len()).ok()?);
        let fix = workspace.replacement(span, old, new, "")?;
        let edit = fix.edits.first()?;
        Some(format!("{}{}{}", text.get(..start as usize)?, edit.text, text.get(span.end as usize..)?))
    }

    #[test]
    fn quotes_and_what_stands_around_stay() {
        let text = "a: crat # c\r\nb: [ \"crat2\", 'crat3' ]\r\n";
        let said = |old, written, new| mended(text, old, written, new).unwrap_or_default();
        assert_eq!(said("crat", "crat", "cart"), text.replace("crat #", "cart #"));
        assert_eq!(said("crat2", "\"crat2\"", "cart"), text.replace("crat2", "cart"));
        assert_eq!(said("crat3", "'crat3'", "*.cart"), text.replace("crat3", "*.cart"));
        assert_eq!(said("crat", "crat", "*.cart"), text.replace("crat #", "\"*.cart\" #"));
        assert_eq!(said("crat", "crat", "no"), text.replace("crat #", "\"no\" #"));
    }

    #[test]
    fn what_is_not_one_word_in_one_place_stays() {
        assert_eq!(mended("a: &x crat\nb: *x\n", "crat", "crat", "cart"), None);
        assert_eq!(mended("a: \"cr\\x61t\"\n", "crat", "\"cr\\x61t\"", "cart"), None);
        assert_eq!(mended("a: |\n  crat\n", "crat\n", "|\n  crat\n", "cart"), None);
        assert_eq!(mended("a: crat\nb: '{{ .Values.b }}'\n", "crat", "crat", "cart"), None);
        assert_eq!(mended("a: crat\n", "crat.shop", "crat", "cart"), None);
        assert_eq!(mended("a: crat\n", "crat", "crat", "ca\"rt"), None);
    }
}
