//! Hours, days and months of several zones from one count: an hour is cut where a day of any zone begins in it (zones
//! half an hour off do that), and every longer slice is a union of such cells.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar;
use crate::histogram::{Open, Sheet, Slice, Span, hour_of};
use crate::name::Name;
use crate::time::{Interval, Timestamp};

/// Whose distributions, in which zone, and over what.
pub(super) type Place<'a> = (Name, &'a str, Slice);

/// The cells of some zones. Zones that are not in the time zone database have none.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    zones: &'a BTreeSet<String>,
    last: Option<Interval>,
}

impl<'a> Cells<'a> {
    pub(super) const fn new(zones: &'a BTreeSet<String>) -> Self {
        Self { zones, last: None }
    }

    /// The cell in which an instant lies.
    pub(super) fn of(&mut self, at: Timestamp) -> Slice {
        let cell = match self.last {
            Some(last) if last.contains(at) => last,
            _ => self.around(at),
        };
        self.last = Some(cell);
        Slice {
            span: Span::Hour,
            start: cell.start,
        }
    }

    /// The distributions of whole hours (of UTC), days and months (of each zone), from those of cells.
    pub(super) fn spread(&self, cells: &Open) -> BTreeMap<Place<'a>, Sheet> {
        let mut slices: BTreeMap<Timestamp, Vec<(&'a str, Slice)>> = BTreeMap::new();
        let mut spread: BTreeMap<Place<'a>, Sheet> = BTreeMap::new();
        for (cell, distribution) in cells {
            let start = cell.slice.start;
            for (zone, slice) in slices.entry(start).or_insert_with(|| self.slices(start)) {
                let place = (cell.probe.clone(), *zone, *slice);
                let sheet = spread.entry(place).or_default();
                sheet.add(&cell.measure, cell.view, distribution);
            }
        }
        spread
    }

    fn around(&self, at: Timestamp) -> Interval {
        let days = self.zones.iter().filter_map(|zone| {
            let [day, _] = calendar::around(zone, at).ok()?;
            Some(day)
        });
        days.fold(hour_of(at), |cell, day| cell.intersect(day).unwrap_or(cell))
    }

    fn slices(&self, at: Timestamp) -> Vec<(&'a str, Slice)> {
        let mut slices = vec![("UTC", Slice::hour_of(at))];
        for zone in self.zones {
            if let Ok([day, month]) = calendar::around(zone, at) {
                for (span, whole) in [(Span::Day, day), (Span::Month, month)] {
                    let start = whole.start;
                    slices.push((zone, Slice { span, start }));
                }
            }
        }
        slices
    }
}
