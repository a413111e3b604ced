//! How a journey reaches a host: names, then a byte stream. TLS and HTTP are built on top and are always the real ones.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

mod guard;
mod reach;
mod sockets;

pub use guard::{Guard, InvalidNetwork};
pub(crate) use reach::{Reaching, reach};
pub use sockets::{NetworkError, SocketNetwork};

/// What a connection needs to be.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The only way to the network: real sockets in the agent, an in-memory network in tests and the demo.
pub trait Network: fmt::Debug + Send + Sync + 'static {
    /// Resolves a host name with the first or the second resolver. IP literals never come here.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        resolver: Resolver,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>>;

    /// Opens a connection to an address that the caller has checked.
    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>>;
}

/// Which resolver is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolver {
    /// The one that users of this agent's network have.
    First,
    /// Another one, asked when the first fails.
    Second,
}

/// Why a name did not resolve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The resolver says that the name does not exist or has no address.
    #[error("no address for this name")]
    NoAddress,
    /// The resolver failed or answered nonsense.
    #[error("resolver failed: {0}")]
    Failed(String),
    /// No second resolver is configured.
    #[error("no second resolver is configured")]
    NotConfigured,
}
