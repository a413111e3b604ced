//! What is known of the time since sign-in worked again.

use ledger::state::State;
use ledger::time::{Interval, Millis, Timestamp};

use super::{Period, as_of};
use crate::gather::Later;
use crate::report::Report;

/// How well the time since sign-in worked again was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Up to where the record says anything.
    pub until: Timestamp,
    /// Whether that lies well before the letter is written.
    pub stale: bool,
    /// How much of that time is unknown.
    pub unseen: Millis,
}

/// A record that ends longer before a letter than this does not bear out that something “has worked since”.
const STALE: Millis = Millis::from_mins(24 * 60);

impl After {
    pub(super) fn of(report: &Report, periods: &[Period], later: Option<Later>) -> Self {
        let known = Later {
            until: as_of(report),
            now: as_of(report),
            failed: false,
            unseen: Millis::ZERO,
        };
        let later = later.unwrap_or(known);
        let found = &report.found;
        let start = periods
            .last()
            .map_or(found.period.end, |one| one.outage.end.estimate);
        let end = later.until.min(found.period.end).max(start);
        let unknown = found.service.of(State::Unknown);
        let unknown = unknown.within(Interval::new(start, end)).measure();
        Self {
            until: later.until,
            stale: later.until + STALE < later.now,
            unseen: unknown + later.unseen,
        }
    }
}
