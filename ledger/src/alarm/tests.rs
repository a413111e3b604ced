//! What alarms promise, over told histories.

mod late;
mod machine;
mod outbox;
mod properties;
mod tables;
mod told;

use super::{AlarmRules, AlarmState, Event, Watched, advance};
use crate::contract::Contract;
use crate::record::Record;
use crate::tally::Terms;
use crate::testing::{History, contract, span};
use crate::time::{Interval, Millis, Timestamp};

/// Four hours of a day in the middle of a month.
fn period() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-20T04:00:00Z")
}

/// An instant so many minutes after the start of the period.
fn minute(minutes: i64) -> Timestamp {
    period().start + Millis::from_mins(minutes)
}

fn minutes(start: i64, end: i64) -> Interval {
    Interval::new(minute(start), minute(end))
}

/// Three regions that look every minute, and fast while something is wrong.
fn watch() -> History {
    History::every(60, period()).phases(&[3, 23, 43]).fast(10)
}

/// What one evaluator tells, from one instant to the next.
struct Evaluator {
    record: Record,
    contract: Contract,
    rules: AlarmRules,
    state: AlarmState,
    told: Vec<Event>,
}

impl Evaluator {
    fn new(history: &History) -> Self {
        Self {
            record: history.record(),
            contract: contract("UTC"),
            rules: AlarmRules::default(),
            state: AlarmState::default(),
            told: Vec::new(),
        }
    }

    /// Evaluates at `now`, with the whole record at hand.
    fn at(&mut self, now: Timestamp) -> &mut Self {
        let watched = Watched {
            record: &self.record,
            terms: Terms::from(&self.contract),
            rules: &self.rules,
        };
        let (events, state) = advance(&watched, &self.state, now).expect("histories are sound");
        self.state = state;
        self.told.extend(events);
        self
    }

    /// Evaluates at every step of a span.
    fn over(&mut self, span: Interval) -> &mut Self {
        let mut now = span.start;
        while now <= span.end {
            self.at(now);
            now = now + Millis::from_mins(5);
        }
        self
    }

    /// One line an event: when, which, open or close.
    fn lines(&self) -> String {
        let lines = self.told.iter().map(|event| {
            let at = &event.at.to_string()[11..19];
            let (phase, severity) = (event.phase.as_str(), event.severity.as_str());
            format!("{at} {phase:5} {severity:6} {}\n", event.id())
        });
        lines.collect()
    }

    fn summaries(&self) -> String {
        let lines = self.told.iter();
        lines
            .map(|event| format!("{}: {}\n", event.id(), event.facts.summary))
            .collect()
    }
}
