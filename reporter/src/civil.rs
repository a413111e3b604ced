//! Instants as people in the contract's zone read them. Calendar arithmetic that decides numbers is the ledger's.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::outage::Edge;
use ledger::time::{Interval, Millis, Timestamp};

/// A time zone with its IANA name.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone, String);

/// A name that is no time zone.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a time zone of the IANA database")]
pub struct UnknownZone(String);

impl Zone {
    /// The zone of that IANA name.
    ///
    /// # Errors
    /// [`UnknownZone`] if the time zone database does not know it.
    pub fn find(name: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZone::get(name).map_err(|_| UnknownZone(name.chars().take(80).collect()))?;
        Ok(Self(zone, name.to_owned()))
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.1
    }

    /// The civil date at `at`.
    pub fn date(&self, at: Timestamp) -> Date {
        self.zoned(at).date()
    }

    /// The first instant of `date`, which is not always 00:00.
    ///
    /// # Panics
    /// If `date` is the last that can be told (9999-12-30).
    pub fn start_of(&self, date: Date) -> Timestamp {
        let start = date
            .to_zoned(self.0.clone())
            .and_then(|zoned| zoned.start_of_day())
            .expect("dates come from instants of the record");
        Timestamp::from_jiff(start.timestamp())
    }

    /// All instants at which clocks show the time `hour:minute` on `date`: none, one, or two where an hour repeats.
    pub fn at(&self, date: Date, hour: i8, minute: i8) -> Vec<Timestamp> {
        let civil = date.at(hour, minute, 0, 0);
        let found = self.0.to_ambiguous_timestamp(civil);
        let offsets = match found.offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => vec![offset],
            jiff::tz::AmbiguousOffset::Gap { .. } => vec![],
            jiff::tz::AmbiguousOffset::Fold { before, after } => vec![before, after],
        };
        offsets
            .into_iter()
            .filter_map(|offset| offset.to_timestamp(civil).ok())
            .map(Timestamp::from_jiff)
            .collect()
    }

    /// `17:15`, or `17:15:03` if the instant, rounded to a second, is not on a minute.
    pub fn clock(&self, at: Timestamp) -> String {
        let rounded = Timestamp((at.0 + 500).div_euclid(1_000) * 1_000);
        let zoned = self.zoned(rounded);
        let pattern = if zoned.second() == 0 {
            "%H:%M"
        } else {
            "%H:%M:%S"
        };
        zoned.strftime(pattern).to_string()
    }

    /// The clock at the end of something: midnight is `24:00` of the day before, and `next` says whether the date at
    /// `at` is another one than at `start`.
    pub fn end_clock(&self, start: Timestamp, at: Timestamp) -> EndClock {
        let rounded = Timestamp((at.0 + 500).div_euclid(1_000) * 1_000);
        let date = self.date(rounded);
        let first = self.date(start);
        let midnight = self.start_of(date) == rounded;
        match (midnight, date.yesterday().ok() == Some(first)) {
            (true, true) => EndClock {
                text: "24:00".into(),
                date: first,
                other_day: false,
            },
            _ => EndClock {
                text: self.clock(at),
                date,
                other_day: date != first,
            },
        }
    }

    /// `2018-12-14T17:15:00.000-05:00`.
    pub fn iso(&self, at: Timestamp) -> String {
        self.zoned(at)
            .strftime("%Y-%m-%dT%H:%M:%S.%3f%:z")
            .to_string()
    }

    /// `2018-12-14 17:15:03`.
    pub fn table(&self, at: Timestamp) -> String {
        format!("{} {}", self.date(at), self.clock(at))
    }

    /// `Friday 14 December 2018`.
    pub fn long_date(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%A %-d %B %Y").to_string()
    }

    /// Any `strftime` pattern, for axes.
    pub fn format(&self, at: Timestamp, pattern: &str) -> String {
        self.zoned(at).strftime(pattern).to_string()
    }

    /// The dates that `window` touches, oldest first.
    pub fn dates(&self, window: Interval) -> Vec<Date> {
        let last = self.date(Timestamp(window.end.0.max(window.start.0 + 1) - 1));
        let mut dates = vec![self.date(window.start)];
        while let Some(next) = dates.last().and_then(|date| date.tomorrow().ok()) {
            if next > last {
                break;
            }
            dates.push(next);
        }
        dates
    }

    fn zoned(&self, at: Timestamp) -> jiff::Zoned {
        at.to_jiff().to_zoned(self.0.clone())
    }
}

/// When something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndClock {
    /// `19:15`, or `24:00`.
    pub text: String,
    /// The date it belongs to.
    pub date: Date,
    /// Whether that is not the date of the start.
    pub other_day: bool,
}

/// The three letters of a date's weekday.
pub fn weekday(date: Date) -> String {
    date.strftime("%a").to_string()
}

/// `± 10 s`: how far the truth may lie from the estimate of an edge, on the side where that is more, rounded up to a second.
pub fn plus_minus(edge: Edge) -> Millis {
    let within = (edge.estimate - edge.earliest).max(edge.latest - edge.estimate);
    Millis((within.0.max(0) + 999).div_euclid(1_000) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_that_ends_a_day_is_24_00_of_that_day() {
        let zone = Zone::find("America/New_York").unwrap();
        let start = Timestamp(1_544_931_000_000); // Saturday 22:30
        let end = Timestamp(1_544_936_400_000); // Saturday 24:00
        let clock = zone.end_clock(start, end);
        assert_eq!((clock.text.as_str(), clock.other_day), ("24:00", false));
        let later = zone.end_clock(start, end + Millis::from_secs(5));
        assert_eq!((later.text.as_str(), later.other_day), ("00:00:05", true));
        assert_eq!(zone.long_date(start), "Saturday 15 December 2018");
        assert_eq!(zone.iso(end), "2018-12-16T00:00:00.000-05:00");
    }

    #[test]
    fn repeated_hours_are_two_instants_and_skipped_ones_none() {
        let zone = Zone::find("America/New_York").unwrap();
        for (date, hour, instants) in [
            (jiff::civil::date(2018, 11, 4), 1, 2),
            (jiff::civil::date(2019, 3, 10), 2, 0),
            (jiff::civil::date(2018, 12, 14), 1, 1),
        ] {
            assert_eq!(zone.at(date, hour, 0).len(), instants, "{date}");
        }
    }
}
