//! Filters of extensions, and the configuration of Wasm modules (`pilot/pkg/model/extensions.go`, `extension/*.go`).

use mp_ir::mesh::{ExtensionKind, TrafficExtension, WasmFailure, WasmModule};
use serde_json::{Value, json};

use crate::json::{Object, ads_source, extension, list, type_url};

/// How long a download may take.
const TIMEOUT: &str = "30s";
const SECRET: &str = "ISTIO_META_WASM_IMAGE_PULL_SECRET";
const POLICY: &str = "ISTIO_META_WASM_IMAGE_PULL_POLICY";
const VERSION: &str = "ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION";

/// A filter whose configuration is asked for by its name; until a module is there, RBAC may stand in its place.
pub(crate) fn discovered(name: &str, part: &str) -> Value {
    let types = ["wasm.v3.Wasm", "rbac.v3.RBAC"];
    let types = types.iter().map(|message| type_url(&format!("envoy.extensions.filters.{part}.{message}")));
    let source = Object::new().set("configSource", ads_source()).set("typeUrls", list(types));
    Object::new().set("name", name).set("configDiscovery", source).into()
}

/// Lua code.
pub(crate) fn lua(name: &str, code: &str) -> Value {
    let config = Object::typed("envoy.extensions.filters.http.lua.v3.Lua");
    extension(name, config.set("defaultSourceCode", json!({"inlineString": code})))
}

/// The configuration of a module; `None` for other extensions.
pub(crate) fn module(of: &TrafficExtension) -> Option<Value> {
    let ExtensionKind::Wasm(wasm) = &of.kind else { return None };
    let part = if wasm.network { "network" } else { "http" };
    let name = of.resource.rsplit('/').next().unwrap_or_default();
    let config = Object::typed(&format!("envoy.extensions.filters.{part}.wasm.v3.Wasm"));
    let object = Object::typed("envoy.config.core.v3.TypedExtensionConfig").set("name", of.resource.as_str());
    Some(object.set("typedConfig", config.set("config", plugin(name, wasm))).into())
}

fn plugin(name: &str, wasm: &WasmModule) -> Object {
    let settings =
        wasm.config.as_deref().map(|text| Object::typed("google.protobuf.StringValue").set("value", text));
    let failure = match wasm.failure {
        WasmFailure::Closed => "FAIL_CLOSED",
        WasmFailure::Open => "FAIL_OPEN",
        WasmFailure::Reload => "FAIL_RELOAD",
    };
    let vm = Object::new()
        .set("runtime", "envoy.wasm.runtime.v8")
        .set("code", code(wasm))
        .set("environmentVariables", environment(wasm));
    Object::new()
        .set("name", name)
        .unless_default("rootId", wasm.root_id.as_str())
        .maybe("configuration", settings)
        .set("failurePolicy", failure)
        .set("vmConfig", vm)
}

/// A file, or what the agent downloads; Envoy never uses the cluster.
fn code(wasm: &WasmModule) -> Value {
    if wasm.url.starts_with("file:") {
        let path = wasm.url.strip_prefix("file://").unwrap_or(&wasm.url);
        return json!({"local": {"filename": path}});
    }
    let uri = json!({"uri": wasm.url, "timeout": TIMEOUT, "cluster": "_"});
    let remote = Object::new().set("httpUri", uri).unless_default("sha256", wasm.sha256.as_str());
    Object::new().set("remote", remote).into()
}

/// What the agent must know stands among the module's variables. The pull secret itself is never written.
fn environment(wasm: &WasmModule) -> Object {
    let mut values = Object::new().set(VERSION, wasm.version.as_str());
    if wasm.pull_secret {
        values = values.set(SECRET, "");
    }
    values = values.maybe(POLICY, wasm.pull_policy.as_deref());
    for (name, value) in &wasm.env {
        values = values.set(name, value.as_str());
    }
    let host = list(wasm.host_env.iter().map(String::as_str));
    Object::new().set("keyValues", values).unless_default("hostEnvKeys", host)
}
