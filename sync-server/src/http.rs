//! The thin shell: HTTP and TLS around [`Server`], until SIGTERM. Nothing here knows what a report is.

mod address;
mod body;
mod health;
mod metrics;
mod patience;
mod router;
mod sync;
mod tls;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;

use crate::{Server, ServerError, limits};

/// How connections are protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// TLS 1.3 with the certificate and key of these PEM files.
    Tls {
        /// The certificate, the server's first.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// None, to this machine only.
    LoopbackOnly,
    /// None, to everybody: TLS ends in front of this server.
    Insecure,
}

/// How to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeOptions {
    /// Address and port; port 0 takes any that is free.
    pub listen: String,
    /// Written when the server is ready: the real address and port.
    pub address_file: Option<PathBuf>,
    /// How connections are protected.
    pub protection: Protection,
    /// Where figures are given out, on this machine only; none: nowhere.
    pub metrics: Option<String>,
    /// Written when the server is ready: the real address of the figures.
    pub metrics_address_file: Option<PathBuf>,
}

/// Where a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// Devices.
    pub devices: SocketAddr,
    /// Who asks for figures.
    pub metrics: Option<SocketAddr>,
}

/// Serves until SIGTERM or SIGINT, then lets open requests end. `ready` is told the real addresses once requests are taken.
///
/// # Errors
/// What keeps the server from starting; never what a client does.
pub fn serve(server: Arc<Server>, options: &ServeOptions, ready: impl FnOnce(Addresses)) -> Result<(), ServerError> {
    let _only = server.lock_for_serving()?;
    for file in [&options.address_file, &options.metrics_address_file].into_iter().flatten() {
        address::withdraw(file)?;
    }
    for older in server.older_than_signed()? {
        let (partition, signed, here) = (older.partition, older.signed, older.here);
        tracing::warn!(
            partition,
            signed,
            here,
            "the database is older than what this centre once signed: devices bring back what they have"
        );
    }
    let listener = listen(options)?;
    let address = listener.local_addr()?;
    let figures = options.metrics.as_deref().map(metrics::Door::open).transpose()?;
    let tls = match &options.protection {
        Protection::Tls { certificate, key } => Some(tls::config(certificate, key)?),
        Protection::LoopbackOnly | Protection::Insecure => None,
    };
    let journal = server.replay_journal()?;
    tracing::info!(replayed = journal.replayed, appended = journal.appended, waiting = journal.waiting, "journal");
    // Read now, or the first officer of the day would wait for it.
    let forms = sync_core::Form::built_in().len();
    tracing::info!(%address, forms, "serving");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served: Result<(), ServerError> = runtime.block_on(async {
        let handle = Handle::new();
        stop_on_signal(handle.clone())?;
        let app = router::App::new(server);
        let metrics = figures.as_ref().map(|door| door.address);
        figures.map(|door| door.serve(Arc::clone(&app))).transpose()?;
        let app = router::router(app).into_make_service();
        let accepting = axum_server::from_tcp(listener)?.handle(handle).acceptor(patience::Acceptor);
        let mut plain = accepting.http1_only().first_request_timeout(limits::HEADER_TIMEOUT);
        plain.http_builder().http1().header_read_timeout(Some(limits::HEADER_TIMEOUT));
        // The socket takes connections since it was bound: who reads the file may send at once.
        for (file, address) in [(&options.metrics_address_file, metrics), (&options.address_file, Some(address))] {
            file.as_deref().zip(address).map(|(file, address)| address::announce(file, address)).transpose()?;
        }
        ready(Addresses { devices: address, metrics });
        match tls {
            None => plain.serve(app).await?,
            Some(config) => {
                let acceptor = RustlsAcceptor::new(config).handshake_timeout(limits::HANDSHAKE_TIMEOUT).acceptor(patience::Acceptor);
                plain.acceptor(acceptor).serve(app).await?;
            }
        }
        Ok(())
    });
    // Work that still runs holds the database: it is waited for, as long as open requests were.
    runtime.shutdown_timeout(limits::DRAIN_TIMEOUT);
    served
}

fn listen(options: &ServeOptions) -> Result<TcpListener, ServerError> {
    let listener = TcpListener::bind(&options.listen).map_err(|error| ServerError::Listen(format!("{}: {error}", options.listen)))?;
    let address = listener.local_addr()?;
    if options.protection == Protection::LoopbackOnly && !address.ip().is_loopback() {
        return Err(ServerError::NeedsTls(options.listen.clone()));
    }
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn stop_on_signal(handle: Handle<SocketAddr>) -> Result<(), ServerError> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("draining");
        handle.graceful_shutdown(Some(DRAIN));
    });
    Ok(())
}

const DRAIN: Duration = limits::DRAIN_TIMEOUT;
