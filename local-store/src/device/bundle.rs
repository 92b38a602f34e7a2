//! Exchange by file, of the facade: for a phone that never meets signal.

use super::Device;
use crate::Error;
use crate::bundle::{self, Bundle, BundleTaken};

impl Device {
    /// Everything that waits to be sent, as one file for `sambang-server bundle admit`; with nothing to send it asks for news alone. Signed, not
    /// secret: who has the file can read it. An earlier one whose replies were not taken counts no more.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`].
    pub fn write_bundle(&self) -> Result<Bundle, Error> {
        self.write(|db, _| bundle::write(db, self.host(), &self.clock))
    }

    /// Takes the file with the centre's replies to the last bundle. Nothing counts as delivered before.
    ///
    /// # Errors
    /// [`Error::NotABundle`], [`Error::NotTheServer`], [`Error::Rejected`]; [`Error::StaleReply`] for the replies to another bundle, or when the
    /// device has exchanged since: nothing was changed then.
    pub fn take_bundle(&self, file: &[u8]) -> Result<BundleTaken, Error> {
        self.write_many(|db| bundle::take(db, self.host(), &self.clock, file))
    }
}
