//! One batch and its place.

use super::{Arrived, Limits};
use crate::time::{Millis, Timestamp};
use crate::wire::upload::Reason;
use crate::wire::{Hash, Head};

/// A batch that the hub holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its hash.
    pub hash: Hash,
    /// The hash that it names as that of the batch before.
    pub previous: Hash,
    /// The number of its first attempt.
    pub first: u64,
    /// The number of its last attempt.
    pub last: u64,
}

/// What the hub holds around the place of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The batch with its number.
    pub here: Option<Held>,
    /// The batch with the number before.
    pub before: Option<Held>,
    /// The batch with the number after.
    pub after: Option<Held>,
    /// Another batch, of any epoch, holds attempts with the same numbers.
    pub overlaps: bool,
}

/// What the hub knows of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// Its newest epoch.
    pub epoch: u32,
    /// Batches of that epoch up to this number are there without a gap.
    pub whole_to: u64,
    /// How many are there past the gap.
    pub parked: u64,
    /// Nothing new is taken.
    pub quarantined: bool,
}

/// What becomes of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is to be kept.
    Take,
    /// It is there.
    Known,
    /// Another one stands in its place, or beside it in a chain that it breaks.
    Fork(String),
    /// It can never be taken, but its place in the chain is to be held, so that what comes after it does not wait.
    Hold(Reason, String),
    /// It can never be taken.
    Refuse(Reason, String),
    /// It may be taken later.
    Wait(Reason, String),
}

/// How far ahead a tick may lie so that waiting for it makes sense.
const SOON: Millis = Millis::from_mins(24 * 60);

impl Held {
    /// What is known of a batch that has attempts, by its head.
    pub fn of(head: &Head) -> Self {
        let count = u64::try_from(head.count).unwrap_or(u64::MAX);
        Self {
            hash: head.hash(),
            previous: head.header.previous,
            first: head.first_sequence,
            last: head.first_sequence.saturating_add(count) - 1,
        }
    }
}

/// What becomes of `batch`, which came at `now` and was verified.
pub fn decide(
    batch: &Arrived,
    tracked: &Tracked,
    around: &Around,
    (limits, now): (&Limits, Timestamp),
) -> Decision {
    if around.here.is_some_and(|here| here.hash == batch.hash) {
        return Decision::Known;
    }
    if tracked.quarantined {
        let text = "the agent is in quarantine; its operator must look first".to_owned();
        return Decision::Wait(Reason::Quarantined, text);
    }
    if let Some(here) = around.here {
        let place = batch.place();
        return Decision::Fork(format!("{place} is there with another hash, {}", here.hash));
    }
    if let Some(broken) = broken(batch, around) {
        return broken;
    }
    let next = batch.header.number <= tracked.whole_to + 1;
    if batch.header.epoch == tracked.epoch && !next && tracked.parked >= limits.parked {
        let (parked, wanted) = (tracked.parked, tracked.whole_to + 1);
        let text = format!("{parked} batches wait for number {wanted}; send that first");
        return Decision::Wait(Reason::Parked, text);
    }
    if let Some((reason, text)) = &batch.fault {
        return Decision::Hold(*reason, text.clone());
    }
    out_of_time(batch, (limits, now)).unwrap_or(Decision::Take)
}

/// What is wrong between the batch and its neighbours.
fn broken(batch: &Arrived, around: &Around) -> Option<Decision> {
    let (first, last) = batch.sequences;
    let place = batch.place();
    if let Some(before) = around.before {
        if batch.header.previous != before.hash {
            let text = format!("{place} does not continue the batch before it");
            return Some(Decision::Fork(text));
        }
        if first != before.last + 1 {
            return Some(odd_sequence(before.last + 1, first));
        }
    }
    if let Some(after) = around.after {
        if after.previous != batch.hash {
            let text = format!("the batch after {place} continues another one");
            return Some(Decision::Fork(text));
        }
        if after.first != last + 1 {
            return Some(odd_sequence(after.first, last + 1));
        }
    }
    around.overlaps.then(|| {
        let text = format!("attempts {first} to {last} of {place} are there in another batch");
        Decision::Fork(text)
    })
}

fn out_of_time(batch: &Arrived, (limits, now): (&Limits, Timestamp)) -> Option<Decision> {
    let (oldest, newest) = batch.ticks;
    if oldest < now - limits.past {
        let text = format!("its tick of {oldest} lies too long ago");
        return Some(Decision::Hold(Reason::Old, text));
    }
    if newest > now + limits.future {
        let text = format!("its tick of {newest} is still to come");
        return Some(if newest > now + SOON {
            Decision::Hold(Reason::Future, text)
        } else {
            Decision::Wait(Reason::Future, text)
        });
    }
    None
}

fn odd_sequence(expected: u64, found: u64) -> Decision {
    let text = format!("its attempts begin with number {found}, and {expected} comes next");
    Decision::Refuse(Reason::Malformed, text)
}
