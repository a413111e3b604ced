//! Civil days and months as intervals: a day begins at its first instant, whatever the clocks do (semantics §8).

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::time::{Interval, Millis, Timestamp};

/// A civil date of some zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CivilDay {
    /// The date.
    pub date: Date,
    /// From its first instant to the next date's first instant; empty for a date that the zone skipped.
    pub whole: Interval,
    /// The part inside the period that was asked for.
    pub interval: Interval,
}

/// Why no days can be named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The zone is not in the time zone database.
    #[error("{0:?} is no time zone; use an IANA name such as \"Europe/Paris\" or \"UTC\"")]
    UnknownZone(String),
    /// The date is none, or outside the years that can be computed.
    #[error("{0:?} is no date; write it like 2018-12-14, or a month like 2018-12")]
    Date(String),
}

/// The days that `period` touches in `zone`, oldest first; skipped dates among them, with no length.
///
/// # Errors
/// [`CalendarError`] if the zone is not known or the period reaches outside the years -9999 to 9999.
pub fn days(zone: &str, period: Interval) -> Result<Vec<CivilDay>, CalendarError> {
    let tz = time_zone(zone)?;
    let mut date = period.start.to_jiff().to_zoned(tz.clone()).date();
    let mut start = start_of(date, &tz)?;
    let mut days = Vec::new();
    while start < period.end {
        let next = date.tomorrow().map_err(|_| invalid(date))?;
        let end = start_of(next, &tz)?;
        let whole = Interval::new(start, end);
        let interval = Interval::new(start.max(period.start), end.min(period.end));
        if whole.is_empty() && period.contains(start) || !interval.is_empty() {
            days.push(CivilDay {
                date,
                whole,
                interval,
            });
        }
        (date, start) = (next, end);
    }
    Ok(days)
}

/// From the first instant of `first` to the last of `last`, both dates like `2018-12-14`.
///
/// # Errors
/// [`CalendarError`] if the zone or a date is not known.
pub fn dates(zone: &str, first: &str, last: &str) -> Result<Interval, CalendarError> {
    let tz = time_zone(zone)?;
    let parse = |text: &str| {
        text.parse()
            .map_err(|_| CalendarError::Date(text.to_owned()))
    };
    let (first, last): (Date, Date) = (parse(first)?, parse(last)?);
    let next = last.tomorrow().map_err(|_| invalid(last))?;
    Ok(Interval::new(start_of(first, &tz)?, start_of(next, &tz)?))
}

/// All of a month like `2018-12`.
///
/// # Errors
/// [`CalendarError`] if the zone or the month is not known.
pub fn month(zone: &str, month: &str) -> Result<Interval, CalendarError> {
    let tz = time_zone(zone)?;
    let error = || CalendarError::Date(month.to_owned());
    let first: Date = format!("{month}-01").parse().map_err(|_| error())?;
    let last = first.last_of_month();
    let next = last.tomorrow().map_err(|_| error())?;
    Ok(Interval::new(start_of(first, &tz)?, start_of(next, &tz)?))
}

/// The whole day and the whole month of `zone` in which an instant lies.
///
/// # Errors
/// [`CalendarError`] if the zone is not known or the instant lies outside the years -9999 to 9999.
pub fn around(zone: &str, at: Timestamp) -> Result<[Interval; 2], CalendarError> {
    let tz = time_zone(zone)?;
    let date = at.to_jiff().to_zoned(tz.clone()).date();
    let (first, last) = (date.first_of_month(), date.last_of_month());
    let from_to = |first: Date, last: Date| {
        let next = last.tomorrow().map_err(|_| invalid(last))?;
        Ok(Interval::new(start_of(first, &tz)?, start_of(next, &tz)?))
    };
    Ok([from_to(date, date)?, from_to(first, last)?])
}

/// Whether `zone` is in the time zone database.
///
/// # Errors
/// [`CalendarError::UnknownZone`] if it is not.
pub fn check(zone: &str) -> Result<(), CalendarError> {
    time_zone(zone).map(drop)
}

impl CivilDay {
    /// Its whole length; zero for a skipped date.
    pub fn length(&self) -> Millis {
        self.whole.length()
    }
}

fn time_zone(zone: &str) -> Result<TimeZone, CalendarError> {
    TimeZone::get(zone).map_err(|_| CalendarError::UnknownZone(zone.to_owned()))
}

/// The first instant of `date`; of a skipped date, the first instant after it.
fn start_of(date: Date, tz: &TimeZone) -> Result<Timestamp, CalendarError> {
    let start = date.to_zoned(tz.clone()).and_then(|day| day.start_of_day());
    let start = start.map_err(|_| invalid(date))?;
    Ok(Timestamp::from_jiff(start.timestamp()))
}

