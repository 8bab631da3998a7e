//! The server and a client in one process: open, change and save publish what `check` finds; hover shows the documentation.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "tests write the files that the server reads")]

use std::path::{Path, PathBuf};

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{name: http, port: 80}]}\n";

fn routes(host: &str, subset: &str) -> String {
    format!(
        "# \u{1F600}\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: web, namespace: shop}}\nspec:\n  hosts: [web]\n  http:\n  - route: [{{destination: {{host: {host}{subset}}}}}]\n"
    )
}

const RULE: &str = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web, namespace: shop}\nspec:\n  host: web\n  subsets: []\n";

struct Client {
    connection: Connection,
    folder: PathBuf,
    next: i32,
    server: Option<std::thread::JoinHandle<Result<(), mp_lsp::ServerError>>>,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    out.sort();
    out
}

impl Client {
    fn start(name: &str, on_disk: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("meshproof-lsp-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in on_disk {
            std::fs::write(folder.join(file), text).unwrap();
        }
        let (here, there) = Connection::memory();
        let server = std::thread::spawn(move || mp_lsp::serve(&there, files));
        let mut client = Self { connection: here, folder, next: 0, server: Some(server) };
        let root = client.uri("");
        let answer =
            client.ask("initialize", json!({"processId": null, "rootUri": root, "capabilities": {}}));
        assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
        client.tell("initialized", json!({}));
        client
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}/{file}", self.folder.display())
    }

    fn tell(&self, method: &str, params: Value) {
        self.connection.sender.send(Notification::new(method.to_owned(), params).into()).unwrap();
    }

    fn receive(&self) -> Message {
        self.connection.receiver.recv_timeout(std::time::Duration::from_secs(20)).expect("the server answers")
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.connection.sender.send(Request::new(id.clone(), method.to_owned(), params).into()).unwrap();
        loop {
            if let Message::Response(response) = self.receive()
                && response.id == id
            {
                let result: Value = serde_json::to_value(&response).unwrap();
                return result["result"].clone();
            }
        }
    }

    /// Waits until a file's findings have these codes.
    fn until(&self, file: &str, codes: &[&str]) -> Vec<Value> {
        let uri = self.uri(file);
        loop {
            let Message::Notification(told) = self.receive() else { continue };
            if told.method != "textDocument/publishDiagnostics" || told.params["uri"] != uri.as_str() {
                continue;
            }
            let list = told.params["diagnostics"].as_array().unwrap().clone();
            let got: Vec<&str> = list.iter().map(|d| d["code"].as_str().unwrap()).collect();
            if got == codes {
                return list;
            }
        }
    }

    fn open(&self, file: &str, text: &str) {
        self.tell(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": self.uri(file), "languageId": "yaml", "version": 1, "text": text}}),
        );
    }

    fn change(&self, file: &str, text: &str) {
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": self.uri(file), "version": 2}, "contentChanges": [{"text": text}]}),
        );
    }

    fn end(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap().expect("the server ends well");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn open_change_and_save_publish() {
    let client = Client::start("edit", &[("service.yaml", SERVICE), ("routes.yaml", &routes("web", ""))]);
    client.open("routes.yaml", &routes("web", ""));
    client.until("routes.yaml", &[]);
    client.change("routes.yaml", &routes("wep", ""));
    let found = client.until("routes.yaml", &["MP1001"]);
    assert_eq!(found[0]["range"]["start"], json!({"line": 7, "character": 33}));
    assert_eq!(found[0]["severity"], 1);
    client.change("routes.yaml", &routes("web", ""));
    client.until("routes.yaml", &[]);
    std::fs::remove_file(client.folder.join("service.yaml")).unwrap();
    std::fs::write(client.folder.join("service.yaml"), SERVICE.replace("web", "other")).unwrap();
    client.tell("textDocument/didSave", json!({"textDocument": {"uri": client.uri("routes.yaml")}}));
    client.until("routes.yaml", &["MP1001"]);
    client.end();
}

#[test]
fn a_finding_with_a_mend_has_a_quick_fix() {
    let mut client = Client::start("action", &[("service.yaml", &SERVICE.replace("web", "webshop"))]);
    let text = routes("\"webshpo\"", "").replace("[web]", "[webshop]");
    client.open("routes.yaml", &text);
    let found = client.until("routes.yaml", &["MP1001"]);
    let uri = client.uri("routes.yaml");
    let ask = |line: u32| {
        let at = json!({"line": line, "character": 0});
        let range = if line == 7 { found[0]["range"].clone() } else { json!({"start": at, "end": at}) };
        json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}})
    };
    let actions = client.ask("textDocument/codeAction", ask(7));
    assert_eq!(actions.as_array().map(Vec::len), Some(1), "{actions}");
    let action = &actions[0];
    assert_eq!((&action["title"], &action["kind"]), (&json!("write `webshop`"), &json!("quickfix")));
    assert_eq!(action["diagnostics"][0]["code"], "MP1001");
    let edit = json!({"range": found[0]["range"], "newText": "\"webshop\""});
    assert_eq!(action["edit"], json!({"changes": {uri.as_str(): [edit]}}));
    assert_eq!(client.ask("textDocument/codeAction", ask(0)), json!([]));
    client.end();
}

