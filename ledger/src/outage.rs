//! Outages and what is known of their edges (semantics §6, §7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::EdgeMode;
use crate::name::Name;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

mod assemble;
mod incident;
mod redraw;

pub use assemble::{Extent, assemble, extents};
pub use incident::incidents;
pub use redraw::{NotDrawn, redraw};

/// A length of time and what it may be at least and at most: `lower <= estimate <= upper`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Provably at least this.
    pub lower: Millis,
    /// The best estimate.
    pub estimate: Millis,
    /// Provably at most this.
    pub upper: Millis,
}

/// An edge of an outage: `earliest <= estimate <= latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Not before this.
    pub earliest: Timestamp,
    /// The best estimate.
    pub estimate: Timestamp,
    /// Not after this.
    pub latest: Timestamp,
}

/// A maximal stretch in which the service was down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Counts up from 1 in the order of time.
    pub number: u32,
    /// When it began.
    pub start: Edge,
    /// When it ended; where the record ends if it is still open.
    pub end: Edge,
    /// Whether it had not ended at the last evidence.
    pub open: bool,
    /// How long it was, before anything is excluded.
    pub length: Bounds,
    /// The part that counts: after exclusions and the contract's least length.
    pub counted: Bounds,
    /// Which way of combining the regions' edges gave the estimate.
    pub edges: EdgeMode,
    /// When the quorum was confirmed: the earliest instant at which an alarm could have been raised.
    pub confirmed: Timestamp,
    /// Whether its bounds straddle the contract's least length, so that a finer measurement might decide otherwise.
    pub borderline: bool,
    /// The personas that were down in it.
    pub personas: Vec<Name>,
    /// The regions that saw it.
    pub regions: Vec<Name>,
    /// Bad ticks in it by class, all regions together.
    pub classes: BTreeMap<Class, u32>,
    /// Whether only kept sessions were lost while logins worked.
    pub session_only: bool,
}

/// Outages with gaps below the contract's `merge_gap`: one story for people. The gaps are no downtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Counts up from 1.
    pub number: u32,
    /// From the first outage's best start to the last one's best end.
    pub span: Interval,
    /// Numbers of its outages.
    pub outages: Vec<u32>,
    /// The sum of their lengths.
    pub length: Bounds,
}
