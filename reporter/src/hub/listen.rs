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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    use super::*;
    use crate::hub::Home;
    use crate::hub::certificate::Shown;

    /// Says `words` one by one, with so much time between them; gives what comes back until the connection is closed.
    async fn say(words: &[&str], pause: Duration) -> (String, Duration) {
        let (mut ours, theirs) = tokio::io::duplex(1 << 10);
        let graceful = GracefulShutdown::new();
        let began = Instant::now();
        let serving = tokio::spawn(speak(theirs, Router::new(), graceful.watcher()));
        for word in words {
            let _ = ours.write_all(word.as_bytes()).await;
            tokio::time::sleep(pause).await;
        }
        let mut answer = Vec::new();
        let _ = ours.read_to_end(&mut answer).await;
        let took = began.elapsed();
        serving.await.unwrap();
        (String::from_utf8_lossy(&answer).into_owned(), took)
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_or_never_ends_a_head_is_not_waited_for() {
        let slow = Duration::from_secs(10);
        let endless = [&["GET / HTTP/1.1\r\n"][..], &["x: y\r\n"; 20]].concat();
        for words in [&[][..], &["GET / HT"], &endless] {
            let (_, took) = say(words, slow).await;
            let most = HEAD.max(slow * u32::try_from(words.len()).unwrap());
            assert!(took >= HEAD && took <= most + slow, "{words:?}: {took:?}");
        }
        // A connection that has been of use may idle as long, and no longer.
        let (answer, took) = say(&["GET / HTTP/1.1\r\nhost: hub\r\n\r\n"], slow).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        assert!(took >= HEAD && took <= HEAD + slow, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_agrees_on_tls_loses_the_place() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::new(directory.path());
        let shown = Shown::new(&home, None, &["localhost".to_owned()]).unwrap();
        let tls = Arc::new(shown).tls(None).unwrap();
        let (listener, address) = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let mut silent = TcpStream::connect(address).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let (gate, graceful) = (Gate::new(1, 1), GracefulShutdown::new());
        let entry = gate.enter(peer.ip()).unwrap();
        assert!(gate.enter(peer.ip()).is_none());
        let began = Instant::now();
        let watched = (graceful.watcher(), entry);
        attend(stream, Some(acceptor(tls)), Router::new(), watched).await;
        assert_eq!(began.elapsed().as_secs(), HANDSHAKE.as_secs());
        assert!(gate.enter(peer.ip()).is_some());
        assert_eq!(silent.read(&mut [0]).await.unwrap(), 0, "it is closed");
    }
}
