//! An exchange by file: the same requests and replies, carried by somebody.

use local_store::{Error, Synced};
use sync_core::exchange::{BundledReply, ReplyBundle, RequestBundle, request_hash};

use super::eye::DeviceEye;
use super::serve::UNSIGNED;
use super::{Person, World};

impl World {
    /// Carries what a device has to send to the centre, and the replies back. Both sides are judged as over a link.
    ///
    /// # Errors
    /// Those of [`Device::write_bundle`](local_store::Device::write_bundle) and [`Device::take_bundle`](local_store::Device::take_bundle).
    pub fn by_file(&self, person: &Person) -> Result<Synced, Error> {
        let replies = self.carry(person)?;
        person.take_file(&replies)
    }

    /// The way to the centre; the file with the replies is on its way.
    ///
    /// # Errors
    /// Those of [`Device::write_bundle`](local_store::Device::write_bundle).
    pub fn carry(&self, person: &Person) -> Result<Vec<u8>, Error> {
        let file = person.device.write_bundle()?.bytes;
        let exchange = self.count();
        let mut book = self.shelf.open();
        for carried in book.with_eye(person.number, DeviceEye::bundled) {
            book.carries(person.number, exchange, carried);
        }
        book.tally.count("bundles");
        drop(book);
        let requests = RequestBundle::open(&file).expect("the device's own file").requests;
        let answer = |request: Vec<u8>| {
            let reply = self.serve_file(&request);
            let answer = if reply == UNSIGNED { Err("rejected".to_owned()) } else { Ok(reply) };
            BundledReply { request: request_hash(&request), answer }
        };
        Ok(ReplyBundle { replies: requests.into_iter().map(answer).collect() }.seal())
    }
}
