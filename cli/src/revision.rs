//! Files of a git revision, read through the user's own `git` and its object store: nothing is checked out, no network is used.

use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use mp_model::Input;

use crate::failure::Failure;
use crate::input::{self, Files};

/// Files that name what is left out, the strongest first; as the search of a folder honours them.
const IGNORE_FILES: [&str; 3] = [".meshproofignore", ".ignore", ".gitignore"];

/// A blob of a tree: its path there, and its id.
struct Blob {
    path: String,
    id: String,
}

/// Reads `REV` (the current folder as it was then) or `REV:PATH` (from the root of the repository, or from here with `./`).
pub(crate) fn read(spec: &str) -> Result<Files, Failure> {
    let (revision, path) = spec.split_once(':').unwrap_or((spec, "./"));
    let unknown = || {
        Failure::usage(
            format!("`{spec}` is neither a path nor a git revision"),
            "name a file or folder, a revision such as `main`, or a part of one such as `main:deploy`",
        )
    };
    let commit =
        git(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]).ok_or_else(unknown)?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let tree = format!("{commit}:{path}");
    let kind = git(&["cat-file", "-t", &tree]).ok_or_else(|| {
        Failure::usage(
            format!("revision `{revision}` has no `{path}`"),
            "paths are those of the root of the repository, or of this folder with `./`",
        )
    })?;
    let shown = |name: &str| match (path.trim_start_matches("./").trim_end_matches('/'), name) {
        ("", name) => format!("{revision}:{name}"),
        (path, "") => format!("{revision}:{path}"),
        (path, name) => format!("{revision}:{path}/{name}"),
    };
    let blobs = if kind.starts_with(b"blob") {
        vec![Blob { path: String::new(), id: tree.clone() }]
    } else {
        listed(&git(&["ls-tree", "-r", "-z", &tree]).ok_or_else(unknown)?)
    };
    let texts = contents(&blobs)?;
    let all: Vec<(Blob, Vec<u8>)> = blobs.into_iter().zip(texts).collect();
    let ignored = Ignored::of(&all);
    let mut out = Files::default();
    let kept = all.into_iter().filter(|(blob, _)| blob.path.is_empty() || !ignored.has(&blob.path));
    for (blob, bytes) in kept {
        let name = shown(&blob.path);
        let made = Input { path: name.clone(), bytes: bytes.into() };
        input::sort_in(&mut out, Path::new(&name), made);
    }
    Ok(out)
}

fn git(args: &[&str]) -> Option<Vec<u8>> {
    let ran = Command::new("git").args(args).stdin(Stdio::null()).output().ok()?;
    ran.status.success().then_some(ran.stdout)
}

/// Plain files of `git ls-tree -r -z` that are read or say what is not: no links, no submodules, nothing hidden.
fn listed(output: &[u8]) -> Vec<Blob> {
    let one = |row: &[u8]| {
        let row = std::str::from_utf8(row).ok()?;
        let (head, path) = row.split_once('\t')?;
        let mut words = head.split(' ');
        let (mode, kind, id) = (words.next()?, words.next()?, words.next()?);
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = path.strip_suffix(name).unwrap_or_default();
        let hidden = |part: &str| part.starts_with('.');
        let rules = IGNORE_FILES.contains(&name);
        let wanted = rules || (!hidden(name) && input::is_read(Path::new(name)));
        let plain = kind == "blob" && mode.starts_with("100");
        (plain && wanted && !folder.split('/').any(hidden))
            .then(|| Blob { path: path.to_owned(), id: id.to_owned() })
    };
    let mut out: Vec<Blob> = output.split(|byte| *byte == 0).filter_map(one).collect();
    // The order of files counts, and that of folders on disk goes part by part.
    out.sort_by(|a, b| Path::new(&a.path).cmp(Path::new(&b.path)));
    out
}

