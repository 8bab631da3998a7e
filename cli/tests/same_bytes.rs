//! The same question gives the same bytes: with another libz3, with several threads, and with files in another order.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests start programs and read files")]

mod support;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Folder, fixtures};

/// Of the recorded questions, one in so many is asked: enough for each kind.
const EACH: usize = 6;

/// Exit code and standard output.
type Said = (Option<i32>, String);

fn meshproof(args: &[OsString], jobs: &str, libraries: Option<&Path>) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshproof"));
    command.args(args).args(["--jobs", jobs]).env("NO_COLOR", "1");
    if let Some(folder) = libraries {
        command.env("LD_LIBRARY_PATH", folder);
    }
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {errors}");
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn words(words: &[&str], paths: &[PathBuf]) -> Vec<OsString> {
    words.iter().map(OsString::from).chain(paths.iter().map(OsString::from)).collect()
}

/// The YAML and the invariants of a fixture, by name.
fn files(fixture: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(fixtures().join(fixture)).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "inv");
    let mut out: Vec<PathBuf> = all.filter(read).collect();
    out.sort();
    out
}

/// Commands by what they show.
fn asked(folder: &Folder) -> Vec<Vec<OsString>> {
    let mut out = Vec::new();
    for fixture in ["shop", "shop-broken"] {
        for format in ["json", "full", "sarif"] {
            let verify = ["verify", "--show", "info", "--today", "2027-01-01", "--output-format", format];
            out.push(words(&verify, &files(fixture)));
        }
    }
    let sides = [fixtures().join("shop"), fixtures().join("shop-broken")];
    for format in ["json", "markdown"] {
        out.push(words(&["diff", "--output-format", format], &sides));
    }
    out.extend(batch(folder));
    out
}

/// A sample of the recorded questions; none where they are absent.
fn batch(folder: &Folder) -> Option<Vec<OsString>> {
    let questions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/oracle/questions");
    let Ok(text) = std::fs::read_to_string(questions.join("questions.jsonl")) else {
        assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "shared/oracle/questions is absent");
        eprintln!("skipped: shared/oracle/questions is absent");
        return None;
    };
    let some: Vec<&str> = text.lines().step_by(EACH).collect();
    let file = folder.0.join("some.jsonl");
    std::fs::write(&file, some.join("\n")).unwrap();
    Some(words(&["ask"], &["--batch".into(), file, "--sets".into(), questions.join("sets")]))
}

/// A folder in which the library that this program asks for is another version: `MESHPROOF_OTHER_Z3` names a file of one.
fn other_library(folder: &Folder) -> Option<PathBuf> {
    let Some(other) = std::env::var_os("MESHPROOF_OTHER_Z3").filter(|file| Path::new(file).is_file()) else {
        eprintln!("skipped: MESHPROOF_OTHER_Z3 names no second libz3 (`./dev other-z3` fetches one)");
        return None;
    };
    let program = std::fs::read(env!("CARGO_BIN_EXE_meshproof")).unwrap();
    let needed = |at: usize| program[at..].split(|byte| *byte == 0).next().unwrap();
    let name = program
        .windows(9)
        .enumerate()
        .filter(|(_, bytes)| *bytes == b"libz3.so.")
        .map(|(at, _)| String::from_utf8_lossy(needed(at)).into_owned())
        .find(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
    let name = name.unwrap_or_else(|| "libz3.so".to_owned());
    std::os::unix::fs::symlink(other, folder.0.join(&name)).unwrap();
    Some(folder.0.clone())
}

#[test]
fn another_libz3_and_more_threads_change_nothing() {
    let folder = Folder::new("same-bytes", &[]);
    let other = other_library(&folder);
    for args in asked(&folder) {
        let first = meshproof(&args, "1", None);
        assert_eq!(meshproof(&args, "4", None), first, "{args:?}: 4 threads");
        if let Some(other) = &other {
            assert_eq!(meshproof(&args, "2", Some(other)), first, "{args:?}: another libz3");
        }
    }
}

#[test]
fn the_order_of_files_changes_nothing() {
    for fixture in ["shop", "shop-broken"] {
        let words = ["verify", "--show", "info", "--today", "2027-01-01", "--output-format", "json"];
        let mut files = files(fixture);
        let run = |files: &[PathBuf]| meshproof(&self::words(&words, files), "1", None);
        let first = run(&files);
        files.reverse();
        assert_eq!(run(&files), first, "{fixture}");
    }
}
