//! What the bench knows of a system: a server, clients, and orders to them. The same orders go to ours and to every peer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::programs::Failure;

/// An order to a client; a peer gets it as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(super) enum Order {
    /// Read these reports into memory.
    Load {
        /// One flat report a line.
        file: PathBuf,
    },
    /// Save loaded reports on the device, each as durably as the system can.
    Save {
        /// The first.
        from: usize,
        /// How many.
        count: usize,
    },
    /// Send them; done when the server has said that it has them.
    Push {
        /// The first.
        from: usize,
        /// How many.
        count: usize,
    },
    /// Put one value into one field of each, and send that.
    Edit {
        /// The first.
        from: usize,
        /// How many.
        count: usize,
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
    },
    /// Fetch everything; done when so many reports with this digest are there.
    Pull {
        /// How many.
        count: usize,
        /// See `texts::digest`.
        digest: String,
    },
    /// A sync with nothing to do.
    Idle,
}

/// What a client did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// What was ordered.
    Yes,
    /// The system has no such thing, and said so.
    Skipped,
}

/// Ours, or a peer.
pub(super) trait System {
    /// As figures name it.
    fn name(&self) -> &str;
    /// Starts a server with its data in this folder, which is empty. `units`: where the reports are from.
    ///
    /// # Errors
    /// When it does not start.
    fn serve(&self, folder: &Path, units: &[String]) -> Result<Box<dyn Server>, Failure>;
}

/// A serving server; it ends when it is dropped.
pub(super) trait Server {
    /// Where it listens.
    fn address(&self) -> String;
    /// What it is made of.
    fn versions(&self) -> BTreeMap<String, String>;
    /// A fresh client of that officer with its data in this folder, which is empty; it reaches the server at `address`.
    ///
    /// # Errors
    /// When it does not start.
    fn client(&mut self, folder: &Path, address: &str, officer: u32) -> Result<Box<dyn Client>, Failure>;
}

/// A client; it ends when it is dropped.
pub(super) trait Client: Send {
    /// Does it.
    ///
    /// # Errors
    /// When it is not done.
    fn order(&mut self, order: &Order) -> Result<Done, Failure>;
    /// Whether the last order brought what it should have. Asked when the clock has stopped; who compares before he answers has nothing to add.
    ///
    /// # Errors
    /// What is missing or differs.
    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}
