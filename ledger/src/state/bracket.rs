//! What is known of an edge: between which two pieces of evidence it lies (semantics §6).

use serde::Serialize;

use crate::time::{Interval, Timestamp};

/// An edge between two neighbouring pieces of evidence, [a, b] before it and [a', b'] after it.
///
/// `earliest <= after`, `before <= latest`. The truth lies between `earliest` and `latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bracket {
    /// Start of the evidence before: a.
    pub earliest: Timestamp,
    /// End of the evidence before: b.
    pub after: Timestamp,
    /// Start of the evidence after: a'.
    pub before: Timestamp,
    /// End of the evidence after: b'.
    pub latest: Timestamp,
}

/// A stretch in which a region was down: g, f, l and h of semantics §6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// Evidence of the last good tick before; `None` if unknown time or nothing lies before.
    pub good_before: Option<Interval>,
    /// Evidence of the first bad tick.
    pub first_bad: Interval,
    /// Evidence of the last bad tick.
    pub last_bad: Interval,
    /// Evidence of the first good tick after; `None` if unknown time or nothing lies after.
    pub good_after: Option<Interval>,
    /// Where it is cut if nothing lies after: the record's end if it was still open there, else the last bad evidence.
    pub cut: Timestamp,
    /// When the rule that opened it was met.
    pub confirmed: Timestamp,
    /// Whether it was still open at the end of the record.
    pub open: bool,
    /// Which ticks made it.
    pub trail: Trail,
}

/// The rule that opened a spell, and its ticks as indices into the evidence of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trail {
    /// The rule.
    pub opening: Opening,
    /// The first bad tick: f.
    pub first: usize,
    /// The tick at which the rule was met.
    pub met: usize,
    /// The last bad tick: l.
    pub last: usize,
    /// The first tick of the run that closed it: h; `None` if the evidence ended first.
    pub closed_by: Option<usize>,
}

/// A rule that opens down (semantics §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum Opening {
    /// RUN: so many bad ticks in a row.
    Run {
        /// `n_down`.
        ticks: u32,
    },
    /// WINDOW: a share of the last base ticks failed.
    Window {
        /// Failing ticks when the rule was met.
        failing: u32,
        /// Ticks that the window holds.
        of: u32,
    },
    /// Too few bad ticks for either, but another region saw bad ones within *T*.
    Seconded,
}

impl Bracket {
    /// The midpoint of the gap between the two pieces of evidence: (min(b, a') + a')/2, cut to whole milliseconds.
    pub fn estimate(self) -> Timestamp {
        let from = self.after.min(self.before);
        let middle = from + crate::time::Millis((self.before - from).0 / 2);
        middle.clamp(self.earliest, self.latest)
    }

    /// Both brackets hold: the latest evidence before and the earliest after. `None` if they contradict each other, and
    /// be it at one instant: where two looked at once, and one saw good and the other bad, they saw no common edge.
    pub fn fuse(self, other: Self) -> Option<Self> {
        let fused = Self {
            earliest: self.earliest.max(other.earliest),
            after: self.after.max(other.after),
            before: self.before.min(other.before),
            latest: self.latest.min(other.latest),
        };
        (fused.earliest < fused.latest).then_some(fused)
    }
}

impl Spell {
    /// What is known of its start. Without good evidence before it, it starts with its first bad evidence.
    pub fn start(&self) -> Bracket {
        let before = self.first_bad;
        let (earliest, after) = self
            .good_before
            .map_or((before.start, before.start), |good| (good.start, good.end));
        Bracket {
            earliest: earliest.min(before.start),
            after,
            before: before.start,
            latest: before.end,
        }
    }

    /// What is known of its end. Without good evidence after it, it ends where it is cut.
    pub fn end(&self) -> Bracket {
        let (before, latest) = self
            .good_after
            .map_or((self.cut, self.cut), |good| (good.start, good.end));
        Bracket {
            earliest: self.last_bad.start,
            after: if self.good_after.is_some() {
                self.last_bad.end
            } else {
                self.cut
            },
            before,
            latest: latest.max(self.last_bad.start),
        }
    }

    /// From the best start to the best end.
    pub fn estimate(&self) -> Interval {
        Interval::new(self.start().estimate(), self.end().estimate())
    }
}
