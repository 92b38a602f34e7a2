//! The file that says where the server listens.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use crate::ServerError;

/// One of an earlier run would send clients to a server that is gone.
pub(super) fn withdraw(file: &Path) -> Result<(), ServerError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(ServerError::of_file(file, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whole or not at all: who waits for the file reads a whole address.
pub(super) fn announce(file: &Path, address: SocketAddr) -> Result<(), ServerError> {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    std::fs::write(&name, address.to_string())
        .and_then(|()| std::fs::rename(&name, file))
        .map_err(|error| ServerError::of_file(file, &error))
}
