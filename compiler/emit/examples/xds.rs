//! Development driver: compiles recorded cases and writes their xDS as JSON.
//!
//! `xds CASE OUT` for one case, or `xds CASES OUT` for a folder of cases; results are in `OUT/<proxy>` or `OUT/<case>/<proxy>`.
#![expect(clippy::disallowed_methods, reason = "a driver reads and writes files")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mp_ir::plan::ProxyKind;
use mp_lower::{FactOptions, Index, ProxySpec};
use mp_model::{Input, Workspace};
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let mut args = std::env::args().skip(1);
    let (Some(case), Some(out)) = (args.next(), args.next()) else {
        return Err("usage: xds CASE OUT".into());
    };
    let (case, out) = (PathBuf::from(case), PathBuf::from(out));
    if case.join("proxies.json").exists() {
        return compile(&case, &out);
    }
    let mut stderr = std::io::stderr();
    for folder in sorted(&case)? {
        let name = folder.file_name().unwrap_or_default();
        if folder.join("proxies.json").exists()
            && let Err(why) = compile(&folder, &out.join(name))
        {
            writeln!(stderr, "{}: {why}", folder.display())?;
        }
    }
    Ok(())
}

fn compile(case: &Path, out: &Path) -> Outcome {
    let files = sorted(&case.join("in"))?;
    let inputs: Result<Vec<Input>, std::io::Error> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "yaml"))
        .map(|file| Ok(Input::new(file.to_string_lossy(), &fs::read_to_string(file)?)))
        .collect();
    let optional = |name: &str| {
        let file = case.join(name);
        fs::read_to_string(&file).ok().map(|text| Input::new(file.to_string_lossy(), &text))
    };
    let env = fs::read_to_string(case.join("env")).unwrap_or_default();
    let env = env.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let options =
        FactOptions { mesh_config: optional("mesh.yaml"), mesh_networks: optional("networks.yaml"), env, version: None };
    let mesh = mp_lower::facts(&Workspace::read(&inputs?), &options);
    let index = Index::new(&mesh);
    let proxies: Vec<Value> = serde_json::from_str(&fs::read_to_string(case.join("proxies.json"))?)?;
    for entry in &proxies {
        let spec = spec(entry);
        let view = mp_lower::proxy::view(&mesh, &index, &spec);
        let snapshot = mp_emit::xds(&mp_lower::plan(&mesh, &index, &view))?;
        let folder = out.join(&spec.name);
        fs::create_dir_all(&folder)?;
        for (name, resources) in snapshot.files() {
            fs::write(folder.join(format!("{name}.json")), json!({"resources": resources}).to_string())?;
        }
    }
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut entries = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    Ok(entries)
}

fn spec(entry: &Value) -> ProxySpec {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let map = |key: &str| -> Option<BTreeMap<String, String>> {
        let fields = entry.get(key)?.as_object()?;
        Some(fields.iter().map(|(k, v)| (k.clone(), v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect())
    };
    ProxySpec {
        name: text("name"),
        kind: match text("type").as_str() {
            "router" => ProxyKind::Router,
            "waypoint" => ProxyKind::Waypoint,
            _ => ProxyKind::Sidecar,
        },
        namespace: text("ns"),
        pod: text("pod"),
        ips: entry.get("ips").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        labels: map("labels"),
        annotations: map("annotations"),
        service_account: text("serviceAccount"),
        locality: text("locality"),
        network: text("network"),
        istio_version: text("istioVersion"),
        dns_capture: entry.get("dnsCapture").and_then(Value::as_bool).unwrap_or(false),
        metadata: map("metadata").unwrap_or_default(),
    }
}
