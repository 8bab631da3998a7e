//! An annotation put into the text of an object, so that everything else keeps its bytes.

use mp_model::syntax::ParsedFile;
use mp_model::{Input, Node};

use super::checked::Checked;
use super::waves::{ANNOTATION, Entry, Waves};
use crate::failure::Failure;

/// A change of a text: these bytes become that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

/// What gives the objects of a file their waves; waves that are written stay.
pub(super) fn edits(checked: &Checked, waves: &Waves, file: usize) -> Result<Vec<Edit>, Failure> {
    of_entries(checked, waves.entries.iter().filter(|entry| entry.file == file))
}

/// The same for some of the objects.
pub(super) fn of_entries<'e>(
    checked: &Checked,
    entries: impl Iterator<Item = &'e Entry>,
) -> Result<Vec<Edit>, Failure> {
    let workspace = &checked.analysis.workspace;
    let mut out = Vec::new();
    for entry in entries.filter(|entry| entry.fixed.is_none()) {
        let Some(parsed) = workspace.files().get(entry.file) else { continue };
        let root = parsed.root(entry.document).and_then(|root| root.sibling_by_id(entry.node));
        let Some(root) = root else { continue };
        match edit(root, &parsed.text, entry.wave) {
            Ok(edit) => out.push(edit),
            Err(why) => return Err(refused(workspace.sources().locate(entry.span), entry, why)),
        }
    }
    Ok(out)
}

fn refused(at: String, entry: &Entry, why: &'static str) -> Failure {
    let message = format!("{at}: {} cannot be given a sync wave: {why}", entry.object);
    Failure::usage(message, format!("write `{ANNOTATION}: \"{}\"` into it by hand", entry.wave))
}

/// The text of a file with edits, which do not overlap.
pub(super) fn applied(input: &Input, file: &ParsedFile, edits: Vec<Edit>) -> Result<Vec<u8>, Failure> {
    if edits.is_empty() {
        return Ok(input.bytes.to_vec());
    }
    if input.bytes.as_slice() != file.text.as_bytes() {
        let message = format!("{} is not plain UTF-8, so that nothing can be written into it", input.path);
        return Err(Failure::usage(message, "save it as UTF-8 without a byte order mark"));
    }
    Ok(in_text(&file.text, edits))
}

/// A text with edits, which do not overlap.
pub(super) fn in_text(text: &str, mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| edit.start);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for Edit { start, end, text } in edits {
        out.extend_from_slice(bytes.get(done..start).unwrap_or_default());
        out.extend_from_slice(text.as_bytes());
        done = end;
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    out
}

/// Where an object's annotation goes.
fn edit(root: Node<'_>, text: &str, wave: i64) -> Result<Edit, &'static str> {
    let (_, meta) = root.entry("metadata").ok_or("it has no metadata")?;
    if meta.is_alias() || meta.all_entries().any(|(key, _)| key.is_merged()) {
        return Err("its metadata stands at an anchor that others may share");
    }
    let own = format!("\"{wave}\"");
    let Some((key, annotations)) = meta.entry("annotations") else {
        return first_in(
            meta,
            text,
            "annotations",
            &format!("{{\"{ANNOTATION}\": {own}}}"),
            |indent, end| format!("annotations:{end}{indent}  {ANNOTATION}: {own}"),
        );
    };
    if annotations.is_alias() || annotations.all_entries().any(|(key, _)| key.is_merged()) {
        return Err("its annotations stand at an anchor that others may share");
    }
    if annotations.get(ANNOTATION).is_some() {
        return Err("the annotation is there and is no number in quotes");
    }
    if annotations.is_null() {
        return instead_of_nothing(key, annotations, text, &own);
    }
    first_in(annotations, text, ANNOTATION, &own, |_, _| format!("{ANNOTATION}: {own}"))
}

/// `annotations:` without a value.
fn instead_of_nothing(key: Node<'_>, value: Node<'_>, text: &str, own: &str) -> Result<Edit, &'static str> {
    let made = format!("{{\"{ANNOTATION}\": {own}}}");
    if !value.source().is_empty() {
        let span = value.span().range();
        return Ok(Edit { start: span.start, end: span.end, text: made });
    }
    let end = key.span().end as usize;
    let colon = text.get(end..).and_then(|rest| rest.find(':')).ok_or("its annotations cannot be read")?;
    let at = end + colon + 1;
    Ok(Edit { start: at, end: at, text: format!(" {made}") })
}

