//! The page of a contract: how it is now, the last days, this month, and where the rest is.

use ledger::state::State;
use ledger::time::{Millis, Timestamp};

use super::document::{self, evidence};
use super::now::word;
use super::pages;
use super::subject::{self, Part, Region, Subject};
use super::{Service, Site};
use crate::chart::catalogue::Kind;
use crate::chart::incident::Looks;
use crate::escape::visible;
use crate::report::figures::{availability, count, instant, length, number, prose};
use crate::report::page::{Block, Cell, Fact, Page, Row, Section, Table};
use crate::report::pictures;
use crate::report::recent::DAYS;
use crate::report::verdict;
use crate::text::{Text, say};

/// How many incidents and windows of maintenance are listed; the rest is a link away.
const FEW: usize = 5;

/// The whole page.
pub(super) fn page(site: &Site, service: &Service) -> Page {
    let subjects = subject::subjects(service);
    let name = visible(&service.recent.contract.service);
    Page {
        kicker: "Status".into(),
        title: name.clone(),
        head: head(site, service),
        sections: vec![
            now(service, &subjects),
            parts(&subjects),
            days(service),
            maintenance(site, service),
            incidents(service),
            reports(service),
            seen_from(service),
            feeds(service),
        ],
        foot: foot(site, service),
        running: format!("{name}: status"),
        seal: format!("as of {}", service.recent.zone.table(site.as_of)),
    }
}

/// As of when it is, and by which clock; the reader must see when nobody keeps the page up to date any more.
pub(super) fn head(site: &Site, service: &Service) -> Vec<Fact> {
    let zone = &service.recent.zone;
    let seen = evidence(service);
    vec![
        Fact::new("As of", instant(zone, site.as_of, "/as_of")),
        Fact::new(
            "Last evidence",
            match seen {
                Some(at) => instant(zone, at, "/evidence_until"),
                None => "none in these days".into(),
            },
        ),
        Fact::new("Times", format!("all by the clock of {}", zone.name())),
    ]
}

fn foot(site: &Site, service: &Service) -> Text {
    let zone = &service.recent.zone;
    say![
        "Made as of ",
        instant(zone, site.as_of, "/as_of"),
        format!(" ({}), ", zone.name()),
        "not kept up to date by itself: load it again for what is newer. Contract ",
        Text::figure(service.id().to_string(), "/contract/id"),
        ". Every figure stands in ",
        Text::link("status.json", "status.json"),
        ".",
    ]
}

/// The box: how it is.
fn now(service: &Service, subjects: &[Subject]) -> Section {
    let mut blocks = Vec::new();
    let mut section = Section::new("now", "Now", Vec::new());
    if let Some(whole) = subjects.first() {
        section.heading = say![
            "Now: ",
            Text::figure(word(whole.now.state), "/subjects/0/state")
        ];
        section.verdict = super::now::code(whole.now.state);
        blocks.push(Block::Lead(sentence(service, whole)));
        blocks.extend(others(whole, &subjects[1..]).into_iter().map(Block::Words));
        blocks.push(Block::Facts(figures(service, whole)));
    }
    section.blocks = blocks;
    section
}

fn sentence(service: &Service, whole: &Subject) -> Text {
    let zone = &service.recent.zone;
    let now = &whole.now;
    let since = instant(zone, now.since, "/subjects/0/since");
    let since = match now.at_least {
        true => say![" at least since ", since],
        false => say![" since ", since],
    };
    match now.state {
        State::Up => say!["Sign-in has worked", since, "."],
        State::Degraded => say![
            "Sign-in has been slow, or has not always worked,",
            since,
            "."
        ],
        State::Partial => say!["Sign-in has failed for some", since, "."],
        State::Down => {
            let lasted = document::open(service).map(|least| {
                let least = length(Millis(least), "/open_at_least_ms");
                say![", for at least ", least, " so far"]
            });
            say!["Sign-in has failed", since, lasted, "."]
        }
        State::Unknown => match now.seen {
            Some(at) => say![
                "Nobody knows whether sign-in works: it was looked at last on ",
                instant(zone, at, "/subjects/0/seen"),
                "."
            ],
            None => say![
                "Nobody knows whether sign-in works: it was not looked at in ",
                count(service.recent.found.days.len(), "day", "/days"),
                "."
            ],
        },
    }
}

