//! The transport below TLS, which can be reset instead of closed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A byte stream whose end can be a reset.
pub trait Line: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    /// From now on dropping it resets the connection, as a TCP RST does.
    fn reset_on_drop(&mut self);
}

impl Line for TcpStream {
    fn reset_on_drop(&mut self) {
        // If the socket is already gone there is nothing left to reset.
        let _ = self.set_zero_linger();
    }
}

/// Whether a connection is to be reset; shared by its requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Fate(Arc<Seal>);

#[derive(Debug, Default)]
struct Seal {
    sealed: AtomicBool,
    told: Notify,
}

/// A line that knows its fate.
pub(super) struct Wire<L: Line> {
    line: L,
    fate: Fate,
}

impl Fate {
    /// The connection is to be reset.
    pub(super) fn seal(&self) {
        self.0.sealed.store(true, Ordering::SeqCst);
        self.0.told.notify_one();
    }

    /// Waits for [`Fate::seal`].
    pub(super) async fn sealed(&self) {
        self.0.told.notified().await;
    }
}

impl<L: Line> Wire<L> {
    pub(super) fn new(line: L, fate: Fate) -> Self {
        Self { line, fate }
    }
}

impl<L: Line> Drop for Wire<L> {
    fn drop(&mut self) {
        if self.fate.0.sealed.load(Ordering::SeqCst) {
            self.line.reset_on_drop();
        }
    }
}

impl<L: Line> AsyncRead for Wire<L> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_read(cx, buf)
    }
}

impl<L: Line> AsyncWrite for Wire<L> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.line).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(cx)
    }
}
