//! `compile` for many sidecars of one mesh: linear in proxies, with what they share built once.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Job, Mesh, folder, job};
use crate::conformance::Program;
use crate::project;

/// Sidecars of the two rows.
const SIZES: [usize; 2] = [20, 200];

/// The rows; bootstraps land in a folder that is written over.
pub(super) fn jobs(program: &Program, mesh: &Mesh, text: &str) -> Result<Vec<Job>, String> {
    let pods = pods(text);
    SIZES.iter().map(|count| one(program, mesh, pods.get(..*count).unwrap_or(&pods))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred proxies")]
fn one(program: &Program, mesh: &Mesh, pods: &[(String, String)]) -> Result<Job, String> {
    let list: Vec<Value> = pods
        .iter()
        .map(|(ns, pod)| json!({"name": format!("{ns}.{pod}"), "type": "sidecar", "ns": ns, "pod": pod}))
        .collect();
    let file = folder().join(format!("proxies-{}.json", pods.len()));
    project::write(&file, Value::from(list).to_string().as_bytes())?;
    let out: PathBuf = folder().join("sidecars");
    let (file, out) = (file.display().to_string(), out.display().to_string());
    let args = ["compile", "--proxies", &file, "-o", &out];
    let job = job("compile sidecars", mesh, program.path.clone().into(), &args);
    let input = format!("{} services, {} proxies", mesh.services, pods.len());
    Ok(Job { input, units: pods.len() as f64, unit: "proxy", ..job })
}

/// Namespaces and names of the Pods of a generated mesh, those of gateways left out.
fn pods(text: &str) -> Vec<(String, String)> {
    let documents = text.split("\n---\n").filter(|document| document.contains("\nkind: Pod\n"));
    let field = |document: &str, key: &str| {
        let line = document.lines().find_map(|line| line.strip_prefix(key));
        line.map(str::trim).map(str::to_owned)
    };
    let row = |document: &str| Some((field(document, "  namespace: ")?, field(document, "  name: ")?));
    documents.filter_map(row).filter(|(namespace, _)| namespace != "istio-system").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_of_workloads_alone() {
        let pod = |ns: &str| format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: {ns}\n");
        let text =
            [pod("shop"), pod("istio-system"), "apiVersion: v1\nkind: Service\n".to_owned()].join("\n---\n");
        assert_eq!(pods(&text), [("shop".to_owned(), "a".to_owned())]);
    }
}
