//! Meshes drawn by chance around the services that the recorded ones have.

use std::path::Path;

use serde_json::{Value, json};

use super::words::{self, Words};
use super::{entries, known, policies, requests, routes};
use crate::conformance::compare;
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

/// The recorded case that has an authorizer.
const AUTHORIZER: &str = "gw-ext-authz";

/// The recorded case whose proxies a family takes.
const fn base(family: Family) -> &'static str {
    match family {
        Family::Gateway => AUTHORIZER,
        Family::Outbound => "sc-defaults",
        Family::Inbound => "in-permissive",
    }
}

/// Seeds up to this one draw what the first ones drew: their cases are listed as equal and stay what they are.
const PLAIN: u64 = 40;

/// Writes the case of a seed.
pub(super) fn make(area: &Path, to: &Path, seed: u64, words: &Words) -> Result<(), String> {
    let families = [Family::Gateway, Family::Outbound, Family::Inbound];
    let mut dice = Dice(seed.wrapping_mul(0x1234_5677));
    let family =
        families.get(usize::try_from(seed % 3).unwrap_or_default()).copied().unwrap_or(Family::Gateway);
    surround(area, to, family)?;
    let wide = seed > PLAIN;
    let objects = objects(family, wide, words, &mut dice);
    let mut texts: Vec<String> = objects.iter().map(|object| format!("{object:#}\n")).collect();
    texts.push(words.secrets.clone());
    project::write(&to.join("in/20-config.yaml"), texts.join("---\n").as_bytes())?;
    // Servers that count would count copies too.
    let counting = !texts.iter().any(|text| text.contains("\"mirror\""));
    let mut draw = requests::Draw { family, wide, counting, words, dice: &mut dice };
    let lines: String = draw.all().iter().map(|row| format!("{row}\n")).collect();
    project::write(&to.join("requests.jsonl"), lines.as_bytes())
}

/// The services, Pods and proxies around what is drawn. All but callers have an authorizer to ask.
fn surround(area: &Path, to: &Path, family: Family) -> Result<(), String> {
    let from = area.join(base(family));
    project::empty_dir(&to.join("in"))?;
    known::copy(&from, to, &["expect.jsonl", "requests.jsonl"])?;
    if family == Family::Outbound {
        return known::copy(&from.join("in"), &to.join("in"), &["20-config.yaml"]);
    }
    let other = area.join(AUTHORIZER);
    known::copy(&other.join("in"), &to.join("in"), &["20-config.yaml"])?;
    known::copy(&other, to, &["expect.jsonl", "requests.jsonl", "proxies.json", "case.json"])?;
    let mut case = compare::read_json(&from.join("case.json"))?;
    words::with_authorizer(&mut case, &compare::read_json(&other.join("case.json"))?);
    project::write(&to.join("case.json"), format!("{case:#}\n").as_bytes())
}

fn objects(family: Family, wide: bool, words: &Words, dice: &mut Dice) -> Vec<Value> {
    match family {
        Family::Gateway => {
            let mut all = vec![
                entries::gateway(wide, dice),
                subsets("api", &["v1", "v2", "v3"]),
                subsets("web", &["v1", "v2"]),
            ];
            let count = dice.number(1, 3);
            all.extend((0..count).map(|n| routes::at_gateway(n, dice)));
            all.extend(policies::at("istio-system", &json!({"istio": "ingressgateway"}), words, dice));
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
        Family::Inbound => policies::at("default", &json!({"app": "echo"}), words, dice),
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