/// Personas for whom it is otherwise than for the service.
fn others(whole: &Subject, personas: &[Subject]) -> Vec<Text> {
    let all = personas.iter().zip(1..);
    let others = all.filter(|(one, _)| one.now.state != whole.now.state);
    let others = others.filter_map(|(one, index)| {
        let state = Text::figure(word(one.now.state), format!("/subjects/{index}/state"));
        Some(say![one.persona.as_ref()?.as_str(), ": ", state, "."])
    });
    others.collect()
}

fn figures(service: &Service, whole: &Subject) -> Vec<Fact> {
    let count = service.recent.found.days.len();
    vec![
        Fact::new(
            "Down today",
            length(whole.today.down, "/subjects/0/today/down_ms"),
        )
        .noted(unknown(&whole.today, "/subjects/0/today")),
        share(
            service.month.span.as_str(),
            &whole.month,
            "/subjects/0/month",
        ),
        share(
            say!["Last ", number(count, "/days"), " days"],
            &whole.days,
            "/subjects/0/days",
        ),
    ]
}

fn share(label: impl Into<Text>, part: &Part, at: &str) -> Fact {
    Fact::new(label, available(part, at)).noted(lost(part, at))
}

fn available(part: &Part, at: &str) -> Text {
    match part.availability {
        Some(ratio) => availability(ratio, &format!("{at}/availability")),
        None => "no data".into(),
    }
}

/// `2 h down, 3 min unknown`.
fn lost(part: &Part, at: &str) -> Text {
    let down = say![length(part.down, &format!("{at}/down_ms")), " down"];
    match part.unknown {
        Millis::ZERO => down,
        _ => say![down, ", ", unknown(part, at)],
    }
}

fn unknown(part: &Part, at: &str) -> Text {
    match part.unknown {
        Millis::ZERO => Text::default(),
        unknown => say![length(unknown, &format!("{at}/unknown_ms")), " unknown"],
    }
}

/// One row for each persona.
fn parts(subjects: &[Subject]) -> Section {
    let rows = subjects.iter().enumerate().skip(1);
    let table = Table {
        caption: "By whom signs in".into(),
        heads: vec!["Who", "Now*", "This month", "90 days"],
        rows: rows.map(|(index, one)| row(one, index)).collect(),
        total: None,
    };
    Section::new("personas", "Personas", vec![Block::Table(table)])
}

fn row(one: &Subject, index: usize) -> Row {
    let at = |part: &str| format!("/subjects/{index}/{part}");
    let name = one.persona.as_ref().map_or("service", |name| name.as_str());
    let part = |part: &Part, of: &str| {
        let about = |time: Millis, of: String, word: &str| match time {
            Millis::ZERO => Text::default(),
            time => say![prose(time, &of), word],
        };
        Cell::new(available(part, &at(of)))
            .note(about(part.down, at(&format!("{of}/down_ms")), " down"))
            .note(about(
                part.unknown,
                at(&format!("{of}/unknown_ms")),
                " unknown",
            ))
    };
    let today = &one.today;
    let state = Cell::new(Text::figure(word(one.now.state), at("state")));
    let state = match today.down {
        Millis::ZERO => state,
        down => state.note(say![prose(down, &at("today/down_ms")), " down today"]),
    };
    Row::new([
        Cell::new(name),
        state,
        part(&one.month, "month"),
        part(&one.days, "days"),
    ])
    .marked(today.down > Millis::ZERO)
}

fn days(service: &Service) -> Section {
    let heading = format!("The last {DAYS} days");
    let bars = pictures::of(&service.recent, Kind::Bars, &Looks::new());
    let words = "Each bar is a day, the higher the longer the service was down; a hatched part is time in which nobody could look.";
    Section::new(
        "days",
        heading,
        vec![Block::Words(words.into()), Block::Pictures(bars)],
    )
}

