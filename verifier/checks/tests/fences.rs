//! Every check's documentation is its test: a `bad` fence must give exactly the marked findings of that check, a `good` fence none.
//!
//! A mark is a comment line under the line it speaks of: `#   ^^^^ MP1001 part of the message or label`. A mark that begins at
//! column 0 is written `#^^^`.

use std::collections::BTreeSet;

use mp_checks::{ALL, Check, Cx, run};
use mp_model::{Input, Workspace};

struct Fence {
    good: bool,
    text: String,
    /// Line of the text (from 0), first and last column (in bytes), code, text to be found in the finding.
    marks: Vec<(usize, usize, usize, String, String)>,
}

fn fences(docs: &str) -> Vec<Fence> {
    let mut out: Vec<Fence> = Vec::new();
    let mut open = false;
    for line in docs.lines() {
        match line.trim_end() {
            "```yaml bad" | "```yaml good" => {
                open = true;
                out.push(Fence { good: line.contains("good"), text: String::new(), marks: Vec::new() });
            }
            "```" => open = false,
            line if open => add_line(out.last_mut().unwrap(), line),
            _ => {}
        }
    }
    out
}

fn add_line(fence: &mut Fence, line: &str) {
    let is_mark = line.starts_with('#') && line.contains('^') && line.contains(" MP");
    if is_mark {
        // Column 0 is taken by the `#`: carets right behind it begin there.
        let first = match line.find('^').unwrap() {
            1 => 0,
            at => at,
        };
        let last = line.rfind('^').unwrap() + 1;
        let rest = line[last..].trim();
        let (code, says) = rest.split_once(' ').unwrap_or((rest, ""));
        let of = fence.text.lines().count() - 1;
        fence.marks.push((of, first, last, code.to_owned(), says.to_owned()));
        return;
    }
    fence.text.push_str(line);
    fence.text.push('\n');
}

fn found(check: &Check, text: &str) -> Vec<(usize, usize, usize, String, String)> {
    let workspace = Workspace::read(&[Input::new("example.yaml", text)]);
    let mesh = mp_lower::facts(&workspace, &mp_lower::FactOptions::default());
    let (findings, _) =
        run(&Cx::new(&workspace, &mesh), |c| c.code == check.code || check.code.starts_with("MP9"));
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
        for (at, fence) in fences(&check.docs()).iter().enumerate() {
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
                    (g.0, g.3.as_str()) == (m.0, m.3.as_str())
                        && g.4.contains(&m.4)
                        && (g.1, g.2) == (m.1, m.2)
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
        let fences = fences(&check.docs());
        assert!(
            fences.iter().any(|f| f.good) && fences.iter().any(|f| !f.good),
            "{} needs a bad and a good example",
            check.code
        );
        assert_ne!(check.title(), check.name, "{} needs a title", check.code);
    }
}
