//! Mends put into texts.

use std::collections::BTreeMap;

use crate::{Edit, FileId, Fix};

/// Puts mends into texts, in the given order. One whose edits touch those of an earlier one, or lie outside their text, is left out as a
/// whole. Gives the texts that changed, and the places in `fixes` of the mends that were put in.
#[must_use]
pub fn mended<'t>(
    text: impl Fn(FileId) -> Option<&'t str>,
    fixes: &[&Fix],
) -> (BTreeMap<FileId, String>, Vec<usize>) {
    let mut taken: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    let mut done = Vec::new();
    for (at, fix) in fixes.iter().enumerate() {
        let fits = |edit: &Edit| {
            let inside = text(edit.span.file).is_some_and(|text| text.get(edit.span.range()).is_some());
            inside && !taken.get(&edit.span.file).into_iter().flatten().any(|other| touch(edit, other))
        };
        let apart = fix.edits.iter().enumerate().all(|(n, edit)| {
            fix.edits.iter().take(n).all(|other| edit.span.file != other.span.file || !touch(edit, other))
        });
        if fix.edits.is_empty() || !apart || !fix.edits.iter().all(fits) {
            continue;
        }
        done.push(at);
        for edit in &fix.edits {
            taken.entry(edit.span.file).or_default().push(edit);
        }
    }
    let changed = taken.into_iter().filter_map(|(file, edits)| Some((file, apply(text(file)?, edits))));
    (changed.collect(), done)
}

/// Whether two edits of one file share a byte or a place.
fn touch(a: &Edit, b: &Edit) -> bool {
    a.span.start <= b.span.end && b.span.start <= a.span.end
}

fn apply(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.span.start);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        let range = edit.span.range();
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Applicability, Span};

    fn fix(edits: &[(u32, u32, &str)]) -> Fix {
        let edit = |(start, end, text): &(u32, u32, &str)| Edit {
            span: Span::new(FileId(0), *start, *end),
            text: (*text).to_owned(),
        };
        Fix {
            title: String::new(),
            applicability: Applicability::Safe,
            edits: edits.iter().map(edit).collect(),
        }
    }

    fn put(text: &str, fixes: &[Fix]) -> (String, Vec<usize>) {
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let (mut texts, done) = mended(|_| Some(text), &fixes);
        (texts.remove(&FileId(0)).unwrap_or_else(|| text.to_owned()), done)
    }

    #[test]
    fn mends_are_put_in_from_any_order() {
        let fixes = [fix(&[(4, 5, "E")]), fix(&[(0, 1, "AA"), (2, 3, "")])];
        assert_eq!(put("abcdefg", &fixes), ("AAbdEfg".to_owned(), vec![0, 1]));
    }

    #[test]
    fn what_overlaps_or_lies_outside_is_left_out_whole() {
        let fixes = [fix(&[(1, 3, "X")]), fix(&[(3, 4, "Y"), (6, 7, "Z")]), fix(&[(5, 90, "W")]), fix(&[])];
        assert_eq!(put("abcdefg", &fixes), ("aXdefg".to_owned(), vec![0]));
        assert_eq!(put("é", &[fix(&[(1, 2, "x")])]), ("é".to_owned(), vec![]));
        assert_eq!(put("abc", &[fix(&[(0, 2, "x"), (1, 3, "y")])]), ("abc".to_owned(), vec![]));
    }
}
