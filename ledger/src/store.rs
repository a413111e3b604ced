//! The record on disk: one SQLite file per agent, written by one agent, read by anyone at any time.
//!
//! The only place with SQL. [`Writer::append`] returns when the attempts are durable; [`Writer::seal`] packs them into
//! batches and folds those into runs, ticks and histograms. [`Reader`] sees one snapshot of each file, folds what is not
//! folded yet in memory, and so always shows what was acknowledged last.

mod error;
mod folding;
mod planned;
mod reader;
#[cfg(test)]
mod sample;
mod sqlite;
mod writer;

pub use error::StoreError;
pub use reader::{Latency, LatencyQuery, Reader};
pub use writer::{BATCH, Writer};
