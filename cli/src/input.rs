//! Finding and reading the files of the input.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use mp_lower::FactOptions;
use mp_model::Input;

use crate::args::InputArgs;
use crate::failure::Failure;

/// Endings of the files that a folder is searched for.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// Ending of files with invariants, one a line.
const INVARIANTS: &str = "inv";

/// Everything that was read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) inputs: Vec<Input>,
    /// Files with invariants, one a line.
    pub(crate) invariants: Vec<Input>,
    pub(crate) facts: FactOptions,
}

/// Files of one place, not sorted yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) inputs: Vec<Input>,
    pub(crate) invariants: Vec<Input>,
}

/// Puts a file where its ending belongs.
pub(crate) fn sort_in(files: &mut Files, path: &Path, input: Input) {
    let list = if has_ending(path, &[INVARIANTS]) { &mut files.invariants } else { &mut files.inputs };
    list.push(input);
}

/// Whether a folder's file of this name is read.
pub(crate) fn is_read(path: &Path) -> bool {
    has_ending(path, &ENDINGS) || has_ending(path, &[INVARIANTS])
}

/// Reads what the command line names. Files are sorted by path; standard input comes first.
pub(crate) fn read(args: &InputArgs) -> Result<Read, Failure> {
    let mut files = Files::default();
    let mut paths = BTreeSet::new();
    let here = [PathBuf::from(".")];
    let named = if args.paths.is_empty() { here.as_slice() } else { args.paths.as_slice() };
    for path in named {
        if path.as_os_str() == "-" {
            files.inputs.push(stdin(args)?);
        } else if path.is_dir() {
            paths.extend(walk(path).filter(|file| is_read(file)));
        } else {
            paths.insert(path.clone());
        }
    }
    for path in &paths {
        sort_in(&mut files, path, read_one(path)?);
    }
    let asked: Vec<String> = named.iter().map(|p| format!("`{}`", shown(p))).collect();
    if files.inputs.is_empty() && !args.allow_empty {
        return Err(Failure::NoInput(asked.join(", ")));
    }
    let Files { inputs, invariants } = files;
    Ok(Read { inputs, invariants, facts: facts(args)? })
}

/// The files of a folder: `.yaml`, `.yml` and `.json`, hidden and ignored ones left out.
pub(crate) fn discover(folder: &Path) -> Vec<PathBuf> {
    walk(folder).filter(|path| has_ending(path, &ENDINGS)).collect()
}

fn walk(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let walk =
        WalkBuilder::new(folder).add_custom_ignore_filename(".meshproofignore").require_git(false).build();
    let files = walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_some_and(|t| t.is_file()));
    files.map(ignore::DirEntry::into_path)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e))
}

fn stdin(args: &InputArgs) -> Result<Input, Failure> {
    let unreadable = |e: std::io::Error| Failure::Unreadable { path: "-".to_owned(), reason: e.to_string() };
    let bytes = bounded(std::io::stdin().lock(), 0).map_err(unreadable)?;
    let path = args.stdin_filename.clone().unwrap_or_else(|| "<stdin>".to_owned());
    Ok(Input { path, bytes: bytes.into() })
}

/// Inputs behind `count` files without content, so that no place in them is one of those files. With the files' texts in front, places of two
/// meshes can be told apart.
pub(crate) fn behind(count: usize, inputs: Vec<Input>) -> Vec<Input> {
    let nothing = std::iter::repeat_with(|| Input::new(String::new(), ""));
    nothing.take(count).chain(inputs).collect()
}

/// What the facts depend on beside the objects.
pub(crate) fn facts(args: &InputArgs) -> Result<FactOptions, Failure> {
    let file = |path: &Option<PathBuf>| path.as_deref().map(read_one).transpose();
    let mut env = BTreeMap::new();
    for pair in &args.env {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::usage(format!("`--env {pair}` has no `=`"), "write `--env KEY=VALUE`"));
        };
        env.insert(key.to_owned(), value.to_owned());
    }
    Ok(FactOptions {
        mesh_config: file(&args.mesh_config)?,
        mesh_networks: file(&args.mesh_networks)?,
        env,
        ..FactOptions::default()
    })
}

/// Reads one named file.
pub(crate) fn read_one(path: &Path) -> Result<Input, Failure> {
    let unreadable = |e: std::io::Error| Failure::Unreadable { path: shown(path), reason: e.to_string() };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_or(0, |meta| meta.len());
    Ok(Input { path: shown(path), bytes: bounded(file, size).map_err(unreadable)?.into() })
}

/// All bytes, or one more than a file may have: enough for the reader to refuse it, however large it is. `size` is how many are expected.
fn bounded(from: impl std::io::Read, size: u64) -> std::io::Result<Vec<u8>> {
    let most = mp_model::syntax::FILE_LIMIT + 1;
    let room = usize::try_from(size).unwrap_or(most).min(most);
    let mut bytes = Vec::with_capacity(room);
    from.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads one named file as text.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let unreadable = |e: std::io::Error| Failure::Unreadable { path: shown(path), reason: e.to_string() };
    std::fs::read_to_string(path).map_err(unreadable)
}

/// A path as reports show it: forward slashes, without a leading `./`.
fn shown(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "/");
    text.strip_prefix("./").filter(|rest| !rest.is_empty()).map(str::to_owned).unwrap_or(text)
}