fn maintenance(site: &Site, service: &Service) -> Section {
    let ahead = |end: Timestamp| end > site.as_of;
    let all = service.windows.iter().enumerate();
    let ahead: Vec<_> = all.filter(|(_, one)| ahead(one.span.end)).collect();
    let mut blocks = Vec::new();
    let running = ahead.iter().find(|(_, one)| one.span.contains(site.as_of));
    if let Some((index, one)) = running {
        let zone = &service.recent.zone;
        let until = instant(
            zone,
            one.span.end,
            &format!("/maintenance/{index}/span/end"),
        );
        blocks.push(Block::Words(say![
            "Maintenance is under way until ",
            until,
            "; what fails now may be a part of it."
        ]));
    }
    match ahead.is_empty() {
        true => blocks.push(Block::Nothing("None is announced.".into())),
        false => blocks.push(pages::windows(service, &ahead[..ahead.len().min(FEW)])),
    }
    if ahead.len() > FEW {
        blocks.push(Block::Words(say![
            format!("{} more stand in ", ahead.len() - FEW),
            Text::link("the calendar", "maintenance.ics"),
            "."
        ]));
    }
    Section::new("maintenance", "Planned maintenance", blocks)
}

fn incidents(service: &Service) -> Section {
    let since = service.recent.found.period.start;
    let all = service.incidents.iter().enumerate();
    let recent = all.filter(|(_, told)| told.summary.is_some() && told.kept.span.end > since);
    let recent: Vec<_> = recent.collect();
    let shown = &recent[..recent.len().min(FEW)];
    let mut blocks = match shown {
        [] => vec![Block::Nothing("There was none in these days.".into())],
        _ => vec![Block::Table(pages::table_of_incidents(
            "The newest first",
            service,
            (shown, "incidents/"),
        ))],
    };
    if !service.incidents.is_empty() {
        blocks.push(Block::Words(Text::link(
            "All incidents",
            "incidents/index.html",
        )));
    }
    Section::new("incidents", "Recent incidents", blocks)
}

fn reports(service: &Service) -> Section {
    let path = format!("reports/{}/report.html", service.month.name);
    let is_there = |name: &str| service.reports.iter().any(|one| one.name == name);
    let mut blocks = Vec::new();
    if is_there(&service.month.name) {
        blocks.push(Block::Words(say![
            Text::link(format!("{} so far", service.month.span), path),
            ": ",
            verdict::sentence(&service.month)
        ]));
    }
    let issued = service.reports.iter().enumerate();
    let mut issued = issued.filter(|(_, one)| !one.revisions.is_empty());
    if let Some((index, one)) = issued.next() {
        blocks.push(Block::Table(pages::table_of_reports(
            "Issued last",
            &[(index, one)],
            "reports/",
        )));
    }
    let all = match service.reports.is_empty() {
        true => Block::Nothing("There is none yet.".into()),
        false => Block::Words(Text::link("All reports", "reports/index.html")),
    };
    blocks.push(all);
    Section::new("reports", "Reports", blocks)
}

/// From where it is looked at, and whether anybody still does.
fn seen_from(service: &Service) -> Section {
    let zone = &service.recent.zone;
    let regions = subject::regions(service);
    let row = |(index, one): (usize, &Region)| {
        let at = |part: &str| format!("/regions/{index}/{part}");
        let seen = one.seen.map(|seen| instant(zone, seen, &at("seen")));
        Row::new([
            Cell::new(one.name.as_str()),
            Cell::new(Text::figure(word(one.state), at("state"))),
            Cell::new(seen.unwrap_or_else(|| "never in these days".into())),
        ])
    };
    let table = Table {
        caption: "By region".into(),
        heads: vec!["Region", "Now*", "Looked at last"],
        rows: regions.iter().enumerate().map(row).collect(),
        total: None,
    };
    Section::new(
        "regions",
        "Where it is looked at from",
        vec![Block::Table(table)],
    )
}

fn feeds(service: &Service) -> Section {
    let items = [
        ("Incidents and reports as a feed (Atom)", "atom.xml"),
        (
            "Planned maintenance as a calendar (iCalendar)",
            "maintenance.ics",
        ),
        ("How it is, as a badge (SVG)", "badges/state.svg"),
        ("This month as a badge", "badges/month.svg"),
        ("These days as a badge", "badges/days.svg"),
        ("All of this page for machines (JSON)", "status.json"),
    ];
    let links = items.map(|(text, to)| Text::link(text, to));
    let name = visible(&service.recent.contract.service);
    Section::new(
        "feeds",
        format!("{name} elsewhere"),
        vec![Block::List(links.into())],
    )
}
