//! Cron schedules, evaluated in UTC: which instants are planned.
//!
//! UTC has no repeated or missing hours, so a schedule neither skips nor doubles a tick when clocks change.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::time::{Interval, Millis, Timestamp};

/// A cron expression of six or seven fields: second, minute, hour, day of month, month, day of week (names), year.
///
/// Cheap to clone: clones share one set of instants.
#[derive(Clone)]
pub struct Schedule(Arc<Fields>);

struct Fields {
    text: String,
    cron: cron::Schedule,
    spacing: Millis,
    /// The distance of all neighbouring ticks and the first one from 1970 on, if they lie evenly for ever.
    even: Option<(Millis, Timestamp)>,
}

/// Why an expression is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The expression cannot be read.
    #[error("{0:?} is not a schedule of six fields: second minute hour day month weekday")]
    Syntax(String),
    /// No instant fits, such as 30 February.
    #[error("{0:?} never comes")]
    Never(String),
    /// Weekday by number, which means different days in different crons.
    #[error("{0:?} names a weekday by number; write MON to SUN")]
    WeekdayNumber(String),
}

/// Where schedules are looked at to find their spacing: 2018-01-01T00:00:00Z, a Monday.
const REFERENCE: Timestamp = Timestamp(1_514_764_800_000);

impl Schedule {
    /// Reads a cron expression.
    ///
    /// # Errors
    /// [`ScheduleError`] if it cannot be read, names a weekday by number, or never comes.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        if !(6..=7).contains(&fields.len()) {
            return Err(ScheduleError::Syntax(text.to_owned()));
        }
        if fields[5].bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(ScheduleError::WeekdayNumber(text.to_owned()));
        }
        let cron =
            cron::Schedule::from_str(text).map_err(|_| ScheduleError::Syntax(text.to_owned()))?;
        let Some(first) = cron.after(&utc(REFERENCE)).next() else {
            return Err(ScheduleError::Never(text.to_owned()));
        };
        let even = even_period(text).map(|period| {
            let offset = first.timestamp_millis().rem_euclid(period.0);
            (period, Timestamp(offset))
        });
        Ok(Self(Arc::new(Fields {
            text: text.to_owned(),
            spacing: even.map_or_else(|| smallest_gap(&cron), |(period, _)| period),
            cron,
            even,
        })))
    }

    /// Whether both are clones of one.
    #[cfg(test)]
    pub(crate) fn is_one_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The usual spacing *T*: the smallest gap between two of the first 200 ticks of 2018; a day if there is none.
    pub fn spacing(&self) -> Millis {
        self.0.spacing
    }

    /// Whether all its ticks are equally far apart for ever.
    pub fn is_even(&self) -> bool {
        even_period(&self.0.text).is_some()
    }

    /// The first tick strictly after `at`, or `None` if none comes within cron's range (year 2100).
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        self.0
            .cron
            .after(&utc(at))
            .next()
            .map(|tick| Timestamp(tick.timestamp_millis()))
    }

    /// All ticks inside `window`, oldest first.
    pub fn within(&self, window: Interval) -> impl Iterator<Item = Timestamp> + '_ {
        let before = utc(window.start - Millis(1));
        let ticks = self
            .0
            .cron
            .after_owned(before)
            .map(|tick| Timestamp(tick.timestamp_millis()));
        ticks
            .skip_while(move |tick| *tick < window.start)
            .take_while(move |tick| *tick < window.end)
    }

    /// How many ticks lie inside `window`. Constant time for schedules that repeat evenly, such as every 20 seconds.
    pub fn count_within(&self, window: Interval) -> u64 {
        let Some((period, first)) = self.0.even else {
            return self.within(window).count() as u64;
        };
        // Ticks before an instant, from 1970 on.
        let before = |at: Timestamp| (at - first + period - Millis(1)).0.div_euclid(period.0);
        u64::try_from(before(window.end) - before(window.start)).unwrap_or(0)
    }
}

