//! The program `sambang-server`: every command, in Indonesian or English, for people or (with `--json`) for machines.

mod arguments;
mod output;
mod table;
mod run;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

/// Runs the program with these arguments, the first of which is its name. 0 only on success; 2 for arguments that are none.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match arguments::Arguments::try_parse_from(arguments) {
        Ok(arguments) => run::run(&arguments),
        Err(error) => {
            // Help and version are asked for; anything else is a mistake.
            let code = if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
            let printed = error.print();
            if printed.is_err() { ExitCode::FAILURE } else { code }
        }
    }
}
