//! Title, sections and the box of the verdict as strips.

use super::desk::{Desk, Setting, rule};
use super::item::{Item, Role, Strip, Tint};
use super::style;
use crate::report::page::{Page, Section};
use crate::typeset::Pt;

/// The whole page as strips, with its structure.
pub(super) fn strips<'p>(page: &'p Page, desk: &mut Desk<'_>) -> Vec<Strip<'p>> {
    let mut strips = head(page, desk);
    for section in &page.sections {
        let mut own = match section.verdict {
            "" => plain(section, desk),
            _ => vec![verdict(section, desk)],
        };
        // The page of method is one page where it can be: readers take it out.
        if let Some(first) = own.first_mut().filter(|_| section.id == "method") {
            first.wish = Pt::ZERO;
            let high: Pt = own.iter().map(|strip| strip.before + strip.high).sum();
            if let Some(first) = own.first_mut() {
                first.wish = high;
            }
        }
        strips.extend(own);
    }
    strips.extend(foot(page, desk));
    strips
}

fn head<'p>(page: &Page, desk: &mut Desk<'_>) -> Vec<Strip<'p>> {
    let section = desk.parts.add(Role::Section, None);
    let room = desk.room;
    let mut whole = Vec::new();
    let kicker = desk.parts.add(Role::Paragraph, Some(section));
    whole.extend(desk.set(
        &page.kicker.as_str().into(),
        Setting::new(room, style::KICKER, kicker),
    ));
    let title = Role::Heading(1, page.title.clone());
    let title = desk.parts.add(title, Some(section));
    whole.extend(desk.set(
        &page.title.as_str().into(),
        Setting::new(room, style::TITLE, title),
    ));
    let list = desk.parts.add(Role::List, Some(section));
    let labels = page.head.iter().map(|fact| {
        let text = fact.label.plain();
        crate::typeset::run::width(&text, style::HEAD, desk.fonts)
    });
    let left = labels.max().unwrap_or(Pt::ZERO) + Pt::tenths(100);
    for (index, fact) in page.head.iter().enumerate() {
        let mut strip = desk.beside(fact, left, (list, style::HEAD));
        strip.before = if index == 0 {
            Pt::tenths(60)
        } else {
            Pt::tenths(5)
        };
        whole.push(strip);
    }
    vec![Strip::joined(whole).kept()]
}

fn foot<'p>(page: &Page, desk: &mut Desk<'_>) -> Vec<Strip<'p>> {
    let section = desk.parts.add(Role::Section, None);
    let part = desk.parts.add(Role::Paragraph, Some(section));
    let mut lines = desk.set(&page.foot, Setting::new(desk.room, style::FOOT, part));
    if let Some(first) = lines.first_mut() {
        first.before = Pt::tenths(60);
    }
    let lines = Strip::joined(lines);
    let mut rule = rule(desk.room, style::HAIR, style::LINE);
    rule.before = Pt::tenths(160);
    vec![Strip::joined(vec![rule, lines])]
}

/// A section with a line above its heading.
fn plain<'p>(section: &'p Section, desk: &mut Desk<'_>) -> Vec<Strip<'p>> {
    let part = desk.parts.add(Role::Section, None);
    let mut heading = vec![rule(desk.room, style::THICK, style::TEXT)];
    heading.extend(desk.heading(section, (part, style::HEADING), desk.room));
    let mut heading = Strip::joined(heading).kept();
    heading.before = Pt::tenths(220);
    heading.mark = Some(section.heading.plain());
    let mut strips = vec![heading];
    for block in &section.blocks {
        strips.extend(desk.block(block, part));
    }
    strips
}

/// The box of the verdict: a bar at its left says by its colour what the word says.
fn verdict<'p>(section: &'p Section, desk: &mut Desk<'_>) -> Strip<'p> {
    const BAR: Pt = Pt(7_000);
    const INSIDE: Pt = Pt(12_000);
    let part = desk.parts.add(Role::Section, None);
    let whole = desk.room;
    desk.room = whole - BAR - INSIDE * 2;
    let mut strips = desk.heading(section, (part, style::VERDICT), desk.room);
    for block in &section.blocks {
        strips.extend(desk.block(block, part));
    }
    desk.room = whole;
    let inner = Strip::joined(strips);
    let high = inner.high + INSIDE * 2;
    let bar = match section.verdict {
        "met" => style::UP,
        "missed" => style::DOWN,
        _ => style::QUIET,
    };
    let fill = |from: (Pt, Pt), to: (Pt, Pt), tint: Tint| Item::Fill((from, to), tint);
    let corner = (Pt::ZERO, Pt::ZERO);
    let mut items = vec![
        fill(corner, (whole, high), style::LINE),
        fill(
            (style::HAIR, style::HAIR),
            (whole - style::HAIR, high - style::HAIR),
            style::PANEL,
        ),
        fill(corner, (BAR, high), bar),
    ];
    if bar == style::QUIET {
        // Neither met nor missed: two bars instead of one.
        let (left, right) = (BAR.share(1, 3), BAR.share(2, 3));
        items.push(fill((left, Pt::ZERO), (right, high), style::PANEL));
    }
    let words = inner.items.into_iter();
    items.extend(words.map(|item| item.moved((BAR + INSIDE, INSIDE - Pt::tenths(20)))));
    Strip {
        high,
        before: Pt::tenths(140),
        items,
        mark: Some(section.heading.plain()),
        ..Strip::default()
    }
}