fn invalid(date: Date) -> CalendarError {
    CalendarError::Date(date.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::{at, span};

    fn hours(day: &CivilDay) -> f64 {
        let minutes = i32::try_from(day.length().0 / 60_000).expect("a day is short");
        f64::from(minutes) / 60.0
    }

    #[test]
    fn days_have_the_length_that_the_zone_gives_them() {
        for (zone, date, expected) in [
            ("UTC", "2018-12-14", 24.0),
            ("America/New_York", "2018-11-04", 25.0),
            ("America/New_York", "2019-03-10", 23.0),
            ("America/Sao_Paulo", "2018-11-04", 23.0),
            ("America/Sao_Paulo", "2018-02-17", 25.0),
            ("Australia/Lord_Howe", "2018-04-01", 24.5),
            ("Australia/Lord_Howe", "2018-10-07", 23.5),
            ("Pacific/Apia", "2011-12-30", 0.0),
            ("Pacific/Apia", "2011-12-29", 24.0),
        ] {
            let whole = dates(zone, date, date).expect("valid");
            let length = i32::try_from(whole.length().0 / 60_000).expect("a day is short");
            assert!(
                (f64::from(length) / 60.0 - expected).abs() < 1e-9,
                "{zone} {date}: {length} min"
            );
        }
    }

    #[test]
    fn a_day_begins_at_its_first_instant_even_if_that_is_one_o_clock() {
        let days = days(
            "America/Sao_Paulo",
            span("2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z"),
        );
        let days = days.expect("valid");
        assert_eq!(days[1].date.to_string(), "2018-11-04");
        assert_eq!(
            days[1].whole.start,
            at("2018-11-04T03:00:00Z"),
            "01:00 by the clock"
        );
        assert!((hours(&days[1]) - 23.0).abs() < 1e-9);
    }

    #[test]
    fn a_skipped_date_is_listed_without_length() {
        let days = days(
            "Pacific/Apia",
            span("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"),
        );
        let listed: Vec<(String, i64)> = days
            .expect("valid")
            .iter()
            .map(|day| (day.date.to_string(), day.interval.length().0 / 3_600_000))
            .collect();
        let expected = [("2011-12-29", 24), ("2011-12-30", 0), ("2011-12-31", 24)];
        assert_eq!(
            listed,
            expected.map(|(date, hours)| (date.to_owned(), hours))
        );
    }

    #[test]
    fn months_are_unions_of_days() {
        for (zone, text, hours) in [
            ("America/New_York", "2018-11", 721),
            ("America/New_York", "2019-03", 743),
            ("America/New_York", "2018-12", 744),
            ("Pacific/Apia", "2011-12", 30 * 24),
        ] {
            let whole = month(zone, text).expect("valid");
            assert_eq!(whole.length().0, hours * 3_600_000, "{zone} {text}");
            let days = days(zone, whole).expect("valid");
            assert_eq!(
                days.iter().map(CivilDay::length).sum::<Millis>(),
                whole.length()
            );
        }
    }

    /// Zones whose clocks do what most do not, and every sixtieth of all; all of them take too long for a debug build.
    fn zones() -> BTreeSet<String> {
        let odd = [
            "America/New_York",
            "America/Sao_Paulo",
            "America/St_Johns",
            "Australia/Lord_Howe",
            "Pacific/Apia",
        ];
        let some = jiff::tz::db().available().map(|zone| zone.to_string());
        some.step_by(60).chain(odd.map(str::to_owned)).collect()
    }

    #[test]
    fn p12_days_partition_time_in_every_zone() {
        let period = span("1970-01-01T00:00:00Z", "2037-12-31T00:00:00Z");
        for zone in zones() {
            let days = days(&zone, period).expect("valid");
            let mut end = period.start;
            for day in days {
                assert_eq!(day.interval.start.max(end), end, "{zone} {}", day.date);
                assert!(day.interval.end >= end, "{zone} {}", day.date);
                end = day.interval.end;
            }
            assert_eq!(end, period.end, "{zone}");
        }
    }

    #[test]
    fn p12_a_day_begins_when_its_date_is_first_shown() {
        let period = span("1970-01-01T00:00:00Z", "2037-12-31T00:00:00Z");
        let mut lengths = BTreeSet::new();
        for zone in zones() {
            let tz = time_zone(&zone).expect("valid");
            let shown = |at: Timestamp| at.to_jiff().to_zoned(tz.clone()).date();
            for day in days(&zone, period).expect("valid") {
                let (date, whole) = (day.date, day.whole);
                assert!(shown(whole.start - Millis(1)) < date, "{zone} {date}");
                if whole.is_empty() {
                    assert!(shown(whole.start) > date, "{zone} skipped {date}");
                } else {
                    assert_eq!(shown(whole.start), date, "{zone}");
                }
                lengths.insert(whole.length().0 / 60_000);
            }
        }
        for hours in [0, 46, 47, 48, 49, 50] {
            assert!(
                lengths.contains(&(hours * 30)),
                "{hours} half hours: {lengths:?}"
            );
        }
    }

    #[test]
    fn unknown_zones_and_dates_are_refused() {
        let period = span("2018-01-01T00:00:00Z", "2018-01-02T00:00:00Z");
        let unknown = days("Mars/Olympus", period).expect_err("no such zone");
        insta::assert_snapshot!(unknown, @r#""Mars/Olympus" is no time zone; use an IANA name such as "Europe/Paris" or "UTC""#);
        let invalid = month("UTC", "2018-13").expect_err("no such month");
        insta::assert_snapshot!(invalid, @r#""2018-13" is no date; write it like 2018-12-14, or a month like 2018-12"#);
    }
}
