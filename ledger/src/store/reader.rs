//! Reading one or several records as they are now, while their agents write.

mod alone;
mod anew;
mod audit;
mod check;
mod cover;
mod exhibits;
mod head;
mod latency;
mod shipping;
mod singles;
mod view;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::db::Db;
use super::error::Fault;
use super::planned::Planned;
use super::table::agents::{self, AgentRow};
use super::table::registry;
use super::{Place, StoreError};
use crate::attempt::Attempt;
use crate::contract::Contract;
use crate::name::Name;
use crate::plan::Plan;
use crate::record::{Agent, Record};
use crate::time::{Interval, Intervals, Timestamp};

pub use alone::Wanted;
pub use anew::{Anew, Extract, LoginTimes};
pub use audit::Audited;
pub use exhibits::Evidence;
pub use head::Head;
pub use latency::{Latency, LatencyQuery};
pub(super) use singles::take_out;
pub(super) use view::View;

/// One snapshot of each of several records, taken when it was opened.
#[derive(Debug)]
pub struct Reader {
    files: Vec<Snapshot>,
}

/// What is known of the plans before they are read.
static UNREAD: Planned = Planned::unread();

/// A file or database as it was at one instant.
#[derive(Debug)]
struct Snapshot {
    place: Place,
    db: Db,
    agents: Vec<AgentRow>,
    /// Read when it is needed: of ten thousand probes it takes longer than a month of sums.
    planned: OnceCell<Planned>,
}

impl Reader {
    /// Opens files and databases read-only. An agent that stands in two of them is read from the one that knows more.
    ///
    /// # Errors
    /// [`StoreError`] if one is missing, foreign, newer or damaged, or if two disagree about an agent.
    pub fn open<P: Clone + Into<Place>>(places: &[P]) -> Result<Self, StoreError> {
        let places = places.iter().cloned().map(Into::into);
        let files: Result<Vec<Snapshot>, StoreError> = places.map(Snapshot::open).collect();
        let mut reader = Self { files: files? };
        reader.drop_copies()?;
        Ok(reader)
    }

