//! Tables as strips: a row is one strip, and its head is repeated on further sheets.

use std::rc::Rc;

use super::desk::{Desk, Setting, base, rule, words};
use super::item::{Item, Part, Role, Strip, Tint};
use super::style::{self, OfTable};
use super::words::{Line, lines, widths};
use crate::report::page::{Cell, Episode, Row, Table};
use crate::text::Text;
use crate::typeset::{Pt, Voice};

/// Widths of columns that are the same in several tables: of the first and of the last one.
pub(super) type Ends = [Pt; 2];

/// Of the days of a timeline.
pub(super) const OF_DAY: Ends = [Pt(52_000), Pt(104_000)];

/// Between two columns.
const GAP: Pt = Pt(12_000);
/// Above and below the words of a row.
const AIR: Pt = Pt(1_700);
/// Small words in a column of figures are no wider than this if that can be helped.
const NOTE: Pt = Pt(120_000);

/// A table of so many rows stays on one sheet.
const SHORT: usize = 6;

/// What all rows of a table have in common.
struct Grid<'t> {
    table: &'t Table,
    voices: OfTable,
    /// Left and right edge of each column.
    columns: Vec<(Pt, Pt)>,
    room: Pt,
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heads,
    Plain,
    /// Something was wrong.
    Trouble,
    Total,
}

/// A day of a timeline as a table, as in HTML.
pub(super) fn of_day(day: &Episode) -> Table {
    let rows = day.moments.iter().map(|moment| {
        Row::new([
            Cell::new(moment.clock.clone()),
            Cell::new(moment.what.clone()).note(moment.source.clone()),
            Cell::new(moment.lost.clone()),
        ])
    });
    Table {
        caption: day.day.clone(),
        heads: vec!["Time", "What happened*", "Down"],
        rows: rows.collect(),
        total: None,
    }
}

/// Caption, head, rows and total; nothing without rows.
pub(super) fn strips<'p>(
    table: &Table,
    ends: Option<Ends>,
    (desk, within): (&mut Desk<'_>, Part),
) -> Vec<Strip<'p>> {
    if table.rows.is_empty() {
        return Vec::new();
    }
    let part = desk.parts.add(Role::Table, Some(within));
    let mut strips = caption(table, (desk, part));
    let grid = Grid::new(table, ends, desk);
    let group = desk.parts.add(Role::Heads, Some(part));
    let heads: Vec<Cell> = table
        .heads
        .iter()
        .map(|head| Cell::new(head.trim_end_matches('*')))
        .collect();
    let line = (style::THIN, style::TEXT);
    let head = grid.ruled(&Row::new(heads), (Kind::Heads, group), (desk, line));
    strips.push(Strip {
        heads: true,
        keep: true,
        ..head.clone()
    });
    let head = Rc::new(head);
    let body = desk.parts.add(Role::Rows, Some(part));
    let last = table.rows.len() - 1;
    for (index, row) in table.rows.iter().enumerate() {
        let kind = if row.trouble {
            Kind::Trouble
        } else {
            Kind::Plain
        };
        let line = (style::HAIR, style::LINE);
        let mut strip = grid.ruled(row, (kind, body), (desk, line));
        strip.head = Some(Rc::clone(&head));
        // A short table is not parted. Of a long one the first two rows stay together and the last two, the last one with
        // the total.
        strip.keep = index < last && (last < SHORT || index == 0 || index + 1 == last)
            || index == last && table.total.is_some();
        strips.push(strip);
    }
    if let Some(total) = &table.total {
        let part = desk.parts.add(Role::Totals, Some(part));
        let mut strip = grid.total(total, (Kind::Total, part), desk);
        strip.head = Some(head);
        strips.push(strip);
    }
    strips
}

fn caption<'p>(table: &Table, (desk, part): (&mut Desk<'_>, Part)) -> Vec<Strip<'p>> {
    let caption = desk.parts.add(Role::Caption, Some(part));
    let setting = Setting::new(desk.room, style::CAPTION, caption);
    let lines = desk.set(&table.caption, setting);
    let mut whole = Strip::joined(lines).kept();
    whole.before = Pt::tenths(130);
    whole.high += Pt::tenths(15);
    vec![whole]
}

