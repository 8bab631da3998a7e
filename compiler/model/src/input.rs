//! What is read.

use std::sync::Arc;

/// One file as the caller read it.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name that reports show.
    pub path: String,
    /// The content.
    pub bytes: Arc<Vec<u8>>,
}

impl Input {
    /// A file from text.
    #[must_use]
    pub fn new(path: impl Into<String>, text: &str) -> Self {
        Self { path: path.into(), bytes: Arc::new(text.as_bytes().to_vec()) }
    }
}
