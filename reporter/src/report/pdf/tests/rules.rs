//! Rules of the layout, held on every case and both papers.

use std::collections::{BTreeMap, BTreeSet};

use super::super::item::{Item, Part, Role};
use super::super::sheet::{EDGE, SIDE};
use super::super::sheets::Sheet;
use super::*;
use crate::chart::frame::assert_sound;
use crate::escape::printable;
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::text::Text;
use crate::typeset::font::Face;
use crate::typeset::run::width;
use crate::typeset::{Pt, Voice};

/// The box around a line of text, without what reaches above and below letters.
fn area(item: &Item<'_>) -> Option<[Pt; 4]> {
    let Item::Words {
        at, voice, line, ..
    } = item
    else {
        return None;
    };
    let high = voice.size.share(65, 100);
    Some([at.0, at.1 - high, at.0 + line.width, at.1])
}

pub(super) fn check(name: &str, laid: &Laid<'_>) {
    let count = laid.sheets.len();
    for (index, sheet) in laid.sheets.iter().enumerate() {
        let name = format!("{name}, sheet {} of {count}", index + 1);
        inside(&name, sheet, laid.paper);
        apart(&name, sheet);
        if index + 1 < count {
            filled(&name, sheet, laid.paper);
        }
    }
    whole(name, laid);
    lines(name, laid);
    ends(name, laid);
    tables(name, laid);
}

/// Nothing stands outside of the margins.
fn inside(name: &str, sheet: &Sheet<'_>, paper: Paper) {
    let size = sheet.size(paper);
    for item in &sheet.items {
        let [left, top, right, bottom] = match item {
            Item::Words { .. } => area(item).unwrap(),
            Item::Fill((from, to), _) => [from.0, from.1, to.0, to.1],
            Item::Chart {
                at, wide, drawing, ..
            } => {
                // The free space at the edges of a drawing is no ink.
                let free = wide.share(crate::chart::frame::MARGIN.0, drawing.width.0);
                [at.0 + free, at.1, at.0 + *wide - free, item.bottom()]
            }
        };
        let slack = Pt(50);
        let across = SIDE <= left + slack && right <= size.wide - SIDE + slack;
        let down = EDGE <= top && bottom <= size.high - EDGE;
        assert!(across && down, "{name}: outside of the margins: {item:?}");
    }
}

/// No two lines of text lie on each other.
fn apart(name: &str, sheet: &Sheet<'_>) {
    let areas: Vec<[Pt; 4]> = sheet.items.iter().filter_map(area).collect();
    for (index, one) in areas.iter().enumerate() {
        for other in &areas[index + 1..] {
            let over =
                one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
            assert!(!over, "{name}: {one:?} and {other:?} overlap");
        }
    }
}

/// No sheet but the last one is blank or half blank.
fn filled(name: &str, sheet: &Sheet<'_>, paper: Paper) {
    let size = sheet.size(paper);
    let own = sheet.items.iter().filter(|item| !is_repeated(item));
    let lowest = own.map(Item::bottom).max().unwrap_or(Pt::ZERO);
    let used = lowest - size.top();
    let least = (size.bottom() - size.top()).share(1, 2);
    assert!(
        sheet.landscape || used >= least,
        "{name}: {used:?} of {least:?}"
    );
}

fn is_repeated(item: &Item<'_>) -> bool {
    matches!(item, Item::Words { part: None, .. })
}

/// The parts that an item belongs to, from the narrowest.
fn within(laid: &Laid<'_>, part: Part) -> Vec<Part> {
    let mut all = vec![part];
    while let Some((_, Some(next))) = all.last().map(|last| &laid.parts.0[last.0]) {
        all.push(*next);
    }
    all
}

/// Rows of tables, figures and headings lie on one sheet.
fn whole(name: &str, laid: &Laid<'_>) {
    let mut on: BTreeMap<Part, BTreeSet<usize>> = BTreeMap::new();
    for (number, sheet) in laid.sheets.iter().enumerate() {
        for item in &sheet.items {
            let (Item::Words {
                part: Some(part), ..
            }
            | Item::Chart { part, .. }) = item
            else {
                continue;
            };
            for part in within(laid, *part) {
                on.entry(part).or_default().insert(number);
            }
        }
    }
    for (part, sheets) in on {
        let role = &laid.parts.0[part.0].0;
        let once = matches!(
            role,
            Role::Row | Role::Figure(_) | Role::Heading(..) | Role::Caption | Role::Heads
        );
        assert!(
            !once || sheets.len() == 1,
            "{name}: {role:?} on sheets {sheets:?}"
        );
    }
}