impl<'t> Grid<'t> {
    fn new(table: &'t Table, ends: Option<Ends>, desk: &Desk<'_>) -> Self {
        let count = i32::try_from(table.heads.len()).unwrap_or(1);
        let room = desk.room - GAP * (count - 1).max(0);
        let of = |size: &i32| {
            let voices = OfTable::of(*size);
            let wishes = wishes(table, voices, desk);
            (voices, wishes)
        };
        let fits = |found: &(OfTable, Vec<(Pt, Pt)>)| {
            found.1.iter().map(|(least, _)| *least).sum::<Pt>() <= room
        };
        let mut all = OfTable::SIZES.iter().map(of);
        let smallest = OfTable::SIZES[OfTable::SIZES.len() - 1];
        let (voices, wishes) = all.find(fits).unwrap_or_else(|| of(&smallest));
        let widths = match ends {
            Some([first, last]) => vec![first, room - first - last, last],
            None => spread(&wishes, room),
        };
        let mut left = Pt::ZERO;
        let mut columns = Vec::new();
        for width in widths {
            columns.push((left, left + width));
            left += width + GAP;
        }
        Self {
            table,
            voices,
            columns,
            room: desk.room,
        }
    }

    /// A row with a line below it.
    fn ruled<'p>(
        &self,
        row: &Row,
        kind: (Kind, Part),
        (desk, (thick, tint)): (&mut Desk<'_>, (Pt, Tint)),
    ) -> Strip<'p> {
        let mut strip = self.row(row, kind, desk);
        let below = strip.high;
        strip.items.push(Item::Fill(
            ((Pt::ZERO, below), (self.room, below + thick)),
            tint,
        ));
        strip.high += thick;
        strip
    }

    /// The total: a line above it, and bold.
    fn total<'p>(&self, row: &Row, kind: (Kind, Part), desk: &mut Desk<'_>) -> Strip<'p> {
        let own = self.row(row, kind, desk);
        let above = rule(self.room, style::THIN, style::TEXT);
        Strip::joined(vec![above, own])
    }

    fn row<'p>(&self, row: &Row, (kind, group): (Kind, Part), desk: &mut Desk<'_>) -> Strip<'p> {
        let part = desk.parts.add(Role::Row, Some(group));
        let mut whole = Strip::default();
        let cells: Vec<(Strip<'p>, Pt)> = self
            .columns
            .iter()
            .enumerate()
            .map(|(column, edges)| {
                let empty = Cell::default();
                let cell = row.cells.get(column).unwrap_or(&empty);
                let role = match (kind, column) {
                    (Kind::Heads, _) => Role::ColumnHead,
                    (_, 0) => Role::RowHead,
                    _ => Role::Cell,
                };
                let part = desk.parts.add(role, Some(part));
                let place = Place {
                    column,
                    edges: *edges,
                    kind,
                    part,
                };
                (self.cell(cell, place, desk), edges.0)
            })
            .collect();
        let high = cells.iter().map(|(cell, _)| cell.high).max();
        let high = high.unwrap_or(Pt::ZERO);
        for (cell, left) in cells {
            // Heads stand on the line below them.
            let down = match kind {
                Kind::Heads => high - cell.high,
                _ => Pt::ZERO,
            };
            let items = cell.items.into_iter();
            whole
                .items
                .extend(items.map(|item| item.moved((left, down + AIR))));
        }
        whole.high = high + AIR * 2;
        whole
    }

    fn cell<'p>(&self, cell: &Cell, place: Place, desk: &Desk<'_>) -> Strip<'p> {
        let mut whole = Strip::default();
        let voice = self.voice(cell, place);
        self.lines(&cell.text, (voice, place), desk, &mut whole);
        for note in &cell.notes {
            self.lines(note, (self.voices.note, place), desk, &mut whole);
        }
        if whole.items.is_empty() {
            // An empty cell is a cell, too, for who hears the table.
            let setting = Setting::new(Pt::ZERO, voice, place.part);
            whole.items.push(words(Line::default(), setting));
            whole.high = voice.leading;
        }
        whole
    }

    fn lines(
        &self,
        text: &Text,
        (voice, place): (Voice, Place),
        desk: &Desk<'_>,
        whole: &mut Strip<'_>,
    ) {
        let wide = place.edges.1 - place.edges.0;
        let left = place.column == 0 || self.table.is_words(place.column);
        for line in lines(text, wide, voice, desk.fonts) {
            let indent = if left { Pt::ZERO } else { wide - line.width };
            whole.items.push(Item::Words {
                at: (indent, whole.high + base(voice)),
                voice,
                line,
                part: Some(place.part),
            });
            whole.high += voice.leading;
        }
    }

    fn voice(&self, cell: &Cell, place: Place) -> Voice {
        let (strong, cells) = (self.voices.strong, self.voices.cell);
        let plain = cell.text.plain();
        let nothing = plain == "0\u{a0}s" || plain == "100.000\u{a0}%";
        let tinted = |ink, voice| Voice { ink, ..voice };
        match place.kind {
            Kind::Heads => self.voices.head,
            Kind::Total => strong,
            Kind::Trouble if place.column == 0 => strong,
            Kind::Trouble if cell.down => tinted(style::DOWN, strong),
            _ if nothing => tinted(style::QUIET, cells),
            _ => cells,
        }
    }
}

