//! A connection to one origin, HTTP/1.1 or HTTP/2 as the server chose.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use ledger::attempt::Family;
use ledger::phases::{Micros, Phases};
use ledger::time::Timestamp;
use ledger::verdict::{Class, SecondResolver};
use tokio::time::Instant;
use url::Host;

use super::{MAX_HEAD, MAX_HEADERS};
use crate::dial::{Guard, Network, Reaching, Stream, reach};
use crate::fault::Fault;
use crate::origin::Origin;
use crate::tls::{Handshake, Tls, Version};

/// What connections are made with; shared by all attempts.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) network: Arc<dyn Network>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) tls: Arc<Tls>,
    pub(crate) handshake: Handshake,
}

/// What was measured and seen so far; filled in as it happens, so that a deadline leaves what was known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    pub(crate) dns: Option<Duration>,
    pub(crate) connect: Option<Duration>,
    pub(crate) tls: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) body: Option<Duration>,
    pub(crate) family: Option<Family>,
    pub(crate) second_resolver: Option<SecondResolver>,
    /// Whether a resolver was being waited for.
    pub(crate) resolving: bool,
    /// When the served certificate chain stops being valid.
    pub(crate) expiry: Option<Timestamp>,
}

/// An open connection.
pub(crate) struct Connection {
    pub(super) origin: Origin,
    pub(super) sender: Sender,
    /// The connection's own work, done while something is awaited from it; `None` once it ended.
    driver: Option<BoxFuture<'static, hyper::Result<()>>>,
    pub(super) used: bool,
}

pub(super) enum Sender {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(http2::SendRequest<Full<Bytes>>),
}

impl Client {
    /// Opens a connection to `origin`.
    pub(crate) async fn open(
        &self,
        origin: &Origin,
        times: &mut Times,
    ) -> Result<Connection, Fault> {
        let stream = self.reach(origin.host(), origin.port(), times).await?;
        if !origin.is_tls() {
            return Connection::handshake(origin.clone(), stream, Version::One).await;
        }
        let started = Instant::now();
        let secured = self
            .tls
            .secure(stream, origin, self.handshake, &mut times.expiry)
            .await?;
        let connection =
            Connection::handshake(origin.clone(), secured.stream, secured.version).await?;
        add(&mut times.tls, started.elapsed());
        Ok(connection)
    }

    /// Opens a bare stream to `host`.
    pub(crate) async fn reach(
        &self,
        host: &Host<String>,
        port: u16,
        times: &mut Times,
    ) -> Result<Box<dyn Stream>, Fault> {
        let noting = Noting {
            times,
            seen: Reaching::default(),
        };
        noting.reach(self, (host, port)).await
    }
}

/// Carries what was seen over to the times, also when the deadline drops the work in between.
struct Noting<'a> {
    times: &'a mut Times,
    seen: Reaching,
}

impl Noting<'_> {
    async fn reach(
        mut self,
        client: &Client,
        target: (&Host<String>, u16),
    ) -> Result<Box<dyn Stream>, Fault> {
        reach(&*client.network, &client.guard, target, &mut self.seen).await
    }
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        let seen = &self.seen;
        for (slot, took) in [
            (&mut self.times.dns, seen.dns),
            (&mut self.times.connect, seen.connect),
        ] {
            if let Some(took) = took {
                add(slot, took);
            }
        }
        self.times.family = seen.family.or(self.times.family);
        self.times.resolving = seen.resolving;
        self.times.second_resolver = seen.second_resolver.or(self.times.second_resolver);
    }
}

impl Connection {
    async fn handshake(
        origin: Origin,
        stream: Box<dyn Stream>,
        version: Version,
    ) -> Result<Self, Fault> {
        let io = TokioIo::new(stream);
        let (sender, driver) = if version == Version::Two {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
                .handshake(io)
                .await
                .map_err(|error| Fault::exchange(&error))?;
            (Sender::H2(sender), connection.boxed())
        } else {
            let (sender, connection) = http1::Builder::new()
                .max_headers(MAX_HEADERS)
                .max_buf_size(MAX_HEAD)
                .handshake(io)
                .await
                .map_err(|error| Fault::exchange(&error))?;
            (Sender::H1(sender), connection.boxed())
        };
        Ok(Self {
            origin,
            sender,
            driver: Some(driver),
            used: false,
        })
    }