    /// What the engine needs to judge `period`: every entry with evidence or a tick inside.
    ///
    /// The caller widens the period by what it needs around it (see [`Record`]). Near trouble of others quiet ticks are
    /// single, so that the engine says to the millisecond what it would say of all attempts.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn record(&self, period: Interval) -> Result<Record, StoreError> {
        self.record_with(period, &Intervals::default())
    }

    /// As [`Self::record`], with the quiet ticks of all service probes single within `near`, too.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn record_with(&self, period: Interval, near: &Intervals) -> Result<Record, StoreError> {
        let views: Vec<View<'_>> = self.views()?.collect();
        let mut record = Record::default();
        for file in &self.files {
            record.plans.extend(file.planned()?.plans().clone());
        }
        let mut read = Vec::new();
        for (at, view) in views.iter().enumerate() {
            record.agents.push(view.row.agent.clone());
            let series = view.series(period).map_err(|fault| fault.at(view.place))?;
            read.extend(series.into_iter().map(|series| (at, series)));
        }
        record.interpolated = take_out(&views, &mut read, near)?;
        record.series = read.into_iter().map(|(_, series)| series).collect();
        record.agents.sort();
        record
            .series
            .sort_by(|a, b| (&a.agent, &a.probe).cmp(&(&b.agent, &b.probe)));
        Ok(record)
    }

    /// Latency distributions, in the order of agent, probe, measure, view and time. See [`LatencyQuery`].
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn latency(&self, query: &LatencyQuery) -> Result<Vec<Latency>, StoreError> {
        for view in self.bare_views() {
            if view
                .needs_attempts(query)
                .map_err(|fault| fault.at(view.place))?
            {
                self.read_plans()?;
            }
        }
        let mut found = Vec::new();
        for view in self.bare_views() {
            if query.wants_agent(&view.row.agent) {
                found.extend(view.latency(query).map_err(|fault| fault.at(view.place))?);
            }
        }
        found.sort_by(|a, b| (&a.agent, &a.key).cmp(&(&b.agent, &b.key)));
        Ok(found)
    }

    /// The single attempts through `probe` whose tick lies in `window`, each with its agent, in the order of ticks.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn attempts(
        &self,
        probe: &Name,
        window: Interval,
    ) -> Result<Vec<(Agent, Attempt)>, StoreError> {
        let mut found = Vec::new();
        for view in self.bare_views() {
            let attempts = view
                .attempts(window)
                .map_err(|fault| fault.at(view.place))?;
            let wanted = attempts
                .into_iter()
                .filter(|attempt| attempt.probe == *probe);
            found.extend(wanted.map(|attempt| (view.row.agent.clone(), attempt)));
        }
        found.sort_by(|a, b| (a.1.tick, &a.0, a.1.sequence).cmp(&(b.1.tick, &b.0, b.1.sequence)));
        Ok(found)
    }

    /// From the first tick in any file to just after the last; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn extent(&self) -> Result<Option<Interval>, StoreError> {
        let mut whole: Option<Interval> = None;
        for view in self.bare_views() {
            if let Some(part) = view.extent().map_err(|fault| fault.at(view.place))? {
                let known = whole.unwrap_or(part);
                whole = Some(Interval::new(
                    known.start.min(part.start),
                    known.end.max(part.end),
                ));
            }
        }
        Ok(whole)
    }

    /// The agents met, by name.
    pub fn agents(&self) -> Vec<Agent> {
        let rows = self.files.iter().flat_map(|file| &file.agents);
        let mut agents: Vec<Agent> = rows.map(|row| row.agent.clone()).collect();
        agents.sort();
        agents
    }

    /// The plan by which a hub judges, or else the version under which the newest attempt of all was made, or else any; `None` if
    /// there is none. What agents say to have planned decides nothing where a hub has a plan of its own.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn latest_plan(&self) -> Result<Option<u32>, StoreError> {
        for file in &self.files {
            let own = registry::hub_plan(&file.db).map_err(|fault| fault.at(&file.place))?;
            if own.is_some() {
                return Ok(own);
            }
        }
        let mut latest: Option<(Timestamp, u32)> = None;
        for view in self.bare_views() {
            let found = view.latest_plan().map_err(|fault| fault.at(view.place))?;
            latest = latest.max(found);
        }
        let any = self.contracts()?.into_keys().next();
        Ok(latest.map(|(_, plan)| plan).or(any))
    }

    /// All plan versions.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn plans(&self) -> Result<BTreeMap<u32, &Plan>, StoreError> {
        let mut plans = BTreeMap::new();
        for file in &self.files {
            let planned = file.planned()?.plans().iter();
            plans.extend(planned.map(|(version, plan)| (*version, plan)));
        }
        Ok(plans)
    }

    /// The contracts of all plan versions; nothing else of the plans is read.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn contracts(&self) -> Result<BTreeMap<u32, Vec<Contract>>, StoreError> {
        let mut contracts = BTreeMap::new();
        for file in &self.files {
            let found = agents::contracts(&file.db).map_err(|fault| fault.at(&file.place))?;
            contracts.extend(found);
        }
        Ok(contracts)
    }

    fn views(&self) -> Result<impl Iterator<Item = View<'_>>, StoreError> {
        self.read_plans()?;
        Ok(self.bare_views())
    }

    fn read_plans(&self) -> Result<(), StoreError> {
        let mut files = self.files.iter();
        files.try_for_each(|file| file.planned().map(drop))
    }

    /// The agents, without what was planned unless it was read already.
    fn bare_views(&self) -> impl Iterator<Item = View<'_>> {
        self.files.iter().flat_map(Snapshot::views)
    }

    /// Leaves each agent in the file that has most of it, if the others say the same as far as they go.
    fn drop_copies(&mut self) -> Result<(), StoreError> {
        let mut best: BTreeMap<Name, (usize, u64)> = BTreeMap::new();
        for at in 0..self.files.len() {
            for view in self.files[at].views() {
                let name = view.row.agent.name.clone();
                let last = view.last_sequence().map_err(|fault| fault.at(view.place))?;
                let Some((other, known)) = best.get(&name).copied() else {
                    best.insert(name, (at, last));
                    continue;
                };
                let rival = self.files[other]
                    .views()
                    .find(|rival| rival.row.agent.name == name);
                if let Some(rival) = rival {
                    let (longer, shorter) = if last > known {
                        (&view, &rival)
                    } else {
                        (&rival, &view)
                    };
                    longer.must_continue(shorter)?;
                }
                if last > known {
                    best.insert(name, (at, last));
                }
            }
        }
        for (at, file) in self.files.iter_mut().enumerate() {
            file.agents.retain(|row| {
                best.get(&row.agent.name)
                    .is_some_and(|(kept, _)| *kept == at)
            });
        }
        Ok(())
    }
}

impl Snapshot {
    fn open(place: Place) -> Result<Self, StoreError> {
        let db = Db::open_to_read(&place)?;
        let read = || -> Result<_, Fault> {
            // The first query after it fixes what all later ones see.
            db.begin_snapshot()?;
            agents::all(&db)
        };
        let agents = read().map_err(|fault| fault.at(&place))?;
        Ok(Self {
            place,
            db,
            agents,
            planned: OnceCell::new(),
        })
    }

    fn planned(&self) -> Result<&Planned, StoreError> {
        if let Some(planned) = self.planned.get() {
            return Ok(planned);
        }
        let plans = agents::plans(&self.db, None).map_err(|fault| fault.at(&self.place))?;
        Ok(self.planned.get_or_init(|| Planned::new(plans)))
    }

    fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.agents.iter().map(|row| View {
            place: &self.place,
            db: &self.db,
            row,
            planned: self.planned.get().unwrap_or(&UNREAD),
        })
    }
}

#[cfg(test)]
mod tests;
