//! The timeline: what was measured and what was reported, by day.

use jiff::civil::Date;
use ledger::note::Event;
use ledger::time::{Interval, Millis, Timestamp};

use super::words::{Side, at_least, clock, last_instant, people};
use super::{Period, Summary};
use crate::escape::visible;
use crate::report::figures::{length, prose};
use crate::report::page::{Episode, Moment};
use crate::text::{Text, say};
use crate::words::{duration, list};

/// A line with its place in time.
struct Entry {
    at: Timestamp,
    date: Date,
    moment: Moment,
}

/// An event is part of an outage that begins so soon after it.
const BEFORE: Millis = Millis::from_mins(15);

/// All lines, by day and time; at the same minute what was measured comes first.
pub(super) fn episodes(summary: &Summary) -> Vec<Episode> {
    let measured = (0..summary.periods.len()).flat_map(|index| period(summary, index));
    let mut entries: Vec<Entry> = measured.chain(reported(summary)).collect();
    entries.sort_by_key(|entry| (entry.date, entry.at));
    let mut days: Vec<(Date, Episode)> = Vec::new();
    for entry in entries {
        if days.last().is_none_or(|(date, _)| *date != entry.date) {
            let day = entry.date.strftime("%A %-d %B %Y").to_string();
            let place = format!("/timeline/{}/date", days.len());
            let episode = Episode {
                day: Text::figure(day.replace(' ', "\u{a0}"), place),
                moments: Vec::new(),
            };
            days.push((entry.date, episode));
        }
        if let Some((_, day)) = days.last_mut() {
            day.moments.push(entry.moment);
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

/// The dates of the timeline, in order.
pub(super) fn dates(summary: &Summary) -> Vec<Date> {
    let measured = (0..summary.periods.len()).flat_map(|index| period(summary, index));
    let entries = measured.chain(reported(summary));
    let mut dates: Vec<Date> = entries.map(|entry| entry.date).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

/// The start, each midnight, and the end of a period.
fn period(summary: &Summary, index: usize) -> Vec<Entry> {
    let zone = &summary.zone;
    let period = &summary.periods[index];
    let span = period.span();
    let mut entries = vec![Entry {
        at: span.start,
        date: zone.date(span.start),
        moment: Moment {
            clock: clock(summary, index, Side::Start),
            what: fails(summary, period),
            source: source(summary, index, Side::Start),
            lost: Text::default(),
        },
    }];
    let parts = parts(summary, period);
    let before_last = parts.len().saturating_sub(1);
    for (place, part) in parts.iter().take(before_last).enumerate() {
        let at = |name: &str| format!("/periods/{index}/parts/{place}/{name}");
        entries.push(Entry {
            at: part.end,
            date: part.date,
            moment: Moment {
                clock: Text::figure(zone.closing(part.end), at("end")),
                what: "sign-in still fails at midnight".into(),
                source: "measured".into(),
                lost: length(part.length, &at("down_ms")),
            },
        });
    }
    entries.push(end(summary, index));
    entries
}

/// A part of a period between midnights.
pub(super) struct Part {
    pub(super) date: Date,
    pub(super) length: Millis,
    pub(super) end: Timestamp,
}

/// The printed span of a period cut at midnights.
pub(super) fn parts(summary: &Summary, period: &Period) -> Vec<Part> {
    let zone = &summary.zone;
    let span = period.span();
    let dates = zone.dates(span).into_iter();
    dates
        .filter_map(|date| {
            let next = date.tomorrow().ok()?;
            let day = Interval::new(zone.start_of(date), zone.start_of(next));
            let inside = span.intersect(day)?;
            Some(Part {
                date,
                length: inside.length(),
                end: inside.end,
            })
        })
        .collect()
}

fn end(summary: &Summary, index: usize) -> Entry {
    let zone = &summary.zone;
    let period = &summary.periods[index];
    let span = period.span();
    let at = |part: &str| format!("/periods/{index}/{part}");
    let date = zone.date(last_instant(period));
    if period.outage.open {
        return Entry {
            at: span.end,
            date,
            moment: Moment {
                clock: Text::figure(zone.closing(span.end), at("end/estimate")),
                what: "sign-in still failed at our last look".into(),
                source: "measured".into(),
                lost: say![
                    "at least ",
                    at_least(period.outage.length.lower, &at("length_ms/lower")),
                    " so far"
                ],
            },
        };
    }
    let whole = period.outage.length.estimate;
    let lost = match parts(summary, period).len() {
        0 | 1 => prose(whole, &at("length_ms/estimate")),
        _ => say![prose(whole, &at("length_ms/estimate")), " in all"],
    };
    Entry {
        at: span.end,
        date,
        moment: Moment {
            clock: clock(summary, index, Side::End),
            what: say!["sign-in works again", remainder(summary, index)],
            source: source(summary, index, Side::End),
            lost,
        },
    }
}

/// `sign-in fails for users and travelers`, and from where if not from everywhere.
fn fails(summary: &Summary, period: &Period) -> Text {
    let who = people(summary, &period.outage.personas);
    let everywhere = period.outage.regions.len() >= summary.regions.len();
    let what = match period.outage.session_only {
        true => "sessions end early, new sign-ins work,",
        false => "sign-in fails",
    };
    match everywhere {
        true => format!("{what} for {who}").into(),
        false => format!(
            "{what} for {who}, seen from {}",
            list(&period.outage.regions)
        )
        .into(),
    }
}

/// `measured, ± 10 s`.
fn source(summary: &Summary, index: usize, side: Side) -> Text {
    let period = &summary.periods[index];
    let ([start, end], [set_start, set_end]) = (period.doubts(), period.corrected);
    let (doubt, set, part) = match side {
        Side::Start => (start, set_start, "start"),
        Side::End => (end, set_end, "end"),
    };
    let how = if set { "corrected by hand" } else { "measured" };
    if doubt == Millis::ZERO {
        return how.into();
    }
    say![
        how,
        ", ±\u{a0}",
        length(doubt, &format!("/periods/{index}/{part}/within_ms"))
    ]
}

/// What the reported phases of a period leave over: `; 30 min of it are in no reported phase`.
pub(super) fn remainder(summary: &Summary, index: usize) -> Text {
    let at = format!("/periods/{index}/remainder_ms");
    match rest(summary, &summary.periods[index]) {
        Some(rest) if rest >= Millis::from_mins(1) => {
            say!["; ", prose(rest, &at), " of it are in no reported phase"]
        }
        Some(rest) if rest <= Millis::from_mins(-1) => say![
            "; the reported phases add up to ",
            prose(-rest, &at),
            " more than that"
        ],
        _ => Text::default(),
    }
}

/// The measured length less all reported phases of a period; `None` if no phase with a length is reported.
pub(super) fn rest(summary: &Summary, period: &Period) -> Option<Millis> {
    let span = Interval::new(period.span().start - BEFORE, period.span().end);
    let mut inside = false;
    let mut phases: Vec<Millis> = Vec::new();
    for event in summary.notes.iter().flat_map(|note| &note.events) {
        if let Some(at) = event.at {
            inside = span.contains(at);
        }
        if inside {
            phases.extend(event.length);
        }
    }
    let whole = period.outage.length.estimate;
    let all: Millis = phases.iter().copied().sum();
    (!phases.is_empty()).then_some(whole - all)
}

/// The events of the notes; one without an instant stands behind the one before it.
fn reported(summary: &Summary) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (note, own) in summary.notes.iter().enumerate() {
        let mut last = own.incidents.first().copied().unwrap_or(summary.as_of);
        for (index, event) in own.events.iter().enumerate() {
            last = event.at.unwrap_or(last);
            let place = format!("/notes/{note}/events/{index}");
            entries.push(told(summary, event, (last, &place)));
        }
    }
    entries
}

fn told(summary: &Summary, event: &Event, (at, place): (Timestamp, &str)) -> Entry {
    let zone = &summary.zone;
    let midnight = zone.start_of(zone.date(at)) == at;
    let ends = midnight && summary.periods.iter().any(|one| one.span().end == at);
    let date = match ends {
        true => zone.date(Timestamp(at.0 - 1)),
        false => zone.date(at),
    };
    let clock = match (event.at, ends) {
        (None, _) => "..".into(),
        (Some(at), true) => Text::figure(zone.closing(at), format!("{place}/at")),
        (Some(at), false) => Text::figure(zone.clock(at), format!("{place}/at")),
    };
    let phase = event.length.map(|length| {
        say![
            ", ",
            Text::figure(duration(length), format!("{place}/length_ms"))
        ]
    });
    let words = visible(&event.text);
    Entry {
        at,
        date,
        moment: Moment {
            clock,
            what: say![words.trim_end_matches('.'), phase],
            source: match event.at {
                Some(_) => "reported".into(),
                None => "reported; start not stated".into(),
            },
            lost: Text::default(),
        },
    }
}
