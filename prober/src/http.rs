//! One exchange: a request over an open connection, the whole head, the whole body, each timed.

mod connection;
mod exchange;

pub(crate) use connection::{Client, Connection, Times};
pub(crate) use exchange::{Broken, Reply, Sent};

/// Most bytes of a body that are read; a longer one is a failure.
pub const MAX_BODY: usize = 1024 * 1024;

/// Most headers of a response.
const MAX_HEADERS: usize = 64;

/// Most bytes of a response head.
const MAX_HEAD: usize = 32 * 1024;
