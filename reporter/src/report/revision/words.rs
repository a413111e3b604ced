//! The differences between two issues for people: which figure, what it was, what it is, and why.

use std::fmt::Write as _;

use ledger::print;
use ledger::sla::Ratio;
use ledger::time::{Interval, Millis, Timestamp};
use serde_json::Value;

use super::cause::{Cause, Deed, Late};
use super::{Change, Differences};
use crate::civil::Zone;
use crate::escape::visible;
use crate::locale::Grain;
use crate::report::burn::Burn;
use crate::words;

/// One changed figure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which figure: `days, 2018-12-14, tally, counted down, best estimate`.
    pub what: String,
    /// Its JSON pointer.
    pub path: String,
    /// What it was; a dash if it was not there.
    pub before: String,
    /// What it is; a dash if it is not there any more.
    pub now: String,
}

/// This many stretches of late evidence are told of one agent; the document holds all.
const SPANS: usize = 5;

/// The changed figures, one line each; `document` is the new one.
pub fn lines(changes: &[Change], document: &Value, zone: &Zone) -> Vec<Line> {
    changes
        .iter()
        .map(|change| {
            let (before, now) = change.sides();
            let [before, now] = both(&change.path, [before, now], zone);
            Line {
                what: name(&change.path, document),
                path: change.path.clone(),
                before,
                now,
            }
        })
        .collect()
}

/// Why numbers changed, one sentence each.
pub fn sentences(causes: &[Cause], zone: &Zone) -> Vec<String> {
    causes.iter().map(|cause| sentence(cause, zone)).collect()
}

/// The list as plain text, for an e-mail or a terminal.
pub fn text(differences: &Differences, document: &Value, zone: &Zone) -> String {
    let mut page = format!("Differences from revision {}\n", differences.number);
    for sentence in sentences(&differences.causes, zone) {
        let _ = writeln!(page, "- {sentence}");
    }
    for line in lines(&differences.changes, document, zone) {
        let _ = write!(
            page,
            "\n{}\n  {}\n  was {}\n  is  {}\n",
            line.what, line.path, line.before, line.now
        );
    }
    // Figures are copied from here; a space that is none would be a surprise.
    page.replace('\u{a0}', " ")
}

fn sentence(cause: &Cause, zone: &Zone) -> String {
    let list = |paths: &[String]| {
        let terms = paths.iter().map(|path| path.replacen("/contract/", "", 1));
        words::list(terms)
    };
    match cause {
        Cause::LateEvidence(late) => format!("Evidence came in late: {}.", spans(late, zone)),
        Cause::MissingEvidence(late) => {
            format!("Evidence is not there any more: {}.", spans(late, zone))
        }
        Cause::LaterEvidence { from, to } => format!(
            "The record went on from {} to {}; what was going on then has been followed.",
            zone.table(*from),
            zone.table(*to)
        ),
        Cause::Declared { list, id, what } => {
            let what = match what {
                Deed::Added => "was added",
                Deed::Changed => "was changed",
                Deed::TakenBack => "was taken back",
            };
            let one = list.trim_end_matches('s');
            format!("The {one} {} {what}.", visible(id))
        }
        Cause::Contract { terms } => format!("The contract has changed: {}.", list(terms)),
        Cause::Tzdb { old, new } => format!(
            "The time zone database is {}; it was {}.",
            visible(new),
            visible(old)
        ),
        Cause::Program { old, new } => format!(
            "The report was made by {}; the one before by {}.",
            visible(new),
            visible(old)
        ),
        Cause::Unknown => "No cause was found: records, contract and declarations are the same. \
                           Ask whoever made both."
            .into(),
    }
}

fn spans(late: &Late, zone: &Zone) -> String {
    let ends = late.spans.iter().take(SPANS).map(|span| {
        let last = span.end - Millis(1);
        format!("{} to {}", zone.table(span.start), zone.table(last))
    });
    let mut spans = words::list(ends);
    if let Some(more @ 1..) = late.spans.len().checked_sub(SPANS) {
        let _ = write!(spans, " and {more} more");
    }
    format!("agent {}, ticks of {spans}", late.agent)
}

/// Both values in the same form: as tables show them, or exactly where tables would show the same twice.
fn both(path: &str, values: [Option<&Value>; 2], zone: &Zone) -> [String; 2] {
    let show = |exact: bool| {
        values.map(|value| match value {
            Some(value) => shown(path, value, (zone, exact)),
            None => "–".to_owned(),
        })
    };
    let short = show(false);
    if short[0] == short[1] {
        show(true)
    } else {
        short
    }
}

