//! The lists: all incidents, all reports.

use ledger::sla::{Ratio, SlaVerdict};
use ledger::time::Millis;
use serde_json::Value;

use super::calendar::Window;
use super::register::Fate;
use super::{Published, Service, Site, Told};
use crate::escape::visible;
use crate::report::figures::{availability, instant, length, span};
use crate::report::page::{Block, Cell, Page, Row, Section, Table};
use crate::report::verdict;
use crate::text::{Text, say};

/// Things with their places in the document.
type Placed<'s, T> = (usize, &'s T);

/// All incidents, a table for each month.
pub(super) fn incidents(site: &Site, service: &Service) -> Page {
    let zone = &service.recent.zone;
    let mut months: Vec<(String, Vec<Placed<'_, Told>>)> = Vec::new();
    for (index, told) in service.incidents.iter().enumerate() {
        let month = zone.format(told.kept.span.start, "%B %Y");
        match months.last_mut().filter(|(last, _)| *last == month) {
            Some((_, all)) => all.push((index, told)),
            None => months.push((month, vec![(index, told)])),
        }
    }
    let tables = months
        .iter()
        .map(|(month, all)| Block::Table(table_of_incidents(month, service, (all, ""))));
    let mut blocks: Vec<Block> = tables.collect();
    if blocks.is_empty() {
        blocks.push(Block::Nothing("There was none.".into()));
    }
    let section = Section::new("incidents", "Incidents", blocks);
    page(site, service, section)
}

/// All reports, and what was issued of each.
pub(super) fn reports(site: &Site, service: &Service) -> Page {
    let all: Vec<_> = service.reports.iter().enumerate().collect();
    let blocks = match all[..] {
        [] => vec![Block::Nothing("There is none yet.".into())],
        _ => vec![
            Block::Words(
                "A report is provisional until no more data is waited for; then it is issued as revision 1 and never changed. \
                 What changes a number of it later becomes a revision of its own, which lists every change."
                    .into(),
            ),
            Block::Table(table_of_reports("The newest first", &all, "")),
        ],
    };
    page(site, service, Section::new("reports", "Reports", blocks))
}

fn page(site: &Site, service: &Service, section: Section) -> Page {
    let zone = &service.recent.zone;
    let name = visible(&service.recent.contract.service);
    let heading = section.heading.plain();
    Page {
        kicker: "Status".into(),
        title: format!("{name}: {}", heading.to_lowercase()),
        head: super::status::head(site, service),
        sections: vec![section],
        foot: say![
            "Contract ",
            Text::figure(service.id().to_string(), "/contract/id"),
            format!(". Times of {}. Every figure stands in ", zone.name()),
            Text::link("status.json", "../status.json"),
            "."
        ],
        running: format!("{name}: {}", heading.to_lowercase()),
        seal: format!("as of {}", zone.table(site.as_of)),
    }
}

/// Incidents with links to their pages, which are in `directory`.
pub(super) fn table_of_incidents(
    caption: &str,
    service: &Service,
    (all, directory): (&[Placed<'_, Told>], &str),
) -> Table {
    let zone = &service.recent.zone;
    let row = |(index, told): &Placed<'_, Told>| {
        let at = |part: &str| format!("/incidents/{index}/{part}");
        let kept = &told.kept;
        let title = Text::link(visible(&kept.title), format!("{directory}{}.html", kept.id));
        let first = told.summary.as_ref().and_then(|one| one.periods.first());
        let start = first.map_or(kept.span.start, |one| one.span().start);
        let place = if first.is_some() {
            at("start")
        } else {
            at("span/start")
        };
        let down = told.summary.as_ref().map(|one| {
            let down = length(one.total.estimate, &at("down_ms"));
            match one.is_open() {
                true => say![down, " so far"],
                false => down,
            }
        });
        Row::new([
            Cell::new(Text::figure(zone.date(start).to_string(), &*place))
                .note(Text::figure(zone.clock(start), &*place)),
            Cell::new(title),
            Cell::new(down.unwrap_or_else(|| fate(&kept.fate).into())).down(),
        ])
        .marked(told.summary.is_some())
    };
    Table {
        caption: caption.into(),
        heads: vec!["Since", "What*", "Down"],
        rows: all.iter().map(row).collect(),
        total: None,
    }
}

/// What is said in the place of a length.
pub(super) const fn fate(fate: &Fate) -> &'static str {
    match fate {
        Fate::Stands => "see the report",
        Fate::Withdrawn => "withdrawn",
        Fate::PartOf(_) => "told elsewhere",
    }
}

/// Reports with links to their forms, which are in `directory`.
pub(super) fn table_of_reports(
    caption: &str,
    all: &[Placed<'_, Published>],
    directory: &str,
) -> Table {
    Table {
        caption: caption.into(),
        heads: vec!["Period", "Verdict*", "Availability", "Down", "Issued*"],
        rows: all
            .iter()
            .map(|(index, one)| row_of_report((*index, one), directory))
            .collect(),
        total: None,
    }
}

fn row_of_report((index, one): Placed<'_, Published>, directory: &str) -> Row {
    let at = |part: &str| format!("/reports/{index}/{part}");
    let to = |file: &str| format!("{directory}{}/{file}", one.name);
    let forms = one.forms.keys().filter(|name| *name != "report.html");
    let forms = forms.filter_map(|name| Some(Text::link(label(name)?, to(name))));
    let document = &one.document;
    let verdict: Option<SlaVerdict> =
        serde_json::from_value(document["verdict"]["verdict"].clone()).ok();
    let share = ratio(&document["verdict"]["availability"]["estimate"]);
    let down = document["total"]["counted_down_ms"]["estimate"].as_i64();
    Row::new([
        Cell::new(Text::link(&*capital(&one.period.title), to("report.html")))
            .note(Text::joined(forms, ", ")),
        Cell::new(Text::figure(
            verdict.map_or("unknown", verdict::word),
            at("verdict"),
        )),
        Cell::new(share.map_or_else(
            || "no data".into(),
            |share| availability(share, &at("availability")),
        )),
        Cell::new(down.map_or_else(|| "–".into(), |down| length(Millis(down), &at("down_ms")))),
        issued(one, &at("revisions"), &to),
    ])
    .marked(verdict == Some(SlaVerdict::Missed))
}

/// Which revisions there are, newest first, or that it is provisional.
fn issued(one: &Published, at: &str, to: &impl Fn(&str) -> String) -> Cell {
    let revisions = one.revisions.iter().enumerate().rev();
    let mut revisions = revisions.map(|(index, revision)| {
        let number = revision.number;
        let link = Text::link(
            format!("revision {number}"),
            to(&format!("rev-{number}/report.html")),
        );
        let changes = (revision.changes > 0).then(|| {
            let count = crate::report::figures::count(
                revision.changes,
                "change",
                &format!("{at}/{index}/changes"),
            );
            say![
                ": ",
                count,
                " (",
                Text::link("list", to(&format!("rev-{number}/changes.txt"))),
                ")"
            ]
        });
        say![link, changes]
    });
    let Some(newest) = revisions.next() else {
        return Cell::new("provisional");
    };
    revisions.fold(Cell::new(newest), Cell::note)
}

/// What a form is called in a link; `None` for files that only auditors want.
fn label(file: &str) -> Option<&'static str> {
    match file {
        "report.pdf" => Some("PDF"),
        "report.md" => Some("Markdown"),
        "report.txt" => Some("text"),
        "report.json" => Some("JSON"),
        "days.csv" => Some("days"),
        "incidents.csv" => Some("incidents"),
        _ => None,
    }
}

/// Windows of maintenance.
pub(super) fn windows(service: &Service, all: &[Placed<'_, Window>]) -> Block {
    let zone = &service.recent.zone;
    let row = |(index, one): &Placed<'_, Window>| {
        let at = format!("/maintenance/{index}");
        let announced = instant(zone, one.announced, &format!("{at}/announced"));
        let counts = (!one.left_out).then_some(", too late for the contract: downtime counts");
        Row::new([
            Cell::new(span(zone, one.span, &format!("{at}/span"))),
            Cell::new(visible(&one.reason)).note(say![
                "announced ",
                announced,
                counts.unwrap_or_default()
            ]),
        ])
    };
    Block::Table(Table {
        caption: "The next first".into(),
        heads: vec!["When", "What*"],
        rows: all.iter().map(row).collect(),
        total: None,
    })
}

/// A ratio as `report.json` has it.
pub(super) fn ratio(value: &Value) -> Option<Ratio> {
    let part = |name: &str| value[name].as_str()?.parse::<i64>().ok();
    Ratio::of_counts(part("numerator")?, part("denominator")?)
}

/// With a capital letter at its start.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
