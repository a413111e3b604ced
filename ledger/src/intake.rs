//! What becomes of the records that agents send to a hub: read and verified here, decided here, written by
//! [`crate::store::Hub`].
//!
//! Nothing here knows a clock, a socket or a table. A [`Parcel`] is an upload that was verified and unpacked; [`decide()`]
//! says of one batch, from what the hub holds around its place, whether it is taken; [`Layers`] says it of a plan;
//! [`Quota`] says how much an agent may send.

mod decide;
mod layers;
mod parcel;
mod quota;

use crate::time::Millis;

pub use decide::{Around, Decision, Held, Tracked, decide};
pub use layers::Layers;
pub use parcel::{Arrived, Incoming, Parcel, PlanRecord};
pub use quota::{Quota, Share};

/// What a hub takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most attempts of one batch.
    pub attempts: usize,
    /// The largest batch, in bytes.
    pub bytes: usize,
    /// The most probes of one plan: all others wait while one is compared and written.
    pub probes: usize,
    /// No tick may be older than this when it comes.
    pub past: Millis,
    /// No tick may lie further ahead than this when it comes.
    pub future: Millis,
    /// The most batches of an agent that may wait for a gap to be closed.
    pub parked: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 1_000,
            bytes: 256 << 10,
            probes: 4_096,
            past: Millis::from_mins(35 * 24 * 60),
            future: Millis::from_mins(5),
            parked: 4_096,
        }
    }
}
