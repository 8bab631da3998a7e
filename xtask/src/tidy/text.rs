//! Rules for the text of a file, whatever its language.

use super::{Finding, TextFile, banned};

const MOST_LINES: usize = 400;

/// What a file of text breaks.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = file.text.lines().count();
    if file.is_handwritten_rust() && lines > MOST_LINES {
        findings.push(Finding::new(
            &file.path,
            MOST_LINES + 1,
            format!("{lines} lines; at most {MOST_LINES}"),
        ));
    }
    let exempt = banned::EXEMPT.contains(&file.path.as_str());
    for (line, text) in (1..).zip(file.text.lines()) {
        if text.ends_with([' ', '\t']) && !holds_foreign_text(&file.path) {
            findings.push(Finding::new(&file.path, line, "white space at the end of the line"));
        }
        if exempt {
            continue;
        }
        if let Some(path) = banned::MACHINE.iter().find(|word| stands_alone(text, word)) {
            findings.push(Finding::new(&file.path, line, format!("`{path}` is a path of one machine")));
        }
        if let Some(host) = banned::REGISTRIES.iter().find(|word| text.contains(**word)) {
            findings.push(Finding::new(&file.path, line, format!("`{host}` names a registry")));
        }
    }
    findings.extend(module_name(&file.path));
    findings
}

/// Inputs and expected outputs, where white space may be the point.
fn holds_foreign_text(path: &str) -> bool {
    ["fixtures/", "snapshots/", "fuzz/corpus/"].iter().any(|dir| path.starts_with(dir))
        || path.ends_with(".snap")
}

/// Whether a word occurs with nothing in front that makes it the middle of a longer path.
fn stands_alone(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '}'))
    })
}

fn module_name(path: &str) -> Option<Finding> {
    let mut parts = path.strip_suffix(".rs")?.split('/');
    let bad = parts.rfind(|part| banned::MODULES.contains(part))?;
    Some(Finding::new(path, 1, format!("`{bad}` says nothing about what is in it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&file).into_iter().map(|finding| format!("{}: {}", finding.line, finding.message)).collect()
    }

    #[test]
    fn long_files() {
        let (fits, long) = ("x\n".repeat(400), "x\n".repeat(401));
        assert!(messages("a/src/b.rs", &fits).is_empty());
        assert_eq!(messages("a/src/b.rs", &long), ["401: 401 lines; at most 400"]);
        assert!(messages("a/src/b.rs", &format!("// tidy: table\n{long}")).is_empty());
        assert!(messages("a/src/generated/b.rs", &long).is_empty());
        assert!(messages("a/b.md", &long).is_empty());
    }

    #[test]
    fn white_space_at_the_end() {
        assert_eq!(messages("a.md", "a\nb \n"), ["2: white space at the end of the line"]);
        assert!(messages("a.md", "a\n  b\n").is_empty());
        assert!(messages("fixtures/a.yaml", "a: \n").is_empty());
    }

    #[test]
    fn machines_and_registries() {
        let one = |text: &str| messages("a.toml", text).len();
        assert_eq!(one(concat!("dir = \"", "/work", "/x\"")), 1);
        assert_eq!(one(concat!("see ", "/root", "/.cargo")), 1);
        assert_eq!(one("see a/work/x and https://example.com/root/x"), 0);
        assert_eq!(one("path: /workspace"), 0);
        assert_eq!(one(concat!("GO", "PROXY=off")), 1);
        assert_eq!(one("crates.io has it"), 0);
    }

    #[test]
    fn names_that_say_nothing() {
        assert_eq!(messages("a/src/utils.rs", "").len(), 1);
        assert_eq!(messages("a/src/helpers/mod.rs", "").len(), 1);
        assert!(messages("a/src/common_name.rs", "").is_empty());
        assert!(messages("a/common.yaml", "").is_empty());
    }
}