/// A paragraph that goes on leaves and begins with two lines at least.
fn lines(name: &str, laid: &Laid<'_>) {
    let mut on: BTreeMap<(Part, usize), usize> = BTreeMap::new();
    for (number, sheet) in laid.sheets.iter().enumerate() {
        for item in &sheet.items {
            if let Item::Words {
                part: Some(part), ..
            } = item
            {
                *on.entry((*part, number)).or_default() += 1;
            }
        }
    }
    for ((part, number), count) in &on {
        let parted = on.keys().filter(|(other, _)| other == part).count() > 1;
        assert!(
            !parted || *count > 1,
            "{name}: one line of {part:?} alone on sheet {number}"
        );
    }
}

/// The parts of what lies on a sheet, in order.
fn own(sheet: &Sheet<'_>) -> Vec<Part> {
    let parts = sheet.items.iter().filter_map(|item| match item {
        Item::Words { part, .. } => *part,
        Item::Chart { part, .. } => Some(*part),
        Item::Fill(..) => None,
    });
    parts.collect()
}

/// Nothing ends a sheet that announces what follows.
fn ends(name: &str, laid: &Laid<'_>) {
    for (number, sheet) in laid.sheets.iter().enumerate() {
        let last = *own(sheet).last().expect("something on each sheet");
        let roles: Vec<&Role> = within(laid, last)
            .into_iter()
            .map(|part| &laid.parts.0[part.0].0)
            .collect();
        let figure = roles.iter().any(|role| matches!(role, Role::Figure(_)));
        let announces = roles.iter().any(|role| match role {
            Role::Heading(..) | Role::Heads => true,
            Role::Caption => !figure,
            _ => false,
        });
        assert!(
            !announces,
            "{name}: sheet {} ends with {roles:?}",
            number + 1
        );
    }
}

/// A table that goes on begins with its head, and two rows at least stand on each sheet of it.
fn tables(name: &str, laid: &Laid<'_>) {
    let has = |part: Part, role: &Role| {
        let all = within(laid, part);
        all.into_iter().find(|one| laid.parts.0[one.0].0 == *role)
    };
    let mut rows: BTreeMap<Part, BTreeMap<usize, BTreeSet<Part>>> = BTreeMap::new();
    for (number, sheet) in laid.sheets.iter().enumerate() {
        for part in own(sheet) {
            if let (Some(row), Some(table)) = (has(part, &Role::Row), has(part, &Role::Table)) {
                let sheets = rows.entry(table).or_default();
                sheets.entry(number).or_default().insert(row);
            }
        }
    }
    for (table, sheets) in rows.iter().filter(|(_, sheets)| sheets.len() > 1) {
        let all = laid.sheets.iter().flat_map(|sheet| &sheet.items);
        let heads = all.filter(|item| match item {
            Item::Words {
                part: Some(part), ..
            } => has(*part, &Role::Heads).is_some() && within(laid, *part).contains(table),
            _ => false,
        });
        let heads: Vec<String> = heads.map(line_of).collect();
        for (number, rows) in sheets {
            assert!(
                rows.len() > 1,
                "{name}: one row alone on sheet {}",
                number + 1
            );
        }
        for number in sheets.keys().skip(1) {
            let items = laid.sheets[*number].items.iter();
            let again: Vec<String> = items
                .filter(|item| is_repeated(item))
                .map(line_of)
                .collect();
            let whole = heads.iter().all(|head| again.contains(head));
            assert!(
                whole,
                "{name}: {heads:?} not repeated on sheet {}",
                number + 1
            );
        }
    }
}

fn line_of(item: &Item<'_>) -> String {
    match item {
        Item::Words { line, .. } => line.text(),
        _ => String::new(),
    }
}

#[test]
fn every_sheet_of_every_case_keeps_the_rules() {
    for (name, page) in pages() {
        for paper in [Paper::A4, Paper::Letter] {
            laid_out(&page, paper, |laid, _| {
                check(&format!("{name} on {paper:?}"), laid);
            });
        }
    }
}

#[test]
fn a_crowd_of_outages_gets_a_sheet_on_its_side() {
    for (name, page) in pages() {
        laid_out(&page, Paper::A4, |laid, _| {
            let turned = laid.sheets.iter().filter(|sheet| sheet.landscape);
            let charts = turned
                .flat_map(|sheet| &sheet.items)
                .filter_map(|item| match item {
                    Item::Chart { drawing, .. } => Some(drawing),
                    _ => None,
                });
            let charts: Vec<_> = charts.collect();
            charts.iter().for_each(|drawing| assert_sound(drawing));
            let expected = usize::from(name == "forty incidents");
            assert_eq!(charts.len(), expected, "{name}");
        });
    }
}

