//! The officer's program: reports without signal, sent when there is some.

use std::process::ExitCode;

fn main() -> ExitCode {
    local_store::cli::main(std::env::args_os())
}
