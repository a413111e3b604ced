//! Hours, days and months of several zones from one count: an hour is cut where a day of any zone begins in it (zones
//! half an hour off do that), and every longer slice is a union of such cells.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar;
use crate::histogram::{Distribution, Measure, Measured, Sheet, Slice, Span, View, hour_of};
use crate::phases::Micros;
use crate::time::{Interval, Timestamp};

/// In which zone, and over what.
pub(super) type Place<'a> = (&'a str, Slice);

/// What was measured of one series in one cell, one by one: sorted once, they are a distribution.
#[derive(Debug, Default)]
pub(super) struct Heard {
    of: Vec<(Measure, View, Vec<Micros>)>,
    /// Where the next one is looked for first: each attempt tells the same as the one before, in the same order.
    next: usize,
}

impl Heard {
    pub(super) fn push(&mut self, measured: Measured<'_>, view: View, latency: Micros) {
        let is =
            |(known, seen, _): &(Measure, View, Vec<Micros>)| *seen == view && measured.is(known);
        let place = match self.of.get(self.next) {
            Some(next) if is(next) => Some(self.next),
            _ => self.of.iter().position(is),
        };
        let place = place.unwrap_or_else(|| {
            self.of.push((measured.into(), view, Vec::new()));
            self.of.len() - 1
        });
        self.of[place].2.push(latency);
        self.next = (place + 1) % self.of.len();
    }
}

/// The cells of some zones. Zones that are not in the time zone database have none.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    zones: &'a BTreeSet<String>,
    last: Option<Interval>,
    /// Which slices those cells are part of that were asked for.
    slices: BTreeMap<Timestamp, Vec<Place<'a>>>,
}

impl<'a> Cells<'a> {
    pub(super) const fn new(zones: &'a BTreeSet<String>) -> Self {
        Self {
            zones,
            last: None,
            slices: BTreeMap::new(),
        }
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

    /// What a series comes to in whole hours (of UTC), days and months (of each zone), from what was heard in cells.
    pub(super) fn spread(
        &mut self,
        cells: BTreeMap<Timestamp, Heard>,
    ) -> BTreeMap<Place<'a>, Sheet> {
        let mut spread: BTreeMap<Place<'a>, Sheet> = BTreeMap::new();
        for (start, heard) in cells {
            if !self.slices.contains_key(&start) {
                self.slices.insert(start, self.slices(start));
            }
            let places = self.slices.get(&start).map_or(&[][..], Vec::as_slice);
            for (measure, view, latencies) in heard.of {
                let distribution: Distribution = latencies.into_iter().collect();
                for place in places {
                    let sheet = spread.entry(*place).or_default();
                    sheet.add(&measure, view, &distribution);
                }
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

    fn slices(&self, at: Timestamp) -> Vec<Place<'a>> {
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
