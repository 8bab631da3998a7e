//! Many decisions over many policies of one workload.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use super::Job;
use crate::project;

const POLICIES: usize = 1000;
const REQUESTS: u32 = 200_000;

/// `decide` on one thread.
pub(super) fn job(folder: &Path, program: OsString) -> Result<Job, String> {
    let (mesh, requests) = (folder.join("policies.yaml"), folder.join("decisions.jsonl"));
    project::write(&mesh, policies().as_bytes())?;
    project::write(&requests, lines().as_bytes())?;
    let words = ["decide", "--jobs", "1", "--workload", "shop/api", "--requests"].map(OsString::from);
    let args = words.into_iter().chain([requests.into(), mesh.into()]).collect();
    let input = format!("{REQUESTS} requests, {POLICIES} policies");
    Ok(Job { name: "decide", input, units: f64::from(REQUESTS), unit: "request", program, args })
}

fn policies() -> String {
    let mut out = String::from(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: api, namespace: shop, labels: {app: api}}\n\
         status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}\n",
    );
    for n in 0..POLICIES {
        let team = n % 50;
        let _infallible = write!(
            out,
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p{n}, namespace: shop}}\n\
             spec:\n  selector: {{matchLabels: {{app: api}}}}\n  rules:\n  - from: [{{source: {{principals: \
             [cluster.local/ns/team-{team}/sa/app-{n}]}}}}]\n    to: [{{operation: {{paths: [/v1/things/{n}/*], \
             methods: [GET, POST]}}}}]\n"
        );
    }
    out
}

/// Callers of all policies in turn; every fourth asks for what belongs to another.
fn lines() -> String {
    let mut out = String::new();
    for n in 0..REQUESTS {
        let who = n as usize * 7919 % POLICIES;
        let what = if n % 4 == 0 { (who + 1) % POLICIES } else { who };
        let team = who % 50;
        let _infallible = writeln!(
            out,
            "{{\"id\":\"{n}\",\"peer\":\"spiffe://cluster.local/ns/team-{team}/sa/app-{who}\",\"src\":\"10.0.1.1\",\"port\":8080,\
             \"method\":\"GET\",\"path\":\"/v1/things/{what}/x\",\"host\":\"api.shop\"}}"
        );
    }
    out
}
