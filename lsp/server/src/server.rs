//! The main loop: messages in, findings out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gen_lsp_types as lsp;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use mp_base::Encoding;
use mp_ide::{Analysis, Options, Session};

use crate::{Discover, ServerError, convert};

struct Server<'a> {
    connection: &'a Connection,
    encoding: Encoding,
    session: Session,
    /// The last analysis of the session; see `current`.
    analysis: Option<Analysis>,
    /// Whether it is that of the files as they are.
    current: bool,
    /// Whether the client knows its findings. A question may need the analysis before they are published.
    told: bool,
    /// Files that have findings on the client's side.
    published: BTreeSet<String>,
    open: BTreeSet<String>,
    discover: Discover,
    roots: Vec<PathBuf>,
}

/// Serves one client until it says goodbye. Returns when the client sends `exit`.
///
/// # Errors
/// When the connection breaks or a message has another shape than the protocol says.
pub fn serve(connection: &Connection, discover: Discover) -> Result<(), ServerError> {
    let (id, params) = connection.initialize_start()?;
    let params: lsp::InitializeParams = serde_json::from_value(params)?;
    let (encoding, kind) = convert::choose_encoding(&params.capabilities);
    connection.initialize_finish(id, serde_json::to_value(initialize_result(kind))?)?;
    let mut server = Server {
        connection,
        encoding,
        session: Session::new(Options::default()),
        analysis: None,
        current: false,
        told: false,
        published: BTreeSet::new(),
        open: BTreeSet::new(),
        discover,
        roots: roots(&params),
    };
    server.load_from_disk();
    server.run()
}

