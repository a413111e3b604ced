//! What stands in each section of the page.

mod corrections;
mod differences;
mod exclusions;
mod incidents;
mod lookers;
mod measures;
mod method;

use ledger::print;
use ledger::sla::{Credit, SlaVerdict, Unit};
use ledger::tally::{Day, Tally};
use ledger::time::Millis;

use super::Fact;
use super::table::{Cell, Row, Table};
use crate::report::{Report, Stage};
use crate::words;

pub(super) use corrections::{corrected, measured};
pub(super) use differences::differences;
pub(super) use exclusions::{exclusions, windows};
pub(super) use incidents::{incident_notes, incidents, warnings};
pub(super) use lookers::{coverage, latency, personas, phases, regions, rollup, troubles};
pub(super) use measures::measures;
pub(super) use method::method;

fn fact(label: &str, value: impl Into<String>) -> Fact {
    Fact {
        label: label.into(),
        value: value.into(),
        note: String::new(),
    }
}

fn noted(label: &str, value: impl Into<String>, note: impl Into<String>) -> Fact {
    Fact {
        note: note.into(),
        ..fact(label, value)
    }
}

/// `provisional, the record ends 2018-12-17 00:00`, or `final`.
pub(super) fn stage(report: &Report) -> String {
    match report.stage {
        Stage::Final => match &report.revision {
            Some(revision) => format!("final, revision {}", revision.number),
            None => "final, not issued".into(),
        },
        Stage::Provisional { until } => {
            format!("provisional, the record ends {}", report.zone.table(until))
        }
    }
}

/// Who, when, by which clock, from which data.
pub(super) fn head(report: &Report) -> Vec<Fact> {
    let found = &report.found;
    let zone = &report.zone;
    let period = format!(
        "{} to {}",
        zone.table(found.period.start),
        zone.table(found.period.end)
    );
    vec![
        fact("Period", period),
        fact(
            "Time zone",
            format!(
                "{} (tzdb {})",
                zone.name(),
                crate::escape::visible(&report.tzdb)
            ),
        ),
        fact("Contract", report.contract.id.to_string()),
        fact("Revision", stage(report)),
        fact("Agents", words::list(&report.agents)),
        fact(
            "Figures",
            format!("{} (SHA-256, first 12 digits)", report.short_hash()),
        ),
    ]
}

/// The class that the style sheet knows.
pub(super) const fn verdict_class(report: &Report) -> &'static str {
    match report.found.sla.verdict {
        SlaVerdict::Met => "met",
        SlaVerdict::Missed => "missed",
        SlaVerdict::Undecided => "undecided",
        SlaVerdict::Unmeasured => "unmeasured",
    }
}

/// The figures of the verdict box.
pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let found = &report.found;
    let sla = &found.sla;
    let mut facts = Vec::new();
    if let Some(range) = sla.availability {
        let spread = format!(
            "{} to {}",
            print::availability(range.lowest),
            print::availability(range.highest)
        );
        facts.push(noted(
            "Availability",
            print::availability(range.estimate),
            spread,
        ));
    }
    facts.push(fact("Target", print::share(sla.target)));
    let counted = &found.total.counted;
    facts.push(noted(
        "Counted downtime",
        words::duration(counted.estimate),
        words::range(counted).unwrap_or_default(),
    ));
    if let Some(measured) = &found.measured {
        let counted = &measured.total.counted;
        let range = words::range(counted).unwrap_or_default();
        facts.push(noted("Measured", words::duration(counted.estimate), range));
    }
    let budget = &sla.budget;
    let used = words::consumed(budget);
    let left = if budget.remaining < 0 {
        let over = words::amount(budget.unit, -budget.remaining);
        format!("overdrawn by {over}")
    } else {
        format!("{} left", words::amount(budget.unit, budget.remaining))
    };
    facts.push(noted(
        match budget.unit {
            Unit::Milliseconds => "Downtime allowed",
            Unit::Requests => "Failures allowed",
        },
        words::amount(budget.unit, budget.allowed),
        format!(
            "{left}{}",
            used.map_or_else(String::new, |used| format!(", {used} used"))
        ),
    ));
    if let Some(due) = sla.credit {
        facts.push(credit(due));
    }
    facts.push(fact("Incidents", found.incidents.len().to_string()));
    if let Some(coverage) = sla.coverage {
        let unknown = format!("{} unknown", words::duration(found.total.unknown));
        facts.push(noted("Coverage", print::availability(coverage), unknown));
    }
    facts
}

