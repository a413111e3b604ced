//! What depends on a contract's locale: how a time of day is written, and with which day a week begins.
//!
//! All else is the same English everywhere. What machines read depends on no locale.

use jiff::civil::{Time, Weekday};
use ledger::contract::Locale;

/// To what a time of day is written; what is finer is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// `17:15`.
    Minute,
    /// `17:15:03`.
    Second,
    /// `17:15:03.250`.
    Millisecond,
}

/// `17:15` or `5:15 pm`, whose parts no line break separates.
///
/// Noon is `12:00 pm`, and `12:00 am` the first minute of a day; the end of one has a word of its own, [`day_end`].
pub fn clock(locale: Locale, time: Time, grain: Grain) -> String {
    let half = if time.hour() < 12 { "am" } else { "pm" };
    let rest = match grain {
        Grain::Minute => format!("{:02}", time.minute()),
        Grain::Second => format!("{:02}:{:02}", time.minute(), time.second()),
        Grain::Millisecond => format!(
            "{:02}:{:02}.{:03}",
            time.minute(),
            time.second(),
            time.millisecond()
        ),
    };
    match is_halved(locale) {
        true => format!("{}:{rest}\u{a0}{half}", of_half(time.hour())),
        false => format!("{:02}:{rest}", time.hour()),
    }
}

/// A full hour on an axis: `17` or `5 pm`.
pub fn hour(locale: Locale, time: Time) -> String {
    match is_halved(locale) {
        true => clock(locale, time, Grain::Minute).replacen(":00", "", 1),
        false => format!("{:02}", time.hour()),
    }
}

/// What stands behind the label of an hour that clocks show twice, before its `a` or `b`: `01a`, `1 am a`.
pub const fn before_mark(locale: Locale) -> &'static str {
    if is_halved(locale) { "\u{a0}" } else { "" }
}

/// The midnight that ends a day. `12 am` would be read as the one before it as well.
pub const fn day_end(locale: Locale) -> &'static str {
    if is_halved(locale) {
        "midnight"
    } else {
        "24:00"
    }
}

/// The day with which a week begins.
pub const fn first_of_week(locale: Locale) -> Weekday {
    match locale {
        Locale::EnCa | Locale::EnUs => Weekday::Sunday,
        Locale::En | Locale::EnAu | Locale::EnGb | Locale::EnIe | Locale::EnNz => Weekday::Monday,
    }
}

/// Whether the hours of a day are counted twice to twelve.
pub const fn is_halved(locale: Locale) -> bool {
    match locale {
        Locale::EnAu | Locale::EnCa | Locale::EnNz | Locale::EnUs => true,
        Locale::En | Locale::EnGb | Locale::EnIe => false,
    }
}

/// The hour of its half of the day, 1 to 12.
const fn of_half(hour: i8) -> i8 {
    match hour % 12 {
        0 => 12,
        hour => hour,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn each_minute_of_a_day_is_written_in_its_own_way() {
        for (locale, _) in Locale::ALL.map(|(tag, locale)| (locale, tag)) {
            let minutes = (0..24).flat_map(|hour| (0..60).map(move |minute| (hour, minute)));
            let mut all: Vec<String> = minutes
                .map(|(hour, minute)| clock(locale, time(hour, minute, 0, 0), Grain::Minute))
                .chain([day_end(locale).to_owned()])
                .collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 24 * 60 + 1, "{locale:?}");
        }
    }

    #[test]
    fn americans_count_hours_to_twelve() {
        let said = |hour, minute, grain| {
            let time = time(hour, minute, 3, 250_000_000);
            clock(Locale::EnUs, time, grain).replace('\u{a0}', " ")
        };
        assert_eq!(said(17, 15, Grain::Minute), "5:15 pm");
        assert_eq!(said(0, 0, Grain::Second), "12:00:03 am");
        assert_eq!(said(12, 0, Grain::Minute), "12:00 pm");
        assert_eq!(said(11, 59, Grain::Millisecond), "11:59:03.250 am");
        let hours = [0, 1, 12, 23].map(|one| hour(Locale::EnUs, time(one, 0, 0, 0)));
        assert_eq!(
            hours,
            ["12\u{a0}am", "1\u{a0}am", "12\u{a0}pm", "11\u{a0}pm"]
        );
        assert_eq!(hour(Locale::EnGb, time(7, 0, 0, 0)), "07");
    }
}
