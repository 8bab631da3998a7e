//! `render` and its adapters: waves, folders of waves, KRM functions, Helm and Argo CD.

#![expect(clippy::disallowed_methods, reason = "the tests start programs and read what was written")]

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::{Folder, fixtures, meshproof};

const WAVE: &str = "argocd.argoproj.io/sync-wave";

const MESH: &str = "# routes first in the file
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web # the one
  namespace: shop
spec:
  hosts: [web]
  http:
  - route: [{destination: {host: web, subset: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec:
  host: web
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    team: shop
  name: web
  namespace: shop
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, version: v1}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: example.org/v1
kind: Thing
metadata: {name: thing, namespace: shop}
";

/// Kind and wave of each document of a stream.
fn waves(text: &str) -> Vec<(String, Option<String>)> {
    let ran = meshproof(&fixtures(), &["parse", "-"], text.as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let read = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap();
        let wave = object["metadata"]["annotations"][WAVE].as_str().map(str::to_owned);
        (object["kind"].as_str().unwrap().to_owned(), wave)
    };
    ran.out.lines().map(read).collect()
}

fn wave(all: &[(String, Option<String>)], kind: &str) -> Option<i64> {
    let (_, wave) = all.iter().find(|(known, _)| known == kind).unwrap();
    wave.as_deref().map(|wave| wave.parse().unwrap())
}

#[test]
fn waves_follow_what_needs_what() {
    let ran = meshproof(&fixtures(), &["render", "--sync-waves"], MESH.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let all = waves(&ran.out);
    let of = |kind: &str| wave(&all, kind).unwrap();
    assert_eq!((of("Namespace"), of("Thing")), (0, 1));
    assert!(of("Service") > 0 && of("DestinationRule") > 0 && of("Deployment") > 0);
    for before in ["Service", "DestinationRule", "Deployment"] {
        assert!(of("VirtualService") > of(before), "{before}: {all:?}");
    }
    // Without the annotations all bytes are what they were.
    let kept: String = ran.out.split_inclusive('\n').filter(|line| !line.contains("  argocd.argo")).collect();
    let own =
        MESH.replace("metadata:\n  name: web # the one", "metadata:\n  annotations:\n  name: web # the one");
    let flow = without_flow_annotations(&kept);
    assert_eq!(flow, own);
}

/// Takes flow annotations out again.
fn without_flow_annotations(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) =
        rest.split_once("\"annotations\": {\"argocd.argoproj.io/sync-wave\": \"")
    {
        out.push_str(before);
        rest = after.split_once("\"}, ").unwrap().1;
    }
    out + rest
}

#[test]
fn waves_that_are_written_stay_and_conflicts_are_told() {
    let early = MESH.replace(
        "  name: web # the one",
        "  annotations: {argocd.argoproj.io/sync-wave: \"-1\"}\n  name: web",
    );
    let ran = meshproof(
        &fixtures(),
        &["render", "--sync-waves", "--stdin-filename", "mesh.yaml"],
        early.as_bytes(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(wave(&waves(&ran.out), "VirtualService"), Some(-1));
    let said = "VirtualService shop/web (mesh.yaml:6:";
    assert!(ran.err.contains(said) && ran.err.contains("has wave -1 written, but"), "{}", ran.err);
    let late = MESH.replace(
        "kind: DestinationRule\nmetadata: {",
        "kind: DestinationRule\nmetadata: {annotations: {argocd.argoproj.io/sync-wave: \"7\"}, ",
    );
    let ran = meshproof(&fixtures(), &["render", "--sync-waves"], late.as_bytes());
    assert_eq!((wave(&waves(&ran.out), "VirtualService"), ran.err.as_str()), (Some(8), ""));
}

#[test]
fn files_of_other_tools_do_not_go_out() {
    let files: [(&str, &[u8]); 3] = [
        ("mesh.yaml", MESH.as_bytes()),
        ("values.yaml", b"replicas: 3\n"),
        ("a.yaml", b"apiVersion: meshproof.dev/v1alpha1\nkind: Invariant\nmetadata: {name: a}\nspec: {}\n"),
    ];
    let folder = Folder::new("render-others", &files);
    let ran = meshproof(&folder.0, &["render", ".", "--fail-on", "never"], b"");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), MESH), "{}", ran.err);
    for left in ["a.yaml", "values.yaml"] {
        assert!(ran.err.contains(&format!("note: {left} holds no object")), "{}", ran.err);
    }
}

#[test]
fn a_folder_for_each_wave() {
    let folder = Folder::new("render-split", &[("in/mesh.yaml", MESH.as_bytes())]);
    let args = [
        "render",
        "in",
        "--split-by",
        "wave",
        "-o",
        "out",
        "--flux-source",
        "GitRepository/mesh",
        "--flux-path",
        "out",
    ];
    let ran = meshproof(&folder.0, &args, b"");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    let read = |file: &str| std::fs::read_to_string(folder.0.join("out").join(file)).unwrap();
    assert_eq!(waves(&read("00-wave/objects.yaml")), [("Namespace".to_owned(), None)]);
    let mut all = Vec::new();
    let mut names: Vec<String> = std::fs::read_dir(folder.0.join("out"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names.iter().filter(|name| name.ends_with("-wave")) {
        assert!(read(&format!("{name}/kustomization.yaml")).contains("- objects.yaml"));
        all.push(read(&format!("{name}/objects.yaml")));
    }
    assert!(
        all.last().unwrap().contains("kind: VirtualService")
            && all.last().unwrap().contains("# routes first"),
        "{all:?}"
    );
    assert_eq!(waves(&all.concat()).len(), 6);
    assert_eq!(read("flux.yaml").matches("dependsOn").count(), all.len() - 1);
    let ran = meshproof(&folder.0, &args, b"");
    assert_eq!(ran.code, Some(2), "a folder that holds something is not mixed with");
    assert!(ran.err.contains("`out` is not empty"), "{}", ran.err);
}

fn items(extra: &str) -> String {
    let item = |text: &str| format!("- {}\n", text.trim_end().replace('\n', "\n  "));
    let list: String = MESH.split("---\n").map(item).collect();
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{list}{extra}")
}

#[test]
fn a_krm_function_adds_results_and_waves() {
    let list = items(
        "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: f}\n  data: {syncWaves: \"true\"}\n",
    );
    let ran = meshproof(&fixtures(), &["krm"], list.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    assert_eq!(ran.out.matches(WAVE).count(), 6, "{}", ran.out);
    assert!(!ran.out.contains("results") && ran.out.contains("name: web # the one"), "{}", ran.out);

    let broken = items("").replace("subset: v1", "subset: v9").replace(
        "    team: shop\n",
        "    config.kubernetes.io/path: a/b.yaml\n      config.kubernetes.io/index: '3'\n",
    );
    let broken = broken.replace("  namespace: shop\n  spec:\n    hosts", "  namespace: shop\n    annotations: {config.kubernetes.io/path: v.yaml, config.kubernetes.io/index: '1'}\n  spec:\n    hosts");
    let ran = meshproof(&fixtures(), &["krm"], broken.as_bytes());
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.starts_with(&broken) && ran.err.contains("MP1002"), "{}\n{}", ran.out, ran.err);
    let parsed = meshproof(&fixtures(), &["parse", "-"], ran.out.as_bytes());
    let parsed: Value = serde_json::from_str(parsed.out.trim()).unwrap();
    let first = &parsed["results"][0];
    assert_eq!(first["severity"], "error");
    assert_eq!(first["tags"]["code"], "MP1002");
    assert_eq!(
        first["resourceRef"],
        json!({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "namespace": "shop", "name": "web"})
    );
    assert_eq!(first["file"], json!({"path": "v.yaml", "index": 1}));
    assert!(first["field"]["path"].as_str().unwrap().starts_with("spec.http[0].route[0]"), "{first}");

    // Once more: the results of before are replaced.
    let again = meshproof(&fixtures(), &["krm", "--fail-on", "never"], ran.out.as_bytes());
    assert_eq!((again.code, again.out), (Some(0), ran.out));
}

#[test]
fn a_list_in_json_stays_json() {
    let service =
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"portz": []}});
    let list = json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [service]});
    let ran = meshproof(&fixtures(), &["krm"], list.to_string().as_bytes());
    let out: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &out["items"]), (Some(1), &list["items"]));
    assert_eq!(out["results"][0]["severity"], "error");
    let ran = meshproof(&fixtures(), &["krm"], b"apiVersion: v1\nkind: Service\nmetadata: {name: a}\n");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "no list");
    let odd = items("functionConfig: {spec: {syncWave: true}}\n");
    let ran = meshproof(&fixtures(), &["krm"], odd.as_bytes());
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("there is no option `syncWave`"), "{}", ran.err);
}

