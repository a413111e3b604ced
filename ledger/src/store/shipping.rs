//! What an agent and its hub have to do with each other, as plain values.

use crate::identity::{HubId, PublicKey, SecretKey};
use crate::time::{Interval, Timestamp};
use crate::wire::record::{Receipt, Signed};

/// The largest batch that an agent makes for a hub, in bytes.
pub const SHIPPED: usize = 256 << 10;

/// What an agent and its hub have agreed on.
#[derive(Debug)]
pub struct Bond {
    /// The name of the hub.
    pub hub: HubId,
    /// The key that signs its receipts.
    pub hub_key: PublicKey,
    /// The agent's own key.
    pub key: SecretKey,
}

/// What is to be sent next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The newest batch first, then the others in order.
    pub newest_first: bool,
    /// So many at most.
    pub most: usize,
    /// So many bytes at most, unless one alone has more.
    pub bytes: usize,
}

/// A record of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// A plan, by its version.
    Plan(u32),
    /// A batch, by its epoch and number.
    Batch(u32, u64),
}

/// A record on its way to the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// What it is here.
    pub item: Item,
    /// What is sent.
    pub signed: Signed,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The hub has it; the receipt is verified.
    Received(Receipt),
    /// The hub does not take it: a dead letter. It is kept.
    Refused(String),
}

/// What follows from where the hub stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// All is as it should be.
    Straight,
    /// The hub has lost what it had given receipts for; so many records wait again.
    Resend(u64),
    /// The hub has more than this record, or something else: this record was set back to an older state. What the hub does
    /// not have is numbered anew in this epoch.
    Epoch(u32),
}

/// How an agent stands with its hub, as its record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipping {
    /// The hub.
    pub hub: HubId,
    /// The agent's key.
    pub key: PublicKey,
    /// Batches that wait to be sent.
    pub batches: u64,
    /// The attempts in them, and those that are not yet in a batch.
    pub attempts: u64,
    /// From the oldest of their ticks to just after the newest.
    pub ticks: Option<Interval>,
    /// When the hub last gave a receipt, by its clock.
    pub received: Option<Timestamp>,
    /// Records that it does not take, the newest few of them with the reasons.
    pub refused: u64,
    /// The newest of those.
    pub reasons: Vec<(Item, String)>,
    /// The size of the newest checkpoint of the hub's log that the agent has verified, and when that was made.
    pub checkpoint: Option<(u64, Timestamp)>,
}