/// Where a cell is.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    edges: (Pt, Pt),
    kind: Kind,
    part: Part,
}

/// The least width of each column and the one that it would like to have.
fn wishes(table: &Table, voices: OfTable, desk: &Desk<'_>) -> Vec<(Pt, Pt)> {
    let of = |column: usize| {
        let head = table.heads.get(column).copied().unwrap_or("");
        let head = Text::from(head.trim_end_matches('*'));
        let (least, _) = widths(&head, voices.head, desk.fonts);
        let mut wish = (least, least);
        let words = table.is_words(column);
        let rows = table.rows.iter().chain(&table.total);
        for cell in rows.filter_map(|row| row.cells.get(column)) {
            let (word, line) = widths(&cell.text, voices.strong, desk.fonts);
            wish.0 = wish.0.max(if words { word } else { line.min(NOTE) });
            wish.1 = wish.1.max(line);
            for note in &cell.notes {
                let (word, line) = widths(note, voices.note, desk.fonts);
                wish.0 = wish.0.max(word);
                wish.1 = wish.1.max(if words { line } else { line.min(NOTE) });
            }
        }
        (wish.0, wish.1.max(wish.0))
    };
    (0..table.heads.len()).map(of).collect()
}

/// Widths that fill `room`: what each column would like where there is room for it, else more than its least in proportion.
fn spread(wishes: &[(Pt, Pt)], room: Pt) -> Vec<Pt> {
    let least: Pt = wishes.iter().map(|(least, _)| *least).sum();
    let liked: Pt = wishes.iter().map(|(_, liked)| *liked).sum();
    let count = i32::try_from(wishes.len().max(1)).unwrap_or(1);
    let all = wishes.iter();
    if least > room {
        return all.map(|(own, _)| own.share(room.0, least.0)).collect();
    }
    if liked <= room {
        let more = (room - liked).share(1, count);
        return all.map(|(_, own)| *own + more).collect();
    }
    let over = liked - least;
    all.map(|(own, liked)| *own + (*liked - *own).share((room - least).0, over.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_room_and_no_more() {
        let pt = |points: i32| Pt(points * 1_000);
        for (wishes, expected) in [
            ([(10, 20), (10, 40)], [40, 60]),
            ([(10, 20), (50, 180)], [12, 87]),
            ([(100, 100), (100, 300)], [50, 50]),
        ] {
            let wishes = wishes.map(|(least, liked)| (pt(least), pt(liked)));
            let widths = spread(&wishes, pt(100));
            assert!(widths.iter().copied().sum::<Pt>() <= pt(100));
            let whole: Vec<i32> = widths.iter().map(|width| width.0 / 1_000).collect();
            assert_eq!(whole, expected, "{wishes:?}");
        }
    }
}
