//! Wasm modules in the filters that ask for them, since nobody is there to ask.
//!
//! Code in a file is named. Code that istiod's agent would download is not there, and then the agent puts RBAC in its place, which lets
//! everything or nothing pass, as the plugin says (`pkg/wasm/convert.go`, `createHTTPDefaultFilter`).

use serde_json::{Value, json};

use super::inline::{each_object, named};

/// Puts each configuration into the filters that would be told it.
pub(super) fn inline(listeners: &mut [Value], mut modules: Vec<Value>, assumptions: &mut Vec<String>) {
    for module in &mut modules {
        let name = module.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(passes) = stand_in(module) {
            let what = if passes { "everything passes" } else { "everything is refused" };
            assumptions.push(format!(
                "Wasm module `{name}`: its code would be downloaded, so that {what} in its place, as its `failStrategy` says"
            ));
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

/// Replaces a module that would be downloaded, and says whether requests pass what takes its place.
fn stand_in(module: &mut Value) -> Option<bool> {
    let config = module.get_mut("typedConfig")?;
    config.pointer("/config/vmConfig/code/remote")?;
    let network = config.get("@type")?.as_str()?.contains(".network.");
    let passes = config.pointer("/config/failurePolicy").is_some_and(|policy| policy == "FAIL_OPEN");
    let part = if network { "network" } else { "http" };
    let mut rbac =
        json!({"@type": format!("type.googleapis.com/envoy.extensions.filters.{part}.rbac.v3.RBAC")});
    if let Some(fields) = rbac.as_object_mut() {
        if !passes {
            // Nobody is admitted by rules without a policy.
            fields.insert("rules".to_owned(), json!({}));
        }
        if network {
            fields.insert("statPrefix".to_owned(), json!("wasm"));
        }
    }
    *config = rbac;
    Some(passes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The filter after the module was put into it, and what was said.
    fn put(part: &str, config: Value) -> (Value, usize) {
        let kind = format!("type.googleapis.com/envoy.extensions.filters.{part}.wasm.v3.Wasm");
        let module = json!({"name": "ns/a", "typedConfig": {"@type": kind, "config": config}});
        let mut listeners = [json!({"filters": [{"name": "ns/a", "configDiscovery": {}}, {"name": "b"}]})];
        let mut said = Vec::new();
        inline(&mut listeners, vec![module], &mut said);
        assert_eq!(listeners[0].pointer("/filters/0/configDiscovery"), None);
        (listeners[0].pointer("/filters/0/typedConfig").cloned().unwrap(), said.len())
    }

    #[test]
    fn files_are_named_and_downloads_replaced() {
        let (file, said) = put("http", json!({"vmConfig": {"code": {"local": {"filename": "/a.wasm"}}}}));
        assert_eq!(file.pointer("/config/vmConfig/code/local/filename"), Some(&json!("/a.wasm")));
        assert_eq!(said, 0);
        let remote = |policy: &str| json!({"failurePolicy": policy, "vmConfig": {"code": {"remote": {"httpUri": {"uri": "oci://x"}}}}});
        let (closed, said) = put("http", remote("FAIL_CLOSED"));
        assert_eq!((closed.get("rules"), said), (Some(&json!({})), 1));
        let (open, said) = put("network", remote("FAIL_OPEN"));
        assert_eq!((open.get("rules"), open.get("statPrefix"), said), (None, Some(&json!("wasm")), 1));
    }
}
