//! `sync --watch`: the background runner, told line by line.

use std::sync::mpsc;

use super::arguments::SyncArguments;
use super::print::{Output, Screen};
use crate::views::{NextAttempt, Synced};
use crate::{Action, Device, Error, Event, Link, Policy, Runner, SystemHost};
use crate::{Host as _, OnMetered};

/// Runs until it is killed, or until nobody reads what it says; gives what all exchanges did.
pub(super) fn watch(device: &Device, options: &SyncArguments, screen: Screen) -> Result<Synced, Error> {
    device.allow(Policy { day_bytes_max: options.day_bytes, on_metered: OnMetered::Portions });
    device.link_is(if options.metered { Link::Metered } else { Link::Unmetered })?;
    // Also before the first event: a store without an officer would wait for ever without a word.
    device.next_action()?;
    let (tell, told) = mpsc::channel();
    let runner = Runner::start(device.clone(), move |event| drop(tell.send(event)))?;
    let mut total = Synced::default();
    for event in told {
        let read = match event {
            Event::Synced(synced) => {
                total = total.and(&synced);
                screen.line(&Output::Synced(synced))
            }
            Event::Failed(error) => {
                screen.complain(&error);
                true
            }
            Event::Waiting(Action::Sync(_)) => true,
            Event::Waiting(action) => screen.line(&Output::Next(NextAttempt::of(action, SystemHost.now()))),
        };
        if !read {
            break;
        }
    }
    runner.stop();
    Ok(total)
}
