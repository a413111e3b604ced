//! Below the table and the verdict: the outages, and what was counted nowhere.

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
use crate::terminal::{APART, Width, wrapped};
use crate::{report, words};

/// A page in the making.
struct Lists {
    text: String,
    width: Width,
}

/// All lists that are not empty.
pub(super) fn render(report: &Report, width: Width) -> String {
    let found = &report.found;
    let zone = &report.zone;
    let mut page = Lists {
        text: String::new(),
        width,
    };
    let mut told: Vec<&Note> = Vec::new();
    let outages = found.outages.iter().map(|one| {
        let mut entry = outage(one, zone);
        entry.more.extend(words_about(report, one, &mut told));
        entry
    });
    page.section("Outages", outages.collect());
    let sessions = found.session_outages.iter().map(|one| outage(one, zone));
    page.section(
        "Lost sessions, not counted by the contract",
        sessions.collect(),
    );
    let windows = found.exclusions.iter().map(|one| excluded(one, zone));
    page.section("Excluded by the contract", windows.collect());
    let entries = found.corrections.iter().map(|one| corrected(one, zone));
    page.section("Corrected by hand", entries.collect());
    if found.measured.is_some() {
        page.words((4, 4), &corrections::sentence(report));
    }
    page.section(
        "Early warnings from the platform, counted nowhere",
        warnings(&found.early_warnings, zone),
    );
    let troubles = found.prober_trouble.iter().map(|one| trouble(one, zone));
    page.section(
        "Agents' own trouble, unknown and never downtime",
        troubles.collect(),
    );
    measurement(report, &mut page);
    for stray in corrections::strays(report) {
        page.text.push('\n');
        page.words((0, 0), &stray.plain());
    }
    page.text
}

impl Lists {
    fn words(&mut self, indents: (usize, usize), words: &str) {
        self.text
            .push_str(&wrapped(words, indents, self.width.prose()));
    }

    fn section(&mut self, heading: &str, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "\n{BOLD}{heading}{PLAIN}");
        for entry in entries {
            self.words((entry.indent, 8), &entry.first);
            for line in entry.more {
                self.words((4, 4), &line);
            }
        }
    }
}

/// What lowers the measurement without being trouble.
fn measurement(report: &Report, page: &mut Lists) {
    let (found, zone) = (&report.found, &report.zone);
    let gone = found.interpolated.iter().map(|one| {
        let which = format!(
            "{}{APART}{} {}",
            span(zone, one.interval),
            one.agent,
            one.probe
        );
        Entry::new(which, Vec::new())
    });
    page.section(
        "Measured less finely: single attempts near others' trouble are pruned",
        gone.collect(),
    );
    if let Some(future) = report::warnings::future(report) {
        page.text.push('\n');
        page.words((0, 0), &future.plain());
    }
    if !found.blips.is_empty() {
        let _ = writeln!(
            page.text,
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

struct Entry {
    indent: usize,
    first: String,
    more: Vec<String>,
}

impl Entry {
    fn new(first: String, more: Vec<String>) -> Self {
        Self {
            indent: 4,
            first,
            more,
        }
    }
}

fn outage(outage: &Outage, zone: &Zone) -> Entry {
    let end = if outage.open {
        format!("still open at {}", zone.clock(outage.end.latest))
    } else {
        format!("{} {}", end(zone, outage), doubt(outage.end))
    };
    let start = zone.format(outage.start.estimate, "%a %-d %b");
    let clock = zone.clock(outage.start.estimate);
    let number = outage.number.to_string();
    let first = format!("{number} {start} {clock} {} to {end}", doubt(outage.start));
    let least = if outage.open { "at least " } else { "" };
    let length = format!("{least}{}", words::bounded(&outage.length));
    let causes = report::causes([outage]).into_iter().take(3);
    let causes = causes.map(|(class, _)| words::class(class));
    Entry {
        indent: 3_usize.saturating_sub(number.len()),
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
        "{start} {} to {date}{}",
        zone.clock(interval.start),
        end.text
    )
}

/// Lasting ones by time; the single failures of each probe in one line.
fn warnings(warnings: &[EarlyWarning], zone: &Zone) -> Vec<Entry> {
    let (lasting, single) = report::warnings::grouped(warnings);
    let mut entries: Vec<Entry> = lasting.map(|one| warning(one, zone)).collect();
    entries.extend(single.into_iter().map(|(probe, failures)| {
        let failures = words::count(failures, "single failure");
        let besides = format!("besides, {failures} of {probe}, good again at the next look");
        Entry::new(besides, Vec::new())
    }));
    entries
}

fn warning(warning: &EarlyWarning, zone: &Zone) -> Entry {
    let effect = if warning.no_customer_impact {
        "; no customer effect"
    } else {
        ""
    };
    Entry::new(
        format!("{}{APART}{}", span(zone, warning.interval), warning.probe),
        vec![format!(
            "{} from {}{effect}",
            words::class(warning.class),
            words::list(&warning.regions)
        )],
    )
}

fn excluded(one: &Excluded, zone: &Zone) -> Entry {
    let standing = match one.standing {
        Standing::InTime => "",
        Standing::Late => ", announced late but agreed",
        Standing::Refused => ", announced too late: it counts",
    };
    Entry::new(
        format!("{}{APART}{}{standing}", span(zone, one.window), one.id),
        vec![format!(
            "{} left out, with {} of downtime; {}: {}",
            words::duration(one.removed),
            words::duration(one.downtime.estimate),
            visible(&one.author),
            visible(&one.reason),
        )],
    )
}

fn corrected(one: &Corrected, zone: &Zone) -> Entry {
    let entry = &one.entry;
    Entry::new(
        format!("{}, written {}", entry.id, zone.table(entry.written)),
        vec![
            corrections::said(entry, zone),
            corrections::effect(one),
            format!("{}: {}", visible(&entry.author), visible(&entry.reason)),
        ],
    )
}

fn trouble(trouble: &ProberTrouble, zone: &Zone) -> Entry {
    let why = trouble.class.map_or("no data", words::class);
    Entry::new(
        format!("{}{APART}{}", span(zone, trouble.interval), trouble.agent),
        vec![format!(
            "{why}: {} without evidence from {}",
            words::duration(trouble.interval.length()),
            trouble.region
        )],
    )
}
