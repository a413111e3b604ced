//! The hub: takes what agents send, over TLS 1.3, and answers when it is on disk.
//!
//! Connections are served by tokio ([`listen`], [`routes`]); what they bring is verified on threads beside it and handed to the
//! one thread that owns the record ([`desk`]). Another thread folds, prunes and makes checkpoints ([`upkeep`]).

mod authority;
mod body;
mod certificate;
mod desk;
mod files;
mod gate;
mod home;
mod listen;
mod log;
mod roll;
mod routes;
mod serve;
mod upkeep;

use ledger::time::Timestamp;

pub use desk::Failure;
pub use files::FileError;
pub use home::{Home, Known};
pub use log::Format;
pub use roll::{invitation, json as roll_json, table as roll_table};
pub use serve::{Serve, ServeError, serve};

/// The instant, by this machine's clock.
pub fn now() -> Timestamp {
    Timestamp::from_jiff(jiff::Timestamp::now())
}
