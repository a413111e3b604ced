//! A duplex stream whose bytes take their time: each chunk carries the instant at which it arrives.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use ledger::name::Name;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::script::{Fault, Kind};
use crate::server::Line;
use crate::site::Site;

/// How many bytes may be on their way before a writer has to wait.
const WINDOW: usize = 256 * 1024;

/// The part of the way that belongs to a region: dead while a fault says so.
#[derive(Debug)]
pub(super) struct Uplink {
    site: Arc<Site>,
    outages: Vec<Fault>,
}

/// One end of a connection.
#[derive(Debug)]
pub(super) struct End {
    incoming: Arc<Mutex<Way>>,
    outgoing: Arc<Mutex<Way>>,
    latency: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    /// At the visitor's end: what its bytes go through.
    uplink: Option<Arc<Uplink>>,
    reset: bool,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    chunks: VecDeque<(Instant, Bytes)>,
    waiting: usize,
    end: Option<(Instant, Ending)>,
    /// Nobody will read any more.
    deaf: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Closed,
    Reset,
}

/// The visitor's end and the server's end of a new connection, `latency` apart.
pub(super) fn pair(latency: Duration, uplink: &Arc<Uplink>) -> (End, End) {
    let (there, back) = (Arc::default(), Arc::default());
    let near = End {
        incoming: Arc::clone(&back),
        outgoing: Arc::clone(&there),
        latency,
        timer: None,
        uplink: Some(Arc::clone(uplink)),
        reset: false,
    };
    let far = End {
        incoming: there,
        outgoing: back,
        latency,
        timer: None,
        uplink: None,
        reset: false,
    };
    (near, far)
}

impl Uplink {
    pub(super) fn new(site: &Arc<Site>, region: &Name) -> Self {
        let mine = |fault: &&Fault| {
            fault.what.kind == Kind::AgentNetwork && fault.what.scope.meets_region(Some(region))
        };
        let outages = site.faults.list().iter().filter(mine).cloned().collect();
        Self {
            site: Arc::clone(site),
            outages,
        }
    }

    pub(super) fn is_dead(&self) -> bool {
        !self.outages.is_empty() && {
            let now = self.site.clock.now();
            self.outages.iter().any(|fault| fault.in_force(now))
        }
    }
}

impl Way {
    fn take_due(&mut self, now: Instant, buf: &mut ReadBuf<'_>) {
        while let Some((_, chunk)) = self.chunks.front_mut().filter(|(at, _)| *at <= now) {
            let count = chunk.len().min(buf.remaining());
            buf.put_slice(&chunk[..count]);
            chunk.advance(count);
            self.waiting -= count;
            if !chunk.is_empty() {
                break;
            }
            self.chunks.pop_front();
        }
        if self.waiting < WINDOW
            && let Some(writer) = self.writer.take()
        {
            writer.wake();
        }
    }

    /// When the next thing arrives.
    fn next(&self) -> Option<Instant> {
        self.chunks
            .front()
            .map(|(at, _)| *at)
            .or(self.end.map(|(at, _)| at))
    }

    fn finish(&mut self, at: Instant, ending: Ending) {
        if self.end.is_none() || ending == Ending::Reset {
            self.end = Some((at, ending));
        }
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl End {
    fn check_uplink(&self) -> io::Result<()> {
        match &self.uplink {
            Some(uplink) if uplink.is_dead() => Err(io::ErrorKind::NetworkUnreachable.into()),
            _ => Ok(()),
        }
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.check_uplink()?;
        loop {
            let now = Instant::now();
            let next = {
                let mut way = lock(&this.incoming);
                let before = buf.filled().len();
                way.take_due(now, buf);
                if buf.filled().len() > before || buf.remaining() == 0 {
                    return Poll::Ready(Ok(()));
                }
                match (way.next(), way.end) {
                    (None, _) => {
                        way.reader = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                    (Some(at), Some((_, ending))) if way.chunks.is_empty() && at <= now => {
                        return Poll::Ready(match ending {
                            Ending::Closed => Ok(()),
                            Ending::Reset => Err(io::ErrorKind::ConnectionReset.into()),
                        });
                    }
                    (Some(at), _) => at,
                }
            };
            let timer = this
                .timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(next)));
            if timer.deadline() != next {
                timer.as_mut().reset(next);
            }
            ready!(timer.as_mut().poll(cx));
            this.check_uplink()?;
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_uplink()?;
        let mut way = lock(&self.outgoing);
        if way.deaf {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if way.waiting >= WINDOW {
            way.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        way.waiting += bytes.len();
        way.chunks
            .push_back((Instant::now() + self.latency, Bytes::copy_from_slice(bytes)));
        if let Some(reader) = way.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.outgoing).finish(Instant::now() + self.latency, Ending::Closed);
        Poll::Ready(Ok(()))
    }
}

impl Line for End {
    fn reset_on_drop(&mut self) {
        self.reset = true;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let ending = if self.reset {
            Ending::Reset
        } else {
            Ending::Closed
        };
        lock(&self.outgoing).finish(Instant::now() + self.latency, ending);
        let mut incoming = lock(&self.incoming);
        incoming.deaf = true;
        if let Some(writer) = incoming.writer.take() {
            writer.wake();
        }
    }
}

fn lock(way: &Mutex<Way>) -> MutexGuard<'_, Way> {
    way.lock().unwrap_or_else(PoisonError::into_inner)
}
