//! Each kind of block as strips.

use super::item::{Item, Part, Parts, Role, Strip, Tint};
use super::style;
use super::table;
use super::words::{Line, lines};
use crate::chart::{Format, frame};
use crate::report::page::{Block, Fact, Section};
use crate::report::pictures::Picture;
use crate::text::Text;
use crate::typeset::font::Fonts;
use crate::typeset::{Pt, Voice};

/// A page in the making.
pub(super) struct Desk<'f> {
    pub(super) fonts: &'f Fonts,
    pub(super) parts: Parts,
    /// How wide the report is.
    pub(super) room: Pt,
    /// How high a sheet of it is.
    pub(super) high: Pt,
    /// How wide it is on a sheet that lies on its side.
    pub(super) broad: Pt,
}

/// Text that is set: where from the left, how wide at most, and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) left: Pt,
    pub(super) room: Pt,
    pub(super) voice: Voice,
    pub(super) part: Part,
}

/// A line across.
pub(super) fn rule<'p>(wide: Pt, thick: Pt, tint: Tint) -> Strip<'p> {
    Strip {
        high: thick,
        items: vec![Item::Fill(((Pt::ZERO, Pt::ZERO), (wide, thick)), tint)],
        ..Strip::default()
    }
}

impl Setting {
    pub(super) const fn new(room: Pt, voice: Voice, part: Part) -> Self {
        Self {
            left: Pt::ZERO,
            room,
            voice,
            part,
        }
    }
}

