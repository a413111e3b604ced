//! Declared time that a contract leaves out of both sides of the fraction (semantics §7).
//!
//! Plain files under version control declare it. A window ends where it was declared to end: an overrun counts.

mod apply;
mod recur;

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::time::{Interval, Millis, Timestamp};

pub use apply::{Applied, apply};

/// A declared exclusion, once or again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// What it is called in reports.
    pub id: Name,
    /// The contracts it belongs to; all if empty.
    pub contracts: Vec<Name>,
    /// Who declared it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When the customer was told.
    pub announced: Timestamp,
    /// Whether windows announced too late for the contract's notice were agreed upon all the same.
    pub late: bool,
    /// Which time it leaves out.
    pub when: When,
}

/// The time of an exclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// One window.
    Once(Interval),
    /// Windows by the clock of some place.
    Recurring(Recurrence),
}

/// Windows that start at the same time by the clock of a zone. A window lasts `length`, whatever the clock does in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// IANA zone in which `at` and the dates are meant.
    pub zone: String,
    /// On which dates.
    pub on: Rhythm,
    /// When by the clock. A time that the clock skips on a date is as much later as it skips; of a time that comes
    /// twice the first is meant.
    pub at: Time,
    /// How long each is, above zero.
    pub length: Millis,
    /// The first date.
    pub from: Date,
    /// The last date, included.
    pub until: Option<Date>,
    /// Dates left out.
    pub except: Vec<Date>,
}

/// Which dates a recurrence takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// These days of every week; not empty.
    Weekly(Vec<Weekday>),
    /// This day of every month, 1 to 31; months without it have none.
    MonthDay(i8),
    /// The nth such day of every month: 1 to 4, or -1 for the last.
    MonthWeekday(i8, Weekday),
}

/// Whether a window was announced in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// With the contract's notice.
    InTime,
    /// Too late or after the fact, but agreed upon; marked in the report.
    Late,
    /// Too late and not agreed upon: it leaves nothing out.
    Refused,
}

impl Exclusion {
    /// Its windows that share an instant with `span`, by time.
    ///
    /// # Panics
    /// Never: zones are checked when an exclusion is read.
    pub fn windows(&self, span: Interval) -> BTreeSet<Interval> {
        match &self.when {
            When::Once(window) => [*window]
                .into_iter()
                .filter(|window| window.intersect(span).is_some())
                .collect(),
            When::Recurring(recurrence) => recurrence.windows(span),
        }
    }

    /// Whether it belongs to the contract of this name.
    pub fn concerns(&self, contract: &Name) -> bool {
        self.contracts.is_empty() || self.contracts.contains(contract)
    }

    /// Whether a window of it was announced as long before as a contract asks for.
    pub fn standing(&self, window: Interval, notice: Millis) -> Standing {
        match (window.start - self.announced >= notice, self.late) {
            (true, _) => Standing::InTime,
            (false, true) => Standing::Late,
            (false, false) => Standing::Refused,
        }
    }
}
