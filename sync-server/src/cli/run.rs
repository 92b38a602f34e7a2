//! From a command to the library and back.

mod backup;
mod bundle;
mod device;
mod evaluate;
mod file;
mod form;
mod held;
mod journal;
mod message;
mod officer;
mod quarantine;
mod report;
mod serve;
mod units;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use sync_core::form::Lang;

use super::arguments::{Arguments, Command, JournalCommand};
use super::output::{self, Output};
use crate::{OpenOptions, Repair, Server, ServerError, host};

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let lang = arguments.lang.into();
    let done = done(arguments, lang).and_then(|output| output.map_or(Ok(()), |output| output::print(&output, arguments.json)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::print_error(&error, arguments.json, lang);
            ExitCode::FAILURE
        }
    }
}

/// None: the command printed by itself.
fn done(arguments: &Arguments, lang: Lang) -> Result<Option<Output>, ServerError> {
    let directory = arguments.data.as_deref();
    let directory = directory.ok_or_else(|| ServerError::NotValid { expected: "--data DIR", given: String::new() })?;
    let journal = arguments.journal.as_deref();
    let output = match &arguments.command {
        Command::Units(command) => units::run(&create(directory, journal)?, command, lang)?,
        Command::Officer(command) => officer::run(&open(directory, journal)?, command, lang)?,
        Command::Device(command) => device::run(&open(directory, journal)?, command, lang)?,
        Command::Form(command) => form::run(&open(directory, journal)?, command, lang)?,
        Command::Message(command) => message::run(&open(directory, journal)?, command, lang)?,
        Command::Held(command) => held::run(&open(directory, journal)?, command, lang)?,
        Command::Quarantine(command) => quarantine::run(&open(directory, journal)?, command, lang)?,
        Command::Serve(options) => return serve::run(create(directory, journal)?, options, arguments.json, lang).map(|()| None),
        Command::Evaluate(asked) => return evaluate::run(&open(directory, journal)?, asked, lang),
        Command::Report(command) => return report::run(&open(directory, journal)?, command, lang),
        Command::Backup { to } => backup::make(&open(directory, journal)?, to, lang)?,
        Command::Restore(asked) => {
            let (output, differences) = backup::restore(directory, journal, asked, lang)?;
            output::print(&output, arguments.json)?;
            return differences.map_or(Ok(None), Err);
        }
        Command::Journal(JournalCommand::Renew) => journal::renew(directory, journal, lang)?,
        Command::Journal(command) => journal::run(&open(directory, journal)?, command, lang)?,
        Command::Bundle(command) => {
            let (output, rejected) = bundle::run(&open(directory, journal)?, command, lang)?;
            output::print(&output, arguments.json)?;
            return rejected.map_or(Ok(None), Err);
        }
        Command::Verify { repair } => {
            let repair = if *repair { Repair::Derived } else { Repair::No };
            let (output, differences) = verify::run(&open(directory, journal)?, repair, lang)?;
            output::print(&output, arguments.json)?;
            return differences.map_or(Ok(None), Err);
        }
    };
    Ok(Some(output))
}

fn open(directory: &Path, journal: Option<&Path>) -> Result<Server, ServerError> {
    Server::open_with_journal(directory, journal, OpenOptions::MustExist)
}

fn create(directory: &Path, journal: Option<&Path>) -> Result<Server, ServerError> {
    Server::open_with_journal(directory, journal, OpenOptions::CreateIfMissing { now: host::now(), random: host::random()? })
}
