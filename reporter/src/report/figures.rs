//! Figures in print, each with its place in `report.json`.

use ledger::outage::Bounds;
use ledger::print;
use ledger::sla::{Budget, Ratio, Unit};
use ledger::time::{Millis, Timestamp};

use crate::civil::Zone;
use crate::text::{Text, say};
use crate::words;

/// `1 h 30 min 5 s`.
pub(crate) fn length(length: Millis, at: &str) -> Text {
    Text::figure(words::duration(length), at)
}

/// The estimate of a length.
pub(crate) fn estimate(bounds: &Bounds, at: &str) -> Text {
    length(bounds.estimate, &format!("{at}/estimate"))
}

/// `1 h 59 min 40 s to 2 h 20 s`; empty if there is no doubt to the second.
pub(crate) fn range(bounds: &Bounds, at: &str) -> Text {
    if words::range(bounds).is_none() {
        return Text::default();
    }
    say![
        length(bounds.lower, &format!("{at}/lower")),
        " to ",
        length(bounds.upper, &format!("{at}/upper")),
    ]
}

/// `about 2 h`: for prose.
pub(crate) fn prose(length: Millis, at: &str) -> Text {
    Text::figure(words::prose(length), at)
}

/// `91.666 %`, cut.
pub(crate) fn availability(ratio: Ratio, at: &str) -> Text {
    Text::figure(print::availability(ratio), at)
}

/// A whole number.
#[expect(clippy::needless_pass_by_value, reason = "numbers are small")]
pub(crate) fn number(number: impl ToString, at: &str) -> Text {
    Text::figure(number.to_string(), at)
}

/// `1 incident`, `3 incidents`.
pub(crate) fn count(n: usize, noun: &str, at: &str) -> Text {
    let words = words::count(n, noun);
    let noun = words.trim_start_matches(|one: char| one.is_ascii_digit());
    say![number(n, at), noun.replacen(' ', "\u{a0}", 1)]
}

/// `44 min 38 s` or `45 requests` of a budget; `at` is the place of the number.
pub(crate) fn amount(budget: &Budget, amount: i64, at: &str) -> Text {
    match budget.unit {
        Unit::Milliseconds => length(Millis(amount), at),
        Unit::Requests => count(usize::try_from(amount).unwrap_or(0), "request", at),
    }
}

/// `2018-12-14 17:15:03`.
pub(crate) fn instant(zone: &Zone, instant: Timestamp, at: &str) -> Text {
    Text::figure(zone.table(instant), at)
}

/// `2018-12-15 01:45 to 01:49`; the end with its date if that is another one.
pub(crate) fn span(zone: &Zone, span: ledger::time::Interval, at: &str) -> Text {
    let end = zone.end_clock(span.start, span.end);
    let until = if end.other_day {
        format!("{} {}", end.date, end.text)
    } else {
        end.text
    };
    say![
        instant(zone, span.start, &format!("{at}/start")),
        " to ",
        Text::figure(until, format!("{at}/end")),
    ]
}

/// A latency such as `250 ms`, or a dash where too few support it.
pub(crate) fn latency(micros: Option<u32>, at: &str) -> Text {
    match micros {
        Some(micros) => Text::figure(words::latency_axis(micros), at),
        None => "–".into(),
    }
}
