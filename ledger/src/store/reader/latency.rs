//! Latency distributions of a period.

use std::collections::BTreeSet;

use super::view::View;
use crate::histogram::{Distribution, Key, Measure, Open, View as Seen};
use crate::name::Name;
use crate::record::Agent;
use crate::store::error::Fault;
use crate::store::folding;
use crate::store::sqlite::latencies::Wanted;
use crate::store::sqlite::{agents, latencies};
use crate::time::Interval;

/// Which distributions are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyQuery {
    /// UTC hours that begin inside.
    pub hours: Interval,
    /// The probes; empty means all.
    pub probes: BTreeSet<Name>,
    /// The regions; empty means all.
    pub regions: BTreeSet<Name>,
    /// Which attempts.
    pub view: Seen,
    /// Leave the phases out: only [`Measure::Total`] is wanted.
    pub total_only: bool,
}

/// One distribution of one agent; merge those that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    /// Who measured.
    pub agent: Agent,
    /// What, when.
    pub key: Key,
    /// The latencies.
    pub distribution: Distribution,
}

impl LatencyQuery {
    /// Everything that succeeded in these hours.
    pub fn success(hours: Interval) -> Self {
        Self {
            hours,
            probes: BTreeSet::new(),
            regions: BTreeSet::new(),
            view: Seen::Success,
            total_only: false,
        }
    }

    pub(super) fn wants_agent(&self, agent: &Agent) -> bool {
        self.regions.is_empty() || self.regions.contains(&agent.region)
    }

    fn wants(&self, key: &Key) -> bool {
        key.view == self.view
            && self.hours.contains(key.hour)
            && (!self.total_only || key.measure == Measure::Total)
            && self.wants_probe(&key.probe)
    }

    fn wants_probe(&self, probe: &Name) -> bool {
        self.probes.is_empty() || self.probes.contains(probe)
    }
}

impl View<'_> {
    pub(super) fn latency(&self, query: &LatencyQuery) -> Result<Vec<Latency>, Fault> {
        let mut open = Open::new();
        for attempt in self.unfolded()? {
            folding::record(&mut open, &attempt, self.planned);
        }
        let wanted = Wanted {
            hours: query.hours,
            view: query.view,
            total_only: query.total_only,
        };
        for (probe, place) in agents::probes(self.connection)? {
            if query.wants_probe(&probe) {
                for (key, distribution) in
                    latencies::within(self.connection, self.id(place), &probe, wanted)?
                {
                    open.entry(key).or_default().merge(&distribution);
                }
            }
        }
        open.retain(|key, _| query.wants(key));
        let latency = |(key, distribution)| Latency {
            agent: self.row.agent.clone(),
            key,
            distribution,
        };
        Ok(open.into_iter().map(latency).collect())
    }
}
