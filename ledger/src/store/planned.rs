//! What the plan versions of a file say about each probe.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::Name;
use crate::plan::Plan;
use crate::run::{Grid, Grids};
use crate::time::Millis;

/// All plan versions, with the grid and deadline of each probe worked out once.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned {
    plans: BTreeMap<u32, Plan>,
    grids: BTreeMap<Name, Grids>,
    deadlines: BTreeMap<Name, BTreeMap<u32, Millis>>,
    zones: BTreeSet<String>,
}

static NONE: Grids = Grids::new();

impl Planned {
    pub(super) fn new(plans: BTreeMap<u32, Plan>) -> Self {
        let mut planned = Self::default();
        for (version, plan) in plans {
            planned.add(version, plan);
        }
        planned
    }

    pub(super) fn add(&mut self, version: u32, plan: Plan) {
        for probe in &plan.probes {
            let grids = self.grids.entry(probe.name.clone()).or_default();
            grids.extend(Grid::of(&plan, &probe.name).map(|grid| (version, grid)));
            let deadlines = self.deadlines.entry(probe.name.clone()).or_default();
            deadlines.insert(version, probe.timeout);
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

    /// The deadline *D* of a probe under a plan version.
    pub(super) fn deadline(&self, version: u32, probe: &Name) -> Option<Millis> {
        self.deadlines.get(probe)?.get(&version).copied()
    }
}