#[test]
fn what_no_sheet_could_hold_is_parted_between_lines() {
    let words = |count: usize| -> Text { vec!["word"; count].join(" ").into() };
    let row = |count| Row::new([Cell::new("1"), Cell::new(words(count)).note(words(count))]);
    let table = Table {
        caption: "A table".into(),
        heads: vec!["No.", "What*"],
        rows: vec![row(3), row(4_000), row(3)],
        total: None,
    };
    let verdict = Section {
        id: "verdict",
        heading: "Missed".into(),
        verdict: "missed",
        blocks: vec![Block::Lead(words(3_000))],
    };
    let page = Page {
        title: "A page".into(),
        sections: vec![
            verdict,
            Section::new("a", "A section", vec![Block::Table(table)]),
        ],
        ..Page::default()
    };
    for paper in [Paper::A4, Paper::Letter] {
        laid_out(&page, paper, |laid, _| {
            for sheet in &laid.sheets {
                inside("parted", sheet, paper);
                apart("parted", sheet);
            }
            let all = printed(laid).text;
            let count = all
                .split_whitespace()
                .filter(|word| *word == "word")
                .count();
            assert_eq!(count, 3_000 + 2 * (3 + 4_000 + 3));
            assert!(laid.sheets.len() > 5);
        });
    }
}

/// Every text of a block that is no chart.
fn texts(block: &Block) -> Vec<&Text> {
    match block {
        Block::Lead(text) | Block::Words(text) | Block::Nothing(text) => vec![text],
        Block::List(points) => points.iter().collect(),
        Block::Facts(facts) | Block::Terms(facts) => facts
            .iter()
            .flat_map(|fact| [&fact.label, &fact.value, &fact.note])
            .collect(),
        Block::Table(table) => table
            .rows
            .iter()
            .chain(&table.total)
            .flat_map(|row| &row.cells)
            .flat_map(|cell| std::iter::once(&cell.text).chain(&cell.notes))
            .collect(),
        Block::Timeline(days) => days
            .iter()
            .flat_map(|day| &day.moments)
            .flat_map(|moment| [&moment.clock, &moment.what, &moment.source, &moment.lost])
            .collect(),
        Block::Pictures(_) => Vec::new(),
    }
}

#[test]
fn every_row_and_paragraph_of_a_page_is_on_paper() {
    let bare = |text: &str| -> String { printable(text).split_whitespace().collect() };
    for (name, page) in pages() {
        laid_out(&page, Paper::A4, |laid, _| {
            let items = laid.sheets.iter().flat_map(|sheet| &sheet.items);
            let told = items.filter(|item| !is_repeated(item)).map(line_of);
            let all = bare(&told.collect::<Vec<_>>().join(" "));
            let blocks = page.sections.iter().flat_map(|section| &section.blocks);
            for text in blocks.flat_map(texts).chain([&page.foot]) {
                assert!(all.contains(&bare(&text.plain())), "{name}: {text:?}");
            }
            assert!(all.contains(&bare(&page.title)), "{name}");
        });
    }
}

#[test]
fn no_label_of_a_chart_is_wider_on_paper_than_it_is_taken_to_be() {
    let fonts = Fonts::new();
    for (name, page) in pages() {
        let blocks = page.sections.iter().flat_map(|section| &section.blocks);
        let pictures = blocks.filter_map(|block| match block {
            Block::Pictures(pictures) => Some(pictures),
            _ => None,
        });
        let drawings = pictures.flatten().map(|one| &one.drawings[0]);
        for label in drawings.flat_map(|one| crate::chart::frame::labels(&one.marks)) {
            let size = Pt(i32::from(label.face.size) * 1_000);
            let face = if label.face.bold {
                Face::Bold
            } else {
                Face::Text
            };
            let voice = Voice {
                face,
                size,
                leading: size,
                ink: (0, 0, 0),
            };
            let text = crate::escape::visible(&label.text);
            // Three pixels more, for I and J have serifs here; axes leave more than that between months.
            let taken = Pt(crate::chart::text::width(&text, label.face).0 * 1_000 + 3_000);
            assert!(width(&text, voice, &fonts) <= taken, "{name}: {text}");
        }
    }
}