/// A new first entry of a mapping. In flow style it is `"key": flow`; in block style what `block` makes of the indentation and the line's end.
fn first_in(
    mapping: Node<'_>,
    text: &str,
    key: &str,
    flow: &str,
    block: impl Fn(&str, &str) -> String,
) -> Result<Edit, &'static str> {
    let source = mapping.source();
    if source.starts_with('{') {
        let at = mapping.span().start as usize + 1;
        let more = if mapping.all_entries().next().is_some() { ", " } else { "" };
        return Ok(Edit { start: at, end: at, text: format!("\"{key}\": {flow}{more}") });
    }
    let (first, _) = mapping.all_entries().next().ok_or("its metadata is no mapping")?;
    let at = first.span().start as usize;
    let before = text.get(..at).ok_or("its metadata cannot be read")?;
    let indent = before.rsplit('\n').next().unwrap_or(before);
    if !indent.bytes().all(|byte| byte == b' ') {
        return Err("its metadata does not begin on a line of its own");
    }
    let end = if before.ends_with(&format!("\r\n{indent}")) { "\r\n" } else { "\n" };
    Ok(Edit { start: at, end: at, text: format!("{}{end}{indent}", block(indent, end)) })
}

#[cfg(test)]
mod tests {
    use mp_model::Workspace;
    use mp_model::syntax::{Reader, documents_json};

    use super::*;

    /// The text with wave 3, and whether nothing else changed in what Kubernetes reads.
    fn waved(text: &str) -> Result<String, &'static str> {
        let workspace = Workspace::read(&[Input::new("a.yaml", text)]);
        let file = workspace.files().first().expect("there is a file");
        let edit = edit(file.root(0).expect("there is a document"), &file.text, 3)?;
        let out = applied(&Input::new("a.yaml", text), file, vec![edit]).expect("it is UTF-8");
        let out = String::from_utf8(out).expect("it is UTF-8");
        let json = |text: &str| -> serde_json::Value {
            let first = documents_json(text, Reader::Kubernetes).into_iter().next();
            let read = first.and_then(Result::ok).flatten().unwrap_or_else(|| panic!("unreadable: {text}"));
            serde_json::from_str(&read).expect("it is JSON")
        };
        let (mut before, after) = (json(text), json(&out));
        let meta = before["metadata"].as_object_mut().expect("it has metadata");
        let notes = meta.entry("annotations").or_insert(serde_json::json!({}));
        if notes.is_null() {
            *notes = serde_json::json!({});
        }
        notes[ANNOTATION] = "3".into();
        // The order of keys means nothing.
        assert_eq!(before, after, "{out}");
        Ok(out)
    }

    #[test]
    fn every_way_to_write_metadata() {
        for text in [
            "kind: A\nmetadata:\n  name: a\n",
            "kind: A\nmetadata:\n  # first\n  name: a # b\n  labels: {}\nspec: {}\n",
            "kind: A\nmetadata:\n    annotations:\n      a: b\n    name: a\n",
            "kind: A\r\nmetadata:\r\n  annotations:\r\n    a: b\r\n  name: a\r\n",
            "kind: A\nmetadata: {name: a}\n",
            "kind: A\nmetadata: {name: a, annotations: {}}\n",
            "kind: A\nmetadata: {name: a, annotations: {b: c}}\n",
            "kind: A\nmetadata:\n  annotations: {b: c}\n  name: a\n",
            "kind: A\nmetadata:\n  annotations:\n  name: a\n",
            "kind: A\nmetadata:\n  annotations: # none\n  name: a\n",
            "kind: A\nmetadata:\n  annotations: ~\n  name: a\n",
            "kind: A\nmetadata:\n  'annotations':\n    \"x: y\": b\n  name: a\n",
            "{\"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}",
            "{\"kind\": \"A\", \"metadata\": {\n  \"annotations\": {\"a\": \"b\"}, \"name\": \"a\"}}",
            "kind: A\nmetadata:\n  name: &n a\n  labels: {x: *n}\n",
        ] {
            waved(text).unwrap_or_else(|why| panic!("{why}: {text}"));
        }
    }

    #[test]
    fn shared_metadata_is_refused() {
        for text in [
            "x: &m {name: a}\nkind: A\nmetadata: *m\n",
            "x: &m {b: c}\nkind: A\nmetadata:\n  name: a\n  annotations: *m\n",
            "x: &m {b: c}\nkind: A\nmetadata:\n  name: a\n  annotations: {<<: *m}\n",
            "kind: A\nmetadata:\n  name: a\n  annotations: {argocd.argoproj.io/sync-wave: soon}\n",
        ] {
            assert!(waved(text).is_err(), "{text}");
        }
    }

    #[test]
    fn blocks_stay_blocks() {
        let out = waved("kind: A\nmetadata:\n  name: a\n").expect("it can be done");
        assert_eq!(
            out,
            "kind: A\nmetadata:\n  annotations:\n    argocd.argoproj.io/sync-wave: \"3\"\n  name: a\n"
        );
    }
}
