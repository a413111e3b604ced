//! Recurring windows in a time zone, right across changes of clocks.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Recurrence, Rhythm};
use crate::time::{Interval, Timestamp};

impl Recurrence {
    pub(super) fn windows(&self, span: Interval) -> BTreeSet<Interval> {
        let tz = TimeZone::get(&self.zone).expect("zones are checked when an exclusion is read");
        let date_of = |at: Timestamp| at.to_jiff().to_zoned(tz.clone()).date();
        // A zone may skip or repeat a day, so look a day further on both sides.
        let mut date = date_of(span.start - self.length).saturating_sub(1.day());
        let last = date_of(span.end).saturating_add(1.day());
        date = date.max(self.from);
        let last = self.until.map_or(last, |until| until.min(last));
        let mut windows = BTreeSet::new();
        while date <= last {
            let window = self.takes(date).then(|| self.window(date, &tz)).flatten();
            windows.extend(window.filter(|window| window.intersect(span).is_some()));
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        windows
    }

    fn takes(&self, date: Date) -> bool {
        let fits = match &self.on {
            Rhythm::Weekly(days) => days.contains(&date.weekday()),
            Rhythm::MonthDay(day) => date.day() == *day,
            Rhythm::MonthWeekday(nth, weekday) => {
                date.nth_weekday_of_month(*nth, *weekday).ok() == Some(date)
            }
        };
        fits && !self.except.contains(&date)
    }

    /// The window of a date; `None` for a date that the zone skips.
    fn window(&self, date: Date, tz: &TimeZone) -> Option<Interval> {
        let start = date.to_datetime(self.at).to_zoned(tz.clone()).ok()?;
        let start = (start.date() == date).then(|| Timestamp::from_jiff(start.timestamp()))?;
        Some(Interval::new(start, start + self.length))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, date, time};

    use super::*;
    use crate::testing::{at, span};
    use crate::time::Millis;

    fn nightly(zone: &str, on: Rhythm, clock: (i8, i8)) -> Recurrence {
        Recurrence {
            zone: zone.to_owned(),
            on,
            at: time(clock.0, clock.1, 0, 0),
            length: Millis::from_mins(120),
            from: date(2010, 1, 1),
            until: None,
            except: Vec::new(),
        }
    }

    fn starts(recurrence: &Recurrence, span: Interval) -> Vec<Timestamp> {
        let windows = recurrence.windows(span);
        windows.into_iter().map(|window| window.start).collect()
    }

    #[test]
    fn p22_a_weekly_window_keeps_its_hour_when_clocks_change() {
        let sundays = nightly(
            "America/New_York",
            Rhythm::Weekly(vec![Weekday::Sunday]),
            (4, 0),
        );
        let around = span("2018-10-27T00:00:00Z", "2018-11-12T00:00:00Z");
        let expected = [
            "2018-10-28T08:00:00Z",
            "2018-11-04T09:00:00Z",
            "2018-11-11T09:00:00Z",
        ];
        assert_eq!(starts(&sundays, around), expected.map(at));
    }

    #[test]
    fn p22_a_time_that_the_clock_skips_or_repeats_comes_once() {
        let daily: Vec<Weekday> = Weekday::Sunday.cycle_forward().take(7).collect();
        let skipped = nightly("America/New_York", Rhythm::Weekly(daily.clone()), (2, 30));
        let spring = span("2019-03-10T05:00:00Z", "2019-03-11T04:00:00Z");
        assert_eq!(
            starts(&skipped, spring),
            [at("2019-03-10T07:30:00Z")],
            "03:30 by the clock"
        );
        let repeated = nightly("America/New_York", Rhythm::Weekly(daily.clone()), (1, 30));
        let autumn = span("2018-11-04T04:00:00Z", "2018-11-05T05:00:00Z");
        assert_eq!(
            starts(&repeated, autumn),
            [at("2018-11-04T05:30:00Z")],
            "the first 01:30"
        );
        let samoa = nightly("Pacific/Apia", Rhythm::Weekly(daily), (12, 0));
        let week = span("2011-12-29T10:00:00Z", "2011-12-31T20:00:00Z");
        let expected = ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"];
        assert_eq!(
            starts(&samoa, week),
            expected.map(at),
            "there was no 30 December"
        );
    }

    #[test]
    fn p22_months_have_their_days() {
        let year = span("2018-01-01T00:00:00Z", "2019-01-01T00:00:00Z");
        for (on, expected) in [
            (Rhythm::MonthDay(31), 7),
            (Rhythm::MonthDay(1), 12),
            (Rhythm::MonthWeekday(-1, Weekday::Friday), 12),
        ] {
            let count = nightly("UTC", on.clone(), (3, 0)).windows(year).len();
            assert_eq!(count, expected, "{on:?}");
        }
        let second = nightly("UTC", Rhythm::MonthWeekday(2, Weekday::Tuesday), (3, 0));
        let december = span("2018-12-01T00:00:00Z", "2019-01-01T00:00:00Z");
        assert_eq!(starts(&second, december), [at("2018-12-11T03:00:00Z")]);
    }

    #[test]
    fn p22_a_recurrence_has_a_first_and_a_last_date_and_exceptions() {
        let mut sundays = nightly("UTC", Rhythm::Weekly(vec![Weekday::Sunday]), (23, 0));
        sundays.from = date(2018, 12, 9);
        sundays.until = Some(date(2018, 12, 30));
        sundays.except = vec![date(2018, 12, 23)];
        let long = span("2018-11-01T00:00:00Z", "2019-03-01T00:00:00Z");
        let expected = [
            "2018-12-09T23:00:00Z",
            "2018-12-16T23:00:00Z",
            "2018-12-30T23:00:00Z",
        ];
        assert_eq!(starts(&sundays, long), expected.map(at));
        let after_midnight = span("2018-12-17T00:30:00Z", "2018-12-17T02:00:00Z");
        assert_eq!(
            starts(&sundays, after_midnight),
            [at("2018-12-16T23:00:00Z")]
        );
    }
}
