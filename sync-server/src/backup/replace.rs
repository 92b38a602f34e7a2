//! One database in the place of another. The data directory itself stays where it is: it may be a mounted disk, and there is no moment at which a
//! server would find nothing and begin an empty centre.

use std::path::{Path, PathBuf};

use sync_core::keys::PublicKey;

use crate::ServerError;
use crate::store::copy::{Alone, begins_like_ours};
use crate::store::{DATABASE, create_directory, remove, sync_directory_of};

/// What SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["sambang.db-wal", "sambang.db-shm"];

/// Keeps what is there in `aside`, then gives `fresh` its name, in one step: before it the directory has the one database, after it the other.
/// `pause` is told each step before it is done. Gives where the old one is kept.
pub(super) fn replace(
    directory: &Path,
    fresh: &Path,
    aside: &Path,
    root: &PublicKey,
    pause: &mut dyn FnMut(&'static str) -> Result<(), ServerError>,
) -> Result<Option<PathBuf>, ServerError> {
    let database = directory.join(DATABASE);
    let there = database.try_exists()?;
    // Kept to the end: no other command writes into what is being put aside.
    let alone = if there { alone(&database, root)? } else { None };
    if there {
        pause("aside")?;
        create_directory(aside)?;
        for name in [DATABASE].into_iter().chain(BESIDE) {
            pause("link")?;
            link(&directory.join(name), &aside.join(name))?;
        }
        sync_directory_of(&aside.join(DATABASE))?;
        sync_directory_of(aside)?;
    }
    // Those of the old one would be read into the new one.
    for name in BESIDE {
        pause("unlink")?;
        remove(&directory.join(name))?;
    }
    pause("rename")?;
    std::fs::rename(fresh, &database)?;
    pause("sync")?;
    sync_directory_of(&database)?;
    drop(alone);
    Ok(there.then(|| aside.to_owned()))
}

/// The old database, with nobody else at it. None for one that cannot be read: it is put aside as it is.
fn alone(database: &Path, root: &PublicKey) -> Result<Option<Alone>, ServerError> {
    if !begins_like_ours(database)? {
        return Ok(None);
    }
    match Alone::take(database) {
        Ok(alone) if alone.root_key().is_ok_and(|key| key != root.0) => Err(ServerError::KeysForeign),
        Ok(alone) => Ok(Some(alone)),
        Err(ServerError::Damaged(_) | ServerError::Foreign | ServerError::Newer(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn link(from: &Path, to: &Path) -> Result<(), ServerError> {
    match std::fs::hard_link(from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use sync_core::Timestamp;

    use super::*;
    use crate::store::{Store, unit};

    /// A centre that counts so many changes of its units, closed, and its directory.
    fn centre(at: &Path, changes: i64) -> PublicKey {
        Store::create(at, Timestamp::from_unix_ms(1_764_000_000_000), &[7; 96]).unwrap();
        let store = Store::open(at).unwrap();
        (0..changes).for_each(|_| store.write(|db| Ok(unit::changed(db)?)).unwrap());
        store.keys.root()
    }

    fn changes(at: &Path) -> i64 {
        Store::open(at).unwrap().read(|db| Ok(unit::version(db)?)).unwrap()
    }

    #[test]
    fn ended_before_any_step_the_directory_has_one_database_whole_and_the_old_one_is_never_lost() {
        let mut seen = Vec::new();
        for stop in 0.. {
            let directory = tempfile::tempdir().unwrap();
            let (old, new) = (directory.path().join("old"), directory.path().join("new"));
            let root = centre(&old, 3);
            centre(&new, 1);
            drop(Alone::take(&new.join(DATABASE)).unwrap());
            let aside = old.join("before-restore");
            let mut steps = Vec::new();
            let ended = replace(&old, &new.join(DATABASE), &aside, &root, &mut |step| {
                steps.push(step);
                if steps.len() > stop { Err(ServerError::Busy) } else { Ok(()) }
            });
            let done = ended.is_ok() || steps.last() == Some(&"sync");
            assert_eq!(changes(&old), if done { 1 } else { 3 }, "{steps:?}");
            if done {
                std::fs::copy(old.join("keys"), aside.join("keys")).unwrap();
                assert_eq!(changes(&aside), 3, "{steps:?}");
            }
            seen = steps;
            if ended.is_ok() {
                break;
            }
        }
        assert_eq!(seen, ["aside", "link", "link", "link", "unlink", "unlink", "rename", "sync"]);
    }

    #[test]
    fn a_database_that_cannot_be_read_is_put_aside_with_its_log() {
        let directory = tempfile::tempdir().unwrap();
        let (old, new) = (directory.path().join("old"), directory.path().join("new"));
        let root = centre(&old, 3);
        centre(&new, 1);
        drop(Alone::take(&new.join(DATABASE)).unwrap());
        for (name, text) in [(DATABASE, "rusak"), ("sambang.db-wal", "catatan")] {
            std::fs::write(old.join(name), text).unwrap();
        }
        let aside = old.join("before-restore");
        assert_eq!(replace(&old, &new.join(DATABASE), &aside, &root, &mut |_| Ok(())).unwrap(), Some(aside.clone()));
        assert_eq!(changes(&old), 1);
        let kept = |name| std::fs::read_to_string(aside.join(name)).unwrap();
        assert_eq!((kept(DATABASE).as_str(), kept("sambang.db-wal").as_str()), ("rusak", "catatan"));
    }

    #[test]
    fn beside_a_command_nothing_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let (old, new) = (directory.path().join("old"), directory.path().join("new"));
        let root = centre(&old, 3);
        centre(&new, 1);
        drop(Alone::take(&new.join(DATABASE)).unwrap());
        let command = Store::open(&old).unwrap();
        let ended = replace(&old, &new.join(DATABASE), &old.join("before-restore"), &root, &mut |_| Ok(()));
        assert_eq!(ended, Err(ServerError::Busy));
        assert_eq!(command.read(|db| Ok(unit::version(db)?)).unwrap(), 3);
        assert!(!old.join("before-restore").exists());
    }
}