impl Desk<'_> {
    pub(super) fn heading<'p>(
        &mut self,
        section: &Section,
        (part, voice): (Part, Voice),
        room: Pt,
    ) -> Vec<Strip<'p>> {
        let role = Role::Heading(2, section.heading.plain());
        let own = self.parts.add(role, Some(part));
        let mut lines = self.set(&section.heading, Setting::new(room, voice, own));
        if let Some(first) = lines.first_mut() {
            first.before = Pt::tenths(50);
        }
        lines
    }

    pub(super) fn block<'p>(&mut self, block: &'p Block, within: Part) -> Vec<Strip<'p>> {
        match block {
            Block::Lead(words) => self.paragraph(words, style::LEAD, within),
            Block::Words(words) => self.paragraph(words, style::BODY, within),
            Block::Nothing(words) => self.paragraph(words, style::NOTHING, within),
            Block::Facts(facts) => self.facts(facts, within),
            Block::Terms(terms) => self.terms(terms, within),
            Block::List(points) => self.points(points, within),
            Block::Table(one) => table::strips(one, None, (self, within)),
            Block::Timeline(days) => {
                let tables = days.iter().map(table::of_day);
                let tables =
                    tables.map(|day| table::strips(&day, Some(table::OF_DAY), (self, within)));
                tables.flatten().collect()
            }
            Block::Pictures(pictures) => pictures
                .iter()
                .map(|one| self.picture(one, within))
                .collect(),
        }
    }

    /// Lines of text as strips, of which the first two and the last two stay together.
    pub(super) fn set<'p>(&self, text: &Text, setting: Setting) -> Vec<Strip<'p>> {
        let lines = lines(text, setting.room, setting.voice, self.fonts);
        let last = lines.len().saturating_sub(1);
        let strips = lines.into_iter().enumerate().map(|(index, line)| Strip {
            high: setting.voice.leading,
            items: vec![words(line, setting)],
            keep: index < last && (index == 0 || index + 2 > last),
            ..Strip::default()
        });
        strips.collect()
    }

    fn paragraph<'p>(&mut self, text: &Text, voice: Voice, within: Part) -> Vec<Strip<'p>> {
        let part = self.parts.add(Role::Paragraph, Some(within));
        let room = self.room.min(style::MEASURE);
        let mut strips = self.set(text, Setting::new(room, voice, part));
        if let Some(first) = strips.first_mut() {
            first.before = Pt::tenths(60);
        }
        strips
    }

    /// A label with its words to the right of it.
    pub(super) fn beside<'p>(
        &mut self,
        fact: &Fact,
        left: Pt,
        (list, voice): (Part, Voice),
    ) -> Strip<'p> {
        let [label, body] = self.entry(list);
        let name = self.set(&fact.label, Setting::new(left, voice, label));
        let setting = Setting {
            left,
            room: self.room - left,
            voice,
            part: body,
        };
        let mut whole = Strip::joined(self.set(&fact.value, setting));
        let name = Strip::joined(name);
        whole.high = whole.high.max(name.high);
        whole.items.splice(0..0, name.items);
        whole
    }

    fn entry(&mut self, list: Part) -> [Part; 2] {
        let entry = self.parts.add(Role::Entry, Some(list));
        [Role::Label, Role::Body].map(|role| self.parts.add(role, Some(entry)))
    }

    /// Figures side by side, as many as there is room for.
    fn facts<'p>(&mut self, facts: &[Fact], within: Part) -> Vec<Strip<'p>> {
        const GAP: Pt = Pt(14_000);
        let list = self.parts.add(Role::List, Some(within));
        let columns = if facts.len() > 4 {
            4
        } else {
            facts.len().clamp(1, 3)
        };
        let count = i32::try_from(columns).unwrap_or(1);
        let wide = (self.room - GAP * (count - 1)).share(1, count);
        let mut strips: Vec<Strip<'_>> = Vec::new();
        for row in facts.chunks(columns) {
            let mut whole = Strip {
                before: Pt::tenths(110),
                ..Strip::default()
            };
            for (fact, column) in row.iter().zip(0..) {
                let cell = self.fact(fact, wide, list);
                whole.high = whole.high.max(cell.high);
                let left = (wide + GAP) * column;
                let items = cell.items.into_iter();
                whole
                    .items
                    .extend(items.map(|item| item.moved((left, Pt::ZERO))));
            }
            strips.push(whole);
        }
        let last = strips.len().saturating_sub(1);
        for strip in strips.iter_mut().take(last) {
            strip.keep = true;
        }
        strips
    }

    fn fact<'p>(&mut self, fact: &Fact, wide: Pt, list: Part) -> Strip<'p> {
        let [label, body] = self.entry(list);
        let mut strips = vec![rule(wide, style::HAIR, style::LINE)];
        let mut own = self.set(&fact.label, Setting::new(wide, style::LABEL, label));
        if let Some(first) = own.first_mut() {
            first.before = Pt::tenths(20);
        }
        strips.extend(own);
        strips.extend(self.set(&fact.value, Setting::new(wide, style::FIGURE, body)));
        strips.extend(self.set(&fact.note, Setting::new(wide, style::NOTE, body)));
        Strip::joined(strips)
    }

    /// Terms, each with its explanation on the same sheet as far as two lines of it.
    fn terms<'p>(&mut self, terms: &[Fact], within: Part) -> Vec<Strip<'p>> {
        let list = self.parts.add(Role::List, Some(within));
        let room = self.room.min(style::MEASURE);
        let mut strips = Vec::new();
        for term in terms {
            let [label, body] = self.entry(list);
            let mut name = self.set(&term.label, Setting::new(room, style::TERM, label));
            if let Some(first) = name.first_mut() {
                first.before = Pt::tenths(65);
            }
            strips.extend(name.into_iter().map(Strip::kept));
            strips.extend(self.set(&term.value, Setting::new(room, style::BODY, body)));
        }
        strips
    }

    fn points<'p>(&mut self, points: &[Text], within: Part) -> Vec<Strip<'p>> {
        const INDENT: Pt = Pt(12_000);
        let list = self.parts.add(Role::List, Some(within));
        let room = self.room.min(style::MEASURE) - INDENT;
        let mut strips = Vec::new();
        for point in points {
            let [label, body] = self.entry(list);
            let mark = self.set(&"•".into(), Setting::new(INDENT, style::BODY, label));
            let setting = Setting {
                left: INDENT,
                room,
                voice: style::BODY,
                part: body,
            };
            let mut lines = self.set(point, setting);
            if let Some(first) = lines.first_mut() {
                first.before = Pt::tenths(40);
                first
                    .items
                    .splice(0..0, mark.into_iter().flat_map(|one| one.items));
            }
            strips.extend(lines);
        }
        strips
    }

    /// A chart with its words below, which may become a little smaller to fit.
    fn picture<'p>(&mut self, picture: &'p Picture, within: Part) -> Strip<'p> {
        let drawing = picture.drawing(Format::Broad);
        let landscape = picture.broad.is_some();
        let room = if landscape { self.broad } else { self.room };
        let figure = Role::Figure(format!("{}. {}", drawing.title, drawing.desc));
        let part = self.parts.add(figure, Some(within));
        let under = self.parts.add(Role::Caption, Some(part));
        // The free space at the edges of a drawing lies outside of the room, so that chart and text begin alike.
        let inner = drawing.width.0 - 2 * frame::MARGIN.0;
        let wide = room.share(drawing.width.0, inner);
        // No chart is higher than a sheet with some words below it.
        let most = self.high.share(9, 10);
        let high = wide.share(drawing.height.0, drawing.width.0);
        let wide = match high > most {
            true => most.share(drawing.width.0, drawing.height.0),
            false => wide,
        };
        let chart = Strip {
            high: high.min(most),
            items: vec![Item::Chart {
                at: ((room - wide).share(1, 2), Pt::ZERO),
                wide,
                drawing,
                part,
            }],
            ..Strip::default()
        };
        let room = self.room.min(style::MEASURE);
        let words = self.set(
            &drawing.desc.as_str().into(),
            Setting::new(room, style::UNDER, under),
        );
        let mut whole = Strip::joined([vec![chart], words].concat());
        whole.before = Pt::tenths(120);
        whole.least = if landscape { 0 } else { 84 };
        whole.landscape = landscape;
        whole
    }
}

/// A line on its base: letters stand in the middle of the room that a line has.
pub(super) fn words<'p>(line: Line, setting: Setting) -> Item<'p> {
    Item::Words {
        at: (setting.left, base(setting.voice)),
        voice: setting.voice,
        line,
        part: Some(setting.part),
    }
}

/// How far below the top of its line a base is.
pub(super) fn base(voice: Voice) -> Pt {
    (voice.leading - voice.size).share(1, 2) + voice.size.share(80, 100)
}
