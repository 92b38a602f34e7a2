//! How much one message carries: it grows on success, shrinks on a cut, and remembers what a short window of signal let through.

use crate::limits;

/// The size of a batch in one direction, in bytes of encoded changes before compression.
///
/// A message of a batch that is too large for the link is lost whole, and so is one that begins just before the signal goes. So after a cut
/// not only the size is halved: what was carried since the cut before is remembered as the *window*, and once as much went through again the
/// device pauses ([`Batch::spent`]) and then asks with a quarter of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Batch {
    /// The largest batch now.
    pub size: u64,
    /// What one window of signal carries, after a cut; 0 when nothing is known.
    pub window: u64,
    /// What went through since the window began.
    pub carried: u64,
}

impl Batch {
    /// Of a device that has not sent anything yet.
    pub const fn up() -> Self {
        Self { size: limits::BATCH_UP_START_BYTES, window: 0, carried: 0 }
    }

    /// Of a device that has not asked for anything yet.
    pub const fn down() -> Self {
        Self { size: limits::BATCH_DOWN_START_BYTES, window: 0, carried: 0 }
    }

    /// How much the next message carries. One change, or one report, that is larger goes alone.
    pub fn next(&self) -> u64 {
        let most = match self.window {
            0 => self.size,
            window if self.spent() => window / 4,
            window => window - self.carried,
        };
        most.min(self.size).max(limits::BATCH_BYTES_MIN)
    }

    /// Whether the window has carried what it did before: the next message is probably cut.
    pub fn spent(&self) -> bool {
        self.window > 0 && self.window.saturating_sub(self.carried) < self.window.div_ceil(4)
    }

    /// A message with so much got its reply. `full`: more waited than it had room for. `most` is the largest that a batch can be.
    pub fn succeeded(&mut self, used: u64, full: bool, most: u64) {
        if full && used >= self.size / 2 {
            self.size = self.size.saturating_mul(2).min(most);
        }
        self.carried = self.carried.saturating_add(used);
        // Twice what it carried before the cut: this is another link.
        if self.carried >= self.window.saturating_mul(2) {
            self.window = 0;
        }
    }

    /// A message with so much was cut.
    pub fn cut(&mut self, used: u64) {
        // A small one that is cut says little about large ones: then only the size is halved.
        let half = if used < self.size / 4 { self.size } else { used } / 2;
        // What a window has carried before goes through in one message, too. Before the first cut that could have been hours.
        let proven = if self.window > 0 { self.carried } else { self.carried.min(used / 4 * 3) };
        self.window = half.max(proven).max(limits::BATCH_BYTES_MIN);
        self.size = self.size.min(self.window);
        self.carried = 0;
    }

    /// The window is over, or another began, and nothing was cut.
    pub fn ended(&mut self) {
        self.carried = 0;
    }
}
