//! After any series of edits a session says what a fresh one says of the same texts, to the byte.

#![expect(clippy::disallowed_methods, reason = "tests read fixtures")]

use std::collections::BTreeMap;
use std::path::Path;

use mp_ide::{Analysis, Options, Session};

/// Numbers without a seed from outside: each run makes the same edits.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

fn fixture(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(folder);
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            out.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    out
}

/// Everything that a caller can see, facts included.
fn told(analysis: &Analysis) -> String {
    format!("{:#?}\n{:#?}\n{:#?}", analysis.findings, analysis.unknown, analysis.mesh)
}

fn cold(files: &BTreeMap<String, String>) -> String {
    let mut session = Session::new(Options::default());
    files.iter().for_each(|(path, text)| session.set(path, text.clone().into_bytes()));
    told(&session.analyse(None))
}

/// Changes a file, or adds, removes or renames one.
fn edit(files: &mut BTreeMap<String, String>, numbers: &mut Numbers) {
    let names: Vec<String> = files.keys().cloned().collect();
    let Some(name) = names.get(numbers.below(names.len())).cloned() else { return };
    let mut text = files[&name].clone();
    let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let at = numbers.below(lines.len());
    let documents: Vec<&str> = text.split("\n---\n").collect();
    let document = numbers.below(documents.len());
    match numbers.below(9) {
        0 => text = [&lines[..at], &lines[(at + 1).min(lines.len())..]].concat().concat(),
        1 => text += "# x\n",
        2 => text = text.replacen("host: ", "host: x", 1 + numbers.below(3)),
        3 => text = text.replacen("app: ", "app: x", 1 + numbers.below(3)),
        4 => {
            text = documents
                .iter()
                .enumerate()
                .filter(|(n, _)| *n != document)
                .map(|(_, d)| *d)
                .collect::<Vec<_>>()
                .join("\n---\n")
        }
        5 => text = documents.iter().rev().copied().collect::<Vec<_>>().join("\n---\n"),
        6 => {
            text =
                format!("{text}\n---\n{}", documents[document].replace("namespace: shop", "namespace: pay"))
        }
        7 => drop(files.insert(format!("a{}.yaml", numbers.below(3)), documents[document].to_owned())),
        _ if files.len() > 2 => {
            files.remove(&name);
            return;
        }
        _ => {}
    }
    files.insert(name, text);
}

fn same_after_edits(folder: &str, seed: u64) {
    let original = fixture(folder);
    assert!(!original.is_empty());
    let mut numbers = Numbers(seed);
    let mut files = original.clone();
    let mut session = Session::new(Options::default());
    let mut earlier = None;
    for round in 0..40 {
        if round % 13 == 12 {
            files = original.clone();
        }
        let gone: Vec<String> =
            session.paths().filter(|path| !files.contains_key(*path)).map(str::to_owned).collect();
        gone.iter().for_each(|path| session.remove(path));
        files.iter().for_each(|(path, text)| session.set(path, text.clone().into_bytes()));
        let now = session.analyse(earlier.take());
        assert_eq!(told(&now), cold(&files), "{folder}, seed {seed}, round {round}");
        earlier = Some(now);
        edit(&mut files, &mut numbers);
    }
}

#[test]
fn a_clean_mesh() {
    (0..3).for_each(|seed| same_after_edits("shop", seed));
}

#[test]
fn a_broken_mesh() {
    (3..6).for_each(|seed| same_after_edits("shop-broken", seed));
}

#[test]
fn settings_that_change_names() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{name: http, port: 80}]}\n";
    let routes = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: shop}\nspec:\n  hosts: [web]\n  http: [{route: [{destination: {host: web}}]}]\n";
    let node = |zone: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: n, labels: {{topology.kubernetes.io/region: r, topology.kubernetes.io/zone: {zone}}}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: shop}}\nspec: {{nodeName: n, containers: []}}\n"
        )
    };
    let operator = |domain: &str| {
        format!(
            "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {{values: {{global: {{proxy: {{clusterDomain: {domain}}}}}}}, meshConfig: {{trustDomain: {domain}}}}}\n"
        )
    };
    let mut session = Session::new(Options::default());
    let mut files = BTreeMap::new();
    let mut earlier = None;
    for (file, text) in [
        ("service.yaml", service.to_owned()),
        ("routes.yaml", routes.to_owned()),
        ("operator.yaml", operator("one.local")),
        ("node.yaml", node("a")),
        ("operator.yaml", operator("two.local")),
        ("node.yaml", node("b")),
        ("pods.yaml", node("c").split("---\n").nth(1).unwrap().to_owned()),
        ("node.yaml", node("d").split("---\n").next().unwrap().to_owned()),
        ("a.yaml", service.to_owned()),
    ] {
        session.set(file, text.clone().into_bytes());
        files.insert(file.to_owned(), text);
        let now = session.analyse(earlier.take());
        assert_eq!(told(&now), cold(&files), "{file}");
        earlier = Some(now);
    }
}
