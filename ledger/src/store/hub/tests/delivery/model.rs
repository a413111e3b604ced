//! What a hub should hold of one agent, by a few lines over a map.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::Name;
use crate::time::Timestamp;
use crate::wire::record::{Kind, Signed};
use crate::wire::{Batch, Hash, Head, Sealed};

/// A batch by its place.
pub(super) type Place = (u32, u64);

/// What the hub should hold of one agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    pub(super) held: BTreeMap<Place, (Hash, Hash, u64, u64)>,
    /// The ticks that each batch tells of.
    ticks: BTreeMap<Place, Vec<(Name, Timestamp)>>,
    pub(super) quarantined: bool,
    planned: bool,
}

impl Model {
    /// What should become of a record; `None` of what is neither kept nor known.
    pub(super) fn take(&mut self, record: &Signed) -> Option<bool> {
        if record.kind == Kind::Plan {
            let fresh = !self.planned;
            self.planned |= !self.quarantined;
            return self.planned.then_some(fresh);
        }
        let head = Head::decode(&record.what).expect("it was made here");
        let (place, hash) = ((head.header.epoch, head.header.number), record.hash());
        let (first, last) = sequences(record);
        let new = (hash, head.header.previous, first, last);
        match self.held.get(&place) {
            Some((known, ..)) if *known == hash => return Some(false),
            _ if self.quarantined => return None,
            Some(_) => self.quarantined = true,
            None if self.breaks(place, new) => self.quarantined = true,
            None if !self.planned => return None,
            None => {
                self.held.insert(place, new);
                self.ticks.insert(place, ticks(record));
                return Some(true);
            }
        }
        None
    }

    fn breaks(
        &self,
        (epoch, number): Place,
        (hash, previous, first, last): (Hash, Hash, u64, u64),
    ) -> bool {
        let before = self.held.get(&(epoch, number.wrapping_sub(1)));
        let after = self.held.get(&(epoch, number + 1));
        before.is_some_and(|before| before.0 != previous)
            || after.is_some_and(|after| after.1 != hash)
            || (self.held.values()).any(|other| other.2 <= last && first <= other.3)
    }

    /// How many ticks the attempts before a number tell of, those that came twice once.
    pub(super) fn ticks_before(&self, number: u64) -> usize {
        let below = self.held.iter().filter(|(_, batch)| batch.3 < number);
        let ticks = below.flat_map(|(place, _)| &self.ticks[place]);
        ticks.collect::<BTreeSet<_>>().len()
    }

    /// The number after the last attempt that can be folded.
    pub(super) fn foldable(&self) -> u64 {
        let newest = self.held.keys().map(|(epoch, _)| *epoch).max().unwrap_or(1);
        let older = self.held.iter().filter(|((epoch, _), _)| *epoch < newest);
        let older = older.map(|(_, batch)| batch.3).max();
        let begun = self.held.get(&(newest, 1)).map(|batch| batch.2);
        let closed = match (older, begun) {
            (Some(last), Some(first)) if last + 1 == first => first,
            _ => 0,
        };
        let mut all: Vec<(u64, u64)> = self.held.values().map(|batch| (batch.2, batch.3)).collect();
        all.sort_unstable();
        let mut next = 1;
        for (first, last) in all {
            if first != next && first > closed {
                break;
            }
            next = last + 1;
        }
        next
    }
}

/// The numbers of a batch's first and last attempt.
pub(super) fn sequences(record: &Signed) -> (u64, u64) {
    let head = Head::decode(&record.what).expect("it was made here");
    let count = u64::try_from(head.count).expect("few");
    (head.first_sequence, head.first_sequence + count - 1)
}

/// What a batch tells of.
fn ticks(record: &Signed) -> Vec<(Name, Timestamp)> {
    let sealed = Sealed {
        head: record.what.clone(),
        body: record.body.clone(),
    };
    let batch = Batch::open(&sealed).expect("it was made here");
    let attempts = batch.attempts.into_iter();
    attempts.map(|one| (one.probe, one.tick)).collect()
}
