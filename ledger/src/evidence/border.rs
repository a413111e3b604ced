//! The border between the layers: what customers use becomes service series, all else platform series.

use std::collections::BTreeMap;

use super::Track;
use crate::name::Name;
use crate::plan::{Plan, Probe, Subject};
use crate::record::Record;
use crate::run::Entry;
use crate::schedule::Schedule;
use crate::time::{Interval, Millis, Timestamp};

/// Why a record cannot be read: it speaks of things that its plans do not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// An entry was made under a plan version that the record does not hold.
    #[error("agent {agent} used plan {version:08x}, which the record does not hold")]
    UnknownPlan {
        /// The agent.
        agent: Name,
        /// The missing version.
        version: u32,
    },
    /// A plan has no probe of an entry's name.
    #[error("plan {version:08x} has no probe {probe}, which agent {agent} recorded under it")]
    UnknownProbe {
        /// The agent.
        agent: Name,
        /// The plan version.
        version: u32,
        /// The missing probe.
        probe: Name,
    },
}

/// Who looks, and from where: what decides whether a contract counts a tick.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whence {
    /// The region.
    pub region: Name,
    /// The persona.
    pub persona: Name,
}

/// What one agent saw through one probe of the service layer. Only [`split`] makes one.
#[derive(Clone, Debug)]
pub struct ServiceSeries<'r> {
    pub(super) track: Track,
    pub(super) region: &'r Name,
    pub(super) agent: &'r Name,
    pub(super) rows: Vec<Row<'r>>,
}

/// What one agent saw through one platform probe: early warning. It cannot become a [`super::Stream`].
#[derive(Clone, Debug)]
pub struct PlatformSeries<'r> {
    /// The probe.
    pub probe: &'r Name,
    /// Where the agent runs.
    pub region: &'r Name,
    /// Oldest first, without duplicates.
    pub entries: Vec<&'r Entry>,
}

impl ServiceSeries<'_> {
    /// What it looks at.
    pub fn track(&self) -> &Track {
        &self.track
    }

    /// From where.
    pub fn region(&self) -> &Name {
        self.region
    }

    /// Who looks, and from where.
    pub(super) fn whence(&self) -> Whence {
        Whence {
            region: self.region.clone(),
            persona: self.track.persona.clone(),
        }
    }
}

/// An entry with the probe that it was planned by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    pub(super) entry: &'r Entry,
    pub(super) schedule: &'r Schedule,
}

impl ServiceSeries<'_> {
    /// How many of its ticks were planned for `now` or later.
    pub(super) fn ticks_from(&self, now: Timestamp) -> u64 {
        let late = self.rows.iter().map(|row| match row.entry {
            Entry::Tick(tick) => u64::from(tick.tick >= now),
            Entry::Run(run) if run.last_tick < now => 0,
            Entry::Run(run) => {
                let end = run.last_tick + Millis(1);
                let late = Interval::new(run.first_tick.max(now), end);
                row.schedule.count_within(late)
            }
        });
        late.sum()
    }
}

/// Parts the layers of a record, each sorted and without duplicates.
///
/// # Errors
/// [`EvidenceError`] if an entry's plan or probe is not in the record.
pub fn split(
    record: &Record,
) -> Result<(Vec<ServiceSeries<'_>>, Vec<PlatformSeries<'_>>), EvidenceError> {
    split_of(record, |_| true)
}

/// As [`split`], of those series whose place in the record is wanted.
///
/// # Errors
/// As [`split`], of the wanted series.
pub fn split_of(
    record: &Record,
    wanted: impl Fn(usize) -> bool,
) -> Result<(Vec<ServiceSeries<'_>>, Vec<PlatformSeries<'_>>), EvidenceError> {
    let mut service: BTreeMap<(Track, &Name, &Name), Vec<Row<'_>>> = BTreeMap::new();
    let mut platform: BTreeMap<(&Name, &Name, &Name), Vec<Row<'_>>> = BTreeMap::new();
    let all = record.series.iter().enumerate();
    for (_, series) in all.filter(|(place, _)| wanted(*place)) {
        let mut known: Option<(u32, &Probe)> = None;
        for entry in &series.entries {
            let version = entry.plan();
            let probe = match known {
                Some((same, probe)) if same == version => probe,
                _ => find(record, &series.agent, version, &series.probe)?,
            };
            known = Some((version, probe));
            let row = Row {
                entry,
                schedule: &probe.schedule,
            };
            match Track::of(probe) {
                Some(track) => {
                    let key = (track, &series.region, &series.agent);
                    service.entry(key).or_default().push(row);
                }
                None => {
                    let key = (&series.probe, &series.region, &series.agent);
                    platform.entry(key).or_default().push(row);
                }
            }
        }
    }
    let service = service.into_iter().map(|((track, region, agent), rows)| {
        let rows = in_order(rows);
        ServiceSeries {
            track,
            region,
            agent,
            rows,
        }
    });
    let platform = platform
        .into_iter()
        .map(|((probe, region, _), rows)| PlatformSeries {
            probe,
            region,
            entries: in_order(rows).into_iter().map(|row| row.entry).collect(),
        });
    Ok((service.collect(), platform.collect()))
}

impl Track {
    /// What a probe of the service layer looks at; `None` for a platform check.
    pub(super) fn of(probe: &Probe) -> Option<Self> {
        match &probe.subject {
            Subject::Journey { persona, .. } => Some(Self {
                persona: persona.clone(),
                session: probe.is_session(),
                probe: probe.name.clone(),
            }),
            Subject::Platform(_) => None,
        }
    }
}

fn find<'r>(
    record: &'r Record,
    agent: &Name,
    version: u32,
    probe: &Name,
) -> Result<&'r Probe, EvidenceError> {
    let plan: &Plan = record
        .plans
        .get(&version)
        .ok_or_else(|| EvidenceError::UnknownPlan {
            agent: agent.clone(),
            version,
        })?;
    plan.probe(probe)
        .ok_or_else(|| EvidenceError::UnknownProbe {
            agent: agent.clone(),
            version,
            probe: probe.clone(),
        })
}

/// The ticks of the service layer that `period` has planned, for each persona in each region: by the newest plan of each series.
pub fn planned(series: &[ServiceSeries<'_>], period: Interval) -> BTreeMap<Whence, u64> {
    let mut planned: BTreeMap<Whence, u64> = BTreeMap::new();
    for one in series {
        if let Some(newest) = one.rows.last() {
            *planned.entry(one.whence()).or_default() += newest.schedule.count_within(period);
        }
    }
    planned
}

/// Sorts rows by tick and drops repeated ones: a tick of one agent and probe counts once, however often it came.
pub(super) fn in_order(mut rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    rows.sort_by_key(Row::key);
    rows.dedup_by_key(|row| row.identity());
    rows
}

impl Row<'_> {
    /// The base spacing *T*.
    pub(super) fn spacing(&self) -> Millis {
        self.schedule.spacing()
    }

    /// Order by time; of two copies of a run, the longer comes first.
    fn key(&self) -> (i64, bool, i64, u64) {
        match self.entry {
            Entry::Run(run) => (run.first_tick.0, false, -run.last_tick.0, 0),
            Entry::Tick(tick) => (tick.tick.0, tick.fast, 0, tick.sequence),
        }
    }

    fn identity(&self) -> (i64, bool) {
        match self.entry {
            Entry::Run(run) => (run.first_tick.0, false),
            Entry::Tick(tick) => (tick.tick.0, tick.fast),
        }
    }
}
