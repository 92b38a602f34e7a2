//! The centre over its data directory. Time and random numbers are arguments.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sync_core::Timestamp;
use sync_core::keys::PublicKey;

use crate::high_water::HighWater;
use crate::journal::{Journal, Lost};
use crate::store::Store;
use crate::{ServerError, areas};

/// What to do where there is no centre yet.
#[derive(Clone, Copy)]
pub enum OpenOptions {
    /// Make one, at this time, with keys from these random bytes.
    CreateIfMissing {
        /// The time.
        now: Timestamp,
        /// For the keys.
        random: [u8; 96],
    },
    /// A named error: a mistyped directory must not become an empty centre.
    MustExist,
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CreateIfMissing { .. } => "CreateIfMissing",
            Self::MustExist => "MustExist",
        })
    }
}

/// A centre: synchronous, callable from any thread. Several may be open on one directory, in one process or many; only one may serve.
#[derive(Debug)]
pub struct Server {
    pub(crate) store: Store,
    /// None for a centre that is only looked at: a backup before it is restored.
    journal: Option<Journal>,
    pub(crate) unit_lists: areas::UnitLists,
    pub(crate) high_water: HighWater,
    /// The log said that a device has seen more than this centre has: once is enough.
    pub(crate) told: AtomicBool,
}

impl Server {
    /// Opens the centre in a directory.
    ///
    /// # Errors
    /// A file that is newer, damaged, not ours or missing is named, and stays untouched.
    pub fn open(directory: &Path, options: OpenOptions) -> Result<Self, ServerError> {
        Self::open_with_journal(directory, None, options)
    }

    /// Opens the centre in a directory, with its journal in another one; none: where it was the last time, at first beside the database.
    ///
    /// # Errors
    /// As [`Server::open`]; [`ServerError::JournalMissing`] where the journal is not in its place, [`ServerError::JournalDamaged`].
    pub fn open_with_journal(directory: &Path, journal: Option<&Path>, options: OpenOptions) -> Result<Self, ServerError> {
        if let OpenOptions::CreateIfMissing { now, random } = options {
            Store::create(directory, now, &random)?;
        }
        let store = Store::open(directory)?;
        let journal = Some(Journal::open(&store, journal, Lost::Refuse)?);
        Ok(Self::of(directory, store, journal))
    }

    /// Opens a centre only to look at it, without its journal.
    pub(crate) fn open_to_look_at(directory: &Path) -> Result<Self, ServerError> {
        Ok(Self::of(directory, Store::open(directory)?, None))
    }

    fn of(directory: &Path, store: Store, journal: Option<Journal>) -> Self {
        let high_water = HighWater::new(directory.join("high-water"));
        Self { store, journal, unit_lists: areas::UnitLists::default(), high_water, told: AtomicBool::new(false) }
    }

    pub(crate) fn journal(&self) -> Result<&Journal, ServerError> {
        self.journal.as_ref().ok_or_else(|| ServerError::Internal("no journal".to_owned()))
    }

    /// The key that devices pin.
    pub fn root_key(&self) -> PublicKey {
        self.store.keys.root()
    }

    /// The key that signs replies and records now.
    pub fn working_key(&self) -> PublicKey {
        self.store.keys.working.public()
    }

    /// Proves that the database answers and can be written to; changes nothing.
    ///
    /// # Errors
    /// What is in the way.
    pub fn ready(&self) -> Result<(), ServerError> {
        self.store.probe()
    }

    /// Held by the one process that serves the directory.
    ///
    /// # Errors
    /// [`ServerError::InUse`].
    pub fn lock_for_serving(&self) -> Result<File, ServerError> {
        self.store.lock_for_serving()
    }
}
