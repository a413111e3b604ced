//! Which days, and is there a pattern of weekdays? One cell a day in rows of weeks, a grid for each month.

use jiff::civil::{Date, Weekday};
use ledger::time::Millis;

use super::class::{Class, OfDay};
use super::frame::{Frame, Swatch};
use super::palette::Ink;
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene};
use crate::locale;
use crate::text::Text;
use crate::words;

/// The sizes of a grid.
#[derive(Clone, Copy, Debug)]
struct Grid {
    /// Where its first cell begins.
    origin: (Px, Px),
    /// Width and height of a cell.
    cell: (Px, Px),
    /// Whether figures are written into cells.
    large: bool,
    /// The day of its first column.
    first: Weekday,
}

/// A single month large, with its figures; more of them small beside each other.
pub fn draw(days: &[OfDay], scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let months: Vec<&[OfDay]> = days
        .chunk_by(|a, b| a.date.first_of_month() == b.date.first_of_month())
        .collect();
    let top = frame.top() + Px(4);
    let first = locale::first_of_week(scene.zone.locale());
    let bottom = match months[..] {
        [] => top,
        [month] => {
            let width = Px((frame.right() - frame.left()).0 / 7);
            let height = match format {
                Format::Wide | Format::Broad => Px(46),
                Format::Narrow => Px(42),
            };
            let grid = Grid {
                origin: (frame.left(), top + Px(16)),
                cell: (width, height),
                large: true,
                first,
            };
            weekdays(&mut frame, &grid);
            paint(&mut frame, month, &grid)
        }
        _ => year(&mut frame, &months, (format, top, first)),
    };
    let bottom = key(&mut frame, days, (months.len() == 1, bottom + Px(20)));
    frame.close(bottom)
}

/// Months beside each other, as many as there is room for.
fn year(frame: &mut Frame, months: &[&[OfDay]], (format, top, first): (Format, Px, Weekday)) -> Px {
    let (columns, cell) = match format {
        Format::Wide | Format::Broad => (4, Px(23)),
        Format::Narrow => (2, Px(19)),
    };
    let pitch = Px((frame.right() - frame.left()).0 / columns);
    let (mut y, mut lowest) = (top, top);
    let mut x = frame.left();
    for (index, month) in months.iter().enumerate() {
        if index > 0 && index.is_multiple_of(usize::try_from(columns).unwrap_or(1)) {
            (x, y) = (frame.left(), lowest + Px(24));
        }
        let name = month
            .first()
            .map(|day| day.date.strftime("%b %Y").to_string());
        let label = Label::scale((x, y), Anchor::Start, name.unwrap_or_default());
        frame.label(label.face(Face::BOLD));
        let grid = Grid {
            origin: (x, y + Px(12)),
            cell: (cell, Px(18)),
            large: false,
            first,
        };
        lowest = lowest.max(paint(frame, month, &grid));
        x = x + pitch;
    }
    lowest
}

fn weekdays(frame: &mut Frame, grid: &Grid) {
    for (day, column) in grid.first.cycle_forward().zip(0..7) {
        let name = short(day);
        let x = grid.origin.0 + Px(grid.cell.0.0 * column + grid.cell.0.0 / 2);
        let label = Label::new((x, grid.origin.1 - Px(12)), Anchor::Middle, name);
        frame.label(label.ink(Ink::Quiet));
    }
}

/// The cells of one month; gives its lower edge.
fn paint(frame: &mut Frame, month: &[OfDay], grid: &Grid) -> Px {
    let mut bottom = grid.origin.1;
    for day in month {
        let area = place(day.date, grid);
        bottom = bottom.max(area.bottom);
        cell(frame, day, (area, grid.large));
        if grid.large {
            figures(frame, day, area);
        }
    }
    bottom
}

const fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

/// The first day of the locale's week in the first column, weeks down the page.
fn place(date: Date, grid: &Grid) -> Area {
    let column = i32::from(date.weekday().since(grid.first));
    let lead = i32::from(date.first_of_month().weekday().since(grid.first));
    let row = (i32::from(date.day()) - 1 + lead) / 7;
    let (width, height) = grid.cell;
    let at = (
        grid.origin.0 + Px(width.0 * column),
        grid.origin.1 + Px(height.0 * row),
    );
    Area::new(at, (at.0 + width - Px(2), at.1 + height - Px(2)))
}

