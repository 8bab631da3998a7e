//! The door to files. Only the outermost crates hold a real one.

use std::collections::BTreeMap;

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemError {
    /// The path as it was asked for.
    pub path: String,
    /// The reason in words.
    pub reason: String,
}

impl std::fmt::Display for SystemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot read `{}`: {}", self.path, self.reason)
    }
}

impl std::error::Error for SystemError {}

/// Files as the caller lets us see them.
pub trait System: Sync {
    /// The whole file as bytes.
    ///
    /// # Errors
    /// When the file is absent or cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, SystemError>;

    /// Whether there is such a file.
    fn is_file(&self, path: &str) -> bool;
}

/// Files in memory, for tests and for editors with unsaved text.
#[derive(Clone, Debug, Default)]
pub struct MemorySystem {
    /// Path to content.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl System for MemorySystem {
    fn read(&self, path: &str) -> Result<Vec<u8>, SystemError> {
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| SystemError { path: path.to_owned(), reason: "no such file".to_owned() })
    }

    fn is_file(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}
