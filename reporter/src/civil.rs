//! Instants as people in the contract's zone read them, in its locale. Calendar arithmetic that decides numbers is the ledger's.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::contract::{Contract, Locale};
use ledger::outage::{Edge, Outage};
use ledger::time::{Interval, Millis, Timestamp};

use crate::locale::{self, Grain};

/// A time zone with its IANA name, and how its clocks are read out.
#[derive(Clone, Debug)]
pub struct Zone {
    tz: TimeZone,
    name: String,
    locale: Locale,
}

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
        let tz = TimeZone::get(name).map_err(|_| UnknownZone(name.chars().take(80).collect()))?;
        Ok(Self {
            tz,
            name: name.to_owned(),
            locale: Locale::default(),
        })
    }

    /// The zone of a contract, in its locale.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn of(contract: &Contract) -> Result<Self, UnknownZone> {
        Ok(Self {
            locale: contract.locale,
            ..Self::find(&contract.zone)?
        })
    }

    /// The same in no particular locale: for what machines read.
    #[must_use]
    pub fn usual(&self) -> Self {
        Self {
            locale: Locale::default(),
            ..self.clone()
        }
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its clocks are read out.
    pub const fn locale(&self) -> Locale {
        self.locale
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
            .to_zoned(self.tz.clone())
            .and_then(|zoned| zoned.start_of_day())
            .expect("dates come from instants of the record");
        Timestamp::from_jiff(start.timestamp())
    }

    /// All instants at which clocks show the time `hour:minute` on `date`: none, one, or two where an hour repeats.
    pub fn at(&self, date: Date, hour: i8, minute: i8) -> Vec<Timestamp> {
        let civil = date.at(hour, minute, 0, 0);
        let found = self.tz.to_ambiguous_timestamp(civil);
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
        match self.zoned(rounded).second() {
            0 => self.to(Grain::Minute, rounded),
            _ => self.to(Grain::Second, rounded),
        }
    }

    /// The clock to a grain, cut.
    pub fn to(&self, grain: Grain, at: Timestamp) -> String {
        locale::clock(self.locale, self.zoned(at).time(), grain)
    }

    /// The full hour on an axis: `17`.
    pub fn hour(&self, at: Timestamp) -> String {
        locale::hour(self.locale, self.zoned(at).time())
    }

    /// The clock at an end: midnight is `24:00`.
    pub fn closing(&self, at: Timestamp) -> String {
        match self.start_of(self.date(at)) == at {
            true => locale::day_end(self.locale).to_owned(),
            false => self.clock(at),
        }
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
                text: locale::day_end(self.locale).to_owned(),
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

    /// An instant that no other is written like: as [`Self::iso`], or with the clock of the locale.
    pub fn exact(&self, at: Timestamp) -> String {
        match locale::is_halved(self.locale) {
            true => format!(
                "{} {}",
                self.dated(Grain::Millisecond, at),
                self.format(at, "%:z")
            ),
            false => self.iso(at),
        }
    }

    /// `2018-12-14 17:15:03`.
    pub fn table(&self, at: Timestamp) -> String {
        format!("{} {}", self.date(at), self.clock(at))
    }

    /// `2018-12-14 17:15:03`, to a grain, cut.
    pub fn dated(&self, grain: Grain, at: Timestamp) -> String {
        format!("{} {}", self.date(at), self.to(grain, at))
    }

    /// `Friday 14 December 2018`.
    pub fn long_date(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%A %-d %B %Y").to_string()
    }

    /// Any `strftime` pattern of dates, or of instants for machines; times of day for people depend on the locale.
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
        at.to_jiff().to_zoned(self.tz.clone())
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

/// To what the edges of an outage are told in letters and names: minutes, or seconds of a short one.
pub fn grain(outage: &Outage) -> Millis {
    let short = outage.length.estimate < Millis::from_mins(5);
    Millis::from_secs(if short { 1 } else { 60 })
}

/// The nearest instant on a grain, halves upwards.
pub fn to(grain: Millis, at: Timestamp) -> Timestamp {
    Timestamp((at.0 + grain.0 / 2).div_euclid(grain.0) * grain.0)
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