/// Filled by its class: whole where its figure is written in, else as high as it is bad. Hatched from the right by its
/// share of unknown time; empty without evidence.
fn cell(frame: &mut Frame, day: &OfDay, (area, large): (Area, bool)) {
    match day.class() {
        Some(class) if large => frame.mark(Mark::Fill(area, class.ink())),
        Some(class) => {
            class.paint(frame, area);
        }
        None => {}
    }
    let hidden = day.share(day.unknown, area.right - area.left);
    if hidden > Px(0) {
        let left = area.right - hidden;
        frame.state(Area { left, ..area }, Ink::Unknown);
    }
    if day.excluded >= day.interval.length() {
        frame.excluded(area);
    }
    frame.mark(Mark::Outline(area, Ink::Outline));
}

/// The day of the month, the downtime, and the length of a day that is not of 24 h.
fn figures(frame: &mut Frame, day: &OfDay, area: Area) {
    let room = area.right - area.left - Px(6);
    let number = day.date.day().to_string();
    let top = area.top + Px(9);
    let number = Label::scale((area.left + Px(4), top), Anchor::Start, number).face(Face::SMALL);
    let ink = day.class().map_or(Ink::Text, Class::words_ink);
    let free = area.right - number.area().right - Px(8);
    frame.label(number.ink(ink));
    let whole = Millis::from_mins(24 * 60);
    let odd = day.day_length != whole && day.day_length > Millis::ZERO;
    let length = words::duration(day.day_length);
    if odd && text::width(&length, Face::SMALL) <= free {
        let said = Text::figure(length, &*day.length_at);
        let label = Label::said((area.right - Px(4), top), Anchor::End, said);
        frame.label(label.face(Face::SMALL).ink(ink));
    }
    if day.down > Millis::ZERO {
        // Where the length does not fit, as on telephones, it is written like a clock.
        let minutes = (day.down.0 + 30_000).div_euclid(60_000);
        let short = format!("{}:{:02}", minutes / 60, minutes % 60);
        let ways = [
            (words::rounded(day.down), Face::BOLD),
            (words::rounded(day.down), Face::SMALL),
            (short, Face::BOLD),
        ];
        let mut fitting = ways
            .into_iter()
            .filter(|(words, face)| text::width(words, *face) <= room);
        if let Some((words, face)) = fitting.next() {
            let middle = Px(i32::midpoint(area.left.0, area.right.0));
            let said = Text::figure(words, &*day.down_at);
            let label = Label::said((middle, area.bottom - Px(10)), Anchor::Middle, said);
            frame.label(label.face(face).ink(ink));
        }
    }
}

fn key(frame: &mut Frame, days: &[OfDay], (large, top): (bool, Px)) -> Px {
    let swatch = |class: Class| match large {
        true => Swatch::State(class.ink()),
        false => Swatch::Class(class),
    };
    let mut entries: Vec<(Swatch, &str)> = Class::ALL
        .into_iter()
        .filter(|class| days.iter().any(|day| day.class() == Some(*class)))
        .map(|class| (swatch(class), class.words()))
        .collect();
    if days.iter().any(|day| day.unknown > Millis::ZERO) {
        entries.push((Swatch::State(Ink::Unknown), "nobody could look (?)"));
    }
    if days.iter().any(|day| day.excluded >= day.interval.length()) {
        entries.push((Swatch::Excluded, "excluded (M)"));
    }
    frame.key(&entries, top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_as_the_locale_says_and_a_month_on_its_own_weekday() {
        let monday = [(1, 5, 0), (2, 6, 0), (3, 0, 1), (16, 6, 2), (31, 0, 5)];
        let sunday = [(1, 6, 0), (2, 0, 1), (3, 1, 1), (16, 0, 3), (31, 1, 5)];
        for (first, places) in [(Weekday::Monday, monday), (Weekday::Sunday, sunday)] {
            let grid = Grid {
                origin: (Px(0), Px(0)),
                cell: (Px(10), Px(10)),
                large: false,
                first,
            };
            for (day, column, row) in places {
                let area = place(jiff::civil::date(2018, 12, day), &grid);
                let found = (area.left, area.top);
                assert_eq!(found, (Px(column * 10), Px(row * 10)), "{day}, {first:?}");
            }
        }
    }
}