/// The contents of blobs, all through one process.
fn contents(blobs: &[Blob]) -> Result<Vec<Vec<u8>>, Failure> {
    let broken =
        |e: std::io::Error| Failure::Unreadable { path: "git cat-file".to_owned(), reason: e.to_string() };
    let mut child = Command::new("git")
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(broken)?;
    let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let asked: String = blobs.iter().map(|blob| format!("{}\n", blob.id)).collect();
    let read = std::thread::scope(|scope| {
        scope.spawn(move || stdin.as_mut().map(|to| to.write_all(asked.as_bytes())));
        let mut from = BufReader::new(stdout.ok_or_else(|| std::io::Error::other("it has no output"))?);
        blobs.iter().map(|_| next(&mut from)).collect::<std::io::Result<Vec<Vec<u8>>>>()
    });
    child.wait().map_err(broken)?;
    read.map_err(broken)
}

/// One answer: `ID blob SIZE`, the bytes, and a line's end.
fn next(from: &mut impl std::io::BufRead) -> std::io::Result<Vec<u8>> {
    let mut head = String::new();
    from.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
    let size = size.ok_or_else(|| std::io::Error::other(format!("no blob: {}", head.trim_end())))?;
    let mut bytes = Vec::new();
    from.take(size).read_to_end(&mut bytes)?;
    from.read_exact(&mut [0])?;
    Ok(bytes)
}

/// The ignore files of a tree, by folder.
struct Ignored(Vec<(PathBuf, usize, Gitignore)>);

impl Ignored {
    fn of(all: &[(Blob, Vec<u8>)]) -> Self {
        let mut out = Vec::new();
        for (blob, bytes) in all {
            let path = Path::new(&blob.path);
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(rank) = IGNORE_FILES.iter().position(|known| *known == name) else { continue };
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let mut builder = GitignoreBuilder::new(&folder);
            for line in String::from_utf8_lossy(bytes).lines() {
                // A line that is no pattern is left out, as the search of a folder does.
                let _ = builder.add_line(None, line);
            }
            out.extend(builder.build().ok().map(|rules| (folder, rank, rules)));
        }
        // The deepest folder decides, and in it the strongest file.
        out.sort_by_key(|(folder, rank, _)| (std::cmp::Reverse(folder.components().count()), *rank));
        Self(out)
    }

    fn has(&self, path: &str) -> bool {
        let path = Path::new(path);
        if path.file_name().and_then(|n| n.to_str()).is_some_and(|name| IGNORE_FILES.contains(&name)) {
            return true;
        }
        let above = self.0.iter().filter(|(folder, ..)| path.starts_with(folder));
        let mut said = above.map(|(_, _, rules)| rules.matched_path_or_any_parents(path, false));
        said.find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_as_folders_are() {
        let rows = "100644 blob aa\ta.yaml\x00100644 blob bb\t.hidden/b.yaml\x00120000 blob cc\tlink.yaml\x00100755 blob dd\tx/d.json\x00\
                    160000 commit ee\tsub\x00100644 blob ff\tx/.gitignore\x00100644 blob gg\tREADME.md\x00";
        let paths: Vec<String> = listed(rows.as_bytes()).into_iter().map(|blob| blob.path).collect();
        assert_eq!(paths, ["a.yaml", "x/.gitignore", "x/d.json"]);
    }

    #[test]
    fn ignore_files_count_from_where_they_are() {
        let file = |path: &str, text: &str| {
            (Blob { path: path.to_owned(), id: String::new() }, text.as_bytes().to_vec())
        };
        let ignored = Ignored::of(&[
            file(".gitignore", "out/\n*.tmp.yaml\n"),
            file("x/.meshproofignore", "!keep.tmp.yaml\nd.yaml\n"),
        ]);
        let has = |path: &str| ignored.has(path);
        assert!(has("out/a.yaml") && has("a.tmp.yaml") && has("x/d.yaml") && has(".gitignore"));
        assert!(!has("a.yaml") && !has("d.yaml") && !has("x/keep.tmp.yaml"));
    }

    #[test]
    fn answers_are_cut_by_their_size() {
        let mut from = &b"aa blob 3\na\nb\nbb blob 0\n\ncc missing\n"[..];
        assert_eq!(next(&mut from).unwrap(), b"a\nb");
        assert_eq!(next(&mut from).unwrap(), b"");
        assert!(next(&mut from).is_err());
    }
}
