//! `sambang-server`: see `sambang-server --help` and docs/OPERATIONS.md.

use std::process::ExitCode;

fn main() -> ExitCode {
    sync_server::cli::main(std::env::args_os())
}
