//! Which columns the day table has, and how wide they are: all of them where the terminal has room, fewer where it has not.

use std::fmt::Write as _;

use super::style::{PLAIN, RED, YELLOW};
use super::table::Row;
use crate::terminal::{self, Width, columns};

/// Between two columns.
const GAP: usize = 2;

/// The columns of one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// A column for days that have not 24 h; it is there only if one has not.
    pub(super) lengths: bool,
    /// A column for what downtime may be at least and at most, instead of a line below.
    pub(super) bounds: bool,
    /// A column for excluded time; if there is any.
    pub(super) excluded: bool,
    wide: Wide,
}

/// How wide the columns are.
#[derive(Clone, Copy, Debug)]
struct Wide {
    length: usize,
    down: usize,
    bounds: usize,
    excluded: usize,
    unknown: usize,
}

const DAY: usize = 14;
const AVAILABLE: usize = 9;
const OUTAGES: usize = 7;

impl Layout {
    /// The roomiest layout that fits.
    pub(super) fn of(head: &Row, rows: &[Row], width: Width) -> Self {
        let widest = |of: fn(&Row) -> &str| {
            let all = rows.iter().chain([head]).map(|row| columns(of(row)));
            all.max().unwrap_or(0)
        };
        let tight = Wide {
            length: widest(|row| &row.length),
            down: widest(|row| &row.down),
            bounds: widest(|row| &row.bounds),
            excluded: widest(|row| &row.excluded),
            unknown: widest(|row| &row.unknown),
        };
        // Roomier than most tables need, so that tables of several periods look alike.
        let roomy = Wide {
            down: tight.down.max(15),
            excluded: tight.excluded.max(10),
            unknown: tight.unknown.max(16),
            ..tight
        };
        let lengths = rows.iter().any(|row| !row.length.is_empty());
        let excluded = rows.iter().any(Row::has_exclusion);
        let bounds = rows.iter().any(|row| !row.bounds.is_empty());
        let layout = |bounds, lengths, excluded, wide| Self {
            lengths,
            bounds,
            excluded,
            wide,
        };
        let tries = [
            layout(bounds, lengths, excluded, roomy),
            layout(false, lengths, excluded, roomy),
            layout(false, lengths, excluded, tight),
            layout(false, lengths, false, tight),
        ];
        let fits = tries
            .into_iter()
            .find(|one| one.columns() <= width.columns());
        fits.unwrap_or(layout(false, false, false, tight))
    }

    fn columns(&self) -> usize {
        let wide = self.wide;
        let optional = [
            (self.lengths, wide.length),
            (self.bounds, wide.bounds),
            (self.excluded, wide.excluded),
        ];
        let optional = optional.iter().filter(|(there, _)| *there);
        let optional: usize = optional.map(|(_, wide)| wide + GAP).sum();
        let always = [wide.down, wide.unknown, AVAILABLE, OUTAGES];
        DAY + optional + always.iter().map(|wide| wide + GAP).sum::<usize>()
    }

    /// Where notes below a row begin: under its downtime.
    pub(super) const fn indent(&self) -> usize {
        let length = if self.lengths {
            self.wide.length + GAP
        } else {
            0
        };
        DAY + GAP + length
    }

    /// A row, in an ink.
    pub(super) fn line(&self, row: &Row, ink: &str) -> String {
        let wide = self.wide;
        let red = if row.is_down { RED } else { ink };
        let yellow = if row.is_unknown { YELLOW } else { ink };
        let cells = [
            (self.lengths, &row.length, wide.length, ink),
            (true, &row.down, wide.down, red),
            (self.bounds, &row.bounds, wide.bounds, ink),
            (self.excluded, &row.excluded, wide.excluded, ink),
            (true, &row.unknown, wide.unknown, yellow),
        ];
        let mut line = format!("{ink}{}{PLAIN}", terminal::left(&row.day, DAY));
        for (_, words, wide, ink) in cells.into_iter().filter(|(there, ..)| *there) {
            let _ = write!(line, "  {ink}{}{PLAIN}", terminal::left(words, wide));
        }
        let last = [(&row.availability, AVAILABLE), (&row.incidents, OUTAGES)];
        for (words, wide) in last {
            let _ = write!(line, "  {ink}{}{PLAIN}", terminal::right(words, wide));
        }
        line + "\n"
    }
}
