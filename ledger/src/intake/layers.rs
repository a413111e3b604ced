//! Probes and their layers: whoever was there first decides.

use std::collections::BTreeMap;

use crate::name::Name;
use crate::plan::{Layer, Plan};

/// The layer that each probe was first planned in, by the hub's own plan or by any agent's.
///
/// The layer decides whether a probe counts, so no agent may move a probe to another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers(BTreeMap<Name, Layer>);

impl Layers {
    /// What would move a probe to another layer, in words; `None` if nothing in `plan` does.
    pub fn conflict(&self, plan: &Plan) -> Option<String> {
        let moved = plan.probes.iter().find_map(|probe| {
            let known = self.0.get(&probe.name)?;
            (*known != probe.layer()).then_some((&probe.name, *known, probe.layer()))
        });
        moved.map(|(probe, known, wanted)| {
            let (known, wanted) = (word(known), word(wanted));
            format!("probe {probe} is of the {known} layer here, and this plan says {wanted}")
        })
    }

    /// Learns the probes of a plan that has no conflict.
    pub fn learn(&mut self, plan: &Plan) {
        for probe in &plan.probes {
            self.0
                .entry(probe.name.clone())
                .or_insert_with(|| probe.layer());
        }
    }
}

fn word(layer: Layer) -> &'static str {
    match layer {
        Layer::Service => "service",
        Layer::Platform => "platform",
    }
}
