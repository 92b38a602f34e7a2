//! A hostile program on an officer's phone: it has the phone's key, and puts other bytes between the honest items of a request.

use std::collections::BTreeMap;

use local_store::Host as _;
use sync_core::exchange::{ItemProofs, OpenedRequest, Reply, Request, RequestHead};
use sync_core::keys::SecretKey;

use super::{Person, World};

impl World {
    /// Sends what is pending on a device with each of these before it, in one request. For each item of that request, in order: whether the centre
    /// took it. The device does not see the reply.
    pub fn poison(&self, person: &Person, hostile: &[Vec<u8>]) -> Vec<bool> {
        self.forge(person, hostile, BTreeMap::new())
    }

    /// [`World::poison`], with tokens for the hostile items, by their places.
    pub fn forge(&self, person: &Person, hostile: &[Vec<u8>], proofs: BTreeMap<usize, ItemProofs>) -> Vec<bool> {
        let honest = person.begin(self.count(), local_store::Portion::WHOLE).expect("a request");
        let seed = self.shelf.open().with_eye(person.number, super::eye::DeviceEye::key);
        let key = SecretKey::from_seed(seed);
        let opened = OpenedRequest::open(&honest).expect("a request that opens");
        let mut request = Request::read(&opened, &key.public(), person.nrp).expect("a request that reads");
        request.items.splice(0..0, hostile.iter().cloned());
        let honest = std::mem::replace(&mut request.proofs, proofs);
        request.proofs.extend(honest.into_iter().map(|(at, shown)| (at + hostile.len(), shown)));
        let head = RequestHead { counter: opened.head.counter + 1, ..opened.head };
        let (bytes, hash) = request.seal(head, &key);
        let reply = self.server.exchange(&bytes, self.machine.now()).expect("a reply");
        self.shelf.open().look_at_centre();
        let (reply, _) = Reply::open(&reply, &hash, &self.server.working_key(), person.nrp).expect("a reply that opens");
        reply.verdicts.iter().map(|verdict| verdict.shared > 0).collect()
    }
}
