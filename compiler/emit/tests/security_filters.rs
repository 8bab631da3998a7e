//! Filters of security policies against those that istiod built for the same input.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads files and says when it cannot"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "functions of tests may fail as tests do"
)]

use std::fs;
use std::path::{Path, PathBuf};

use mp_emit::{canonical, jwt, rbac};
use mp_ir::plan::{CustomFilter, EnforcementPoint};
use mp_model::{Input, Workspace};
use serde_json::Value;

fn shared() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/authz");
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "shared/oracle/authz is absent");
    eprintln!("skipped: shared/oracle/authz is absent");
    None
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn point(case: &Path) -> EnforcementPoint {
    let mut files: Vec<PathBuf> = fs::read_dir(case.join("in")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let inputs: Vec<Input> =
        files.iter().map(|f| Input::new(f.display().to_string(), &fs::read_to_string(f).unwrap())).collect();
    let mesh = mp_lower::facts(&Workspace::read(&inputs), &mp_lower::FactOptions::default());
    let meta = read(&case.join("case.json"));
    let points = mp_lower::plan::security::enforcement_points(&mesh);
    points
        .into_iter()
        .find(|p| meta["workload"]["name"] == p.name.as_str())
        .expect("the workload has a point")
}

fn http(point: &EnforcementPoint) -> Vec<Value> {
    let pair =
        |c: &CustomFilter| [Some(rbac::http_rbac(&c.rbac)), c.ext_authz.as_ref().map(rbac::http_ext_authz)];
    let mut out: Vec<Value> = point.http.custom.iter().flat_map(pair).flatten().collect();
    out.extend(point.http.jwt.as_ref().map(jwt::jwt_authn));
    out.extend(point.http.rbac.iter().map(rbac::http_rbac));
    out
}

fn tcp(point: &EnforcementPoint) -> Vec<Value> {
    let pair = |c: &CustomFilter| {
        [Some(rbac::network_rbac(&c.rbac)), c.ext_authz.as_ref().map(rbac::network_ext_authz)]
    };
    let mut out: Vec<Value> = point.tcp.custom.iter().flat_map(pair).flatten().collect();
    out.extend(point.tcp.rbac.iter().map(rbac::network_rbac));
    out
}

/// Type and content of a filter in canonical form.
fn normal(filter: &Value) -> Value {
    canonical(filter["typedConfig"].clone()).unwrap_or_else(|e| panic!("{e:?}: {filter}"))
}

#[test]
fn filters_are_those_of_istiod() {
    let Some(dir) = shared() else { return };
    let mut cases: Vec<PathBuf> =
        fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    cases.sort();
    let (mut total, mut equal) = (0, 0);
    for case in cases {
        let point = point(&case);
        for group in read(&case.join("filters.json")).as_array().unwrap() {
            let blackhole =
                group["chains"].as_array().unwrap().iter().all(|c| c["chain"] == "virtualInbound-blackhole");
            if blackhole {
                continue;
            }
            let got = if group["protocol"] == "http" { http(&point) } else { tcp(&point) };
            let got: Vec<Value> = got.iter().map(normal).collect();
            let want: Vec<Value> = group["filters"].as_array().unwrap().iter().map(normal).collect();
            total += 1;
            if got == want {
                equal += 1;
            } else {
                eprintln!(
                    "{} {}\n  got  {}\n  want {}",
                    case.display(),
                    group["protocol"],
                    Value::from(got),
                    Value::from(want)
                );
            }
        }
    }
    eprintln!("filter stacks: {equal} / {total}");
    assert_eq!(equal, total);
}
