//! SQLite: how a file is opened and checked, and one module per table, a function per statement.

pub(super) mod agents;
pub(super) mod attempts;
pub(super) mod batches;
pub(super) mod code;
pub(super) mod entries;
pub(super) mod latencies;
pub(super) mod lock;
pub(super) mod open;
pub(super) mod outages;
pub(super) mod schema;
