//! Service hours: when a service was promised, week by week in the contract's zone (semantics §2).

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::time::{Interval, Intervals, Timestamp};

/// A stretch of some days of each week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The days, each once.
    pub days: Vec<Weekday>,
    /// When it begins on each of them, by the clock.
    pub from: Clock,
    /// When it ends on the same day; 24:00 is the day's end. After `from`.
    pub to: Clock,
}

/// A time of day to the minute, 00:00 to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Clock {
    /// Minutes since midnight by the clock, 0 to 1440.
    minutes: u16,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "days of the week explain themselves")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Text that is no time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time of day from 00:00 to 24:00")]
pub struct NoClock(String);

/// The part of `span` outside all of `hours`, by the clocks of `zone`; nothing if there are no hours.
///
/// An hour that the clock skips shortens the window; one that it repeats is in it twice.
///
/// # Panics
/// Never: the contract's zone is checked before.
pub fn outside(hours: &[Hours], zone: &str, span: Interval) -> Intervals {
    if hours.is_empty() {
        return Intervals::default();
    }
    let tz = TimeZone::get(zone).expect("a contract's zone is checked before");
    let date_of = |at: Timestamp| at.to_jiff().to_zoned(tz.clone()).date();
    // A zone may skip or repeat a day, so look a day further on both sides.
    let mut date = date_of(span.start).saturating_sub(1.day());
    let last = date_of(span.end).saturating_add(1.day());
    let mut inside = Vec::new();
    while date <= last {
        let today = hours.iter().filter(|one| one.are_on(date));
        inside.extend(today.filter_map(|one| one.window(date, &tz)));
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    Intervals::from_iter([span]).subtract(&inside.into_iter().collect())
}

impl Hours {
    fn are_on(&self, date: Date) -> bool {
        self.days.iter().any(|day| day.civil() == date.weekday())
    }

    /// The window on a date; `None` for a date that the zone skips.
    fn window(&self, date: Date, tz: &TimeZone) -> Option<Interval> {
        let (from, to) = (self.from.on(date, tz)?, self.to.on(date, tz)?);
        (from < to).then(|| Interval::new(from, to))
    }
}

impl Clock {
    /// The instant at which the clock shows this on `date`: the first of two, and right after a skipped hour if it lies in it.
    fn on(self, date: Date, tz: &TimeZone) -> Option<Timestamp> {
        let (hour, minute) = (self.minutes / 60, self.minutes % 60);
        let start = if hour == 24 {
            date.tomorrow().ok()?.to_zoned(tz.clone()).ok()?
        } else {
            let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
            let shown = date.at(hour, minute, 0, 0).to_zoned(tz.clone()).ok()?;
            if shown.date() != date {
                return None;
            }
            shown
        };
        Some(Timestamp::from_jiff(start.timestamp()))
    }
}

impl Weekday {
    fn civil(self) -> jiff::civil::Weekday {
        match self {
            Self::Monday => jiff::civil::Weekday::Monday,
            Self::Tuesday => jiff::civil::Weekday::Tuesday,
            Self::Wednesday => jiff::civil::Weekday::Wednesday,
            Self::Thursday => jiff::civil::Weekday::Thursday,
            Self::Friday => jiff::civil::Weekday::Friday,
            Self::Saturday => jiff::civil::Weekday::Saturday,
            Self::Sunday => jiff::civil::Weekday::Sunday,
        }
    }
}

impl FromStr for Clock {
    type Err = NoClock;

    fn from_str(text: &str) -> Result<Self, NoClock> {
        let two = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten()
        };
        text.split_once(':')
            .and_then(|(hour, minute)| two(hour).zip(two(minute)))
            .map(|(hour, minute)| (hour * 60 + minute, minute))
            .filter(|(minutes, minute)| *minutes <= 24 * 60 && *minute < 60)
            .map(|(minutes, _)| Self { minutes })
            .ok_or_else(|| NoClock(text.to_owned()))
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl TryFrom<String> for Clock {
    type Error = NoClock;

    fn try_from(text: String) -> Result<Self, NoClock> {
        text.parse()
    }
}

impl From<Clock> for String {
    fn from(clock: Clock) -> Self {
        clock.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    fn weekdays(from: &str, to: &str) -> Vec<Hours> {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        vec![Hours {
            days: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        }]
    }

    #[test]
    fn clocks_are_read_and_printed() {
        for text in ["00:00", "08:30", "23:59", "24:00"] {
            assert_eq!(text.parse::<Clock>().unwrap().to_string(), text);
        }
        for text in ["8:30", "24:01", "12:60", "-1:00", "noon", "", "12:0x"] {
            assert!(text.parse::<Clock>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_week_has_its_hours_whatever_the_clocks_do() {
        let hours = weekdays("08:00", "20:00");
        for (start, end, inside) in [
            ("2018-12-10T00:00:00Z", "2018-12-17T00:00:00Z", 60),
            ("2018-11-05T05:00:00Z", "2018-11-12T05:00:00Z", 60),
        ] {
            let week = span(start, end);
            let known = week.length() - outside(&hours, "America/New_York", week).measure();
            assert_eq!(known.0, inside * 3_600_000, "{start}");
        }
    }

    #[test]
    fn changes_of_clocks_lie_inside_with_their_true_length() {
        let night = vec![Hours {
            days: vec![Weekday::Sunday],
            from: "00:00".parse().unwrap(),
            to: "24:00".parse().unwrap(),
        }];
        for (start, end, hours) in [
            ("2018-11-04T04:00:00Z", "2018-11-05T05:00:00Z", 25),
            ("2019-03-10T05:00:00Z", "2019-03-11T04:00:00Z", 23),
        ] {
            let day = span(start, end);
            assert_eq!(day.length().0, hours * 3_600_000);
            assert!(
                outside(&night, "America/New_York", day).is_empty(),
                "{start}"
            );
        }
        let samoa = span("2011-12-30T09:00:00Z", "2011-12-30T11:00:00Z");
        let fridays = vec![Hours {
            days: vec![Weekday::Friday],
            ..night[0].clone()
        }];
        let left_out = outside(&fridays, "Pacific/Apia", samoa).measure();
        assert_eq!(left_out, samoa.length(), "there was no Friday 30 December");
    }

    #[test]
    fn no_hours_are_all_hours() {
        let week = span("2018-12-10T00:00:00Z", "2018-12-17T00:00:00Z");
        assert!(outside(&[], "UTC", week).is_empty());
    }
}
