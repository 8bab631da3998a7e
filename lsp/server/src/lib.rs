//! The language server: translation between the protocol and `mp_ide`, and scheduling. All knowledge is in `mp_ide`.
//!
//! Edits are applied in the order they arrive; analysis runs when no more messages wait, so that fast typing costs one pass.

#![expect(clippy::disallowed_methods, reason = "a language server reads the files of its workspace")]

mod convert;
mod server;

use std::path::{Path, PathBuf};

use lsp_server::Connection;

pub use server::serve;

/// Finds the files of a workspace folder. The command line has one rule for that, and hands it in.
pub type Discover = fn(&Path) -> Vec<PathBuf>;

/// Why the server had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The client broke the protocol or went away.
    #[error("the editor's side of the connection failed: {0}")]
    Protocol(#[from] lsp_server::ProtocolError),
    /// Standard input or output failed.
    #[error("standard input or output failed: {0}")]
    Io(#[from] std::io::Error),
    /// A message had another shape than the protocol says.
    #[error("a message could not be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The other side is gone.
    #[error("the editor is gone")]
    Gone,
}

/// Serves one editor on standard input and output until it says goodbye.
///
/// # Errors
/// When the connection breaks or the client does not speak the protocol.
pub fn run_stdio(discover: Discover) -> Result<(), ServerError> {
    let (connection, threads) = Connection::stdio();
    serve(&connection, discover)?;
    drop(connection);
    threads.join()?;
    Ok(())
}
