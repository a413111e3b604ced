//! The sections of a summary. One that nobody has filled says so, and never vanishes.

use ledger::note::{Action, Note};
use ledger::time::{Interval, Timestamp};

use super::words::{bounds, capital, everybody, people, product, quick, totals};
use super::{Form, Summary, document, story};
use crate::escape::{paragraphs, visible};
use crate::report::figures::estimate;
use crate::report::page::{Block, Cell, Fact, Page, Row, Section, Table};
use crate::report::revision::lines;
use crate::text::{Text, say};
use crate::words::list;

const UNKNOWN: &str = "Not yet known.";

/// The whole letter.
pub(super) fn page(summary: &Summary) -> Page {
    let title = summary.notes.first().map_or_else(
        || {
            let who = people(summary, &everybody(summary));
            format!("Sign-in to {} failed for {who}", product(summary))
        },
        |note| visible(&note.title),
    );
    let mut sections = vec![
        Section::new("quick", "Quick summary", vec![Block::Lead(quick(summary))]),
        free(
            "background",
            "Background",
            texts(summary, |note| note.background.as_ref()),
        ),
        timeline(summary),
        Section::new("totals", "Totals", vec![Block::Words(totals(summary))]),
        unaffected(summary),
        Section::new("cause", "Cause", causes(summary)),
        actions(summary),
        method(summary),
        contact(summary),
    ];
    if summary.form == Form::Revised {
        sections.insert(1, changes(summary));
    }
    let service = visible(&summary.contract.service);
    Page {
        kicker: format!(
            "{} for {}",
            kind(summary.form),
            visible(&summary.contract.customer)
        ),
        running: format!("{service}: {title}"),
        seal: format!("{}, figures {}", kind(summary.form), short(summary)),
        title,
        head: head(summary, &service),
        sections,
        foot: foot(summary),
    }
}

const fn kind(form: Form) -> &'static str {
    match form {
        Form::First => "First notice",
        Form::Update => "Update",
        Form::Final => "Incident summary",
        Form::Revised => "Revised incident summary",
    }
}

fn short(summary: &Summary) -> &str {
    summary.hash.get(..12).unwrap_or(&summary.hash)
}

fn head(summary: &Summary, service: &str) -> Vec<Fact> {
    let times = format!("all by the clock of {}", summary.zone.name());
    let as_of = Text::figure(summary.zone.table(summary.as_of), "/as_of");
    let mut facts = vec![Fact::new("Service", service), Fact::new("Times", times)];
    if !matches!(summary.form, Form::Final) {
        facts.push(Fact::new("As of", as_of));
    }
    facts
}

fn foot(summary: &Summary) -> Text {
    say![
        "Contract ",
        Text::figure(summary.contract.id.to_string(), "/contract"),
        ", figures ",
        Text::figure(short(summary), "/hash"),
        " (SHA-256).",
    ]
}

fn timeline(summary: &Summary) -> Section {
    Section::new(
        "timeline",
        "Timeline",
        vec![Block::Timeline(story::episodes(summary))],
    )
}

/// What people wrote, or that nobody has yet.
fn free(id: &'static str, heading: &str, texts: Vec<Text>) -> Section {
    let blocks = match texts.is_empty() {
        true => vec![Block::Nothing(UNKNOWN.into())],
        false => texts.into_iter().map(Block::Words).collect(),
    };
    Section::new(id, heading, blocks)
}

/// The paragraphs of a field of all notes.
fn texts(summary: &Summary, of: fn(&Note) -> Option<&String>) -> Vec<Text> {
    let texts = summary.notes.iter().filter_map(of);
    texts
        .flat_map(|text| paragraphs(text))
        .map(Text::from)
        .collect()
}

/// What went on working: as reported, then as measured.
fn unaffected(summary: &Summary) -> Section {
    let found = &summary.unaffected;
    let mut blocks: Vec<Block> = texts(summary, |note| note.unaffected.as_ref())
        .into_iter()
        .map(Block::Words)
        .collect();
    let mut measured: Vec<Text> = Vec::new();
    if !found.personas.is_empty() {
        let who = capital(&people(summary, &found.personas));
        measured.push(format!("{who} could sign in throughout (measured).").into());
    }
    if !found.regions.is_empty() {
        let regions = list(&found.regions);
        measured
            .push(format!("Sign-in worked throughout as seen from {regions} (measured).").into());
    }
    if !found.warnings.is_empty() {
        let spans = found.warnings.iter().enumerate().map(|(index, one)| {
            weekday_span(summary, *one, &format!("/unaffected/warnings/{index}"))
        });
        measured.push(say![
            "Trouble of the platform below that nobody could notice (measured): ",
            Text::joined(spans, "; "),
            ".",
        ]);
    }
    if !measured.is_empty() {
        blocks.push(Block::List(measured));
    }
    if blocks.is_empty() {
        blocks.push(Block::Nothing(UNKNOWN.into()));
    }
    Section::new("unaffected", "What did not affect you", blocks)
}

