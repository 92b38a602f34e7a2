//! The program `sambang`, as a function: another program can start itself in the role of a device.

mod arguments;
mod bundle;
mod message;
mod outbox;
mod print;
mod report;
mod rescue;
#[cfg(feature = "http")]
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use sync_core::form::Lang;

use crate::{Device, Error};
use arguments::{Arguments, Command, Language, ReportCommand};
use print::{Output, Screen};

/// The exit code of a rescue that could not save everything.
const IN_PART: u8 = 3;

/// Runs one command line, the program's name first. Prints to the standard streams; zero only on success.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no failures.
            let code = u8::from(error.use_stderr()) * 2;
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::FAILURE };
        }
    };
    let lang = if arguments.lang == Language::En { Lang::English } else { Lang::Indonesian };
    let screen = Screen { json: arguments.json, lang };
    match run(&arguments, screen).and_then(|output| screen.show(&arguments.command, &output).map(|()| output.is_whole())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(IN_PART),
        Err(error) => {
            screen.complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, screen: Screen) -> Result<Output, Error> {
    if let Command::Report(ReportCommand::Kinds { kind }) = &arguments.command {
        return report::kinds(&arguments.store, kind.as_deref());
    }
    if let Command::Rescue { out } = &arguments.command {
        return rescue::run(&arguments.store, out);
    }
    let device = Device::open(&arguments.store)?;
    match &arguments.command {
        #[cfg(feature = "http")]
        Command::Enrol { server, code, ca } => {
            let ca = ca.as_ref().map(std::fs::read_to_string).transpose()?.unwrap_or_default();
            device.enrol(server, code, &ca)?;
            Ok(Output::Status(device.status()?))
        }
        #[cfg(feature = "http")]
        Command::Sync(options) if options.watch => watch::watch(&device, options, screen).map(Output::Synced),
        #[cfg(feature = "http")]
        Command::Sync(_) => device.sync().map(Output::Synced),
        #[cfg(not(feature = "http"))]
        Command::Enrol { .. } | Command::Sync(_) => Err(Error::Unreachable("built without HTTP".to_owned())),
        Command::Status => Ok(Output::Status(device.status()?)),
        Command::Outbox(command) => outbox::run(&device, command),
        Command::Report(command) => report::run(&device, command),
        Command::Message(command) => message::run(&device, command),
        Command::Bundle(command) => bundle::run(&device, command),
        Command::Rescue { out } => rescue::run(&arguments.store, out),
    }
}
