//! Findings and positions in the protocol's words.

use std::path::{Path, PathBuf};

use gen_lsp_types as lsp;
use mp_base::{Applicability, Diagnostic, Encoding, Level, LineCol, SourceFile, Sources, Span};
use serde_json::json;

/// The encodings that we offer, best first; a client that says nothing gets UTF-16.
pub(crate) fn choose_encoding(
    capabilities: &lsp::ClientCapabilities,
) -> (Encoding, lsp::PositionEncodingKind) {
    let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    let has = |kind: &lsp::PositionEncodingKind| offered.is_some_and(|list| list.contains(kind));
    if has(&lsp::PositionEncodingKind::UTF8) {
        return (Encoding::Utf8, lsp::PositionEncodingKind::UTF8);
    }
    if has(&lsp::PositionEncodingKind::UTF32) {
        return (Encoding::Utf32, lsp::PositionEncodingKind::UTF32);
    }
    (Encoding::Utf16, lsp::PositionEncodingKind::UTF16)
}

pub(crate) fn position(file: &SourceFile, offset: u32, encoding: Encoding) -> lsp::Position {
    let at = file.lines().line_col(file.text(), offset, encoding);
    lsp::Position { line: at.line, character: at.column }
}

pub(crate) fn offset(file: &SourceFile, position: lsp::Position, encoding: Encoding) -> u32 {
    let at = LineCol { line: position.line, column: position.character };
    file.lines().offset(file.text(), at, encoding)
}

pub(crate) fn range(file: &SourceFile, span: Span, encoding: Encoding) -> lsp::Range {
    lsp::Range { start: position(file, span.start, encoding), end: position(file, span.end, encoding) }
}

pub(crate) fn diagnostic(
    finding: &Diagnostic,
    sources: &Sources,
    encoding: Encoding,
    uri: &dyn Fn(&str) -> Option<lsp::Uri>,
) -> Option<lsp::Diagnostic> {
    let file = sources.get(finding.primary.span.file)?;
    let related = finding.related.iter().filter_map(|label| {
        let file = sources.get(label.span.file)?;
        let location = lsp::Location { uri: uri(file.path())?, range: range(file, label.span, encoding) };
        Some(lsp::DiagnosticRelatedInformation { location, message: label.message.clone() })
    });
    let related: Vec<_> = related.collect();
    Some(lsp::Diagnostic {
        range: range(file, finding.primary.span, encoding),
        severity: Some(severity(finding.level)),
        code: Some(lsp::Code::String(finding.code.to_owned())),
        source: Some("meshproof".to_owned()),
        message: lsp::Message::String(message(finding)),
        related_information: (!related.is_empty()).then_some(related),
        ..lsp::Diagnostic::default()
    })
}

/// The mend of a finding as a quick fix. Files are known by their URI.
pub(crate) fn code_action(
    finding: &Diagnostic,
    sources: &Sources,
    encoding: Encoding,
) -> Option<serde_json::Value> {
    let fix = finding.fix.as_ref()?;
    let mut changes = serde_json::Map::new();
    for edit in &fix.edits {
        let file = sources.get(edit.span.file)?;
        let change = json!({"range": range(file, edit.span, encoding), "newText": edit.text});
        let all = changes.entry(file.path().to_owned()).or_insert_with(|| json!([]));
        all.as_array_mut()?.push(change);
    }
    let uri = |path: &str| path.parse().ok();
    let diagnostic = diagnostic(finding, sources, encoding, &uri)?;
    Some(json!({
        "title": fix.title,
        "kind": "quickfix",
        "isPreferred": fix.applicability == Applicability::Safe,
        "diagnostics": [diagnostic],
        "edit": {"changes": changes},
    }))
}

fn severity(level: Level) -> lsp::DiagnosticSeverity {
    match level {
        Level::Error => lsp::DiagnosticSeverity::Error,
        Level::Warning => lsp::DiagnosticSeverity::Warning,
        Level::Info => lsp::DiagnosticSeverity::Information,
    }
}

fn message(finding: &Diagnostic) -> String {
    let mut text = finding.message.clone();
    for more in [Some(&finding.primary.message), finding.help.as_ref()].into_iter().flatten() {
        if !more.is_empty() {
            text.push('\n');
            text.push_str(more);
        }
    }
    text
}

/// The file of a `file:` URI.
pub(crate) fn path_of(uri: &lsp::Uri) -> Option<PathBuf> {
    uri.to_file_path().ok()
}

/// The URI of a file.
pub(crate) fn uri_of(path: &Path) -> Option<lsp::Uri> {
    lsp::Uri::from_file_path(path).ok()
}
