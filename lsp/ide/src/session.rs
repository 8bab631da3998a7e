//! The files an editor has open and those on disk beside them, parsed once per change.

use std::collections::BTreeMap;
use std::sync::Arc;

use mp_base::FileId;
use mp_checks::Admitted;
use mp_lower::Earlier;
use mp_model::read_file;
use mp_model::{Remains, Workspace};
use mp_syntax::ParsedFile;

use crate::analysis::analyse_again;
use crate::{Analysis, Options};

/// Files by path. Unchanged files keep their parse.
#[derive(Clone, Debug, Default)]
pub struct Session {
    files: BTreeMap<String, File>,
    admitted: Admitted,
    options: Options,
}

#[derive(Clone, Debug)]
struct File {
    bytes: Arc<[u8]>,
    parsed: Option<Arc<ParsedFile>>,
}

impl Session {
    /// A session without files.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { files: BTreeMap::new(), admitted: Admitted::default(), options }
    }

    /// Puts a file in, or another text in its place.
    pub fn set(&mut self, path: &str, bytes: impl Into<Arc<[u8]>>) {
        let bytes = bytes.into();
        if self.files.get(path).is_some_and(|file| file.bytes == bytes) {
            return;
        }
        self.files.insert(path.to_owned(), File { bytes, parsed: None });
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// All paths, sorted: a file's place among them is its [`FileId`].
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Runs everything over the files as they are now. What this session found last, if the caller still has it, makes that cheaper and
    /// changes nothing.
    pub fn analyse(&mut self, earlier: Option<Analysis>) -> Analysis {
        for (at, file) in self.files.values_mut().enumerate() {
            let id = FileId(u32::try_from(at).unwrap_or(u32::MAX));
            if file.parsed.as_ref().is_none_or(|parsed| parsed.file != id) {
                file.parsed = Some(Arc::new(read_file(id, &file.bytes)));
            }
        }
        let parsed = self.files.iter().filter_map(|(path, file)| Some((path.clone(), file.parsed.clone()?)));
        let mut earlier =
            earlier.map(|earlier| Earlier { remains: earlier.workspace.into_remains(), mesh: earlier.mesh });
        let mut none = Remains::default();
        let remains = earlier.as_mut().map_or(&mut none, |earlier| &mut earlier.remains);
        let workspace = Workspace::from_parsed_after(parsed, remains);
        analyse_again(workspace, &self.options, &mut self.admitted, earlier)
    }
}
