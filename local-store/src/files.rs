//! Files that leave the device: whole or not at all, on the disk before anything is said of them, and for their owner alone.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::Error;

/// Writes a file under another name first: who finds it finds all of it.
pub(crate) fn put(out: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut fresh = out.as_os_str().to_owned();
    fresh.push(format!(".new-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| std::fs::rename(&fresh, out));
    if written.is_err() {
        // What is half written helps nobody; the first error says more than one of this.
        drop(std::fs::remove_file(&fresh));
    }
    written?;
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}

/// Reads a file of at most so many bytes, and one more of a larger one: whoever opens it says that it is too large.
pub(crate) fn get(file: &Path, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    File::open(file)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
