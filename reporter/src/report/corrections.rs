//! Corrections and notes in words, for every form that people read.

use ledger::correction::{Become, Correction, NewEdges, Reclassify, What};
use ledger::note::Note;
use ledger::outage::Incident;
use ledger::print;
use ledger::tally::{Corrected, Fate};
use ledger::time::{Interval, Millis, Timestamp};

use super::Report;
use super::figures::{estimate, instant};
use crate::civil::Zone;
use crate::escape::visible;
use crate::text::{Text, say};
use crate::words;

/// What an entry says, such as that the start of an outage is set, to what, and where that is known from.
pub(crate) fn said(entry: &Correction, zone: &Zone) -> String {
    match &entry.what {
        What::Reclassify(new) => reclassified(new, zone),
        What::Edge(new) => edges(new, zone),
        What::Cause(cause) => format!(
            "cause of the outage at {}: {}",
            zone.table(cause.outage),
            visible(&cause.cause)
        ),
        What::Clock(new) => {
            let (by, side) = match new.clock.offset {
                offset if offset < Millis::ZERO => (-offset, "ahead"),
                offset => (offset, "behind"),
            };
            format!(
                "clock of {} {} {side}, ± {}, {}",
                new.agent,
                print::table(by),
                print::table(new.clock.error),
                span(new.span, zone),
            )
        }
        What::Withdraw(id) => format!("withdraws {id}"),
    }
}

fn reclassified(new: &Reclassify, zone: &Zone) -> String {
    let ticks = &new.ticks;
    let mut which = format!("ticks {}", span(ticks.span, zone));
    for (word, name) in [
        ("from", &ticks.region),
        ("of agent", &ticks.agent),
        ("of", &ticks.persona),
        ("of probe", &ticks.probe),
    ] {
        if let Some(name) = name {
            which = format!("{which} {word} {name}");
        }
    }
    if let Some(class) = ticks.class {
        which = format!("{which} with {class}");
    }
    match new.into {
        Become::Good => format!("{which} become good"),
        Become::Bad(class) => format!("{which} become bad ({class})"),
        Become::Void(class) => format!("{which} become void ({class})"),
    }
}

fn edges(new: &NewEdges, zone: &Zone) -> String {
    let at = |at: Timestamp| {
        let doubt = match new.within {
            Millis::ZERO => String::new(),
            within => format!(" ± {}", print::table(within)),
        };
        format!("{}{doubt}", zone.table(at))
    };
    let mut set = Vec::new();
    set.extend(new.start.map(|start| format!("start set to {}", at(start))));
    set.extend(new.end.map(|end| format!("end set to {}", at(end))));
    format!(
        "outage at {}: {}, from {}",
        zone.table(new.outage),
        words::list(set),
        visible(&new.source)
    )
}

fn span(span: Interval, zone: &Zone) -> String {
    format!("{} to {}", zone.table(span.start), zone.table(span.end))
}

/// What came of it: `3 ticks changed; downtime moved by +2 s`.
pub(crate) fn effect(own: &Corrected) -> String {
    match &own.fate {
        Fate::NoTick => "without effect: it names no tick that it would change".into(),
        Fate::NoOutage => "without effect: no outage contains that instant".into(),
        Fate::Contradiction => {
            "without effect: the outage would end before it starts, or outside the record".into()
        }
        Fate::Withdrawn(by) => format!("withdrawn by {by}"),
        Fate::Withdraws => "that entry no longer holds".into(),
        Fate::Applied => match (&own.entry.what, own.outage) {
            (What::Cause(_), Some(number)) => {
                format!("shown beside outage {number}, counted nowhere")
            }
            _ => moved(own),
        },
    }
}

fn moved(own: &Corrected) -> String {
    let mut parts = Vec::new();
    if own.ticks > 0 {
        let ticks = usize::try_from(own.ticks).unwrap_or(usize::MAX);
        parts.push(format!("{} changed", words::count(ticks, "tick")));
    }
    parts.push(format!("downtime moved by {}", signed(own.moved.estimate)));
    if own.unknown != Millis::ZERO {
        parts.push(format!("unknown time by {}", signed(own.unknown)));
    }
    parts.join("; ")
}

/// `+2 s`, or with a minus sign, or `0 s`: with its milliseconds, so that entries add up.
pub(crate) fn signed(length: Millis) -> String {
    match length {
        Millis::ZERO => print::table(length),
        length if length < Millis::ZERO => format!("\u{2212}{}", print::table(-length)),
        length => format!("+{}", print::table(length)),
    }
}

/// The sum in one sentence: measured, then corrected.
pub(crate) fn sentence(report: &Report) -> String {
    text(report).plain()
}

/// The same with the places of its figures.
pub(crate) fn text(report: &Report) -> Text {
    let found = &report.found;
    match &found.measured {
        Some(measured) => say![
            "Counted downtime measured ",
            estimate(&measured.total.counted, "/measured/total/counted_down_ms"),
            ", corrected ",
            estimate(&found.total.counted, "/total/counted_down_ms"),
            "."
        ],
        None if found.corrections.is_empty() => "Nothing was corrected by hand.".into(),
        None => "No correction changed a figure.".into(),
    }
}

/// A note beside its incident: its title, who wrote it, and how far the story is.
pub(crate) fn headline(note: &Note) -> String {
    format!(
        "{} ({}, {})",
        visible(&note.title),
        visible(&note.author),
        note.status.as_str()
    )
}

/// The cause that a note gives.
pub(crate) fn cause(note: &Note) -> String {
    let cause = note.cause.as_deref();
    cause.map_or_else(|| "cause not yet known".to_owned(), visible)
}

/// Instants at which notes say that there was an incident, and none was found.
pub(crate) fn strays(report: &Report) -> impl Iterator<Item = Text> {
    let found = &report.found;
    let met = |at: Timestamp| {
        let incidents = &found.incidents;
        incidents.iter().any(|one: &Incident| one.span.contains(at))
    };
    let notes = report.notes.iter().enumerate();
    notes.flat_map(move |(index, note)| {
        let named = note.incidents.iter().copied().enumerate();
        let lost = named.filter(move |(_, at)| found.period.contains(*at) && !met(*at));
        lost.map(move |(place, at)| {
            say![
                format!("The note \u{201c}{}\u{201d} names ", visible(&note.title)),
                instant(
                    &report.zone,
                    at,
                    &format!("/notes/{index}/incidents/{place}")
                ),
                ", at which no incident was measured.",
            ]
        })
    })
}
