//! The examples of the analyzers, and what surrounds them.

use super::*;

fn question(text: &str) -> Question {
    Question { files: vec![Input::new("a.yaml", text)], now: 1_800_000_000, ..Question::default() }
}

fn told(answers: &Answers) -> Vec<String> {
    let line = |notice: &Notice| {
        let subject = notice.subject.as_ref().map(Subject::friendly).unwrap_or_default();
        format!("{} {subject}", notice.kind.code)
    };
    let mut told: Vec<String> = answers.notices.iter().map(line).collect();
    told.sort();
    told
}

/// Text and expected lines of the examples of a documentation.
fn examples(docs: &str) -> Vec<(bool, String, Vec<String>)> {
    let mut out: Vec<(bool, String, Vec<String>)> = Vec::new();
    let mut open = false;
    for line in docs.lines() {
        match (line, out.last_mut()) {
            ("```yaml bad" | "```yaml good", _) => {
                out.push((line.ends_with("good"), String::new(), Vec::new()));
                open = true;
            }
            ("```", _) => open = false,
            (line, Some((_, text, marks))) if open => match line.strip_prefix("# IST") {
                Some(mark) => marks.push(format!("IST{mark}")),
                None => text.extend([line, "\n"]),
            },
            _ => {}
        }
    }
    out
}

#[test]
fn every_example_says_what_its_marks_say() {
    let mut wrong = Vec::new();
    for analyzer in ANALYZERS {
        for (at, (good, text, mut marks)) in examples(&analyzer.docs()).into_iter().enumerate() {
            assert_eq!(good, marks.is_empty(), "{} example {at}", analyzer.name);
            marks.sort();
            let answers = ask(&question(&text), |one| one.name == analyzer.name);
            let got = told(&answers);
            if got != marks || !answers.faults.is_empty() {
                wrong.push(format!(
                    "{} example {at}\n want {marks:?}\n got  {got:?} {:?}",
                    analyzer.name, answers.faults
                ));
            }
            let is_own = |notice: &Notice| analyzer.codes.contains(&notice.kind.code);
            assert!(
                answers.notices.iter().all(is_own),
                "{} reports a code that it does not list",
                analyzer.name
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_analyzer_has_examples_and_every_code_an_analyzer() {
    for analyzer in ANALYZERS {
        let sorts: std::collections::BTreeSet<bool> =
            examples(&analyzer.docs()).iter().map(|e| e.0).collect();
        let apart = [
            "meshnetworks.MeshNetworksAnalyzer",
            "services.MultiClusterServiceAnalyzer",
            "telemetry.LightstepAnalyzer",
        ];
        assert_eq!(sorts.len(), if apart.contains(&analyzer.name) { 0 } else { 2 }, "{}", analyzer.name);
    }
    for kind in NOTICES {
        assert!(ANALYZERS.iter().any(|one| one.codes.contains(&kind.code)), "nobody reports {}", kind.code);
    }
}

#[test]
fn two_clusters_and_the_files_of_the_mesh() {
    let service = |port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{ports: [{{port: {port}, name: tcp}}]}}\n"
        )
    };
    let mut asked = question(&service(80));
    assert_eq!(told(&analyse(&asked)), [""; 0]);
    asked.clusters = vec![("far".to_owned(), vec![Input::new("b.yaml", &service(81))])];
    asked.mesh_networks = Some(Input::new("n.yaml", "networks: {n: {endpoints: [{fromRegistry: x}]}}"));
    asked.mesh_config = Some(Input::new("m.yaml", "extensionProviders: [{name: l, lightstep: {}}]"));
    let telemetry = "---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: t}\nspec: {tracing: [{providers: [{name: l}]}]}\n";
    asked.files.push(Input::new("c.yaml", telemetry));
    let expected =
        ["IST0002 Telemetry t", "IST0126 MeshNetworks istio-system/meshnetworks", "IST0170 Service a"];
    assert_eq!(told(&analyse(&asked)), expected);
    asked.mode = Mode::Cli;
    assert_eq!(told(&analyse(&asked)), expected[..2]);
}

#[test]
fn an_object_silences_its_codes() {
    let text = |codes: &str| {
        format!(
            "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: a, annotations: {{galley.istio.io/analyze-suppress: '{codes}'}}}}\n"
        )
    };
    for (codes, silent) in
        [("IST0133", true), ("*", true), ("IST0001,IST0133", true), ("IST0001, IST0133", false), ("", false)]
    {
        assert_eq!(analyse(&question(&text(codes))).notices.is_empty(), silent, "{codes}");
    }
}

#[test]
fn equal_messages_are_told_once_and_by_level() {
    let text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a, namespace: kube-system}\n---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\nspec: {hosts: [a.com], resolution: DNS, ports: [{number: 1, name: a, protocol: TCP}, {number: 2, name: b, protocol: TCP}]}\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n";
    let lines: Vec<String> = analyse(&question(text)).notices.iter().map(Notice::line).collect();
    let [error, host, address] = lines.as_slice() else { panic!("{lines:#?}") };
    assert!(
        error.starts_with("Error [IST0106] (DestinationRule a a.yaml:10) Schema validation error: "),
        "{error}"
    );
    assert!(
        address.starts_with("Warning [IST0174]")
            || host.starts_with("Warning [IST0134] (ServiceEntry a a.yaml:8)"),
        "{lines:#?}"
    );
}
