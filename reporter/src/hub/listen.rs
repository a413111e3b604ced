//! Taking connections, until it is time to go.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::gate::{Entry, Gate};
use super::routes::Peer;

/// TLS must be agreed on after so long.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The head of a request must be there after so long; a connection that idles longer is closed.
const HEAD: Duration = Duration::from_secs(75);
/// The most header fields of a request.
const FIELDS: usize = 32;
/// The largest head of a request, and what is read at once.
const BUFFER: usize = 64 << 10;
/// Requests in hand are finished within this when it is time to go.
const GRACE: Duration = Duration::from_secs(4);
/// After an error of the system, such as no more descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener and how it speaks.
pub(super) struct Door {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) gate: Gate,
    pub(super) router: Router,
}

/// Opens a listener; says where it is.
pub(super) async fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until `stop` says otherwise; then lets nobody in, finishes what is in hand, and returns.
pub(super) async fn run(door: Door, mut stop: watch::Receiver<bool>) {
    let Door {
        listener,
        tls,
        gate,
        router,
    } = door;
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                // Too many: the connection is closed at once.
                let Some(entry) = gate.enter(address.ip().to_canonical()) else {
                    tracing::debug!(peer = %address.ip(), "too many connections");
                    continue;
                };
                let router = router
                    .clone()
                    .layer(Extension(Peer(address.ip().to_canonical())));
                let watcher = graceful.watcher();
                tokio::spawn(attend(stream, tls.clone(), router, (watcher, entry)));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some connections did not end in time");
    }
}

async fn attend(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    (watcher, entry): (Watcher, Entry),
) {
    // Answers are small and whole.
    let _ = stream.set_nodelay(true);
    match tls {
        None => speak(stream, router, watcher).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => speak(stream, router, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS was not agreed on"),
            Err(_) => tracing::debug!("TLS took too long"),
        },
    }
    drop(entry);
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    stream: S,
    router: Router,
    watcher: Watcher,
) {
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(FIELDS)
        .max_buf_size(BUFFER);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// The acceptor of a TLS configuration.
pub(super) fn acceptor(config: Arc<rustls::ServerConfig>) -> TlsAcceptor {
    TlsAcceptor::from(config)
}
