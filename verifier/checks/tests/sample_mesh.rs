//! The sample mesh is clean, and in its broken twin exactly the planted mistakes are found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mp_checks::{Cx, Elsewhere, run};
use mp_model::{Input, Workspace};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// `file:line` and the name of the check, for each finding.
fn findings(name: &str) -> BTreeSet<(String, String)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    assert!(files.len() > 5, "the mesh of {name} is there");
    let inputs: Vec<Input> = files
        .iter()
        .map(|path| Input::new(path.file_name().unwrap().to_str().unwrap(), &read(path)))
        .collect();
    let workspace = Workspace::read(&inputs);
    let mesh = mp_lower::facts(&workspace, &mp_lower::FactOptions::default());
    let (found, _) = run(&Cx::new(&workspace, &mesh, Elsewhere::default()), |_| true);
    found
        .iter()
        .map(|d| {
            let place = workspace.sources().locate(d.primary.span);
            let line = place.rsplit_once(':').unwrap().0;
            (line.to_owned(), d.name.to_owned())
        })
        .collect()
}

#[test]
fn the_sample_mesh_is_clean() {
    assert_eq!(findings("shop"), BTreeSet::new());
}

#[test]
fn the_broken_twin_has_its_planted_mistakes_and_no_others() {
    let planted: BTreeSet<(String, String)> = read(&folder("shop-broken").join("planted.txt"))
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .filter(|(_, check)| !check.starts_with("verify"))
        .collect();
    assert_eq!(findings("shop-broken"), planted);
}