fn credit(credit: Credit) -> Fact {
    let spread = if credit.least == credit.most {
        String::new()
    } else {
        format!(
            "{} to {} within the bounds",
            print::share(credit.least),
            print::share(credit.most)
        )
    };
    noted("Credit tier", print::share(credit.estimate), spread)
}

/// One row a day; the printed rows add up to the printed total.
pub(super) fn days(report: &Report) -> Table {
    let found = &report.found;
    let down = words::rows(found.days.iter().map(|day| day.tally.counted.estimate));
    let unknown = words::rows(found.days.iter().map(|day| day.tally.unknown));
    let excluded = words::rows(found.days.iter().map(|day| day.tally.excluded));
    let cells = down.into_iter().zip(unknown).zip(excluded);
    let rows = found.days.iter().zip(cells).enumerate();
    let table = Table {
        caption: format!("Downtime per day, {}", report.span),
        heads: vec![
            "Day",
            "Downtime",
            "Excluded",
            "Unknown",
            "Availability",
            "Outages",
        ],
        rows: rows
            .map(|(index, (day, ((down, unknown), excluded)))| {
                day_row(report, (index, day), [down, unknown, excluded])
            })
            .collect(),
        total: Some(total_row(report)),
    };
    if found.total.excluded == Millis::ZERO {
        table.without(2)
    } else {
        table
    }
}

fn day_row(
    report: &Report,
    (index, day): (usize, &Day),
    [down, unknown, excluded]: [Millis; 3],
) -> Row {
    let weekday = day
        .date
        .parse()
        .map_or_else(|_| String::new(), crate::civil::weekday);
    let at = |part: &str| format!("/days/{index}/tally/{part}");
    let numbers: Vec<String> = day.outages.iter().map(u32::to_string).collect();
    let outages = match numbers.len() {
        0 => "–".to_owned(),
        n => n.to_string(),
    };
    Row::new([
        Cell::new(format!("{weekday} {}", day.date)).note(length(day)),
        Cell::new(words::duration(down))
            .note(corrections::beside(
                report,
                index,
                words::range(&day.tally.counted),
            ))
            .at(at("counted_down_ms/estimate"))
            .down(),
        Cell::new(words::duration(excluded)).at(at("excluded_ms")),
        Cell::new(words::duration(unknown)).at(at("unknown_ms")),
        Cell::new(availability(report, &day.tally))
            .at(format!("/days/{index}/availability/estimate")),
        Cell::new(outages).at(format!("/days/{index}/outages")),
    ])
    .marked(down > Millis::ZERO)
}

/// `25 h`, if the day is not of 24 h or the period holds only a part of it.
fn length(day: &Day) -> Option<String> {
    let inside = day.interval.length();
    match day.day_length {
        Millis::ZERO => Some("no such day".into()),
        whole if inside != whole => Some(format!("{} of it", words::duration(inside))),
        whole if whole != Millis::from_mins(24 * 60) => {
            Some(format!("{} long", words::duration(whole)))
        }
        _ => None,
    }
}

fn total_row(report: &Report) -> Row {
    let total = &report.found.total;
    Row::new([
        Cell::new("Total"),
        Cell::new(words::duration(total.counted.estimate))
            .note(words::range(&total.counted))
            .at("/total/counted_down_ms/estimate".into())
            .down(),
        Cell::new(words::duration(total.excluded)).at("/total/excluded_ms".into()),
        Cell::new(words::duration(total.unknown)).at("/total/unknown_ms".into()),
        Cell::new(availability(report, total)).at("/verdict/availability/estimate".into()),
        Cell::new(report.found.outages.len().to_string()),
    ])
    .marked(total.counted.estimate > Millis::ZERO)
}

fn availability(report: &Report, tally: &Tally) -> String {
    let range = tally.availability(&report.contract.rules);
    range.map_or_else(
        || "no data".into(),
        |range| print::availability(range.estimate),
    )
}
