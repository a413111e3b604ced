//! Below the table: the verdict, the outages, and what was counted nowhere.

use std::fmt::Write as _;

use ledger::exclusion::Standing;
use ledger::note::Note;
use ledger::outage::{Edge, Incident, Outage};
use ledger::tally::{Corrected, EarlyWarning, Excluded, ProberTrouble};
use ledger::time::Interval;

use super::style::{BOLD, DIM, PLAIN};
use crate::civil::{Zone, plus_minus};
use crate::escape::visible;
use crate::report::{Report, corrections};
use crate::{report, words};

/// Lines are broken before this many columns.
const WIDTH: usize = 79;

/// All lists that are not empty.
pub(super) fn render(report: &Report) -> String {
    let found = &report.found;
    let zone = &report.zone;
    let mut page = String::from("\n");
    page.push_str(&wrapped(&report::verdict::sentence(report), 0));
    let mut told: Vec<&Note> = Vec::new();
    let outages = found.outages.iter().map(|one| {
        let mut entry = outage(one, zone);
        entry.more.extend(words_about(report, one, &mut told));
        entry
    });
    let outages = outages.collect();
    section(&mut page, "Outages", outages);
    let sessions = found.session_outages.iter().map(|one| outage(one, zone));
    section(
        &mut page,
        "Lost sessions, not counted by the contract",
        sessions.collect(),
    );
    let windows = found.exclusions.iter().map(|one| excluded(one, zone));
    section(&mut page, "Excluded by the contract", windows.collect());
    let entries = found.corrections.iter().map(|one| corrected(one, zone));
    section(&mut page, "Corrected by hand", entries.collect());
    if found.measured.is_some() {
        page.push_str(&wrapped(&corrections::sentence(report), 4));
    }
    section(
        &mut page,
        "Early warnings from the platform, counted nowhere",
        warnings(&found.early_warnings, zone),
    );
    let troubles = found.prober_trouble.iter().map(|one| trouble(one, zone));
    section(
        &mut page,
        "Agents' own trouble, unknown and never downtime",
        troubles.collect(),
    );
    measurement(report, &mut page);
    for stray in corrections::strays(report) {
        page.push('\n');
        page.push_str(&wrapped(&stray.plain(), 0));
    }
    page
}

/// What lowers the measurement without being trouble.
fn measurement(report: &Report, page: &mut String) {
    let (found, zone) = (&report.found, &report.zone);
    let gone = found.interpolated.iter().map(|one| Entry {
        first: format!("{}  {} {}", span(zone, one.interval), one.agent, one.probe),
        more: Vec::new(),
    });
    section(
        page,
        "Measured less finely: single attempts near others' trouble are pruned",
        gone.collect(),
    );
    if let Some(future) = report::warnings::future(report) {
        page.push('\n');
        page.push_str(&wrapped(&future.plain(), 0));
    }
    if !found.blips.is_empty() {
        let _ = writeln!(
            page,
            "\n{DIM}Single failures seen by one region only, no outage: {}{PLAIN}",
            found.blips.len()
        );
    }
}

/// What people wrote about an outage: causes attached to it, and at the first outage of an incident its notes.
fn words_about<'r>(report: &'r Report, outage: &Outage, told: &mut Vec<&'r Note>) -> Vec<String> {
    let found = &report.found;
    let causes = found.causes(outage.number);
    let mut words: Vec<String> = causes
        .map(|cause| format!("cause: {}", visible(cause)))
        .collect();
    let first = |one: &&Incident| one.outages.first() == Some(&outage.number);
    for incident in found.incidents.iter().filter(first) {
        for note in report.notes_about(incident) {
            if told.contains(&note) {
                words.push(format!("note: {}, as above", visible(&note.title)));
            } else {
                words.push(format!("note: {}", corrections::headline(note)));
                words.push(corrections::cause(note));
                told.push(note);
            }
        }
    }
    words
}

fn section(page: &mut String, heading: &str, entries: Vec<Entry>) {
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{BOLD}{heading}{PLAIN}");
    for entry in entries {
        let _ = writeln!(page, "{}", entry.first);
        for line in entry.more {
            page.push_str(&wrapped(&line, 4));
        }
    }
}

struct Entry {
    first: String,
    more: Vec<String>,
}

