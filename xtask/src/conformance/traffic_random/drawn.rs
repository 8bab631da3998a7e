//! Meshes drawn by chance around the services that the recorded ones have.

use std::path::Path;

use serde_json::{Value, json};

use super::{entries, known, policies, requests, routes};
use crate::dice::Dice;
use crate::project;

/// Where the bytes arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// A gateway for clients outside.
    Gateway,
    /// A sidecar of a caller.
    Outbound,
    /// A sidecar of a server.
    Inbound,
}

/// The recorded case whose services, Pods and proxies a family takes.
const fn base(family: Family) -> &'static str {
    match family {
        Family::Gateway => "gw-path-basic",
        Family::Outbound => "sc-defaults",
        Family::Inbound => "in-permissive",
    }
}

/// Writes the case of a seed.
pub(super) fn make(area: &Path, to: &Path, seed: u64) -> Result<(), String> {
    let families = [Family::Gateway, Family::Outbound, Family::Inbound];
    let mut dice = Dice(seed.wrapping_mul(0x1234_5677));
    let family =
        families.get(usize::try_from(seed % 3).unwrap_or_default()).copied().unwrap_or(Family::Gateway);
    let from = area.join(base(family));
    project::empty_dir(&to.join("in"))?;
    known::copy(&from, to, &["expect.jsonl", "requests.jsonl"])?;
    known::copy(&from.join("in"), &to.join("in"), &["20-config.yaml"])?;
    let objects = objects(family, &mut dice);
    let texts: Vec<String> = objects.iter().map(|object| format!("{object:#}\n")).collect();
    project::write(&to.join("in/20-config.yaml"), texts.join("---\n").as_bytes())?;
    // Servers that count would count copies too.
    let counting = !texts.iter().any(|text| text.contains("\"mirror\""));
    let lines: String =
        requests::draw(family, counting, &mut dice).iter().map(|row| format!("{row}\n")).collect();
    project::write(&to.join("requests.jsonl"), lines.as_bytes())
}

fn objects(family: Family, dice: &mut Dice) -> Vec<Value> {
    match family {
        Family::Gateway => {
            let mut all = vec![
                entries::gateway(dice),
                subsets("api", &["v1", "v2", "v3"]),
                subsets("web", &["v1", "v2"]),
            ];
            let count = dice.number(1, 3);
            all.extend((0..count).map(|n| routes::at_gateway(n, dice)));
            all.extend(policies::at("istio-system", &json!({"istio": "ingressgateway"}), dice));
            all
        }
        Family::Outbound => {
            let mut all = vec![
                entries::rule("api", &["v1", "v2", "v3"], dice),
                entries::rule("web", &["v1", "v2"], dice),
            ];
            let count = dice.number(1, 3);
            all.extend((0..count).map(|n| routes::of_mesh(n, dice)));
            all.extend(entries::outside(dice));
            all.extend(entries::sidecar(dice));
            all
        }
        Family::Inbound => policies::at("default", &json!({"app": "echo"}), dice),
    }
}

fn subsets(host: &str, names: &[&str]) -> Value {
    object(
        "DestinationRule",
        "networking.istio.io/v1",
        "default",
        host,
        json!({"host": host, "subsets": versions(names)}),
    )
}

/// Subsets by version.
pub(super) fn versions(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"name": name, "labels": {"version": name}})).collect()
}

/// A Kubernetes object.
pub(super) fn object(kind: &str, version: &str, namespace: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    })
}
