//! The incidents on the terminal: a row each, what is known of it below, sums, and what was no incident under a rule.

use std::fmt::Write as _;

use ledger::name::Name;
use ledger::outage::{Bounds, Edge, Incident, Outage};
use ledger::time::Interval;

use super::{Listed, Named, of};
use crate::civil::{Zone, plus_minus};
use crate::days::style::{BOLD, DIM, PLAIN, RED};
use crate::days::{heading, verdict};
use crate::escape::visible;
use crate::report::{Report, causes, corrections, incident_days};
use crate::terminal::{APART, Width, columns, left, wrapped};
use crate::words;

/// How many single failures are listed.
const FEW: usize = 10;
/// `2018-12#12` and two columns of space.
const NUMBER: usize = 12;

/// The page, with ANSI colours.
pub fn render(listed: &Listed, width: Width) -> String {
    let mut table = Table {
        text: heading(&listed.report, "times", width),
        report: &listed.report,
        width,
        wide: false,
    };
    table.text.push('\n');
    table.incidents(listed);
    table.text.push('\n');
    table.text.push_str(&verdict(&listed.report, width));
    table.others(listed);
    table.text
}

/// A page in the making.
struct Table<'r> {
    text: String,
    report: &'r Report,
    width: Width,
    /// Whether doubts and bounds stand in the rows.
    wide: bool,
}

/// The cells of a row: number, start, its doubt, end, its doubt, length, and what that may be.
type Row = [String; 7];

/// The places of cells that only a wide row has.
const ONLY_WIDE: [usize; 3] = [2, 4, 6];

