//! `service_hours`: when a contract promises its service, week by week.

use super::cursor::Item;
use crate::hours::{Clock, Hours, Weekday};

const CLOCK: &str = "write it like \"08:00\"; \"24:00\" is the end of the day";

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// One table, or a list of them.
pub(super) fn all(item: &Item<'_>) -> Vec<Hours> {
    item.each(hours)
}

fn hours(item: &Item<'_>) -> Option<Hours> {
    let section =
        item.section("a table such as { days = [\"monday\"], from = \"08:00\", to = \"20:00\" }")?;
    let days = section.need("days", "such as days = [\"monday\", \"tuesday\"]");
    let from = section.need("from", CLOCK);
    let to = section.need("to", CLOCK);
    section.finish();
    let days = days?;
    if days.elements().is_empty() {
        days.hidden("names no day", "such as days = [\"monday\"]");
    }
    let days = days.each(|day| day.word(&DAYS));
    let from = from.and_then(|item| clock(&item));
    let end = to.as_ref().and_then(clock);
    let (from, end) = (from?, end?);
    if end <= from {
        to?.wrong(
            "does not lie after `from`",
            "hours that reach over midnight are two tables",
        );
        return None;
    }
    (!days.is_empty()).then_some(Hours {
        days,
        from,
        to: end,
    })
}

fn clock(item: &Item<'_>) -> Option<Clock> {
    let clock = item.text()?.parse().ok();
    if clock.is_none() {
        item.wrong("is no time of day", CLOCK);
    }
    clock
}
