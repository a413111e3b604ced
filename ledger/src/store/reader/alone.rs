//! Single series: what is kept of their days, and their entries one series after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::view::View;
use super::{Reader, Snapshot};
use crate::attempt::Attempt;
use crate::calendar;
use crate::name::Name;
use crate::record::Agent;
use crate::run::Series;
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::planned::Planned;
use crate::store::table::agents::{self, AgentRow};
use crate::store::table::days::{self, Months};
use crate::store::table::entries::{self, SeriesId};
use crate::store::table::glance;
use crate::store::{Kept, Place, StoreError, Sums};
use crate::time::{Interval, Timestamp};

/// Below this many series one thread is done before others have begun.
const FEW: usize = 256;
/// How many series a thread takes at a time.
const HANDFUL: usize = 16;

/// A series, and of which time its entries are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Who looked.
    pub agent: Name,
    /// Through what.
    pub probe: Name,
    /// When.
    pub period: Interval,
}

/// Attempts that no row tells of yet, by probe.
type Unfolded = BTreeMap<Name, Vec<Attempt>>;

impl Reader {
    /// What is kept of each series by the terms with this hash, inside a period that begins with a month of `zone`.
    ///
    /// Series of which nothing is kept are among them; platform checks, which cannot count, are not where they are known.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn kept(
        &self,
        (hash, zone): (&str, &str),
        period: Interval,
    ) -> Result<Vec<Kept>, StoreError> {
        let mut kept = Vec::new();
        for view in self.bare_views() {
            let found = view.kept_days((hash, zone), period);
            kept.extend(found.map_err(|fault| fault.at(view.place))?);
        }
        kept.sort_by(|a, b| (&a.agent, &a.probe).cmp(&(&b.agent, &b.probe)));
        Ok(kept)
    }

    /// Gives the place and the entries of each of `wanted` to `work`, and returns what it makes of them, in the same order.
    ///
    /// Many are read on as many threads as there are processors. The entries say all that decides a state, and nothing else.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn each<T: Send>(
        &self,
        wanted: &[Wanted],
        work: impl Fn(usize, &Series) -> T + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let mut done: BTreeMap<usize, T> = BTreeMap::new();
        for file in &self.files {
            for row in &file.agents {
                let own = wanted.iter().enumerate();
                let own: Vec<(usize, &Wanted)> =
                    own.filter(|(_, one)| one.agent == row.agent.name).collect();
                if !own.is_empty() {
                    done.extend(file.each(row, &own, &work)?);
                }
            }
        }
        Ok(done.into_values().collect())
    }
}

/// What the threads share.
struct Job<'a> {
    place: &'a Place,
    /// Under this name they all see the same instant, if the database can do that.
    snapshot: Option<String>,
    row: &'a AgentRow,
    planned: &'a Planned,
    places: BTreeMap<Name, i64>,
    unfolded: Unfolded,
    wanted: &'a [(usize, &'a Wanted)],
    next: AtomicUsize,
}

