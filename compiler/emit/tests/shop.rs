//! The sample mesh against what the real control plane sent for it (`fixtures/README.md`).
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads its own fixtures"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mp_emit::{XdsSnapshot, canonical, xds};
use mp_ir::plan::ProxyKind;
use mp_lower::{FactOptions, Index, ProxySpec, facts, plan, proxy};
use mp_model::{Input, Workspace};
use serde_json::Value;

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop")
}

fn inputs() -> Vec<Input> {
    let mut files: Vec<PathBuf> = fs::read_dir(shop()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "yaml"));
    files.sort();
    files.iter().map(|path| Input::new(path.to_string_lossy(), &fs::read_to_string(path).unwrap())).collect()
}

fn compile(inputs: &[Input], name: &str) -> XdsSnapshot {
    let (kind, namespace, pod) = match name {
        "gateway" => (ProxyKind::Router, "istio-system", "istio-ingressgateway-6c9f8-q7d2x"),
        _ => (ProxyKind::Sidecar, "pay", "checkout-v1-58d7b-m3x8r"),
    };
    let mesh = facts(&Workspace::read(inputs), &FactOptions::default());
    let index = Index::new(&mesh);
    let spec = ProxySpec {
        kind,
        namespace: namespace.into(),
        pod: pod.into(),
        name: name.into(),
        ..ProxySpec::default()
    };
    xds(&plan(&mesh, &index, &proxy::view(&mesh, &index, &spec))).unwrap()
}

fn by_name(resources: &[Value]) -> BTreeMap<String, Value> {
    let name = |value: &Value| {
        let field = if value.get("clusterName").is_some() { "clusterName" } else { "name" };
        value[field].as_str().unwrap().to_owned()
    };
    resources.iter().map(|value| (name(value), canonical(value.clone()).unwrap())).collect()
}

fn expected(proxy: &str, kind: &str) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(shop().join("expect").join(proxy).join(format!("{kind}.json"))).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    by_name(file["resources"].as_array().unwrap())
}

#[test]
fn resources_are_those_of_the_control_plane() {
    for proxy in ["checkout", "gateway"] {
        let got = compile(&inputs(), proxy);
        for (kind, got) in [("lds", &got.lds), ("cds", &got.cds), ("rds", &got.rds), ("eds", &got.eds)] {
            let (want, got) = (expected(proxy, kind), by_name(got));
            assert_eq!(want.keys().collect::<Vec<_>>(), got.keys().collect::<Vec<_>>(), "{proxy} {kind}");
            for (name, want) in want {
                assert_eq!(want, got[&name], "{proxy} {kind} {name}");
            }
        }
    }
}

#[test]
fn the_order_of_files_does_not_matter() {
    let mut reversed = inputs();
    let straight = compile(&reversed, "checkout");
    reversed.reverse();
    let reversed = compile(&reversed, "checkout");
    assert_eq!(straight, reversed);
}

#[test]
fn a_mesh_without_mutual_tls_gives_other_clusters() {
    let mut changed = inputs();
    let disable = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: off, namespace: shop}\n\
                   spec: {mtls: {mode: DISABLE}}\n";
    changed.push(Input::new("off.yaml", disable));
    assert_ne!(compile(&inputs(), "checkout").cds, compile(&changed, "checkout").cds);
}