/// `Saturday 15, 01:45 to 01:52`, to the minute.
fn weekday_span(summary: &Summary, span: Interval, at: &str) -> Text {
    let minute = |at: Timestamp| Timestamp((at.0 + 30_000).div_euclid(60_000) * 60_000);
    let zone = &summary.zone;
    let (start, end) = (minute(span.start), minute(span.end));
    let day = zone.format(start, "%A %-d").replace(' ', "\u{a0}");
    say![
        Text::figure(day, format!("{at}/start")),
        ", ",
        Text::figure(zone.clock(start), format!("{at}/start")),
        " to ",
        Text::figure(zone.closing(end), format!("{at}/end")),
    ]
}

fn causes(summary: &Summary) -> Vec<Block> {
    let causes = summary.notes.iter().filter_map(|note| {
        let cause = visible_long(note.cause.as_deref()?);
        Some(Block::Words(cause.into()))
    });
    let causes: Vec<Block> = causes.collect();
    match causes.is_empty() {
        true => vec![Block::Nothing(UNKNOWN.into())],
        false => causes,
    }
}

/// One paragraph that ends in a full stop.
fn visible_long(text: &str) -> String {
    let text = paragraphs(text).join(" ");
    match text.ends_with(['.', '!', '?']) {
        true => text,
        false => text + ".",
    }
}

fn actions(summary: &Summary) -> Section {
    let notes = summary.notes.iter().enumerate();
    let points: Vec<Text> = notes
        .flat_map(|(note, own)| {
            let own = own.actions.iter().enumerate();
            own.map(move |(index, action)| point(action, &format!("/notes/{note}/actions/{index}")))
        })
        .collect();
    let block = match points.is_empty() {
        true => Block::Nothing(UNKNOWN.into()),
        false => Block::List(points),
    };
    Section::new("actions", "What we change", vec![block])
}

/// `Separate networks (Operations; by 15 January 2019)`.
fn point(action: &Action, at: &str) -> Text {
    let owner = action
        .owner
        .as_deref()
        .map_or("owner not yet known".into(), visible);
    let due = match action.due {
        Some(due) => {
            let date = due.strftime("%-d %B %Y").to_string().replace(' ', "\u{a0}");
            say!["by ", Text::figure(date, format!("{at}/due"))]
        }
        None => "date not yet known".into(),
    };
    let what = visible(&action.what);
    say![what.trim_end_matches('.'), format!(" ({owner}; "), due, ")",]
}

fn method(summary: &Summary) -> Section {
    let from = match summary.regions.is_empty() {
        true => String::new(),
        false => format!(" in {}", list(&summary.regions)),
    };
    let about = format!(
        "Programs of ours{from} sign in on a fixed schedule, as people do, and note every failure. Lines tagged measured are \
         what they saw. Between a look that worked and the next one that failed nobody can tell more exactly when it began; \
         so each time has its doubt beside it. Lines tagged reported are what people wrote down; no length is made of them."
    );
    let mut words = vec![Block::Words(about.into()), Block::Words(bounds(summary))];
    if summary.counted != summary.total {
        words.push(Block::Words(say![
            "Of this, ",
            estimate(&summary.counted, "/counted_ms"),
            " count under the contract; the rest is excluded by it.",
        ]));
    }
    Section::new("measured", "How we measured", words)
}

fn contact(summary: &Summary) -> Section {
    let mut authors: Vec<String> = summary
        .notes
        .iter()
        .map(|note| visible(&note.author))
        .collect();
    authors.dedup();
    let block = match (&summary.contact, authors.is_empty()) {
        (Some(contact), _) => Block::Words(visible(contact).into()),
        (None, false) => Block::Words(format!("{}.", list(authors)).into()),
        (None, true) => Block::Nothing(UNKNOWN.into()),
    };
    Section::new("contact", "Contact", vec![block])
}

/// Every changed figure and sentence since the letter that this one replaces.
fn changes(summary: &Summary) -> Section {
    let now = document(summary);
    let lines = lines(&summary.changes, &now, &summary.zone);
    let rows = lines.into_iter().enumerate().map(|(index, line)| {
        let at = |part: &str| format!("/changes/{index}/{part}");
        Row::new([
            Cell::new(Text::figure(line.what, at("path"))),
            Cell::new(Text::figure(line.before, at("old"))),
            Cell::new(Text::figure(line.now, at("value"))),
        ])
    });
    let rows: Vec<Row> = rows.collect();
    let block = match rows.is_empty() {
        true => Block::Nothing("Nothing but the wording.".into()),
        false => Block::Table(Table {
            caption: "Everything that has changed".into(),
            heads: vec!["What*", "Before*", "Now*"],
            rows,
            total: None,
        }),
    };
    Section::new(
        "changes",
        "What has changed since the summary before",
        vec![block],
    )
}
