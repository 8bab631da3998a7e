//! A file that tells what stands around the mesh: the fields of `case.json` of recorded traffic.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mp_eval::hop::Place;
use serde::Deserialize;

use super::{Pod, World};
use crate::failure::Failure;
use crate::input;

#[derive(Debug, Deserialize)]
struct PodEntry {
    name: String,
    #[serde(default)]
    ports: Vec<u32>,
    #[serde(default)]
    sa: String,
}

#[derive(Debug, Default, Deserialize)]
struct Script {
    #[serde(rename = "do", default)]
    told: Option<String>,
    #[serde(default)]
    close: bool,
}

/// What counts; other fields say how the recording was made.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    #[serde(default)]
    pods: BTreeMap<String, PodEntry>,
    #[serde(default)]
    dead: BTreeSet<String>,
    #[serde(default)]
    externals: Vec<String>,
    #[serde(default)]
    scripts: BTreeMap<String, Script>,
    #[serde(default)]
    server_certs: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    local_apps: Vec<(String, u32, String)>,
    trust_domain: Option<String>,
}

/// Reads the file into a world.
pub(crate) fn read(file: &Path, world: &mut World) -> Result<(), Failure> {
    let text = input::read_text(file)?;
    let case: Case = serde_json::from_str(&text).map_err(|e| {
        Failure::usage(
            format!("{}:{}:{}: {e}", file.display(), e.line(), e.column()),
            "write an object with `pods`, `dead`, `externals`, `scripts`, `serverCerts`, `localApps`",
        )
    })?;
    let mut listening = BTreeSet::new();
    for (ip, pod) in &case.pods {
        listening.extend(pod.ports.iter().map(|port| Place { host: ip.clone(), port: *port }));
    }
    listening.extend(case.externals.iter().filter_map(|text| place(text)));
    for (ip, port, name) in case.local_apps {
        let at = Place { host: unmapped(&ip), port };
        listening.insert(at.clone());
        world.names.insert(at, name);
    }
    world.pods = case.pods.into_iter().map(|(ip, pod)| (ip, known(pod))).collect();
    world.dead = case.dead;
    world.server_certificates = case.server_certs;
    world.closing = case.scripts.iter().filter(|(_, s)| s.close).map(|(name, _)| name.clone()).collect();
    world.scripts = case.scripts.into_iter().filter_map(|(name, s)| Some((name, s.told?))).collect();
    world.listening = Some(listening);
    if let Some(domain) = case.trust_domain {
        world.trust_domain = domain;
    }
    Ok(())
}

fn known(pod: PodEntry) -> Pod {
    Pod { name: pod.name, service_account: pod.sa }
}

fn place(text: &str) -> Option<Place> {
    let (host, port) = text.rsplit_once(':')?;
    Some(Place { host: host.to_owned(), port: port.parse().ok()? })
}

/// An address of the mesh: recordings move 10.a.b.c to 127.a.b.c.
fn unmapped(ip: &str) -> String {
    match ip.strip_prefix("127.") {
        Some("0.0.1") | None => ip.to_owned(),
        Some(rest) => format!("10.{rest}"),
    }
}
