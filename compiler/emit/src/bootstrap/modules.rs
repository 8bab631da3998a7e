//! Wasm modules in the filters that ask for them, since nobody is there to ask.

use serde_json::{Value, json};

use super::inline::{each_object, named};

/// Where modules that istiod's agent would download are expected.
const MODULES: &str = "/etc/istio/extensions";

/// Puts each configuration into the filters that would be told it. Code that would be downloaded is expected as a file.
pub(super) fn inline(listeners: &mut [Value], mut modules: Vec<Value>, assumptions: &mut Vec<String>) {
    for module in &mut modules {
        let name = module.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(file) = local(module, &name) {
            assumptions.push(format!("Wasm module `{name}`: expected as `{file}`"));
        }
    }
    let modules = named(&modules, "name");
    for listener in listeners {
        each_object(listener, &mut |fields| {
            if !fields.contains_key("configDiscovery") {
                return;
            }
            let name = fields.get("name").and_then(Value::as_str).unwrap_or_default();
            let config = modules.get(name).and_then(|module| module.get("typedConfig")).cloned();
            if let Some(config) = config {
                fields.remove("configDiscovery");
                fields.insert("typedConfig".to_owned(), config);
            }
        });
    }
}

/// Replaces code that would be downloaded by a file, and says which.
fn local(module: &mut Value, name: &str) -> Option<String> {
    let code = module.pointer_mut("/typedConfig/config/vmConfig/code")?;
    code.get("remote")?;
    let stem = name.replace(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c), "_");
    let file = format!("{MODULES}/{stem}.wasm");
    *code = json!({"local": {"filename": file}});
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_hold_what_they_would_be_told() {
        let module = |code: Value| json!({"name": "ns/a", "typedConfig": {"@type": "t", "config": {"vmConfig": {"code": code}}}});
        let mut listeners = [json!({"filters": [{"name": "ns/a", "configDiscovery": {}}, {"name": "b"}]})];
        let mut said = Vec::new();
        inline(&mut listeners, vec![module(json!({"remote": {"httpUri": {}}}))], &mut said);
        let code = "/filters/0/typedConfig/config/vmConfig/code/local/filename";
        assert_eq!(listeners[0].pointer(code), Some(&json!("/etc/istio/extensions/ns_a.wasm")));
        assert_eq!(listeners[0].pointer("/filters/0/configDiscovery"), None);
        assert_eq!(said.len(), 1);
        let mut quiet = Vec::new();
        inline(&mut listeners, vec![module(json!({"local": {"filename": "/a.wasm"}}))], &mut quiet);
        assert!(quiet.is_empty());
    }
}