#[test]
fn a_question_behind_an_edit_does_not_swallow_its_findings() {
    let mut client = Client::start("asked", &[("service.yaml", SERVICE)]);
    let at =
        json!({"textDocument": {"uri": client.uri("routes.yaml")}, "position": {"line": 0, "character": 0}});
    // The server still looks at the first text when the edit and the question arrive.
    client.open("routes.yaml", &routes("web", ""));
    client.change("routes.yaml", &routes("wep", ""));
    client.next += 1;
    let question = Request::new(RequestId::from(client.next), "textDocument/hover".to_owned(), at);
    client.connection.sender.send(question.into()).unwrap();
    client.until("routes.yaml", &["MP1001"]);
    client.end();
}

#[test]
fn related_places_lie_in_other_files_and_hover_explains() {
    let mut client = Client::start("related", &[("service.yaml", SERVICE), ("rule.yaml", RULE)]);
    client.open("routes.yaml", &routes("web", ", subset: v9"));
    let found = client.until("routes.yaml", &["MP1002"]);
    let related = &found[0]["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], client.uri("rule.yaml").as_str());
    assert_eq!(related["range"]["start"]["line"], 4);
    let at =
        json!({"textDocument": {"uri": client.uri("routes.yaml")}, "position": found[0]["range"]["start"]});
    let hover = client.ask("textDocument/hover", at);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("# Subset not defined"), "{hover}");
    let nowhere =
        json!({"textDocument": {"uri": client.uri("routes.yaml")}, "position": {"line": 1, "character": 0}});
    assert_eq!(client.ask("textDocument/hover", nowhere), Value::Null);
    client.end();
}

#[test]
fn a_half_typed_file_does_not_stop_the_rest() {
    let client = Client::start("half", &[("service.yaml", SERVICE)]);
    client.open("routes.yaml", &routes("wep", ""));
    client.until("routes.yaml", &["MP1001"]);
    client.open("half.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: [\n");
    client.until("half.yaml", &["MP0001"]);
    client.end();
}

#[test]
fn outline_uses_and_names_that_exist() {
    let other = SERVICE.replace("name: web", "name: other");
    let rule = RULE.replace("subsets: []", "subsets: [{name: v1}, {name: v2}]");
    let files = [("service.yaml", SERVICE), ("other.yaml", other.as_str()), ("rule.yaml", rule.as_str())];
    let mut client = Client::start("names", &files);
    let text = routes("web", ", subset: ");
    client.open("routes.yaml", &text);
    let uri = json!({"uri": client.uri("routes.yaml")});
    let at = |line: u32, word: &str| {
        let text = text.lines().nth(line as usize).unwrap();
        json!({"line": line, "character": text.find(word).unwrap() + word.len()})
    };
    let outline = client.ask("textDocument/documentSymbol", json!({"textDocument": uri}));
    assert_eq!(outline[0]["name"], "web");
    assert_eq!(
        (&outline[0]["detail"], &outline[0]["selectionRange"]["start"]["line"]),
        (&json!("VirtualService in shop"), &json!(3))
    );
    let params = json!({"textDocument": uri, "position": at(7, "{host: web"), "context": {"includeDeclaration": true}});
    let places = client.ask("textDocument/references", params);
    let uris: Vec<&str> =
        places.as_array().unwrap().iter().map(|place| place["uri"].as_str().unwrap()).collect();
    assert_eq!(uris, [client.uri("service.yaml"), client.uri("routes.yaml"), client.uri("rule.yaml")]);
    let mut labels = |position: Value| -> Vec<String> {
        let items = client.ask("textDocument/completion", json!({"textDocument": uri, "position": position}));
        let items = items.as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(labels(at(7, "{host: w")), ["other", "web"]);
    assert_eq!(labels(at(7, "subset: ")), ["v1", "v2"]);
    assert!(labels(at(4, "spec")).is_empty(), "no name stands there");
    client.end();
}