impl Snapshot {
    fn each<T: Send>(
        &self,
        row: &AgentRow,
        wanted: &[(usize, &Wanted)],
        work: &(impl Fn(usize, &Series) -> T + Sync),
    ) -> Result<Vec<(usize, T)>, StoreError> {
        let fault = |fault: Fault| fault.at(&self.place);
        let planned = self.planned()?;
        let mut unfolded = Unfolded::new();
        if let Some(view) = self.views().find(|view| view.row.id == row.id) {
            for attempt in view.unfolded().map_err(fault)? {
                let own = unfolded.entry(attempt.probe.clone()).or_default();
                own.push(attempt);
            }
        }
        let few = wanted.len() < FEW;
        let snapshot = if few {
            None
        } else {
            self.db.share_snapshot().map_err(fault)?
        };
        let job = Job {
            place: &self.place,
            snapshot,
            row,
            planned,
            places: agents::probes(&self.db).map_err(fault)?,
            unfolded,
            wanted,
            next: AtomicUsize::new(0),
        };
        let more = if few {
            0
        } else {
            std::thread::available_parallelism().map_or(0, |all| all.get().min(8) - 1)
        };
        let mut done = std::thread::scope(|scope| {
            let helpers: Vec<_> = (0..more)
                .map(|_| {
                    scope.spawn(|| {
                        // Perhaps a snapshot of its own: each series comes whole from one of them.
                        let db = Db::open_to_read(job.place)?;
                        let begun = db.join_snapshot(job.snapshot.as_deref());
                        begun.map_err(|fault| fault.at(job.place))?;
                        job.work(&db, work)
                    })
                })
                .collect();
            let mut done = job.work(&self.db, work)?;
            for helper in helpers {
                match helper.join() {
                    Ok(found) => done.extend(found?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok::<_, StoreError>(done)
        })?;
        done.sort_by_key(|(place, _)| *place);
        Ok(done)
    }
}

impl Job<'_> {
    fn work<T>(
        &self,
        db: &Db,
        work: &impl Fn(usize, &Series) -> T,
    ) -> Result<Vec<(usize, T)>, StoreError> {
        let view = View {
            place: self.place,
            db,
            row: self.row,
            planned: self.planned,
        };
        let mut done = Vec::new();
        loop {
            let from = self.next.fetch_add(HANDFUL, Ordering::Relaxed);
            let Some(rest) = self.wanted.get(from..).filter(|rest| !rest.is_empty()) else {
                return Ok(done);
            };
            for (place, wanted) in &rest[..HANDFUL.min(rest.len())] {
                let unfolded = self
                    .unfolded
                    .get(&wanted.probe)
                    .map_or(&[][..], Vec::as_slice);
                let Some(probe) = self.places.get(&wanted.probe) else {
                    continue;
                };
                let series = view.glance((&wanted.probe, *probe), unfolded, wanted.period);
                let series = series.map_err(|fault| fault.at(self.place))?;
                done.push((*place, work(*place, &series)));
            }
        }
    }
}

impl View<'_> {
    /// One series, without what decides nothing; whole if something in it is held.
    pub(in crate::store) fn glance(
        &self,
        (probe, place): (&Name, i64),
        unfolded: &[Attempt],
        period: Interval,
    ) -> Result<Series, Fault> {
        let id = self.id(place);
        let settled = |db: &Db, id: SeriesId, window: Interval| {
            let seen = glance::ticks_within(db, id, window)?;
            seen.map_or_else(|| entries::ticks_within(db, id, window), Ok)
        };
        Ok(Series {
            agent: self.row.agent.name.clone(),
            region: self.row.agent.region.clone(),
            probe: probe.clone(),
            entries: self.entries_by(id, (probe, unfolded), period, settled)?,
        })
    }

    fn kept_days(&self, (hash, zone): (&str, &str), period: Interval) -> Result<Vec<Kept>, Fault> {
        let names = agents::probes(self.db)?;
        let mut until: BTreeMap<i64, Timestamp> = BTreeMap::new();
        let mut sums: BTreeMap<i64, Sums> = BTreeMap::new();
        let (months, end) = months(zone, period)?;
        if let Some(terms) = days::place(self.db, hash)? {
            let place = (terms, self.row.id);
            until = days::until(self.db, place)?;
            days::add_up(self.db, place, months, &mut sums)?;
        }
        let mut observed: BTreeSet<i64> = entries::observed(self.db, self.row.id)?;
        for attempt in self.unfolded()? {
            observed.extend(names.get(&attempt.probe));
        }
        let named = names
            .into_iter()
            .filter(|(_, place)| observed.contains(place));
        let kept = named.filter_map(|(probe, place)| {
            let until = until.get(&place).copied().unwrap_or(Timestamp(i64::MIN));
            (until != Timestamp(i64::MAX)).then(|| Kept {
                agent: Agent::clone(&self.row.agent),
                probe,
                until: until.min(end),
                settled: until,
                sums: sums.get(&place).copied(),
            })
        });
        Ok(kept.collect())
    }
}

/// The months of a period that may be kept, and where what is kept of them ends at the latest.
fn months(zone: &str, period: Interval) -> Result<(Months, Timestamp), Fault> {
    let [day, month] = calendar::around(zone, period.end).map_err(|error| Fault::Row {
        table: "day",
        what: error.to_string(),
    })?;
    let whole = Months {
        begin: period,
        cut: None,
    };
    if month.start == period.end {
        return Ok((whole, period.end));
    }
    let days = calendar::days(zone, Interval::new(month.start, day.end));
    let first = days
        .ok()
        .and_then(|days| days.last()?.date.day().try_into().ok());
    let cut = Some((month.start, first.unwrap_or(1)));
    Ok((Months { cut, ..whole }, day.start))
}
