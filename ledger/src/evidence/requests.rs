//! Logins as requests: how many base ticks were good, failed, or were planned and said nothing (semantics §9).

use serde::{Deserialize, Serialize};

use super::Evidence;
use super::border::ServiceSeries;
use crate::time::{Interval, Intervals, Timestamp};

/// Base ticks, each counted by its primary attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Good at the first attempt.
    pub good: u64,
    /// Bad, or good only at a retry.
    pub failing: u64,
    /// Planned, but nothing was learned.
    pub missing: u64,
}

/// Several sets of instants, each sorted and all after the one before: the days of a period without what is excluded.
#[derive(Clone, Debug)]
pub struct Windows {
    /// A stretch, and which set it belongs to; sorted, disjoint.
    pieces: Vec<(Interval, usize)>,
    sets: usize,
}

impl Windows {
    /// One set for each of `sets`, which follow each other in time.
    pub fn new(sets: impl IntoIterator<Item = Intervals>) -> Self {
        let (mut pieces, mut count) = (Vec::new(), 0);
        for set in sets {
            pieces.extend(set.iter().map(|piece| (piece, count)));
            count += 1;
        }
        Self {
            pieces,
            sets: count,
        }
    }

    /// How many base ticks of `evidence` and of what is planned for `series` lie in each set.
    pub fn count<'e>(
        &self,
        evidence: impl Iterator<Item = &'e Evidence>,
        series: impl Iterator<Item = &'e ServiceSeries<'e>>,
    ) -> Vec<Requests> {
        let mut counts = vec![Requests::default(); self.sets];
        for one in evidence.filter(|one| one.base > 0) {
            for (piece, set) in self.touching(one.first_tick, one.last_tick) {
                let ticks = one.ticks_in(*piece);
                let count = &mut counts[*set];
                *(if one.is_failing() {
                    &mut count.failing
                } else {
                    &mut count.good
                }) += ticks;
            }
        }
        for newest in series.filter_map(|one| one.rows.last()) {
            for (piece, set) in &self.pieces {
                counts[*set].missing += newest.schedule.count_within(*piece);
            }
        }
        for count in &mut counts {
            count.missing = count.missing.saturating_sub(count.obtained());
        }
        counts
    }

    fn touching(
        &self,
        first: Timestamp,
        last: Timestamp,
    ) -> impl Iterator<Item = &(Interval, usize)> {
        let from = self.pieces.partition_point(|(piece, _)| piece.end <= first);
        self.pieces[from..]
            .iter()
            .take_while(move |(piece, _)| piece.start <= last)
    }
}

impl Evidence {
    /// How many of its ticks, which lie evenly, `piece` holds.
    fn ticks_in(&self, piece: Interval) -> u64 {
        let steps = i64::from(self.ticks) - 1;
        if steps == 0 {
            return u64::from(piece.contains(self.first_tick));
        }
        let step = ((self.last_tick - self.first_tick).0 / steps).max(1);
        // The first tick at or after an instant, by its number.
        let number = |at: Timestamp| {
            let number = -(self.first_tick - at).0.div_euclid(step);
            number.clamp(0, steps + 1)
        };
        u64::try_from(number(piece.end) - number(piece.start)).unwrap_or(0)
    }
}

impl Requests {
    /// Those that said something.
    pub fn obtained(&self) -> u64 {
        self.good + self.failing
    }
}

impl std::ops::AddAssign for Requests {
    fn add_assign(&mut self, other: Self) {
        self.good += other.good;
        self.failing += other.failing;
        self.missing += other.missing;
    }
}