impl Table<'_> {
    fn incidents(&mut self, listed: &Listed) {
        let found = &self.report.found;
        if found.incidents.is_empty() {
            self.text.push_str("There was no incident.\n");
            return;
        }
        let incidents = found.incidents.iter().zip(&listed.names);
        let mut rows = vec![head()];
        rows.extend(incidents.clone().map(|(one, name)| self.cells(name, one)));
        rows.push(self.total());
        let columns = self.columns(&rows);
        let mut rows = rows.iter();
        let mut told = Vec::new();
        self.row(rows.next(), &columns, (DIM, DIM));
        for ((incident, name), row) in incidents.zip(rows.by_ref()) {
            self.row(Some(row), &columns, ("", RED));
            self.doubts(incident);
            self.details(incident, name);
            self.notes(incident, &mut told);
        }
        self.row(rows.next(), &columns, (BOLD, BOLD));
        let all = self.whole();
        if let Some(range) = words::range(&all).filter(|_| !self.wide) {
            self.below(&range, DIM);
        }
        let counted = self.report.found.total.counted;
        if counted != all {
            let counted = words::bounded(&counted);
            self.below(&format!("of the period itself and counted: {counted}"), DIM);
        }
    }

    /// How wide each column is; whether all of them fit.
    fn columns(&mut self, rows: &[Row]) -> [usize; 7] {
        let widest = |place: usize| rows.iter().map(|row| columns(&row[place])).max();
        let all = std::array::from_fn(|place| widest(place).unwrap_or(0).max(10));
        self.wide = all.iter().map(|wide| wide + 2).sum::<usize>() <= self.width.columns();
        all
    }

    fn total(&self) -> Row {
        let all = self.whole();
        let count = self.report.found.incidents.len();
        let open = self.report.found.outages.iter().any(|one| one.open);
        let so_far = if open { " so far" } else { "" };
        [
            "Total".to_owned(),
            words::count(count, "incident"),
            String::new(),
            String::new(),
            String::new(),
            words::duration(all.estimate) + so_far,
            words::range(&all).unwrap_or_default(),
        ]
    }

    /// The sum of all lengths.
    fn whole(&self) -> Bounds {
        let incidents = self.report.found.incidents.iter();
        incidents.map(|one| one.length).sum()
    }

    fn cells(&self, name: &Named, incident: &Incident) -> Row {
        let zone = &self.report.zone;
        let outages = of(&self.report.found, incident);
        let (Some(first), Some(last)) = (outages.first(), outages.last()) else {
            return Row::default();
        };
        let doubt = |edge: Edge| format!("± {}", words::duration(plus_minus(edge)));
        let start = [instant(zone, first.start.estimate), doubt(first.start)];
        let end = match last.open {
            true => ["still down".to_owned(), String::new()],
            false => [end(zone, first, last), doubt(last.end)],
        };
        let length = match last.open {
            true => format!("{} so far", words::duration(incident.length.lower)),
            false => words::duration(incident.length.estimate),
        };
        let bounds = words::range(&incident.length).filter(|_| !last.open);
        let [[start, sure], [end, over]] = [start, end];
        let bounds = bounds.unwrap_or_default();
        [name.to_string(), start, sure, end, over, length, bounds]
    }

    /// One row; its length in the second ink.
    fn row(&mut self, row: Option<&Row>, columns: &[usize; 7], (ink, strong): (&str, &str)) {
        let cells = row.into_iter().flatten().zip(columns).enumerate();
        let cells = cells.filter(|(place, _)| self.wide || !ONLY_WIDE.contains(place));
        let cells = cells.map(|(place, (text, wide))| {
            let ink = if place == 5 { strong } else { ink };
            (left(text, *wide), ink)
        });
        let mut cells: Vec<(String, &str)> = cells.collect();
        while let Some((last, _)) = cells.last_mut() {
            *last = last.trim_end().to_owned();
            if !last.is_empty() {
                break;
            }
            cells.pop();
        }
        let cells = cells
            .iter()
            .map(|(text, ink)| format!("{ink}{text}{PLAIN}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(self.text, "{line}");
    }

    /// What the row has no column for.
    fn doubts(&mut self, incident: &Incident) {
        let outages = of(&self.report.found, incident);
        let (Some(first), Some(last)) = (outages.first(), outages.last()) else {
            return;
        };
        let [start, end] = [first.start, last.end].map(|edge| words::duration(plus_minus(edge)));
        if last.open {
            let look = instant(&self.report.zone, last.end.earliest);
            let doubt = format!("start ± {start}; sign-in still failed at the last look, {look}");
            self.below(&doubt, DIM);
            return;
        }
        if self.wide {
            return;
        }
        let mut doubt = format!("start ± {start}, end ± {end}");
        if let Some(range) = words::range(&incident.length) {
            let _ = write!(doubt, ", length {range}");
        }
        self.below(&doubt, DIM);
    }

    /// Days, whom it hit, where from it was seen, and how it failed.
    fn details(&mut self, incident: &Incident, name: &Named) {
        let outages = of(&self.report.found, incident);
        let days = incident_days::of(self.report, incident);
        if days.len() > 1 {
            let day = |part: &incident_days::Part| {
                let date = part.date.parse::<jiff::civil::Date>();
                let date = date.map_or_else(|_| part.date.clone(), short);
                format!("{date}\u{a0}{}", words::duration(part.printed))
            };
            let days: Vec<String> = days.iter().map(day).collect();
            self.below(&days.join(", "), "");
        }
        let most = causes(outages.iter().copied()).into_iter();
        let who = format!(
            "{} from {}: {}",
            names(&outages, |one| &one.personas),
            names(&outages, |one| &one.regions),
            words::list(most.take(3).map(|(class, _)| words::class(class)))
        );
        self.below(&who, "");
        if name.outages[..] != [name.number] {
            let month = &name.month;
            let numbers = name.outages.iter().map(|one| format!("{month}#{one}"));
            let outages = words::count(name.outages.len(), "outage");
            let told = format!("{outages}, to be explained as {}", words::list(numbers));
            self.below(&told, DIM);
        }
    }

    /// Causes attached to its outages, and what people wrote about it; a note of several incidents stands at the first.
    fn notes(&mut self, incident: &Incident, told: &mut Vec<String>) {
        let report = self.report;
        for number in &incident.outages {
            for cause in report.found.causes(*number) {
                self.below(&format!("cause: {}", visible(cause)), "");
            }
        }
        for note in report.notes_about(incident) {
            let headline = corrections::headline(note);
            if told.contains(&headline) {
                let again = format!("note: {}, as above", visible(&note.title));
                self.below(&again, "");
            } else {
                self.below(&format!("note: {headline}"), "");
                told.push(headline);
            }
        }
    }

    fn below(&mut self, text: &str, ink: &str) {
        for line in wrapped(text, (NUMBER, NUMBER), self.width.prose()).lines() {
            let (blank, words) = line.split_at(NUMBER.min(line.len()));
            let _ = writeln!(self.text, "{blank}{ink}{words}{PLAIN}");
        }
    }

    /// What was trouble and is no incident.
    fn others(&mut self, listed: &Listed) {
        let (report, found) = (self.report, &self.report.found);
        let mut lines: Vec<String> = Vec::new();
        let borderline = |outage: &&Outage| outage.borderline;
        for outage in found.outages.iter().filter(borderline) {
            lines.push(format!(
                "{} may or may not have reached the contract's least length, {}",
                called(listed, outage),
                words::duration(report.contract.rules.min_outage)
            ));
        }
        let lost = found.session_outages.iter();
        lines.extend(lost.map(|one| session(report, one)));
        let single = found.blips.iter().take(FEW).map(|one| {
            format!(
                "{}{APART}{} of {} from {}: {}",
                instant(&report.zone, one.evidence.start),
                one.probe,
                one.persona,
                one.region,
                words::class(one.class)
            )
        });
        let single: Vec<String> = single.collect();
        if lines.is_empty() && single.is_empty() {
            return;
        }
        let rule = "─".repeat(self.width.prose());
        let _ = writeln!(self.text, "\n{DIM}{rule}{PLAIN}");
        for line in lines {
            self.text
                .push_str(&wrapped(&line, (0, 2), self.width.prose()));
        }
        if single.is_empty() {
            return;
        }
        let count = words::count(found.blips.len(), "single failure");
        let _ = writeln!(self.text, "{count}, seen by one region once; no incident");
        for line in single {
            self.text
                .push_str(&wrapped(&line, (2, 4), self.width.prose()));
        }
        if found.blips.len() > FEW {
            let more = found.blips.len() - FEW;
            let _ = writeln!(self.text, "  and {more} more; --json has all");
        }
    }
}

fn head() -> Row {
    [
        "No.",
        "Start",
        "±",
        "End",
        "±",
        "Length",
        "At least and at most",
    ]
    .map(str::to_owned)
}

/// The name of an outage as `explain` takes it.
fn called(listed: &Listed, outage: &Outage) -> String {
    let incidents = listed.report.found.incidents.iter().zip(&listed.names);
    let mut places = incidents.filter_map(|(incident, name)| {
        let mut numbers = incident.outages.iter();
        let place = numbers.position(|one| *one == outage.number)?;
        Some(format!("{}#{}", name.month, name.outages.get(place)?))
    });
    let found = places.next();
    found.unwrap_or_else(|| instant(&listed.report.zone, outage.start.estimate))
}

fn session(report: &Report, outage: &Outage) -> String {
    let zone = &report.zone;
    let span = Interval::new(outage.start.estimate, outage.end.estimate);
    format!(
        "{} to {}{APART}people were signed out and could sign in again; not counted",
        instant(zone, span.start),
        end(zone, outage, outage)
    )
}

/// `Fri 14 Dec 17:15:03`.
fn instant(zone: &Zone, at: ledger::time::Timestamp) -> String {
    format!("{} {}", zone.format(at, "%a %-d %b"), zone.clock(at))
}

/// `Fri 14 Dec`.
fn short(date: jiff::civil::Date) -> String {
    date.strftime("%a\u{a0}%-d\u{a0}%b").to_string()
}

/// The clock of an end, with its date if that is another one.
fn end(zone: &Zone, first: &Outage, last: &Outage) -> String {
    let clock = zone.end_clock(first.start.estimate, last.end.estimate);
    if clock.other_day {
        format!("{} {}", clock.date.strftime("%a %-d %b"), clock.text)
    } else {
        clock.text
    }
}

fn names(outages: &[&Outage], of: fn(&Outage) -> &Vec<Name>) -> String {
    let mut names: Vec<&Name> = outages.iter().flat_map(|one| of(one)).collect();
    names.sort();
    names.dedup();
    words::list(names)
}
