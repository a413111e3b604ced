//! How many sign-ins were good, and how long they took: per period, per day, per phase.

use super::measures;
use super::section as make;
use crate::report::figures::{latency, number};
use crate::report::latency::Figures;
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::report::{Report, pictures};
use crate::text::{Text, say};

/// At most so many phases are printed; `report.json` holds all.
const PHASES: usize = 12;

/// The request ratio, the tables and the pictures.
pub(super) fn section(report: &Report) -> Section {
    let table = table(report);
    let mut blocks = Vec::new();
    blocks.extend(measures::sign_ins(report).map(|fact| Block::Facts(vec![fact])));
    if table.rows.is_empty() {
        let nothing = match blocks.is_empty() {
            true => "No sign-in was measured.",
            false => "How long they took was not measured.",
        };
        blocks.push(Block::Nothing(nothing.into()));
        return make("login", "Time to sign in", blocks);
    }
    let about = "From the moment a sign-in was due to the page behind it. Percentiles are of whole distributions, never averages of percentiles, and are left out where there are too few sign-ins to support them.";
    blocks.push(Block::Words(about.into()));
    blocks.push(Block::Table(table));
    blocks.push(Block::Pictures(pictures::of_logins(report)));
    blocks.extend(by_day(report).into_iter().map(Block::Table));
    blocks.push(Block::Table(phases(report)));
    make("login", "Time to sign in", blocks)
}

const HEADS: [&str; 6] = ["Sign-ins", "Number", "p50", "p95", "p99", "Longest"];

fn table(report: &Report) -> Table {
    let personas = report.latency.0.iter();
    let rows = personas.flat_map(|(persona, login)| {
        let views = [
            ("successful", "success", &login.success),
            ("experienced", "experienced", &login.experienced),
        ];
        let known = views.into_iter().filter(|(_, _, all)| !all.is_empty());
        known.map(move |(word, view, all)| {
            let at = format!("/latency/{persona}/{view}");
            row(format!("{persona}, {word}").into(), Figures::of(all), &at)
        })
    });
    Table {
        caption: "Time to sign in; failed sign-ins are experienced as the whole deadline".into(),
        heads: HEADS.into(),
        rows: rows.collect(),
        total: None,
    }
}

/// A table a persona: the days on which somebody signed in.
fn by_day(report: &Report) -> Vec<Table> {
    if report.found.days.len() > 62 {
        return Vec::new();
    }
    let personas = report.latency.0.iter();
    let tables = personas.map(|(persona, login)| {
        let days = login.days(&report.found.days);
        let days = days.iter().zip(&report.found.days).enumerate();
        let days = days.map(|(index, (of_day, day))| (index, of_day, login.all_within(day.interval)));
        let rows = days.filter(|(_, _, all)| all.n > 0);
        let rows = rows.map(|(index, (date, figures), all)| {
            let at = format!("/latency/{persona}/days/{index}");
            let name = Text::figure(*date, format!("{at}/date"));
            let mut row = row(name, *figures, &format!("{at}/figures"));
            for (micros, part) in [(all.p95_us, "p95_us"), (all.p99_us, "p99_us")] {
                let said = latency(micros, &format!("{at}/experienced/{part}"));
                row.cells.push(Cell::new(said));
            }
            row
        });
        Table {
            caption: say![format!(
                "Sign-ins of {persona} per day (the UTC hours that begin on it): those that succeeded, and all as experienced"
            )],
            heads: vec![
                "Day", "Number", "p50", "p95", "p99", "Longest", "All p95", "All p99",
            ],
            rows: rows.collect(),
            total: None,
        }
    });
    tables.collect()
}

/// The phases of each step, longest median first.
fn phases(report: &Report) -> Table {
    let mut phases: Vec<(String, Figures, String)> = Vec::new();
    for (persona, login) in &report.latency.0 {
        for (index, ((step, phase), all)) in login.phases.iter().enumerate() {
            let name = format!("{persona}, {step}: {}", phase.as_str().replace('_', " "));
            let at = format!("/latency/{persona}/phases/{index}/figures");
            phases.push((name, Figures::of(all), at));
        }
    }
    phases.sort_by(|a, b| b.1.p50_us.cmp(&a.1.p50_us).then_with(|| a.0.cmp(&b.0)));
    phases.truncate(PHASES);
    let mut heads = HEADS;
    heads[0] = "Step and phase";
    Table {
        caption: "Where the time goes: phases of each step, longest first".into(),
        heads: heads.into(),
        rows: phases
            .into_iter()
            .map(|(name, figures, at)| row(name.into(), figures, &at))
            .collect(),
        total: None,
    }
}

fn row(name: Text, figures: Figures, at: &str) -> Row {
    let cell = |micros, part: &str| Cell::new(latency(micros, &format!("{at}/{part}")));
    Row::new([
        Cell::new(name),
        Cell::new(number(figures.n, &format!("{at}/n"))),
        cell(figures.p50_us, "p50_us"),
        cell(figures.p95_us, "p95_us"),
        cell(figures.p99_us, "p99_us"),
        cell(figures.max_us, "max_us"),
    ])
}
