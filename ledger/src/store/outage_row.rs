//! Outages as they stand in the file: plain values, because what an outage is, is decided further on.

use crate::name::Name;
use crate::time::{Millis, Timestamp};

/// One outage of one contract, as [`super::Writer::write_outages`] keeps it. Its number is its place in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageRow {
    /// Earliest, best and latest start.
    pub start: [Timestamp; 3],
    /// Earliest, best and latest end; where the record ends while it is open.
    pub end: [Timestamp; 3],
    /// Whether it had not ended at the last evidence.
    pub open: bool,
    /// How long it was: at least, best, at most.
    pub length: [Millis; 3],
    /// What the contract counts of it: at least, best, at most.
    pub counted: [Millis; 3],
    /// How the edges of several regions were combined.
    pub edges: &'static str,
    /// The personas that were down, as a JSON list.
    pub personas: String,
    /// The regions that saw it, as a JSON list.
    pub regions: String,
    /// Bad ticks by class, as a JSON map.
    pub classes: String,
    /// Whether only kept sessions were lost.
    pub session_only: bool,
    /// Whether its bounds straddle the contract's least length.
    pub borderline: bool,
    /// The earliest instant at which an alarm could have been raised.
    pub confirmed: Timestamp,
}

/// Up to where the outages of a contract are known, and by which terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The contract.
    pub contract: Name,
    /// Its terms, as a hash.
    pub contract_hash: String,
    /// The version of the engine.
    pub program: String,
    /// Outages that ended before this will not change.
    pub settled_before: Timestamp,
    /// Where the record ended.
    pub judged_until: Timestamp,
}

/// What [`super::Writer::take_folded`] tells of the folds since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folded {
    /// There was none.
    #[default]
    Nothing,
    /// Only base ticks that were good at their first attempt and not slow.
    Quiet,
    /// Something else too.
    Trouble,
}
