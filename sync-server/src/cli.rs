//! The program `sambang-server`: every command, in Indonesian or English, for people or (with `--json`) for machines.

mod arguments;
mod output;
mod run;
mod table;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

/// Runs the program with these arguments, the first of which is its name. 0 only on success; 2 for arguments that make no command.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let given: Vec<OsString> = arguments.into_iter().collect();
    let machine = given.iter().any(|argument| argument == "--json");
    match arguments::Arguments::try_parse_from(given) {
        Ok(arguments) => run::run(&arguments),
        // Help and version are asked for; anything else is a mistake.
        Err(error) if error.use_stderr() => {
            output::print_usage(&error, machine);
            ExitCode::from(2)
        }
        Err(error) => {
            drop(error.print());
            ExitCode::SUCCESS
        }
    }
}
