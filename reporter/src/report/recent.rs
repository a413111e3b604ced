//! The ninety days up to the end of a period: has it been good lately?

use std::collections::BTreeMap;

use ledger::name::Name;
use ledger::sla::Ratio;
use ledger::state::State;
use ledger::tally::{Assessment, Day};
use ledger::time::{Interval, Millis, Timestamp};

use super::{Report, pictures};
use crate::chart::coverage::Known;
use crate::civil::Zone;

/// How many days are told of.
pub const DAYS: usize = 90;

/// One day of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneDay {
    /// The date.
    pub date: String,
    /// The part of the day that is told of; not empty.
    pub interval: Interval,
    /// Length of the whole civil day.
    pub day_length: Millis,
    /// Time that the contract leaves out.
    pub excluded: Millis,
    /// The service.
    pub service: Lost,
    /// Each persona by itself, before roll-up; what the contract leaves out is left out here, too.
    pub personas: BTreeMap<Name, Lost>,
}

/// What a day, or all of them, lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Counted downtime, best estimate.
    pub down: Millis,
    /// Time in which nobody could look.
    pub unknown: Millis,
}

/// What all days together come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Counted downtime.
    pub down: Millis,
    /// The share of the known and counting time; `None` if there is none.
    pub availability: Option<Ratio>,
    /// Days with downtime.
    pub days_down: usize,
}

/// The days of an assessment, those left out of which nothing can be known.
fn days(found: &Assessment, known_from: Timestamp) -> Vec<OneDay> {
    let days = found.days.iter();
    let days = days.filter(|day| !day.interval.is_empty() && day.interval.end > known_from);
    days.map(|day| one(found, day)).collect()
}

fn one(found: &Assessment, day: &Day) -> OneDay {
    let excluded = found.excluded();
    let personas = found.personas.iter().map(|(persona, lane)| {
        let counting = |state| lane.of(state).subtract(&excluded);
        let lost = Lost {
            down: counting(State::Down).measure_in(day.interval),
            unknown: counting(State::Unknown).measure_in(day.interval),
        };
        (persona.clone(), lost)
    });
    OneDay {
        date: day.date.clone(),
        interval: day.interval,
        day_length: day.day_length,
        excluded: day.tally.excluded,
        service: Lost {
            down: day.tally.counted.estimate,
            unknown: day.tally.unknown,
        },
        personas: personas.collect(),
    }
}

/// The stretch before `period` that its last ninety days reach into; `None` where they lie in it.
pub fn before(zone: &Zone, period: Interval) -> Option<Interval> {
    let last = zone.date(Timestamp(period.end.0 - 1));
    let back = i64::try_from(DAYS).ok()? - 1;
    let first = last.checked_sub(jiff::Span::new().days(back)).ok()?;
    let start = zone.start_of(first);
    (start < period.start).then(|| Interval::new(start, period.start))
}

impl Report {
    /// The same with the days before its period.
    #[must_use]
    pub fn with_earlier(self, earlier: Earlier) -> Self {
        Self {
            earlier: Some(earlier),
            ..self
        }
    }

    /// At most ninety days up to the end, oldest first.
    pub fn recent(&self) -> Vec<OneDay> {
        let own = days(&self.found, self.found.period.start);
        let earlier = self.earlier.iter().flat_map(|one| &one.days).cloned();
        let mut all: Vec<OneDay> = earlier.chain(own).collect();
        all.drain(..all.len().saturating_sub(DAYS));
        all
    }
}

/// What lies before a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Its days, as far as the record goes.
    pub days: Vec<OneDay>,
    /// Who looked when.
    pub known: Known,
    /// Whether single attempts of these days are no longer kept, so that nobody can hold the days against them.
    pub pruned: bool,
}

impl Earlier {
    /// The days of an assessment and who looked on them, from when on anything can be known.
    pub fn of(found: &Assessment, known_from: Timestamp) -> Self {
        let end = found.period.end;
        let since = Interval::new(known_from.min(end), end);
        let mut known = pictures::known(found);
        for region in &mut known.0 {
            region.looked = region.looked.within(since);
            region.blind = region.blind.within(since);
        }
        Self {
            days: days(found, known_from),
            known,
            pruned: false,
        }
    }
}

/// What the service, or a persona, comes to over the days.
pub fn sum(days: &[OneDay], of: impl Fn(&OneDay) -> Lost) -> Sum {
    let known = |day: &OneDay| day.interval.length() - of(day).unknown - day.excluded;
    let known: Millis = days.iter().map(known).sum();
    let down: Millis = days.iter().map(|day| of(day).down).sum();
    let bad = days.iter().filter(|day| of(day).down > Millis::ZERO);
    Sum {
        down,
        availability: Ratio::of(known - down, known),
        days_down: bad.count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn what_is_left_out_is_left_out_of_personas_too() {
        let report = fixture::report(fixture::cases::maintained());
        let days = report.recent();
        let user = fixture::name("users");
        let own = |day: &OneDay| day.personas[&user];
        let sunday = days.iter().find(|day| day.date == "2018-12-16").unwrap();
        // Down from 09:59:53 on, of which all from 12:00 on is left out.
        let seven = Millis::from_secs(7);
        assert_eq!(own(sunday).down, Millis::from_mins(2 * 60) + seven);
        assert_eq!(sum(&days, own).down, Millis::from_mins(5 * 60 + 30) + seven);
    }

    #[test]
    fn a_month_is_told_with_the_days_before_it_as_far_as_the_record_goes() {
        let november = fixture::told(("2018-10-03T00:00", "2018-12-01T00:00"), "America/New_York");
        let found = &november.assessment;
        let report = fixture::report(fixture::december());
        let wanted = before(&report.zone, report.found.period).unwrap();
        assert_eq!(wanted, found.period);
        assert_eq!(report.recent().len(), 31);
        let known = fixture::ny("2018-11-20T12:00");
        let report = report.with_earlier(Earlier::of(found, known));
        let recent = report.recent();
        assert_eq!((recent.len(), &*recent[0].date), (42, "2018-11-20"));
        let service = sum(&recent, |day| day.service);
        assert_eq!(
            (service.down, service.days_down),
            (Millis::from_mins(450), 3)
        );
        let year = fixture::told(("2018-01-01T00:00", "2019-01-01T00:00"), "America/New_York");
        let year = fixture::report(year);
        assert_eq!(before(&year.zone, year.found.period), None);
        assert_eq!(year.recent().len(), DAYS);
    }
}