fn initialize_result(encoding: lsp::PositionEncodingKind) -> lsp::InitializeResult {
    let sync = lsp::TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(lsp::TextDocumentSyncKind::Full),
        save: Some(lsp::Save::Bool(true)),
        ..lsp::TextDocumentSyncOptions::default()
    };
    lsp::InitializeResult {
        capabilities: lsp::ServerCapabilities {
            position_encoding: Some(encoding),
            text_document_sync: Some(lsp::TextDocumentSync::Options(sync)),
            hover_provider: Some(lsp::HoverProvider::Bool(true)),
            definition_provider: Some(lsp::DefinitionProvider::Bool(true)),
            code_action_provider: Some(lsp::CodeActionProvider::Bool(true)),
            references_provider: Some(lsp::ReferencesProvider::Bool(true)),
            document_symbol_provider: Some(lsp::DocumentSymbolProvider::Bool(true)),
            completion_provider: Some(lsp::CompletionOptions {
                trigger_characters: Some(vec![" ".to_owned(), "/".to_owned()]),
                ..lsp::CompletionOptions::default()
            }),
            ..lsp::ServerCapabilities::default()
        },
        server_info: Some(lsp::ServerInfo {
            name: "meshproof".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

/// Workspace folders; older clients name one root instead.
#[expect(deprecated, reason = "old clients know `rootUri` alone")]
fn roots(params: &lsp::InitializeParams) -> Vec<PathBuf> {
    let folders = match &params.workspace_folders_initialize_params.workspace_folders {
        Some(lsp::WorkspaceFolders::WorkspaceFolderList(folders)) => folders.as_slice(),
        _ => &[],
    };
    if folders.is_empty() {
        return params.root_uri.iter().filter_map(convert::path_of).collect();
    }
    folders.iter().filter_map(|folder| convert::path_of(&folder.uri)).collect()
}

impl Server<'_> {
    fn run(&mut self) -> Result<(), ServerError> {
        loop {
            self.refresh()?;
            let Ok(message) = self.connection.receiver.recv() else { return Err(ServerError::Gone) };
            if !self.handle(message)? {
                return Ok(());
            }
            // Take what waits before looking at the mesh again.
            while let Ok(message) = self.connection.receiver.try_recv() {
                if !self.handle(message)? {
                    return Ok(());
                }
            }
        }
    }

    /// Handles one message; false after `exit`.
    fn handle(&mut self, message: Message) -> Result<bool, ServerError> {
        match message {
            Message::Request(request) => {
                if self.connection.handle_shutdown(&request)? {
                    return Ok(false);
                }
                self.request(request)?;
            }
            Message::Notification(notification) => self.notification(notification)?,
            Message::Response(_) => {}
        }
        Ok(true)
    }

    fn request(&mut self, request: Request) -> Result<(), ServerError> {
        let response = match request.method.as_str() {
            "textDocument/hover" => {
                let params: lsp::HoverParams = serde_json::from_value(request.params)?;
                Response::new_ok(request.id, self.hover(&params))
            }
            "textDocument/definition" => {
                let params: lsp::DefinitionParams = serde_json::from_value(request.params)?;
                Response::new_ok(request.id, self.definition(&params))
            }
            "textDocument/codeAction" => {
                let params: lsp::CodeActionParams = serde_json::from_value(request.params)?;
                Response::new_ok(request.id, self.code_actions(&params))
            }
            "textDocument/references" => {
                let params: lsp::ReferenceParams = serde_json::from_value(request.params)?;
                Response::new_ok(request.id, self.references(&params))
            }
            "textDocument/documentSymbol" => {
                let params: lsp::DocumentSymbolParams = serde_json::from_value(request.params)?;
                Response::new_ok(request.id, self.symbols(&params))
            }
            "textDocument/completion" => {
                let params: lsp::CompletionParams = serde_json::from_value(request.params)?;
                Response::new_ok(request.id, self.completion(&params))
            }
            other => Response::new_err(
                request.id,
                ErrorCode::MethodNotFound as i32,
                format!("meshproof does not answer `{other}`"),
            ),
        };
        self.send(response.into())
    }

    fn notification(&mut self, notification: Notification) -> Result<(), ServerError> {
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                let params: lsp::DidOpenTextDocumentParams = serde_json::from_value(notification.params)?;
                self.open.insert(key(&params.text_document.uri));
                self.edit(&params.text_document.uri, params.text_document.text);
            }
            "textDocument/didChange" => {
                let params: lsp::DidChangeTextDocumentParams = serde_json::from_value(notification.params)?;
                let uri = params.text_document.text_document_identifier.uri;
                for change in params.content_changes {
                    if let lsp::TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(
                        whole,
                    ) = change
                    {
                        self.edit(&uri, whole.text);
                    }
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.load_from_disk(),
            "textDocument/didClose" => {
                let params: lsp::DidCloseTextDocumentParams = serde_json::from_value(notification.params)?;
                self.open.remove(&key(&params.text_document.uri));
                self.load_from_disk();
            }
            _ => {}
        }
        Ok(())
    }

    fn edit(&mut self, uri: &lsp::Uri, text: String) {
        self.session.set(&key(uri), text.into_bytes());
        self.outdated();
    }

    /// Reads the files of the workspace folders again; open files keep the editor's text, files that are gone go.
    fn load_from_disk(&mut self) {
        let found: BTreeSet<PathBuf> = self.roots.iter().flat_map(|root| (self.discover)(root)).collect();
        let mut keep = self.open.clone();
        for path in found {
            let Some(uri) = convert::uri_of(&path) else { continue };
            let key = key(&uri);
            if !self.open.contains(&key) {
                let Ok(bytes) = std::fs::read(&path) else { continue };
                self.session.set(&key, bytes);
            }
            keep.insert(key);
        }
        let gone: Vec<String> =
            self.session.paths().filter(|path| !keep.contains(*path)).map(str::to_owned).collect();
        for path in gone {
            self.session.remove(&path);
        }
        self.outdated();
    }

    fn outdated(&mut self) {
        self.current = false;
        self.told = false;
    }

    fn bring_up_to_date(&mut self) {
        if !std::mem::replace(&mut self.current, true) {
            self.analysis = Some(self.session.analyse(self.analysis.take()));
        }
    }

    /// Analyses after an edit and tells the client what changed for each file.
    fn refresh(&mut self) -> Result<(), ServerError> {
        if std::mem::replace(&mut self.told, true) {
            return Ok(());
        }
        self.bring_up_to_date();
        let Some(analysis) = &self.analysis else { return Ok(()) };
        let sources = analysis.workspace.sources();
        let mut by_file: BTreeMap<String, Vec<lsp::Diagnostic>> = BTreeMap::new();
        for finding in &analysis.findings {
            let Some(file) = sources.get(finding.primary.span.file) else { continue };
            let uri = |path: &str| path.parse().ok();
            by_file.entry(file.path().to_owned()).or_default().extend(convert::diagnostic(
                finding,
                sources,
                self.encoding,
                &uri,
            ));
        }
        let mut tell: BTreeSet<String> = self.published.clone();
        tell.extend(by_file.keys().cloned());
        tell.extend(self.open.iter().cloned());
        self.published = by_file.keys().cloned().collect();
        for path in tell {
            let Ok(uri) = path.parse() else { continue };
            let diagnostics = by_file.remove(&path).unwrap_or_default();
            let params = lsp::PublishDiagnosticsParams { uri, version: None, diagnostics };
            let method = "textDocument/publishDiagnostics".to_owned();
            self.send(Notification::new(method, params).into())?;
        }
        Ok(())
    }

    fn hover(&mut self, params: &lsp::HoverParams) -> Option<lsp::Hover> {
        let encoding = self.encoding;
        let (path, analysis, offset) = self.place(&params.text_document_position_params)?;
        let found = mp_ide::hover(analysis, &path, offset)?;
        let file = analysis.workspace.sources().get(found.span.file)?;
        Some(lsp::Hover {
            contents: lsp::Contents::MarkupContent(lsp::MarkupContent {
                kind: lsp::MarkupKind::Markdown,
                value: found.text,
            }),
            range: Some(convert::range(file, found.span, encoding)),
        })
    }

    fn definition(&mut self, params: &lsp::DefinitionParams) -> Option<lsp::Location> {
        let at = &params.text_document_position_params;
        let encoding = self.encoding;
        let (path, analysis, offset) = self.place(at)?;
        let span = mp_ide::definition(analysis, &path, offset)?;
        let target = analysis.workspace.sources().get(span.file)?;
        Some(lsp::Location {
            uri: target.path().parse().ok()?,
            range: convert::range(target, span, encoding),
        })
    }

    /// The mends of the findings that a range touches.
    fn code_actions(&mut self, params: &lsp::CodeActionParams) -> Vec<serde_json::Value> {
        let encoding = self.encoding;
        let at = lsp::TextDocumentPositionParams {
            text_document: params.text_document.clone(),
            position: params.range.start,
        };
        let Some((path, analysis, start)) = self.place(&at) else { return Vec::new() };
        let sources = analysis.workspace.sources();
        let Some((id, file)) = sources.iter().find(|(_, file)| file.path() == path) else {
            return Vec::new();
        };
        let end = convert::offset(file, params.range.end, encoding);
        let here = |span: mp_base::Span| span.file == id && span.start <= end && start <= span.end;
        let touched = analysis.findings.iter().filter(|finding| here(finding.primary.span));
        touched.filter_map(|finding| convert::code_action(finding, sources, encoding)).collect()
    }

    fn references(&mut self, params: &lsp::ReferenceParams) -> Option<Vec<lsp::Location>> {
        let encoding = self.encoding;
        let (path, analysis, offset) = self.place(&params.text_document_position_params)?;
        let (own, named) = mp_ide::uses(analysis, &path, offset)?;
        let first = Some(own).filter(|_| params.context.include_declaration);
        let location = |span: mp_base::Span| {
            let file = analysis.workspace.sources().get(span.file)?;
            Some(lsp::Location {
                uri: file.path().parse().ok()?,
                range: convert::range(file, span, encoding),
            })
        };
        Some(first.into_iter().chain(named).filter_map(location).collect())
    }

    #[expect(deprecated, reason = "the type has a field that the protocol has given up")]
    fn symbols(&mut self, params: &lsp::DocumentSymbolParams) -> Vec<lsp::DocumentSymbol> {
        let (encoding, path) = (self.encoding, key(&params.text_document.uri));
        self.bring_up_to_date();
        let Some(analysis) = &self.analysis else { return Vec::new() };
        let symbol = |symbol: mp_ide::Symbol| {
            let file = analysis.workspace.sources().get(symbol.span.file)?;
            Some(lsp::DocumentSymbol {
                // Clients refuse symbols without a name.
                name: if symbol.name.is_empty() { "(no name)".to_owned() } else { symbol.name },
                detail: Some(symbol.detail),
                kind: lsp::SymbolKind::Object,
                tags: None,
                deprecated: None,
                range: convert::range(file, symbol.span, encoding),
                selection_range: convert::range(file, symbol.name_span, encoding),
                children: None,
            })
        };
        mp_ide::symbols(analysis, &path).into_iter().filter_map(symbol).collect()
    }

    fn completion(&mut self, params: &lsp::CompletionParams) -> Option<Vec<lsp::CompletionItem>> {
        let encoding = self.encoding;
        let (path, analysis, offset) = self.place(&params.text_document_position_params)?;
        let (span, names) = mp_ide::completion(analysis, &path, offset)?;
        let file = analysis.workspace.sources().get(span.file)?;
        let range = convert::range(file, span, encoding);
        let item = |name: String| lsp::CompletionItem {
            kind: Some(lsp::CompletionItemKind::Reference),
            text_edit: Some(lsp::CompletionItemTextEdit::TextEdit(lsp::TextEdit {
                range,
                new_text: name.clone(),
            })),
            label: name,
            ..lsp::CompletionItem::default()
        };
        Some(names.into_iter().map(item).collect())
    }

    /// The file, the analysis as the text is now, and the byte of a position.
    fn place(&mut self, at: &lsp::TextDocumentPositionParams) -> Option<(String, &Analysis, u32)> {
        let path = key(&at.text_document.uri);
        self.bring_up_to_date();
        let analysis = self.analysis.as_ref()?;
        let (_, file) = analysis.workspace.sources().iter().find(|(_, file)| file.path() == path)?;
        let offset = convert::offset(file, at.position, self.encoding);
        Some((path, analysis, offset))
    }

    fn send(&self, message: Message) -> Result<(), ServerError> {
        self.connection.sender.send(message).map_err(|_| ServerError::Gone)
    }
}

/// Files are known by their URI, normalised through the path where there is one.
fn key(uri: &lsp::Uri) -> String {
    let path = convert::path_of(uri);
    path.as_deref()
        .map(Path::new)
        .and_then(convert::uri_of)
        .map_or_else(|| uri.to_string(), |uri| uri.to_string())
}
