//! Incidents, and what the platform showed.

use ledger::outage::{Incident, Outage};
use ledger::time::Interval;

use super::super::table::{Cell, Row, Table};
use crate::civil::{Zone, plus_minus};
use crate::escape::visible;
use crate::report::{self, Report, corrections};
use crate::words;

/// One row per incident, by time.
pub(in super::super) fn incidents(report: &Report) -> Table {
    let found = &report.found;
    let rows = found.incidents.iter().enumerate().map(|(index, incident)| {
        let outages: Vec<&Outage> = found
            .outages
            .iter()
            .filter(|outage| incident.outages.contains(&outage.number))
            .collect();
        row(report, (index, incident), &outages)
    });
    Table {
        caption: "Incidents by time".into(),
        heads: vec!["No.", "When*", "Length", "Seen after", "Who and why*"],
        rows: rows.collect(),
        total: None,
    }
}

fn row(report: &Report, (index, incident): (usize, &Incident), outages: &[&Outage]) -> Row {
    let zone = &report.zone;
    let (Some(first), Some(last)) = (outages.first(), outages.last()) else {
        return Row::new([Cell::new(incident.number.to_string())]);
    };
    let doubt = |stretch| format!("± {}", words::duration(plus_minus(stretch)));
    let end = zone.end_clock(incident.span.start, incident.span.end);
    let date = if end.other_day {
        format!("{} ", end.date)
    } else {
        String::new()
    };
    let until = if last.open {
        "still open".into()
    } else {
        format!("{date}{}", end.text)
    };
    let noticed = (first.confirmed - first.start.estimate).max(ledger::time::Millis::ZERO);
    Row::new([
        Cell::new(incident.number.to_string()),
        Cell::new(format!("{} to {until}", zone.table(first.start.estimate))).note(Some(format!(
            "start {}, end {}",
            doubt(first.start.latest - first.start.earliest),
            doubt(last.end.latest - last.end.earliest)
        ))),
        Cell::new(words::duration(incident.length.estimate))
            .note(words::range(&incident.length))
            .at(format!("/incidents/{index}/length_ms/estimate"))
            .down(),
        Cell::new(words::duration(noticed)),
        Cell::new(who(outages))
            .note(Some(why(outages)))
            .lines(told(report, incident)),
    ])
    .marked(true)
}

/// What people wrote about it: causes attached to its outages, then notes.
fn told(report: &Report, incident: &Incident) -> Vec<String> {
    let numbers = incident.outages.iter();
    let causes = numbers.flat_map(|number| report.found.causes(*number));
    let causes = causes.map(|cause| format!("Cause: {}", visible(cause)));
    let earlier = || {
        let all = report.found.incidents.iter();
        all.filter(|other| other.number < incident.number)
    };
    let notes = report.notes_about(incident).flat_map(|note| {
        if earlier().any(|other| report.notes_about(other).any(|told| told == note)) {
            let again = format!("Note: {}, as above", visible(&note.title));
            return vec![again];
        }
        let headline = format!("Note: {}", corrections::headline(note));
        vec![headline, corrections::cause(note)]
    });
    causes.chain(notes).collect()
}

fn who(outages: &[&Outage]) -> String {
    let mut personas: Vec<_> = outages.iter().flat_map(|outage| &outage.personas).collect();
    let mut regions: Vec<_> = outages.iter().flat_map(|outage| &outage.regions).collect();
    for names in [&mut personas, &mut regions] {
        names.sort();
        names.dedup();
    }
    format!(
        "{}; seen from {}",
        words::list(personas),
        words::list(regions)
    )
}

/// The three most frequent kinds of failure.
fn why(outages: &[&Outage]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for (class, bad) in outages.iter().flat_map(|outage| &outage.classes) {
        *counts.entry(*class).or_insert(0) += bad;
    }
    let mut causes: Vec<_> = counts.into_iter().collect();
    causes.sort_by_key(|(class, bad)| (std::cmp::Reverse(*bad), *class));
    let most = causes
        .iter()
        .take(3)
        .map(|(class, bad)| format!("{} ({bad})", words::class(*class)));
    words::list(most)
}

/// What stands below the list: blips, borderline outages, lost sessions, outages that did not count.
pub(in super::super) fn incident_notes(report: &Report) -> Vec<String> {
    let found = &report.found;
    let mut notes = Vec::new();
    if !found.blips.is_empty() {
        notes.push(format!(
            "Besides, there {} in which one region failed once; that is no outage.",
            if found.blips.len() == 1 {
                "was 1 moment".to_owned()
            } else {
                format!("were {} moments", found.blips.len())
            }
        ));
    }
    let borderline = found
        .outages
        .iter()
        .filter(|outage| outage.borderline)
        .count();
    if borderline > 0 {
        notes.push(format!(
            "{} may or may not have reached the contract's least length of {}.",
            words::count(borderline, "outage"),
            words::duration(report.contract.rules.min_outage)
        ));
    }
    if !found.session_outages.is_empty() {
        notes.push(format!(
            "{} in which people were signed out but could sign in again; the contract does not count that.",
            words::count(found.session_outages.len(), "time")
        ));
    }
    notes.extend(corrections::strays(report));
    notes
}

/// Early warnings, by time.
pub(in super::super) fn warnings(report: &Report) -> Table {
    let (lasting, single) = report::warnings::grouped(&report.found.early_warnings);
    let rows = lasting.map(|warning| {
        let effect = if warning.no_customer_impact {
            "all personas stayed up"
        } else {
            "near an outage"
        };
        Row::new([
            Cell::new(span(&report.zone, warning.interval)),
            Cell::new(warning.probe.to_string()),
            Cell::new(words::class(warning.class))
                .note(Some(format!("seen from {}", words::list(&warning.regions)))),
            Cell::new(effect),
        ])
    });
    let besides = single.into_iter().map(|(probe, failures)| {
        Row::new([
            Cell::new("besides"),
            Cell::new(probe.to_string()),
            Cell::new(words::count(failures, "single failure")),
            Cell::new("good again at the next look"),
        ])
    });
    Table {
        caption: "Early warnings".into(),
        heads: vec!["When", "Probe*", "What*", "Customers*"],
        rows: rows.chain(besides).collect(),
        total: None,
    }
}

/// `2018-12-15 01:45 to 01:49`.
pub(super) fn span(zone: &Zone, interval: Interval) -> String {
    let end = zone.end_clock(interval.start, interval.end);
    let date = if end.other_day {
        format!("{} ", end.date)
    } else {
        String::new()
    };
    format!("{} to {date}{}", zone.table(interval.start), end.text)
}
