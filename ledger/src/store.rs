//! The record on disk: an SQLite file of one agent, or a PostgreSQL database of many; read by anyone at any time.
//!
//! The only place with SQL, that of the alarms' [`Outbox`] included. [`Writer::append`] returns when the attempts are durable; [`Writer::seal`] packs them into
//! batches and folds those into runs, ticks and histograms. [`Reader`] sees one snapshot of each, folds what is not
//! folded yet in memory, and so always shows what was acknowledged last.

mod backup;
#[cfg(test)]
pub(crate) mod both;
mod cells;
mod day_row;
mod db;
mod error;
mod folding;
mod hub;
mod outage_row;
mod outbox;
mod place;
mod planned;
#[cfg(feature = "postgres")]
mod postgres;
mod pruning;
mod reader;
#[cfg(test)]
pub(crate) mod sample;
mod shipping;
mod sqlite;
mod table;
mod writer;

pub use backup::backup;
pub use day_row::{DaySums, Kept, Sums, Until};
pub use error::StoreError;
pub use hub::{
    Answer, EnrolError, Expected, Hub, HubKey, Invited, Keyring, Registry, RegistryError, Ripe,
    Roll, Rolled, Tone, Turns,
};
pub use outage_row::{Folded, Judged, OutageRow};
#[cfg(test)]
pub(crate) use outbox::Point;
pub use outbox::{DeadLetter, Delivery, Letter, Outbox, Posted};
pub use place::Place;
pub use reader::{
    Anew, Audited, Evidence, Extract, Head, Latency, LatencyQuery, LoginTimes, Reader, Wanted,
};
pub use shipping::{Bond, Course, Fate, Item, Load, Parcel, SHIPPED, Shipping};
pub use writer::{BATCH, Writer};
