//! What the plan versions of a file say about each probe.

use std::collections::{BTreeMap, BTreeSet};

use crate::histogram::Pace;
use crate::name::Name;
use crate::plan::Plan;
use crate::run::{Grid, Grids};
use crate::schedule::Schedule;
use crate::time::Millis;

/// All plan versions, with the grid and pace of each probe worked out once and equal schedules shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned {
    plans: BTreeMap<u32, Plan>,
    grids: BTreeMap<Name, Grids>,
    paces: BTreeMap<Name, BTreeMap<u32, Pace>>,
    zones: BTreeSet<String>,
    schedules: BTreeMap<String, Schedule>,
}

static NONE: Grids = Grids::new();

impl Planned {
    /// Nothing.
    pub(super) const fn unread() -> Self {
        Self {
            plans: BTreeMap::new(),
            grids: BTreeMap::new(),
            paces: BTreeMap::new(),
            zones: BTreeSet::new(),
            schedules: BTreeMap::new(),
        }
    }

    pub(super) fn new(plans: BTreeMap<u32, Plan>) -> Self {
        let mut planned = Self::default();
        for (version, plan) in plans {
            planned.add(version, plan);
        }
        planned
    }

    pub(super) fn add(&mut self, version: u32, mut plan: Plan) {
        plan.share_schedules(&mut self.schedules);
        for (probe, grid) in Grid::all(&plan) {
            let grids = self.grids.entry(probe.name.clone()).or_default();
            grids.insert(version, grid);
            let paces = self.paces.entry(probe.name.clone()).or_default();
            paces.insert(version, Pace::of(probe));
        }
        let zones = plan.contracts.iter().map(|contract| contract.zone.clone());
        self.zones.extend(zones);
        self.plans.insert(version, plan);
    }

    pub(super) fn plans(&self) -> &BTreeMap<u32, Plan> {
        &self.plans
    }

    /// The zones of all contracts of all versions.
    pub(super) fn zones(&self) -> &BTreeSet<String> {
        &self.zones
    }

    /// The grids of a probe by plan version; none if no plan has it.
    pub(super) fn grids(&self, probe: &Name) -> &Grids {
        self.grids.get(probe).unwrap_or(&NONE)
    }

    /// The widest context of all probes: how far around trouble quiet ticks stay single.
    pub(super) fn widest_context(&self) -> Millis {
        let grids = self.grids.values().flat_map(Grids::values);
        grids.map(Grid::context).max().unwrap_or(Millis::ZERO)
    }

    /// How often a probe looks under a plan version, and how long it waits.
    pub(super) fn pace(&self, version: u32, probe: &Name) -> Option<Pace> {
        self.paces.get(probe)?.get(&version).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    /// Ten thousand probes must be no burden: what is kept of each is a few hundred bytes, however often it is cloned.
    #[test]
    fn equal_schedules_are_kept_once_over_all_probes_and_versions() {
        let mut plan = sample::plan();
        plan.probes[1].schedule = Schedule::parse("0 * * * * *").expect("valid");
        let mut planned = Planned::new(BTreeMap::from([(1, plan.clone())]));
        plan.probes[0].schedule = Schedule::parse("0 * * * * *").expect("valid");
        planned.add(2, plan);
        assert_eq!(planned.schedules.len(), 1);
        let kept = &planned.schedules["0 * * * * *"];
        let mut probes = planned.plans.values().flat_map(|plan| &plan.probes);
        assert!(probes.all(|probe| probe.schedule.is_one_with(kept)));
        assert!(size_of::<Grid>() <= 3 * size_of::<u64>());
    }
}
