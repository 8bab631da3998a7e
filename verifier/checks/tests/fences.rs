//! Every check's documentation is its test: a `bad` fence must give exactly the marked findings of that check, a `good` fence none.

use std::collections::BTreeSet;

use mp_checks::{ALL, Check, Cx, Elsewhere, run};
use mp_ir::base::docs::examples;
use mp_model::{Input, Workspace};

fn found(check: &Check, text: &str) -> Vec<(usize, usize, usize, String, String)> {
    let workspace = Workspace::read(&[Input::new("example.yaml", text)]);
    let mesh = mp_lower::facts(&workspace, &mp_lower::FactOptions::default());
    let (findings, _) = run(&Cx::new(&workspace, &mesh, Elsewhere::default()), |c| {
        c.code == check.code || check.code.starts_with("MP9")
    });
    let mut out = Vec::new();
    for d in findings.into_iter().filter(|d| d.code == check.code) {
        let start = text[..d.primary.span.start as usize].matches('\n').count();
        let line_start = text[..d.primary.span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[line_start..].find('\n').map_or(text.len(), |at| line_start + at);
        let (first, last) = (
            d.primary.span.start as usize - line_start,
            (d.primary.span.end as usize).min(line_end) - line_start,
        );
        out.push((start, first, last, d.code.to_owned(), format!("{} {}", d.message, d.primary.message)));
    }
    out
}

#[test]
fn every_example_says_what_its_marks_say() {
    let mut wrong = Vec::new();
    for check in ALL {
        for (at, fence) in examples(&check.docs()).iter().enumerate() {
            if check.code == "MP0006" || check.code == "MP0007" {
                continue;
            }
            assert!(
                fence.good == fence.marks.is_empty(),
                "{} fence {at}: good fences have no marks, bad ones have some",
                check.code
            );
            let got = found(check, &fence.text);
            let same = got.len() == fence.marks.len()
                && got.iter().zip(&fence.marks).all(|(g, m)| {
                    (g.0, g.3.as_str()) == (m.line, m.code.as_str())
                        && g.4.contains(&m.says)
                        && (g.1, g.2) == (m.first, m.last)
                });
            if !same {
                wrong.push(format!("{} fence {at}\n  want {:?}\n  got  {got:?}", check.code, fence.marks));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_examples_of_both_sorts_and_its_own_code() {
    let mut codes = BTreeSet::new();
    for check in ALL {
        assert!(codes.insert(check.code), "{} twice", check.code);
        assert!(check.code.len() == 6 && check.code.starts_with("MP"), "{}", check.code);
        let fences = examples(&check.docs());
        assert!(
            fences.iter().any(|f| f.good) && fences.iter().any(|f| !f.good),
            "{} needs a bad and a good example",
            check.code
        );
        assert_ne!(check.title(), check.name, "{} needs a title", check.code);
    }
}
