//! Incidents by time, and what hardly was one below them.

use ledger::outage::{Edge, Incident, Outage};
use ledger::time::Millis;

use super::section as make;
use crate::civil::plus_minus;
use crate::escape::visible;
use crate::report::figures::{count, estimate, instant, length, number, range};
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::report::{Report, causes, corrections, incident_days, links, pictures};
use crate::text::{Text, say};
use crate::words;

/// The list, the lanes, and the notes below the rule.
pub(super) fn section(report: &Report) -> Section {
    let table = table(report);
    let mut blocks = match table.rows.is_empty() {
        true => vec![Block::Nothing("There was no incident.".into())],
        false => vec![Block::Table(table)],
    };
    blocks.extend(addresses(report));
    blocks.push(Block::Pictures(pictures::of_incidents(report)));
    blocks.extend(notes(report).into_iter().map(Block::Words));
    make("incidents", "Incidents", blocks)
}

fn table(report: &Report) -> Table {
    let incidents = report.found.incidents.iter().enumerate();
    let named = incidents.zip(links::anchors(report));
    Table {
        caption: "Incidents by time".into(),
        heads: vec!["No.", "When*", "Length", "Seen after", "Who and why*"],
        rows: named
            .map(|((index, incident), anchor)| row(report, index, incident).anchored(anchor))
            .collect(),
        total: None,
    }
}

/// Where the status site tells of each of them, whatever becomes of their numbers.
fn addresses(report: &Report) -> Vec<Block> {
    let all = report.found.incidents.iter().enumerate();
    let links = all.filter_map(|(index, incident)| {
        let address = links::lasting(report, incident)?;
        let at = format!("/incidents/{index}/number");
        let number = number(incident.number, &at);
        Some(say![
            "No.\u{a0}",
            number,
            ": ",
            Text::link(address, address)
        ])
    });
    let links: Vec<Text> = links.collect();
    match links.is_empty() {
        true => Vec::new(),
        false => vec![
            Block::Words("Each is told of for good, with its timeline, at:".into()),
            Block::List(links),
        ],
    }
}

fn row(report: &Report, index: usize, incident: &Incident) -> Row {
    let all = report.found.outages.iter().enumerate();
    let own: Vec<(usize, &Outage)> = all
        .filter(|(_, outage)| incident.outages.contains(&outage.number))
        .collect();
    let at = |part: &str| format!("/incidents/{index}/{part}");
    let named = Cell::new(number(incident.number, &at("number")));
    let (Some(first), Some(last)) = (own.first(), own.last()) else {
        return Row::new([named]);
    };
    let bounds = range(&incident.length, &at("length_ms"));
    Row::new([
        named,
        when(report, &at("span"), (*first, *last)),
        Cell::new(estimate(&incident.length, &at("length_ms")))
            .note(bounds)
            .note(by_day(report, index, incident))
            .down(),
        Cell::new(length(
            first.1.detection(),
            &format!("/outages/{}/detection_ms", first.0),
        )),
        who_and_why(report, index, incident),
    ])
    .marked(true)
}

fn when(report: &Report, at: &str, (first, last): ((usize, &Outage), (usize, &Outage))) -> Cell {
    let zone = &report.zone;
    let (start, end) = (first.1.start, last.1.end);
    let clock = zone.end_clock(start.estimate, end.estimate);
    let until = match (last.1.open, clock.other_day) {
        (true, _) => "still open".into(),
        (false, true) => Text::figure(
            format!("{} {}", clock.date, clock.text),
            format!("{at}/end"),
        ),
        (false, false) => Text::figure(clock.text, format!("{at}/end")),
    };
    let doubt = |edge: Edge, at: String| {
        let within = plus_minus(edge);
        say!["±\u{a0}", length(within, &format!("{at}/doubt_ms"))]
    };
    Cell::new(say![
        instant(zone, start.estimate, &format!("{at}/start")),
        " to ",
        until
    ])
    .note(say![
        "start ",
        doubt(start, format!("/outages/{}/start", first.0)),
        ", end ",
        doubt(end, format!("/outages/{}/end", last.0)),
    ])
}

/// How an incident of several days falls on them; nothing for one of a single day.
fn by_day(report: &Report, index: usize, incident: &Incident) -> Text {
    let days = incident_days::of(report, incident);
    if days.len() < 2 {
        return Text::default();
    }
    let days = days.iter().enumerate().map(|(place, day)| {
        let at = format!("/incidents/{index}/days/{place}");
        let date = Text::figure(&*day.date, format!("{at}/date"));
        say![date, " ", length(day.printed, &format!("{at}/down_ms"))]
    });
    Text::joined(days, "; ")
}

/// Whom it hit, where from it was seen, the most frequent failures, and what people wrote about it.
fn who_and_why(report: &Report, index: usize, incident: &Incident) -> Cell {
    let outages = report.found.outages.iter();
    let own: Vec<&Outage> = outages
        .filter(|outage| incident.outages.contains(&outage.number))
        .collect();
    let names = |of: fn(&Outage) -> &Vec<ledger::name::Name>| {
        let mut names: Vec<_> = own.iter().flat_map(|outage| of(outage)).collect();
        names.sort();
        names.dedup();
        words::list(names)
    };
    let who = format!(
        "{}; seen from {}",
        names(|outage| &outage.personas),
        names(|outage| &outage.regions)
    );
    let mut cell = Cell::new(who).note(why(index, &own));
    for told in told(report, incident) {
        cell = cell.note(told);
    }
    cell
}

/// The three most frequent kinds of failure.
fn why(index: usize, outages: &[&Outage]) -> Text {
    let causes = causes(outages.iter().copied()).into_iter();
    let most = causes.take(3).map(|(class, bad)| {
        let at = format!("/incidents/{index}/bad_ticks/{}", class.as_str());
        say![words::class(class), " (", number(bad, &at), ")"]
    });
    Text::list(most)
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

/// What stands below the list: blips, borderline outages, lost sessions.
fn notes(report: &Report) -> Vec<Text> {
    let found = &report.found;
    let mut notes = Vec::new();
    if !found.blips.is_empty() {
        let moments = count(found.blips.len(), "moment", "/blips");
        let verb = if found.blips.len() == 1 {
            "was "
        } else {
            "were "
        };
        notes.push(say![
            "Besides, there ",
            verb,
            moments,
            " in which one region failed once; that is no outage.",
        ]);
    }
    let borderline = found
        .outages
        .iter()
        .filter(|outage| outage.borderline)
        .count();
    if borderline > 0 {
        notes.push(say![
            count(borderline, "outage", "/borderline_outages"),
            " may or may not have reached the contract's least length of ",
            length(
                report.contract.rules.min_outage,
                "/contract/rules/min_outage"
            ),
            ".",
        ]);
    }
    if !found.session_outages.is_empty() {
        notes.push(say![
            count(found.session_outages.len(), "time", "/session_outages"),
            " in which people were signed out but could sign in again; the contract does not count that.",
        ]);
    }
    if found
        .outages
        .iter()
        .any(|outage| outage.counted.estimate < outage.length.estimate)
    {
        let whole: Millis = found
            .outages
            .iter()
            .map(|outage| outage.length.estimate)
            .sum();
        notes.push(say![
            "Lengths are of whole outages, ",
            length(whole, "/outage_length_ms"),
            " in all; the part that counts stands in the table of days.",
        ]);
    }
    notes.extend(corrections::strays(report));
    notes
}
