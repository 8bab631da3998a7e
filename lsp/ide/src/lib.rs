//! What an editor asks of meshproof, in an editor's terms: files by path, byte offsets, plain results.
//!
//! The command `check` uses the same [`analyse`], so that an editor and a gate never disagree.
//!
//! Invariant: no type of the language server protocol here, and no file is read: texts come from the caller.

mod analysis;
mod completion;
mod definition;
mod hover;
mod mend;
mod session;
mod symbols;
mod uses;

pub use analysis::{Analysis, Options, analyse};
pub use completion::completion;
pub use definition::definition;
pub use hover::{Hover, hover};
pub use mend::{Mended, mend};
pub use session::Session;
pub use symbols::{Symbol, symbols};
pub use uses::uses;
