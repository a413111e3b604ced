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
