//! What the hub remembers of plans, so that it need not be read for each batch. Plans never change, they only get more.

use std::collections::{BTreeMap, BTreeSet};

use crate::intake::Layers;
use crate::name::Name;
use crate::plan::Plan;
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::planned::Planned;
use crate::store::table::agents;

/// All plans that were read so far.
#[derive(Debug, Default)]
pub(super) struct Plans {
    probes: BTreeMap<u32, BTreeSet<Name>>,
    layers: Layers,
    /// By the versions that an agent may look by.
    planned: BTreeMap<Vec<u32>, Planned>,
}

/// The most sets of plans that are kept worked out.
const MOST: usize = 16;

impl Plans {
    /// Whether a plan has a probe; the plan is read if need be.
    pub(super) fn has(&mut self, db: &Db, version: u32, probe: &Name) -> Result<bool, Fault> {
        if !self.probes.contains_key(&version) {
            self.read(db)?;
        }
        let probes = self.probes.get(&version);
        Ok(probes.is_some_and(|probes| probes.contains(probe)))
    }

    /// The layers of all probes of all plans that are there now.
    pub(super) fn layers(&mut self, db: &Db) -> Result<&mut Layers, Fault> {
        self.read(db)?;
        Ok(&mut self.layers)
    }

    /// Learns a plan that was added.
    pub(super) fn learn(&mut self, version: u32, plan: &Plan) {
        self.layers.learn(plan);
        let probes = plan.probes.iter().map(|probe| probe.name.clone());
        self.probes.insert(version, probes.collect());
    }

    /// What these plan versions say about each probe.
    pub(super) fn planned(&mut self, db: &Db, versions: &[u32]) -> Result<&Planned, Fault> {
        if !self.planned.contains_key(versions) {
            if self.planned.len() >= MOST {
                self.planned.clear();
            }
            let mut plans = BTreeMap::new();
            for version in versions {
                plans.extend(agents::plan(db, *version)?.map(|plan| (*version, plan)));
            }
            self.planned.insert(versions.to_vec(), Planned::new(plans));
        }
        let found = self.planned.get(versions);
        found.ok_or_else(|| Fault::NoRow("plans".to_owned()))
    }

    /// Reads the plans that are new.
    fn read(&mut self, db: &Db) -> Result<(), Fault> {
        for version in agents::versions(db)? {
            if !self.probes.contains_key(&version)
                && let Some(plan) = agents::plan(db, version)?
            {
                self.learn(version, &plan);
            }
        }
        Ok(())
    }
}
