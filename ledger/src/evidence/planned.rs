//! What should have been looked at, and when: a track that nobody looked at is unknown, one not planned is nothing.

use std::collections::BTreeMap;

use super::Track;
use crate::name::Name;
use crate::plan::Plan;
use crate::record::Record;
use crate::run::Entry;
use crate::time::{Interval, Intervals, Timestamp};

/// When and where a track is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// The regions; `None` means all.
    pub regions: Option<Vec<Name>>,
    /// The time.
    pub within: Intervals,
}

/// Under which plan each agent looked, and from when on.
///
/// A plan of an agent holds from the first entry made under it to the first one made under the next; the first holds
/// from the beginning, the last to the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used(Vec<Vec<(Timestamp, u32)>>);

impl Used {
    /// The plans that the agents of a record looked by.
    pub fn of(record: &Record) -> Self {
        let mut first_used: BTreeMap<(&Name, u32), Timestamp> = BTreeMap::new();
        for series in &record.series {
            for entries in series.entries.chunk_by(|a, b| a.plan() == b.plan()) {
                let Some(earliest) = entries.iter().map(Entry::tick).min() else {
                    continue;
                };
                let key = (&series.agent, entries[0].plan());
                let at = first_used.entry(key).or_insert(earliest);
                *at = earliest.min(*at);
            }
        }
        let mut by_agent: BTreeMap<&Name, Vec<(Timestamp, u32)>> = BTreeMap::new();
        for ((agent, version), at) in first_used {
            by_agent.entry(agent).or_default().push((at, version));
        }
        let mut agents: Vec<Vec<(Timestamp, u32)>> = by_agent.into_values().collect();
        agents
            .iter_mut()
            .for_each(|versions| versions.sort_unstable());
        Self(agents)
    }

    /// The service tracks that these plans ask for inside `span`.
    pub fn tracks(&self, plans: &BTreeMap<u32, Plan>, span: Interval) -> BTreeMap<Track, Planned> {
        let mut tracks = BTreeMap::new();
        for versions in &self.0 {
            for (index, (from, version)) in versions.iter().enumerate() {
                let start = if index == 0 { span.start } else { *from };
                let end = versions.get(index + 1).map_or(span.end, |(next, _)| *next);
                if let Some(plan) = plans.get(version) {
                    add(&mut tracks, plan, Interval::new(start, end));
                }
            }
        }
        tracks
    }
}

fn add(tracks: &mut BTreeMap<Track, Planned>, plan: &Plan, within: Interval) {
    let within = Intervals::from_iter([within]);
    for probe in &plan.probes {
        let Some(track) = Track::of(probe) else {
            continue;
        };
        let regions = (!probe.regions.is_empty()).then(|| probe.regions.clone());
        let new = Planned {
            regions,
            within: within.clone(),
        };
        let planned = match tracks.remove(&track) {
            Some(known) => known.or(new),
            None => new,
        };
        tracks.insert(track, planned);
    }
}

impl Planned {
    /// Planned by either.
    fn or(self, other: Self) -> Self {
        let both = self.regions.zip(other.regions);
        Self {
            regions: both.map(|(mut regions, others)| {
                regions.extend(others);
                regions.sort();
                regions.dedup();
                regions
            }),
            within: self.within.union(&other.within),
        }
    }

    /// Whether it is planned in `region`.
    pub fn is_in(&self, region: &Name) -> bool {
        let regions = self.regions.as_ref();
        regions.is_none_or(|regions| regions.contains(region))
    }
}
