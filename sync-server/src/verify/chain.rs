//! The running hash of each partition, followed from its beginning.

use rusqlite::Connection;

use super::{AUDIT, Finding, Verification};
use crate::ServerError;
use crate::store::sequence::{self, running_hash};

pub(super) fn verify(db: &Connection, found: &mut Verification) -> Result<(), ServerError> {
    for (partition, newest) in sequence::newest(db)? {
        let (mut last, mut hash, mut wrong) = (0, [0; 32], None);
        sequence::each(db, partition, |entry| {
            let expected = running_hash(&hash, entry.kind, entry.document, &entry.content);
            if (entry.sequence != last + 1 || entry.running_hash != expected) && wrong.is_none() {
                wrong = Some(entry.sequence);
            }
            (last, hash) = (entry.sequence, entry.running_hash);
        })?;
        if sequence::counter(db, partition)? != Some((last, hash)) && wrong.is_none() {
            wrong = Some(newest);
        }
        found.partitions += 1;
        let finding = |sequence| Finding {
            document: None,
            partition: Some(partition.to_string()),
            code: "running-hash",
            detail: format!("sequence {sequence}"),
            remedy: AUDIT,
        };
        found.differences.extend(wrong.map(finding));
    }
    Ok(())
}
