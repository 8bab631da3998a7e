//! Which crate may use which: the table in ARCHITECTURE.md against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Finding;

const PAGE: &str = "ARCHITECTURE.md";

/// What one row allows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    All,
    These(BTreeSet<String>),
}

/// One crate of the workspace as the table names it, by its folder.
pub(crate) struct Member {
    pub(crate) short: String,
    pub(crate) manifest: String,
    /// Short names of the workspace crates that it uses outside tests.
    pub(crate) uses: BTreeSet<String>,
}

/// Each edge that the table does not allow, and each crate or row without its counterpart.
pub(crate) fn check(page: &str, metadata: &Value) -> Result<Vec<Finding>, String> {
    let (line, table) =
        table(page).ok_or("ARCHITECTURE.md has no block with lines such as `base <- nothing`")?;
    let members = members(metadata);
    let mut findings = Vec::new();
    for member in &members {
        let Some(allowed) = table.get(&member.short) else {
            let message = format!("the crate `{}` has no row in {PAGE}", member.short);
            findings.push(Finding::new(&member.manifest, 1, message));
            continue;
        };
        for used in &member.uses {
            if matches!(allowed, Allowed::These(names) if !names.contains(used)) {
                let message = format!("`{}` must not use `{used}` (see the table in {PAGE})", member.short);
                findings.push(Finding::new(&member.manifest, 1, message));
            }
        }
    }
    for short in table.keys().filter(|short| !members.iter().any(|member| member.short == **short)) {
        findings.push(Finding::new(PAGE, line, format!("the table names `{short}`, which is no crate")));
    }
    Ok(findings)
}

/// The line that the block starts at, and its rows.
fn table(page: &str) -> Option<(usize, BTreeMap<String, Allowed>)> {
    let mut lines = page.lines().enumerate().skip_while(|(_, line)| !line.contains(" <- "));
    let (first, _) = lines.clone().next()?;
    let rows = lines.by_ref().take_while(|(_, line)| !line.starts_with("```"));
    let rows = rows.flat_map(|(_, line)| line.split("   ").map(str::trim).filter(|row| !row.is_empty()));
    Some((first + 1, rows.filter_map(row).collect()))
}

/// `name <- a b`, `name <- nothing`, `name <- all`.
fn row(text: &str) -> Option<(String, Allowed)> {
    let (name, rest) = text.split_once(" <- ")?;
    let allowed = match rest.split_whitespace().next()? {
        "all" => Allowed::All,
        "nothing" => Allowed::These(BTreeSet::new()),
        _ => Allowed::These(rest.split_whitespace().map(str::to_owned).collect()),
    };
    Some((name.to_owned(), allowed))
}

/// The crates of the workspace. Dependencies of tests do not count: nothing of them ships.
pub(crate) fn members(metadata: &Value) -> Vec<Member> {
    let root = metadata.get("workspace_root").and_then(Value::as_str).unwrap_or_default();
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    packages
        .map(|package| {
            let manifest = package.get("manifest_path").and_then(Value::as_str).unwrap_or_default();
            let manifest = manifest.strip_prefix(root).unwrap_or(manifest).trim_start_matches('/').to_owned();
            let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
            let ships = |d: &&Value| d.get("kind").and_then(Value::as_str) != Some("dev");
            let paths = dependencies.filter(ships).filter_map(|d| d.get("path").and_then(Value::as_str));
            let uses = paths.filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect();
            let short = manifest.rsplit('/').nth(1).unwrap_or_default().to_owned();
            Member { short, manifest, uses }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PAGE: &str =
        "prose\n```\nbase <- nothing      syntax <- base\nproxy <- nothing of ours      cli <- all\n```\n";

    fn workspace(edges: &[(&str, &[&str])]) -> Value {
        let packages: Vec<Value> = edges
            .iter()
            .map(|(name, uses)| {
                let dependencies: Vec<Value> =
                    uses.iter().map(|used| json!({"path": format!("/w/a/{used}")})).collect();
                json!({"manifest_path": format!("/w/a/{name}/Cargo.toml"), "dependencies": dependencies})
            })
            .collect();
        json!({"workspace_root": "/w", "packages": packages})
    }

    #[test]
    fn allowed_edges_are_silent() {
        let edges: &[(&str, &[&str])] =
            &[("base", &[]), ("syntax", &["base"]), ("proxy", &[]), ("cli", &["base", "syntax", "proxy"])];
        assert_eq!(check(PAGE, &workspace(edges)), Ok(Vec::new()));
    }

    #[test]
    fn other_edges_are_found() {
        let edges: &[(&str, &[&str])] =
            &[("base", &["syntax"]), ("syntax", &[]), ("proxy", &["base"]), ("cli", &[])];
        let found = check(PAGE, &workspace(edges)).expect("a table");
        let files: Vec<&str> = found.iter().map(|f| f.file.as_str()).collect();
        assert_eq!(files, ["a/base/Cargo.toml", "a/proxy/Cargo.toml"]);
    }

    #[test]
    fn dependencies_of_tests_are_free() {
        let mut metadata = workspace(&[("base", &["syntax"]), ("syntax", &[]), ("proxy", &[]), ("cli", &[])]);
        metadata["packages"][0]["dependencies"][0]["kind"] = json!("dev");
        assert_eq!(check(PAGE, &metadata), Ok(Vec::new()));
    }

    #[test]
    fn crates_and_rows_need_each_other() {
        let found = check(PAGE, &workspace(&[("base", &[]), ("syntax", &[]), ("cli", &[]), ("new", &[])]))
            .expect("a table");
        let messages: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(
            messages,
            ["the crate `new` has no row in ARCHITECTURE.md", "the table names `proxy`, which is no crate"]
        );
        assert!(check("no table", &workspace(&[])).is_err());
    }

    /// The real thing, so that a wrong edge fails the tests and not only the lint run.
    #[test]
    fn this_workspace_follows_its_table() {
        let page = crate::project::read(&crate::project::root().join("ARCHITECTURE.md")).expect("the page");
        let metadata = super::super::members::metadata().expect("cargo metadata");
        assert_eq!(check(&page, &metadata), Ok(Vec::new()));
    }
}
