//! Signal that comes and goes.

use super::event::{Event, ExchangeId, Failure, LinkId};
use super::fault::Fault;
use super::network::{Pending, Sim};
use super::profile::Profile;
use super::time::SimTime;

impl Sim {
    /// Takes the signal of a link away: exchanges on it are cut, new ones fail at once. `next` tells of it.
    pub fn down(&mut self, link: LinkId) {
        self.link_mut(link).wanted_up = false;
        self.tell_change(link);
    }

    /// Gives the signal of a link back, unless the schedule of its place says that there is none now.
    pub fn up(&mut self, link: LinkId) {
        self.link_mut(link).wanted_up = true;
        self.tell_change(link);
    }

    /// Moves a link to another place, whose schedule starts now; what is on its way travels on as before.
    pub fn set_profile(&mut self, link: LinkId, profile: Profile) {
        self.trace.note(self.now, &format_args!("{link}: {}", profile.name));
        let now = self.now;
        let on = self.link_mut(link);
        on.profile = profile;
        on.profile_since = now;
        self.tell_change(link);
    }

    fn tell_change(&mut self, link: LinkId) {
        if let Some(event) = self.follow_schedule(link) {
            self.file(self.now, Pending::Tell(event));
        }
    }

    /// Sets the signal to what the place and the tester say now, and files the next change.
    pub(super) fn follow_schedule(&mut self, link: LinkId) -> Option<Event> {
        let now = self.now;
        let on = self.link_mut(link);
        let since = SimTime::from_us(now.us_since(on.profile_since));
        let up = on.wanted_up && on.profile.signal.is_up(since);
        let was = std::mem::replace(&mut on.up, up);
        // While the tester keeps the signal away the schedule changes nothing that anybody could wait for; `up` reads it again.
        let next = if on.wanted_up { on.profile.signal.next_change(since) } else { None };
        let change_at = next.map(|change| on.profile_since.plus_us(change.us()));
        if let Some(before) = on.change.take() {
            self.unfile(before);
        }
        let change = change_at.map(|at| self.file(at, Pending::Change { link }));
        self.link_mut(link).change = change;
        if was == up {
            return None;
        }
        self.trace.note(now, &format_args!("{link}: signal {}", if up { "comes" } else { "goes" }));
        if !up {
            self.lose_signal(link);
        }
        Some(Event::Signal { link, up })
    }

    fn lose_signal(&mut self, link: LinkId) {
        let now = self.now;
        let waiting = self.running.iter().filter(|(_, running)| running.link == link && !running.over);
        let waiting: Vec<ExchangeId> = waiting.map(|(exchange, _)| *exchange).collect();
        for exchange in waiting {
            self.link_mut(link).stats.count(Fault::SignalLost, 1);
            let received = self.hang_up(exchange);
            let failure = Failure::Cut { received };
            self.file_for(exchange, now, Pending::Over { exchange, failure });
        }
        self.link_mut(link).empty();
    }
}
