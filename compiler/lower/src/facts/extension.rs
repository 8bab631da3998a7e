//! TrafficExtensions, and WasmPlugins as such (`pilot/pkg/config/kube/extensions/translate.go`, `pilot/pkg/model/extensions.go`).

use mp_ir::mesh::{
    ExtensionKind, ExtensionMatch, ExtensionPhase, Mesh, TrafficExtension, WasmFailure, WasmModule,
};
use mp_model::views::extensions as view;
use mp_model::views::selectors as select;
use mp_model::{Kind, List, Node, Object, Workspace};
use serde_json::Value;

use super::request_authentication::{label_map, target_refs};
use super::{by_age, json, meta, text};

/// Before the namespace and name in the name of a filter.
const RESOURCE: &str = "extensions.istio.io/trafficextension/";
/// Behind the name of a WasmPlugin.
const TRANSLATED: &str = "~istio-translated-wasmplugin";
/// Longest Lua code in bytes.
const LONGEST_LUA: usize = 65536;

/// Reads both kinds, oldest first.
pub(crate) fn read(ws: &Workspace, mesh: &mut Mesh) {
    let own = ws.of_kind(Kind::TrafficExtension).filter_map(|object| extension(ws, object, ws.spec(object)?));
    let plugins = ws.of_kind(Kind::WasmPlugin).filter_map(|object| plugin(ws, object, ws.spec(object)?));
    mesh.traffic_extensions = own.chain(plugins).collect();
    mesh.traffic_extensions.sort_by(|a, b| by_age(&a.meta, &b.meta));
}

/// What both kinds have.
fn shared(object: &Object, spec: Node<'_>, marker: &str) -> TrafficExtension {
    TrafficExtension {
        meta: meta(object),
        resource: format!("{RESOURCE}{}.{}{marker}", object.namespace, object.name),
        selector: label_map(spec),
        targets: target_refs(spec),
        ..TrafficExtension::default()
    }
}

/// `None` for one that istiod drops: without code, or with too much.
fn extension(ws: &Workspace, object: &Object, spec: view::TrafficExtension<'_>) -> Option<TrafficExtension> {
    let kind = match (spec.wasm(), spec.lua()) {
        (Some(wasm), _) => ExtensionKind::Wasm(Box::new(module(&Wasm::of(wasm), version(ws, object))?)),
        (None, Some(lua)) => {
            let code = text(lua.inline_code());
            (!code.is_empty() && code.len() <= LONGEST_LUA).then_some(ExtensionKind::Lua(code))?
        }
        (None, None) => return None,
    };
    let one = |m: view::TrafficSelector<'_>| matches(m.mode(), m.ports());
    Some(TrafficExtension {
        phase: phase(spec.phase().map_or("", |phase| phase.name())),
        priority: spec.priority(),
        matches: spec.match_().iter().map(one).collect(),
        kind,
        ..shared(object, spec.0, "")
    })
}

fn plugin(ws: &Workspace, object: &Object, spec: view::WasmPlugin<'_>) -> Option<TrafficExtension> {
    let wasm = Wasm {
        node: spec.0,
        network: spec.type_().is_some_and(|kind| kind.name() == "NETWORK"),
        failure: failure(spec.fail_strategy()),
        pull_policy: spec.image_pull_policy().map(|policy| policy.name().to_owned()),
        config: spec.plugin_config(),
        vm: spec.vm_config(),
        texts: [spec.url(), spec.sha256(), spec.plugin_name(), spec.image_pull_secret()].map(text),
    };
    let one = |m: view::WasmPluginTrafficSelector<'_>| matches(m.mode(), m.ports());
    Some(TrafficExtension {
        phase: phase(spec.phase().map_or("", |phase| phase.name())),
        priority: spec.priority(),
        matches: spec.match_().iter().map(one).collect(),
        kind: ExtensionKind::Wasm(Box::new(module(&wasm, version(ws, object))?)),
        ..shared(object, spec.0, TRANSLATED)
    })
}

fn phase(word: &str) -> ExtensionPhase {
    match word {
        "AUTHN" => ExtensionPhase::Authn,
        "AUTHZ" => ExtensionPhase::Authz,
        "STATS" => ExtensionPhase::Stats,
        _ => ExtensionPhase::Unspecified,
    }
}

fn matches(mode: Option<select::WorkloadMode>, ports: List<'_, select::PortSelector<'_>>) -> ExtensionMatch {
    let server = match mode.map(|mode| mode.name()) {
        Some("CLIENT") => Some(false),
        Some("SERVER") => Some(true),
        _ => None,
    };
    let number = |port: select::PortSelector<'_>| port.number().and_then(|n| u32::try_from(n).ok());
    ExtensionMatch { server, ports: ports.iter().map(|port| number(port).unwrap_or_default()).collect() }
}

