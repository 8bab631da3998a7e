//! Every grid of `grids/*.json`, compared with Envoy where there is one, and with the answers that Envoy once gave, which stand beside it.
//! `UPDATE=1` writes them anew.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and reads files")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/grid.rs"]
mod grid;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use grid::Grid;
use xxhash_rust::xxh64::xxh64;

/// How many differing requests of a grid are shown.
const SHOWN: usize = 8;

/// Status and digest of an answer.
fn short(told: &str) -> String {
    let status = told.split(' ').nth(1).filter(|_| told.starts_with("HTTP/")).unwrap_or("-");
    format!("{} {:012x}", status.lines().next().unwrap_or("-"), xxh64(told.as_bytes(), 0) >> 16)
}

/// The lines that only one of two texts has; the first pair that differs where those are none.
fn apart(ours: &str, theirs: &str) -> String {
    let only = |one: &str, other: &str, mark: &str| {
        let lines = one.lines().filter(|line| !other.lines().any(|known| known == *line));
        lines.map(|line| format!("  {mark} {line}\n")).collect::<String>()
    };
    let said = only(ours, theirs, "ours ") + &only(theirs, ours, "Envoy");
    if !said.is_empty() {
        return said;
    }
    let first = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
    format!("  order or number of lines, first {first:?}\n")
}

/// What is wrong with a grid.
fn faults(path: &Path) -> String {
    let answers = path.with_extension("answers");
    let known = std::fs::read_to_string(&answers).unwrap_or_default();
    let mut known = known.lines();
    let (mut said, mut written, mut count) = (String::new(), String::new(), 0);
    let update = std::env::var_os("UPDATE").is_some();
    for grid in Grid::read(path) {
        let proxy = grid.start();
        let ours = grid.ours(&proxy);
        let theirs = grid.theirs(&proxy);
        for (at, (request, ours)) in grid.requests.iter().zip(&ours).enumerate() {
            let theirs = theirs.as_ref().map(|all| all[at].as_str());
            writeln!(written, "{}", short(theirs.unwrap_or(ours))).unwrap();
            let was = known.next().unwrap_or("nothing");
            let wrong = match theirs {
                Some(theirs) if theirs != ours => apart(ours, theirs),
                _ if was != short(ours) && !update => {
                    format!("  {was} was the answer, now it is {}\n{ours}\n", short(ours))
                }
                _ => continue,
            };
            count += 1;
            if count <= SHOWN {
                let request: String = request.chars().take(300).collect();
                write!(said, "{request:?}\n{wrong}").unwrap();
            }
        }
    }
    if update {
        std::fs::write(&answers, written).unwrap();
    }
    if count == 0 { String::new() } else { format!("==== {}: {count} differ\n{said}", path.display()) }
}

#[test]
fn grids_are_answered_as_envoy_answers() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/grids");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let wanted = std::env::var("GRID").unwrap_or_default();
    files.retain(|path| {
        path.extension().is_some_and(|kind| kind == "json") && path.to_string_lossy().contains(&wanted)
    });
    files.sort();
    assert!(!files.is_empty());
    if std::env::var_os("MESHPROOF_ENVOY").is_none() {
        println!("skipped the half with Envoy: there is none");
    }
    // Most of the time nothing is done but waiting for lines of logs.
    let said: String = std::thread::scope(|scope| {
        let running: Vec<_> = files.iter().map(|path| scope.spawn(|| faults(path))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(said.is_empty(), "{said}");
}