    /// Whether another request for `origin` can go over it.
    pub(crate) fn serves(&self, origin: &Origin) -> bool {
        let open = match &self.sender {
            Sender::H1(sender) => !sender.is_closed(),
            Sender::H2(sender) => !sender.is_closed(),
        };
        open && self.driver.is_some() && self.origin == *origin
    }

    /// Awaits `work` while the connection does its own. An error of the connection explains a failed `work` better.
    pub(super) async fn drive<T>(
        &mut self,
        work: impl Future<Output = Result<T, hyper::Error>>,
    ) -> Result<T, hyper::Error> {
        drive(&mut self.driver, work).await
    }

    /// As [`Self::drive`], for work that needs the sender.
    pub(super) fn parts(
        &mut self,
    ) -> (
        &mut Sender,
        &mut Option<BoxFuture<'static, hyper::Result<()>>>,
    ) {
        (&mut self.sender, &mut self.driver)
    }

    /// Says goodbye, so that the site does not see a torn connection; waits for it `at_most` that long.
    pub(crate) async fn close(mut self, at_most: Duration) {
        drop(self.sender);
        if let Some(driver) = self.driver.take() {
            drop(tokio::time::timeout(at_most, driver).await);
        }
    }
}

pub(super) async fn drive<T>(
    driver: &mut Option<BoxFuture<'static, hyper::Result<()>>>,
    work: impl Future<Output = Result<T, hyper::Error>>,
) -> Result<T, hyper::Error> {
    let mut work = pin!(work);
    let mut cause = None;
    let result = poll_fn(|cx| {
        if let Some(connection) = driver
            && let Poll::Ready(ended) = connection.poll_unpin(cx)
        {
            cause = ended.err();
            *driver = None;
        }
        work.as_mut().poll(cx)
    })
    .await;
    match cause {
        Some(cause) => result.map_err(|_| cause),
        None => result,
    }
}

impl Times {
    /// The phases, cut to their buckets.
    pub(crate) fn phases(&self) -> Phases {
        let cut = |took: Option<Duration>| took.map(Micros::measured);
        Phases {
            dns: cut(self.dns),
            connect: cut(self.connect),
            tls: cut(self.tls),
            first_byte: cut(self.first_byte),
            body: cut(self.body),
        }
    }
}

impl Times {
    /// What stays known of the connection when the next step begins.
    pub(crate) fn carried(&self) -> Self {
        Self {
            family: self.family,
            second_resolver: self.second_resolver,
            expiry: self.expiry,
            ..Self::default()
        }
    }

    /// What it means that the deadline passed now.
    pub(crate) fn late(&self) -> Fault {
        match self.resolving {
            true => Fault::new(Class::Dns, "deadline passed before a resolver answered"),
            false => Fault::new(
                Class::Timeout,
                format!("deadline passed {}", self.waiting_for()),
            ),
        }
    }

    const fn waiting_for(&self) -> &'static str {
        match self {
            Self { body: Some(_), .. } => "after the last byte",
            Self {
                first_byte: Some(_),
                ..
            } => "while reading the body",
            Self { tls: Some(_), .. } => "while waiting for the response",
            Self {
                connect: Some(_), ..
            } => "after connecting, before any answer",
            Self { dns: Some(_), .. } => "while connecting",
            Self { .. } => "before the first answer",
        }
    }
}

/// Adds a stretch to a phase: a step that follows redirects has several of each.
pub(super) fn add(slot: &mut Option<Duration>, took: Duration) {
    *slot = Some(slot.unwrap_or_default() + took);
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