/// A module as either kind states it.
struct Wasm<'a> {
    node: Node<'a>,
    network: bool,
    failure: WasmFailure,
    pull_policy: Option<String>,
    config: Option<Node<'a>>,
    vm: Option<view::VmConfig<'a>>,
    /// URL, checksum, name, pull secret.
    texts: [String; 4],
}

impl<'a> Wasm<'a> {
    fn of(wasm: view::WasmConfig<'a>) -> Self {
        Self {
            node: wasm.0,
            network: wasm.type_().is_some_and(|kind| kind.name() == "NETWORK"),
            failure: failure(wasm.fail_strategy()),
            pull_policy: wasm.image_pull_policy().map(|policy| policy.name().to_owned()),
            config: wasm.plugin_config(),
            vm: wasm.vm_config(),
            texts: [wasm.url(), wasm.sha256(), wasm.plugin_name(), wasm.image_pull_secret()].map(text),
        }
    }
}

fn failure(strategy: Option<view::FailStrategy>) -> WasmFailure {
    match strategy.map(|strategy| strategy.name()) {
        Some("FAIL_OPEN") => WasmFailure::Open,
        Some("FAIL_RELOAD") => WasmFailure::Reload,
        _ => WasmFailure::Closed,
    }
}

/// `metadata.resourceVersion`, which files seldom have; `1` stands for that of the API server.
fn version(ws: &Workspace, object: &Object) -> String {
    let version = ws.root(object).and_then(|root| root.get("metadata")?.get("resourceVersion")?.as_str());
    version.filter(|version| !version.is_empty()).unwrap_or("1").to_owned()
}

/// `None` without URL.
fn module(wasm: &Wasm<'_>, version: String) -> Option<WasmModule> {
    let [url, sha256, root_id, secret] = wasm.texts.clone();
    if url.is_empty() {
        return None;
    }
    let vars = wasm.vm.into_iter().flat_map(|vm| vm.env().iter());
    let (host, own): (Vec<_>, Vec<_>) =
        vars.partition(|var| var.value_from().is_some_and(|from| from.name() == "HOST"));
    Some(WasmModule {
        network: wasm.network,
        url: if has_scheme(&url) { url } else { format!("oci://{url}") },
        sha256,
        root_id,
        config: wasm.config.and_then(compact),
        pull_policy: wasm.pull_policy.clone().filter(|policy| policy != "UNSPECIFIED_POLICY"),
        pull_secret: !secret.is_empty(),
        failure: wasm.failure,
        env: own.iter().map(|var| (text(var.name()), text(var.value()))).collect(),
        host_env: host.iter().map(|var| text(var.name())).collect(),
        version,
        origin: Some(wasm.node.span()),
    })
}

/// What Go's `url.Parse` takes for a scheme: a letter, then letters, digits, `+`, `-` and `.` before the first colon.
fn has_scheme(url: &str) -> bool {
    let Some((scheme, _)) = url.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// An object as istiod prints it: keys sorted, whole numbers without a fraction, signs of HTML escaped; `None` for an empty one.
fn compact(config: Node<'_>) -> Option<String> {
    let mut value = json::value(config);
    tidy(&mut value);
    value.as_object().is_some_and(|fields| !fields.is_empty()).then(|| escaped(&value.to_string()))
}

/// `<`, `>` and `&` stand in strings alone, so that the whole text can be searched for them.
fn escaped(json: &str) -> String {
    let signs = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    signs.iter().fold(json.to_owned(), |text, (sign, code)| text.replace(*sign, code))
}

fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.sort_keys();
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Number(number) => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9.0e15);
            if let Some(whole) = whole.and_then(|n| format!("{n:.0}").parse::<i64>().ok()) {
                *value = Value::from(whole);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_without_a_scheme_are_images() {
        for (url, known) in
            [("https://a/b", true), ("oci://a", true), ("ghcr.io/a/b:1", false), ("a:1", true), ("", false)]
        {
            assert_eq!(has_scheme(url), known, "{url}");
        }
    }

    #[test]
    fn numbers_are_printed_as_protobuf_does() {
        let mut value = serde_json::json!({"b": 1.0, "a": [2.5, 1e3]});
        tidy(&mut value);
        assert_eq!(value.to_string(), r#"{"a":[2.5,1000],"b":1}"#);
    }
}