fn outage(outage: &Outage, zone: &Zone) -> Entry {
    let end = if outage.open {
        format!("still open at {}", zone.clock(outage.end.latest))
    } else {
        format!("{} {}", end(zone, outage), doubt(outage.end))
    };
    let start = zone.format(outage.start.estimate, "%a %-d %b");
    let clock = zone.clock(outage.start.estimate);
    let first = format!(
        "{:>3} {start} {clock} {} to {end}",
        outage.number,
        doubt(outage.start)
    );
    let least = if outage.open { "at least " } else { "" };
    let length = format!("{least}{}", words::bounded(&outage.length));
    let mut causes: Vec<_> = outage.classes.iter().collect();
    causes.sort_by_key(|(class, bad)| (std::cmp::Reverse(**bad), **class));
    let causes = causes
        .iter()
        .take(3)
        .map(|(class, _)| words::class(**class));
    Entry {
        first,
        more: vec![
            length,
            format!(
                "{} from {}: {}",
                words::list(&outage.personas),
                words::list(&outage.regions),
                words::list(causes)
            ),
        ],
    }
}

fn end(zone: &Zone, outage: &Outage) -> String {
    let clock = zone.end_clock(outage.start.estimate, outage.end.estimate);
    if clock.other_day {
        format!("{} {}", clock.date.strftime("%a %-d %b"), clock.text)
    } else {
        clock.text
    }
}

fn doubt(edge: Edge) -> String {
    format!("± {}", words::duration(plus_minus(edge)))
}

fn span(zone: &Zone, interval: Interval) -> String {
    let start = zone.format(interval.start, "%a %-d %b");
    let end = zone.end_clock(interval.start, interval.end);
    let date = if end.other_day {
        format!("{} ", end.date.strftime("%a %-d %b"))
    } else {
        String::new()
    };
    format!(
        "    {start} {} to {date}{}",
        zone.clock(interval.start),
        end.text
    )
}

/// Lasting ones by time; the single failures of each probe in one line.
fn warnings(warnings: &[EarlyWarning], zone: &Zone) -> Vec<Entry> {
    let (lasting, single) = report::warnings::grouped(warnings);
    let mut entries: Vec<Entry> = lasting.map(|one| warning(one, zone)).collect();
    entries.extend(single.into_iter().map(|(probe, failures)| Entry {
        first: format!(
            "    besides, {} of {probe}, good again at the next look",
            words::count(failures, "single failure")
        ),
        more: Vec::new(),
    }));
    entries
}

fn warning(warning: &EarlyWarning, zone: &Zone) -> Entry {
    let effect = if warning.no_customer_impact {
        "; no customer effect"
    } else {
        ""
    };
    Entry {
        first: format!("{}  {}", span(zone, warning.interval), warning.probe),
        more: vec![format!(
            "{} from {}{effect}",
            words::class(warning.class),
            words::list(&warning.regions)
        )],
    }
}

fn excluded(one: &Excluded, zone: &Zone) -> Entry {
    let standing = match one.standing {
        Standing::InTime => "",
        Standing::Late => ", announced late but agreed",
        Standing::Refused => ", announced too late: it counts",
    };
    Entry {
        first: format!("{}  {}{standing}", span(zone, one.window), one.id),
        more: vec![format!(
            "{} left out, with {} of downtime; {}: {}",
            words::duration(one.removed),
            words::duration(one.downtime.estimate),
            visible(&one.author),
            visible(&one.reason),
        )],
    }
}

fn corrected(one: &Corrected, zone: &Zone) -> Entry {
    let entry = &one.entry;
    Entry {
        first: format!("    {}, written {}", entry.id, zone.table(entry.written)),
        more: vec![
            corrections::said(entry, zone),
            corrections::effect(one),
            format!("{}: {}", visible(&entry.author), visible(&entry.reason)),
        ],
    }
}

fn trouble(trouble: &ProberTrouble, zone: &Zone) -> Entry {
    let why = trouble.class.map_or("no data", words::class);
    Entry {
        first: format!("{}  {}", span(zone, trouble.interval), trouble.agent),
        more: vec![format!(
            "{why}: {} without evidence from {}",
            words::duration(trouble.interval.length()),
            trouble.region
        )],
    }
}

/// The text broken at spaces, each line indented.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > 0 && indent + line + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.iter().fold(String::new(), |page, line| {
        page + &" ".repeat(indent) + line + "\n"
    })
}