/// The distance of all neighbouring ticks, if the fields show it to be the same for ever.
fn even_period(text: &str) -> Option<Millis> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let is_any = |field: &&str| matches!(*field, "*" | "?");
    if fields.len() > 6 && !is_any(&fields[6]) || !fields[3..6].iter().all(is_any) {
        return None;
    }
    let units = [
        (fields[0], 60, 1),
        (fields[1], 60, 60),
        (fields[2], 24, 3_600),
    ];
    for (index, (field, size, seconds)) in units.into_iter().enumerate() {
        let coarser = &fields[index + 1..3];
        let step = match field.strip_prefix("*/") {
            Some(step) => step
                .parse::<i64>()
                .ok()
                .filter(|step| *step > 0 && size % step == 0),
            None if field == "*" => Some(1),
            None => None,
        };
        match step {
            Some(step) if coarser.iter().all(|field| *field == "*") => {
                return Some(Millis::from_secs(step * seconds));
            }
            Some(_) => return None,
            None if field.bytes().all(|byte| byte.is_ascii_digit()) => {}
            None => return None,
        }
    }
    Some(Millis::from_secs(24 * 3_600))
}

fn smallest_gap(cron: &cron::Schedule) -> Millis {
    let ticks: Vec<DateTime<Utc>> = cron.after(&utc(REFERENCE)).take(200).collect();
    let gaps = ticks
        .windows(2)
        .map(|pair| Millis((pair[1] - pair[0]).num_milliseconds()));
    gaps.min().unwrap_or(Millis::from_mins(24 * 60))
}

fn utc(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({:?})", self.0.text)
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.text == other.0.text
    }
}

impl Eq for Schedule {}

impl Serialize for Schedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_what_they_know() {
        let schedule = Schedule::parse("*/20 * * * * *").expect("valid");
        assert!(schedule.is_one_with(&schedule.clone()));
        assert_eq!(size_of::<Schedule>(), size_of::<usize>());
    }

    #[test]
    fn the_spacing_read_off_the_fields_is_that_of_the_ticks() {
        for text in [
            "* * * * * *",
            "*/7 * * * * *",
            "*/30 * * * * *",
            "0 * * * * *",
            "0 */5 * * * *",
            "15 0 */6 * * *",
            "0 0 3 * * *",
            "0 0 3 1 * ?",
            "5,6,50 */3 8-17 * * MON-FRI",
        ] {
            let schedule = Schedule::parse(text).expect(text);
            assert_eq!(schedule.spacing(), smallest_gap(&schedule.0.cron), "{text}");
        }
    }

    #[test]
    fn ticks_follow_the_seconds_field() {
        let schedule = Schedule::parse("*/20 * * * * *").expect("valid");
        assert_eq!(schedule.spacing(), Millis::from_secs(20));
        let minute = Interval::new(Timestamp(60_000), Timestamp(120_000));
        assert_eq!(
            schedule
                .within(minute)
                .map(|tick| tick.0)
                .collect::<Vec<_>>(),
            [60_000, 80_000, 100_000]
        );
        assert_eq!(
            schedule.after(Timestamp(60_000)),
            Some(Timestamp(80_000)),
            "strictly after"
        );
        assert_eq!(schedule.after(Timestamp(59_999)), Some(Timestamp(60_000)));
    }

    #[test]
    fn ticks_are_counted_as_if_they_were_listed() {
        for text in [
            "*/20 * * * * *",
            "* * * * * *",
            "7 * * * * *",
            "30 */5 * * * *",
            "0 15 */6 * * *",
            "0 0 3 * * *",
            "0 0 3 * * MON",
            "*/7 * * * * *",
            "*/20 */2 * * * *",
            "0 0-30 * * * *",
            "0 0 3 * * * 2018",
        ] {
            let schedule = Schedule::parse(text).expect(text);
            for (start, end) in [
                (0, 86_400_000),
                (1, 59_999),
                (60_000, 60_000),
                (1_544_825_700_123, 1_544_999_700_001),
            ] {
                let window = Interval::new(Timestamp(start), Timestamp(end));
                let listed = schedule.within(window).count() as u64;
                assert_eq!(
                    schedule.count_within(window),
                    listed,
                    "{text} in {start}..{end}"
                );
            }
        }
    }

    #[test]
    fn expressions_that_cannot_work_are_refused() {
        for (text, expected) in [
            ("* * * * *", ScheduleError::Syntax("* * * * *".into())),
            ("0 0 0 30 2 ?", ScheduleError::Never("0 0 0 30 2 ?".into())),
            (
                "0 0 12 * * 1",
                ScheduleError::WeekdayNumber("0 0 12 * * 1".into()),
            ),
            ("0 61 * * * *", ScheduleError::Syntax("0 61 * * * *".into())),
        ] {
            assert_eq!(Schedule::parse(text), Err(expected), "{text}");
        }
    }
}
