//! Development driver: `xds CASE_DIR OUT_DIR` compiles a case (files in `in/`, `mesh.yaml`, `env`, `proxies.json`) and writes
//! `OUT_DIR/<proxy>/{lds,cds,rds,eds,ecds,nds}.json`. A folder of cases writes `OUT_DIR/<case>/<proxy>/…`.
#![expect(clippy::disallowed_methods, reason = "an example stands at the edge")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mp_ir::plan::ProxyKind;
use mp_lower::{FactOptions, Index, ProxySpec, facts, plan, proxy};
use mp_model::{Input, Workspace};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut args = std::env::args().skip(1).map(PathBuf::from);
    let (Some(case), Some(out)) = (args.next(), args.next()) else {
        return Err("usage: xds CASE_DIR OUT_DIR".into());
    };
    if case.join("proxies.json").exists() {
        return compile(&case, &out);
    }
    for entry in sorted(&case)? {
        if entry.join("proxies.json").exists() {
            let name = entry.file_name().unwrap_or_default();
            if let Err(why) = compile(&entry, &out.join(name)) {
                writeln!(std::io::stderr(), "{}: {why}", entry.display())?;
            }
        }
    }
    Ok(())
}

fn sorted(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut out = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Outcome<Vec<PathBuf>>>()?;
    out.sort();
    Ok(out)
}

fn compile(case: &Path, out: &Path) -> Outcome<()> {
    let inputs = if case.join("in").exists() { case.join("in") } else { case.to_owned() };
    let is_yaml =
        |path: &PathBuf| path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml" || ext == "json");
    let read = |path: &PathBuf| Ok(Input::new(path.to_string_lossy(), &fs::read_to_string(path)?));
    let files =
        sorted(&inputs)?.iter().filter(|path| is_yaml(path)).map(read).collect::<Outcome<Vec<Input>>>()?;
    let optional = |name: &str| {
        let path = case.join(name);
        if path.exists() { read(&path).map(Some) } else { Ok(None) }
    };
    let env = fs::read_to_string(case.join("env")).unwrap_or_default();
    let env = env
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
    let options = FactOptions {
        mesh_config: optional("mesh.yaml")?,
        mesh_networks: optional("networks.yaml")?,
        env,
        ..FactOptions::default()
    };
    let mesh = facts(&Workspace::read(&files), &options);
    let index = Index::new(&mesh);
    let proxies: Vec<Value> = serde_json::from_str(&fs::read_to_string(case.join("proxies.json"))?)?;
    for value in &proxies {
        let spec = spec(value);
        let view = proxy::view(&mesh, &index, &spec);
        let snapshot = mp_emit::xds(&plan(&mesh, &index, &view))?;
        let folder = out.join(&spec.name);
        fs::create_dir_all(&folder)?;
        for (name, resources) in snapshot.files() {
            let text = serde_json::to_string_pretty(&json!({"resources": resources}))?;
            fs::write(folder.join(format!("{name}.json")), text)?;
        }
    }
    Ok(())
}

fn spec(value: &Value) -> ProxySpec {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let map = |key: &str| {
        let entries = value.get(key).and_then(Value::as_object)?;
        Some(entries.iter().map(|(k, v)| (k.clone(), word(v))).collect::<BTreeMap<String, String>>())
    };
    let ips = value.get("ips").and_then(Value::as_array).into_iter().flatten().map(word);
    let ip = Some(text("ip")).filter(|ip| !ip.is_empty());
    ProxySpec {
        name: text("name"),
        kind: match text("type").as_str() {
            "router" => ProxyKind::Router,
            "waypoint" => ProxyKind::Waypoint,
            _ => ProxyKind::Sidecar,
        },
        namespace: text("ns"),
        pod: text("pod"),
        ips: ip.into_iter().chain(ips).collect(),
        labels: map("labels"),
        annotations: map("annotations"),
        service_account: text("serviceAccount"),
        locality: text("locality"),
        network: text("network"),
        istio_version: text("istioVersion"),
        dns_capture: value.get("dnsCapture").and_then(Value::as_bool).unwrap_or_default(),
        metadata: map("metadata").unwrap_or_default(),
    }
}
