//! The gate: what a change must be before it may touch a document. Pure; the server runs it on what is pushed, the device on its own
//! edits before they are stored and (the structure only) on what it pulls.

mod authority;
mod structure;

pub use authority::{Writer, authority};
pub use structure::structure;
