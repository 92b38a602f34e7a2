//! The proxies of one program, by name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::proxy::Proxy;

/// The name of the proxy that the command line made.
pub const FIRST_LINK: &str = "link";

/// The proxies of one program, by name; copies show the same ones.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Arc<Mutex<BTreeMap<String, Arc<Proxy>>>>);

impl Proxies {
    /// Adds a proxy, in place of one of the same name.
    pub fn put(&self, name: &str, proxy: Proxy) {
        // A replaced proxy ends when its last user lets go of it, outside the lock.
        let before = self.all().insert(name.to_owned(), Arc::new(proxy));
        drop(before);
    }

    /// The proxy of this name.
    pub fn get(&self, name: &str) -> Option<Arc<Proxy>> {
        self.all().get(name).map(Arc::clone)
    }

    pub(super) fn take(&self, name: &str) -> Option<Arc<Proxy>> {
        self.all().remove(name)
    }

    pub(super) fn list(&self) -> Vec<(String, Arc<Proxy>)> {
        self.all().iter().map(|(name, proxy)| (name.clone(), Arc::clone(proxy))).collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Proxy>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
