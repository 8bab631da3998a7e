//! The language server after one edit: from the change that an editor sends to the findings that come back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use super::process;
use crate::conformance::Program;
use crate::project;

/// Edits that are measured; the best one counts, as with other jobs.
const EDITS: usize = 15;

/// A server with a folder open.
struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// The row: a mesh in so many files, one of which is edited.
pub(super) fn row(
    program: &Program,
    (services, text): (usize, &str),
    files: usize,
) -> Result<String, String> {
    // Not below this project, whose ignored folders the server would not read.
    let folder = std::env::temp_dir().join(format!("meshproof-bench-{services}-{files}"));
    let parts = parts(text, files);
    project::empty_dir(&folder)?;
    for (at, part) in parts.iter().enumerate() {
        project::write(&folder.join(format!("{at:03}.yaml")), part.as_bytes())?;
    }
    // The server names files by their whole path.
    let folder = folder.canonicalize().map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut server = Server::start(program, &folder)?;
    let edited = parts.last().map(String::as_str).unwrap_or_default();
    let uri = format!("file://{}/{:03}.yaml", folder.display(), parts.len().saturating_sub(1));
    let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": edited});
    server.tell("textDocument/didOpen", json!({"textDocument": document}))?;
    server.published(&uri)?;
    let (mut cpu, mut wall) = (f64::MAX, f64::MAX);
    for edit in 0..EDITS {
        // Only the file's last line changes, which holds a comment from then on.
        let text = format!("{edited}\n# edit {edit}\n");
        let change =
            json!({"textDocument": {"uri": uri, "version": edit + 2}, "contentChanges": [{"text": text}]});
        let (before, begun) = (process::cpu(server.child.id()), Instant::now());
        server.tell("textDocument/didChange", change)?;
        server.published(&uri)?;
        wall = wall.min(begun.elapsed().as_secs_f64());
        cpu = cpu.min(process::cpu(server.child.id()) - before);
    }
    let peak = process::memory(server.child.id(), "VmHWM") * 1.048_576;
    let input = format!("{services} services, {} files", parts.len());
    Ok(format!("{:22} {input:24} {cpu:>8.3} {wall:>8.3} {peak:>7.1}", "check after an edit"))
}

impl Server {
    fn start(program: &Program, folder: &Path) -> Result<Self, String> {
        let mut command = Command::new(&program.path);
        command.arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| format!("meshproof lsp: {e}"))?;
        let ends = child.stdin.take().zip(child.stdout.take());
        let (input, output) = ends.ok_or("the language server has no pipes")?;
        let mut server = Self { child, input, output: BufReader::new(output) };
        let root = format!("file://{}", folder.display());
        let params = json!({"processId": null, "rootUri": root, "capabilities": {}});
        server.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))?;
        while server.receive()?.get("id").is_none() {}
        server.tell("initialized", json!({}))?;
        Ok(server)
    }

    fn tell(&mut self, method: &str, params: Value) -> Result<(), String> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn send(&mut self, message: &Value) -> Result<(), String> {
        let body = message.to_string();
        let text = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.input.write_all(text.as_bytes()).map_err(|e| format!("meshproof lsp: {e}"))
    }

    fn receive(&mut self) -> Result<Value, String> {
        let fault = |e: std::io::Error| format!("meshproof lsp: {e}");
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).map_err(fault)? == 0 {
                return Err("meshproof lsp has ended".to_owned());
            }
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", number)) => length = number.parse().unwrap_or(0),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).map_err(fault)?;
        serde_json::from_slice(&body).map_err(|e| format!("meshproof lsp: {e}"))
    }

    /// Waits until the findings of a file have come, the last one by name, so that those of all others have.
    fn published(&mut self, uri: &str) -> Result<(), String> {
        loop {
            let message = self.receive()?;
            if message.pointer("/params/uri").and_then(Value::as_str) == Some(uri) {
                return Ok(());
            }
        }
    }
}

/// The documents of a text in so many files of about the same size.
fn parts(text: &str, files: usize) -> Vec<String> {
    let documents: Vec<&str> = text.split("\n---\n").collect();
    documents.chunks(documents.len().div_ceil(files)).map(|part| part.join("\n---\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn every_document_is_in_one_file() {
        assert_eq!(parts("a\n---\nb\n---\nc", 2), ["a\n---\nb", "c"]);
        assert_eq!(parts("a\n---\nb", 1), ["a\n---\nb"]);
    }
}
