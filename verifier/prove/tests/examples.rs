//! Every property's documentation is its test: a `bad` fence must give exactly the marked findings of that property, a `good` fence none.
//!
//! An example speaks of the workload `web` in namespace `shop`, which is added where the example has no Pod of its own.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "functions of tests may fail as tests do")]

use std::collections::BTreeSet;

use mp_ir::base::docs::{Example, examples};
use mp_model::{Input, Workspace};
use mp_prove::{ALL, NOTICES, Options, Property, Subject, findings, verify};

const WEB: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: a, ports: [{containerPort: 8080}]}, {name: istio-proxy}]}
status: {podIP: 10.20.0.5}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 8080}]}
";

/// Line, first and last column, code, and the text of each finding.
fn found(property: &'static Property, example: &Example) -> Vec<(usize, usize, usize, String, String)> {
    let mut inputs = vec![Input::new("example.yaml", &example.text)];
    if !example.text.contains("kind: Pod") {
        inputs.push(Input::new("web.yaml", WEB));
    }
    let workspace = Workspace::read(&inputs);
    let mesh = mp_lower::facts(&workspace, &mp_lower::FactOptions::default());
    let lower = mp_lower::plan::security::enforcement_points;
    let points = lower(&mesh);
    let subject = Subject { mesh: &mesh, point: points.first().unwrap(), lower };
    let options = Options { properties: vec![property], ..Options::default() };
    let report = verify(&points, &subject, &[], &options);
    assert_eq!(report.internal, Vec::<String>::new(), "{}", example.text);
    let text = &example.text;
    let mut out: Vec<_> = findings(&report, &|_| None)
        .into_iter()
        .map(|d| {
            let (start, end) = (d.primary.span.start as usize, d.primary.span.end as usize);
            let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
            let line = text[..start].matches('\n').count();
            (line, start - line_start, end.min(line_end) - line_start, d.code.to_owned(), d.message)
        })
        .collect();
    out.sort();
    out
}

#[test]
fn every_example_says_what_its_marks_say() {
    let mut wrong = Vec::new();
    for property in ALL {
        for (at, example) in examples(&property.docs()).iter().enumerate() {
            assert_eq!(
                example.good,
                example.marks.is_empty(),
                "{} example {at}: good ones have no marks, bad ones have some",
                property.name
            );
            let got = found(property, example);
            let same = got.len() == example.marks.len()
                && got.iter().zip(&example.marks).all(|(got, mark)| {
                    (got.0, got.1, got.2, &got.3) == (mark.line, mark.first, mark.last, &mark.code)
                        && got.4.contains(&mark.says)
                });
            if !same {
                wrong.push(format!(
                    "{} example {at}\n  want {:?}\n  got  {got:?}",
                    property.name, example.marks
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_property_has_examples_of_both_sorts_and_its_own_code() {
    let mut codes: BTreeSet<&str> = NOTICES.iter().map(|notice| notice.code).collect();
    assert_eq!(codes.len(), NOTICES.len());
    for property in ALL {
        assert!(codes.insert(property.code), "{} twice", property.code);
        assert!(property.code.len() == 6 && property.code.starts_with("MP7"), "{}", property.code);
        let examples = examples(&property.docs());
        let both = examples.iter().any(|e| e.good) && examples.iter().any(|e| !e.good);
        assert!(both, "{} needs a bad and a good example", property.name);
        assert_ne!(property.title(), property.name, "{} needs a title", property.name);
    }
}
