//! The link as a library for ordinary, also synchronous, tests and programs.

use std::io;
use std::ops::Deref;

use sync_core::sim::Profile;
use tokio::runtime::{Builder, Runtime};

use super::proxy::Proxy;

/// Where a link stands and what it is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// Address and port on which it listens; port 0 = a free one.
    pub listen: String,
    /// Address or name and port of the server behind it.
    pub upstream: String,
    /// The place.
    pub profile: Profile,
    /// Seed of jitter and loss. The draws are the same for the same seed; which byte meets which draw depends on real
    /// programs and is not.
    pub seed: u64,
}

/// A bad link in front of a server, on a thread of its own; it ends when it is dropped.
///
/// All methods return at once and may be called from any thread, also within an async runtime.
#[derive(Debug)]
pub struct Link {
    proxy: Proxy,
    runtime: Option<Runtime>,
}

impl Link {
    /// Starts a link; it accepts connections when this returns.
    pub fn start(options: LinkOptions) -> io::Result<Self> {
        let LinkOptions { listen, upstream, profile, seed } = options;
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("link").enable_all().build()?;
        let starting = runtime.spawn(async move { Proxy::start(&listen, &upstream, profile, seed).await });
        // Waited for by a channel, not by the runtime: that would refuse to be called within another runtime.
        let (put, take) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            // The receiver waits for this very message.
            drop(put.send(starting.await));
        });
        let proxy = take.recv().map_err(io::Error::other)?.map_err(io::Error::other)??;
        Ok(Self { proxy, runtime: Some(runtime) })
    }

    /// Resets all connections and frees the address; when this returns, both are done.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        // On a thread of its own: a runtime refuses to be ended by a thread of another one.
        std::thread::scope(|scope| {
            scope.spawn(|| drop(runtime));
        });
    }
}

/// A link is its proxy with a runtime: all that a proxy can do, a link can.
impl Deref for Link {
    type Target = Proxy;

    fn deref(&self) -> &Proxy {
        &self.proxy
    }
}