#[test]
fn helm_gets_its_bytes_back() {
    let ran = meshproof(&fixtures(), &["post-render"], MESH.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), MESH), "{}", ran.err);
    let ran = meshproof(&fixtures(), &["post-render"], MESH.replace("subset: v1", "subset: v9").as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
}

#[test]
fn argo_cd_reads_parameters_and_gets_waves() {
    let folder = Folder::new("render-argocd", &[("mesh.yaml", MESH.as_bytes()), ("values.yaml", b"a: 1\n")]);
    let run = |args: &[&str], parameters: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshproof"));
        command.arg("argocd").args(args).current_dir(&folder.0).env("ARGOCD_APP_PARAMETERS", parameters);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = run(&["generate"], "[]");
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(waves(&out).iter().filter(|(_, wave)| wave.is_some()).count(), 6);
    let (code, out, err) = run(
        &["generate"],
        r#"[{"name":"sync-waves","string":"false"},{"name":"paths","array":["mesh.yaml"]}]"#,
    );
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), MESH, ""));
    let (code, _, err) = run(&["generate"], r#"[{"name":"fail-on","string":"often"}]"#);
    assert_eq!(code, Some(2));
    assert!(err.contains("the parameter `fail-on` cannot be `often`"), "{err}");
    assert_eq!(run(&["discover"], ""), (Some(0), "mesh.yaml\n".to_owned(), String::new()));
    let (code, plugin, _) = run(&["plugin"], "");
    assert!(code == Some(0) && plugin.contains("kind: ConfigManagementPlugin"));
    std::fs::write(folder.0.join("kustomization.yaml"), "resources: [mesh.yaml]\n").unwrap();
    let (code, out, err) = run(&["generate"], "");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("kustomize build . | meshproof argocd generate -"), "{err}");
}
