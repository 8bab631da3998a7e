//! Reading one file: placeholders that a later step fills are no values.
//!
//! `$(NAME)` is kustomize's, `${NAME}` that of Flux and `envsubst`, `{{ … }}` that of templates. What they stand for is unknown until
//! somebody fills them in; a rule that would judge the placeholder itself only raises false alarms.

use crate::Kind;
use crate::base::FileId;
use crate::syntax::{Node, ParsedFile, parse_bytes};

/// Reads a file and makes holes of its placeholders.
#[must_use]
pub fn read_file(id: FileId, bytes: &[u8]) -> ParsedFile {
    let mut parsed = parse_bytes(id, bytes);
    let may_hold = ["$(", "${", "{{"].iter().any(|mark| parsed.text.contains(mark));
    if !may_hold {
        return parsed;
    }
    for document in 0..parsed.documents.len() {
        match parsed.root(document).map_or(Open::Nothing, open_in) {
            Open::Nothing => {}
            Open::Templates => parsed.forget(document, |text| has_template(text) || has_braces(text)),
            Open::Everything => parsed.forget(document, is_open),
        }
    }
    parsed
}

/// Which placeholders a document may have.
enum Open {
    /// Data and programs: what looks like a placeholder is meant as it stands.
    Nothing,
    /// Pods: `$(NAME)` is an environment variable there.
    Templates,
    /// All of them.
    Everything,
}

fn open_in(root: Node<'_>) -> Open {
    let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    match Kind::of(text("apiVersion"), text("kind")) {
        None | Some(Kind::ConfigMap | Kind::Secret | Kind::EnvoyFilter | Kind::Invariant) => Open::Nothing,
        Some(
            Kind::Pod
            | Kind::Deployment
            | Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::ReplicaSet
            | Kind::Job
            | Kind::CronJob,
        ) => Open::Templates,
        Some(_) => Open::Everything,
    }
}

fn is_open(text: &str) -> bool {
    has_template(text) || has_braces(text) || has_variable(text)
}

/// Where a text of several lines has something that is filled in later, in bytes: `{{ … }}` and `${NAME}`. Lines that are comments, and
/// comments of templates, have nothing.
#[must_use]
pub fn openings(text: &str) -> Vec<usize> {
    let mut out = Vec::new();
    if !text.contains("{{") && !text.contains("${") {
        return out;
    }
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let rest = |at: usize| text.get(offset + at + 2..).unwrap_or_default();
        let is_comment = line.trim_start().starts_with('#');
        let templates =
            line.match_indices("{{").filter(|(at, _)| ends_template(rest(*at)) && !is_remark(rest(*at)));
        let braces = line.match_indices("${").filter(|(at, _)| ends_braces(rest(*at)));
        out.extend(templates.chain(braces).filter(|_| !is_comment).map(|(at, _)| offset + at));
        offset += line.len();
    }
    out.sort_unstable();
    out
}

/// Whether a text is one expression for the namespace that a chart is installed in: it names that, if only for want of another, or calls a
/// template that is named after a namespace.
#[must_use]
pub fn is_release_namespace(text: &str) -> bool {
    let bare = text.trim_matches(['"', '\'']).trim();
    let inside = bare.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let Some(inside) = inside else { return false };
    let one = !inside.contains("{{");
    let named = |word: &str| matches!(word, ".Release.Namespace" | "$.Release.Namespace");
    let mut words = inside.trim_matches('-').split([' ', '(', ')', '|']).filter(|word| !word.is_empty());
    let called = matches!(words.clone().next(), Some("include" | "template"));
    let after = |word: &str| word.trim_matches('"').to_ascii_lowercase().ends_with("namespace");
    one && (words.any(named) || called && inside.split_whitespace().nth(1).is_some_and(after))
}

/// Whether a template's expression, what stands behind its `{{`, is a comment.
fn is_remark(rest: &str) -> bool {
    rest.strip_prefix('-').unwrap_or(rest).trim_start().starts_with("/*")
}

fn ends_template(rest: &str) -> bool {
    rest.contains("}}")
}

fn has_template(text: &str) -> bool {
    text.split_once("{{").is_some_and(|(_, rest)| ends_template(rest))
}

/// Variables of kustomize may have small letters. In a regular expression nothing can stand behind `$`.
fn has_variable(text: &str) -> bool {
    text.split("$(").skip(1).any(|rest| {
        let Some((name, _)) = rest.split_once(')') else { return false };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(fits)
    })
}

fn has_braces(text: &str) -> bool {
    text.split("${").skip(1).any(ends_braces)
}

/// Whether a name in capital letters stands between the marks, with or without a default (`${NAME:-value}`).
fn ends_braces(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else { return false };
    let name = inside.split_once([':', '-', '=']).map_or(inside, |(name, _)| name);
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for open in [
            "$(NAMESPACE)",
            "a.${NS}.svc",
            "${NS:-shop}",
            "'{{ .Values.host }}'",
            "x-{{a}}",
            "$(kfp-namespace).svc",
        ] {
            assert!(is_open(open), "{open}");
        }
        for value in ["^/a$(b|c)", "${1}", "a${2,3}", "$NS", "{{", "%REQ(X)%", "$(a?)", "$()"] {
            assert!(!is_open(value), "{value}");
        }
    }

    #[test]
    fn openings_of_many_lines() {
        for (text, found) in [
            ("a: {{ .b }}\n{{- if c }}\n", &[3, 12][..]),
            ("a: ${A}\nb: ${1}\n", &[3]),
            ("# {{ a }}\nb: {{/* c */}}\nc: '{{'\n", &[]),
            ("a: {{ b\n  }}\n", &[3]),
        ] {
            assert_eq!(openings(text), found, "{text}");
        }
    }

    #[test]
    fn namespaces_of_releases() {
        for text in [
            "{{ .Release.Namespace }}",
            "\"{{ $.Release.Namespace }}\"",
            "{{- .Release.Namespace | quote -}}",
            "{{ .Values.namespace | default .Release.Namespace }}",
            "{{ include \"shop.namespace\" . }}",
        ] {
            assert!(is_release_namespace(text), "{text}");
        }
        for text in [
            "{{ .Release.Namespace }}-x",
            "{{ .Values.namespace }}",
            "{{ include \"shop.name\" . }}",
            "{{ .Values.a }}-{{ .Release.Namespace }}",
            "default",
            "",
        ] {
            assert!(!is_release_namespace(text), "{text}");
        }
    }

    #[test]
    fn they_are_holes_in_what_the_mesh_reads() {
        let text = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n  hosts: [\"a.$(NS).svc\"]\n---\napiVersion: v1\nkind: ConfigMap\ndata: {a: $(NS)}\n";
        let parsed = read_file(FileId(0), text.as_bytes());
        let host = parsed.root(0).and_then(|root| root.get("spec")?.get("hosts")?.items().next());
        assert!(host.is_some_and(Node::is_hole));
        let data = parsed.root(1).and_then(|root| root.get("data")?.get("a"));
        assert_eq!(data.and_then(Node::as_str), Some("$(NS)"));
    }
}