fn shown(path: &str, value: &Value, (zone, exact): (&Zone, bool)) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => visible(text),
        Value::Number(number) => match number.as_i64() {
            Some(length) if is_length(path) && exact => format!("{length}\u{a0}ms"),
            Some(length) if is_length(path) => words::duration(Millis(length)),
            Some(latency) if path.ends_with("_us") => format!("{latency}\u{a0}µs"),
            _ => number.to_string(),
        },
        Value::Object(members) => {
            let instant = members.get("ms").and_then(Value::as_i64).map(Timestamp);
            match (instant, ratio(value)) {
                (Some(at), _) if exact => zone.exact(at),
                (Some(at), _) => zone.dated(Grain::Second, at),
                (None, Some(ratio)) if !exact && path.ends_with("/rate") => Burn::times(ratio),
                (None, Some(ratio)) if !exact => print::availability(ratio),
                (None, Some(ratio)) => format!("{}/{}", ratio.numerator, ratio.denominator),
                (None, None) => entry(value, zone),
            }
        }
        Value::Bool(_) | Value::Array(_) => value.to_string(),
    }
}

/// A whole entry of a list, such as one more outage: when it was, or else all of it.
fn entry(value: &Value, zone: &Zone) -> String {
    let at = |pointer: &str| value.pointer(pointer).and_then(Value::as_i64);
    let ends = [
        ("/start/estimate/ms", "/end/estimate/ms"),
        ("/span/start/ms", "/span/end/ms"),
        ("/window/start/ms", "/window/end/ms"),
    ];
    let span = ends.iter().find_map(|(start, end)| {
        let (start, end) = (Timestamp(at(start)?), Timestamp(at(end)?));
        Some(Interval::new(start, end))
    });
    match span {
        Some(span) => format!(
            "{} to {}, {}",
            zone.dated(Grain::Second, span.start),
            zone.dated(Grain::Second, span.end),
            words::duration(span.length())
        ),
        None => visible(&value.to_string()),
    }
}

fn ratio(value: &Value) -> Option<Ratio> {
    let part = |name: &str| value.get(name)?.as_str()?.parse().ok();
    Some(Ratio {
        numerator: part("numerator")?,
        denominator: part("denominator")?,
    })
}

/// Whether numbers there are lengths in milliseconds.
fn is_length(path: &str) -> bool {
    let mut steps = path.rsplit('/');
    let last = steps.next().unwrap_or_default();
    let parent = steps.next().unwrap_or_default();
    last.ends_with("_ms") || parent.ends_with("_ms")
}

/// The path in words: days by their date, outages by their number, all else by what it is called.
fn name(path: &str, document: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut at = String::new();
    for step in path.split('/').skip(1) {
        let parent = document.pointer(&at);
        at = format!("{at}/{step}");
        let item = document.pointer(&at);
        match parent {
            Some(Value::Array(_)) => match item.and_then(number).zip(words.last_mut()) {
                // `period 3` of the periods.
                Some((number, list)) => *list = format!("{} {number}", list.trim_end_matches('s')),
                None => words.push(item.and_then(identity).unwrap_or_else(|| ordinal(step))),
            },
            _ => words.push(called(step)),
        }
    }
    words.join(", ")
}

/// A member as people call it.
fn called(step: &str) -> String {
    let plain = match step {
        "earliest" => "earliest possible",
        "latest" => "latest possible",
        "lower" | "lowest" => "at least",
        "upper" | "highest" => "at most",
        "estimate" => "best estimate",
        "within_ms" => "plus or minus",
        _ => {
            let name = visible(&super::unescaped(step));
            return name.trim_end_matches("_ms").replace('_', " ");
        }
    };
    plain.to_owned()
}

fn number(item: &Value) -> Option<u64> {
    item.get("number").and_then(Value::as_u64)
}

/// What tells an item of a list from its neighbours, where these have no numbers.
fn identity(item: &Value) -> Option<String> {
    let text = |name: &str| item.get(name)?.as_str().map(visible);
    text("date").or_else(|| text("id"))
}

/// Lists count from 0 in the document, and from 1 for people.
fn ordinal(step: &str) -> String {
    let place = step
        .parse::<usize>()
        .map(|index| format!("entry {}", index + 1));
    place.unwrap_or_else(|_| step.to_owned())
}
