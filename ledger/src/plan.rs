//! What is to be watched, by whom and when: `probes.toml`, checked.

mod journey;
mod print;
mod probe;
mod problems;
mod read;
mod site;
mod slots;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use journey::{Body, Capture, Expectation, Journey, Method, Request, Step, Target, Template};
pub use probe::{Check, Layer, Probe, Session, Subject};
pub use problems::{Problem, Problems};
pub use read::{Languages, SyntaxCheck};
pub use site::{Account, Canary, Controls, DnsMode, Persona, SecretSource, Site};
pub use slots::{Slot, Slots};

use crate::contract::Contract;
use crate::name::Name;
use crate::schedule::Schedule;
use crate::time::Millis;

/// A valid plan. It holds references to secrets, never a secret.
///
/// Serialised (for the record) it leaves out user names and where secrets are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where the site is and how to treat it.
    pub site: Site,
    /// The regions that agents may run in, in stagger order.
    pub regions: Vec<Name>,
    /// The agent's own control checks.
    pub canary: Canary,
    /// Who signs in.
    pub personas: Vec<Persona>,
    /// What they do.
    pub journeys: Vec<Journey>,
    /// What is done when.
    pub probes: Vec<Probe>,
    /// What was promised to whom.
    pub contracts: Vec<Contract>,
    /// How long attempts are kept one by one; for ever if `None`. No part of the plan's version: it changes nothing that is
    /// observed.
    #[serde(skip, default = "keep_raw")]
    pub keep_raw: Option<Millis>,
}

/// 400 days: a year's report can still be recomputed, and argued about, from the attempts.
pub const fn keep_raw() -> Option<Millis> {
    Some(Millis::from_mins(400 * 24 * 60))
}

impl Plan {
    /// The plan's version: the first 32 bits of the SHA-256 of its serialised form, so that equal plans agree
    /// wherever they are read.
    ///
    /// # Panics
    /// Never: a plan's maps all have text keys, so it serialises.
    pub fn version(&self) -> u32 {
        let bytes = serde_json::to_vec(self).expect("a plan's maps have text keys");
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
        hash.as_ref()
            .iter()
            .take(4)
            .fold(0, |version, byte| version << 8 | u32::from(*byte))
    }

    /// Lets equal schedules be one: the plan's own, and those in `known`, which learns the others.
    pub(crate) fn share_schedules(&mut self, known: &mut BTreeMap<String, Schedule>) {
        for probe in &mut self.probes {
            match known.get(probe.schedule.as_str()) {
                Some(shared) => probe.schedule = shared.clone(),
                None => {
                    let text = probe.schedule.as_str().to_owned();
                    known.insert(text, probe.schedule.clone());
                }
            }
        }
    }

    /// The probe of that name.
    pub fn probe(&self, name: &Name) -> Option<&Probe> {
        self.probes.iter().find(|probe| probe.name == *name)
    }

    /// The journey of that name.
    pub fn journey(&self, name: &Name) -> Option<&Journey> {
        self.journeys.iter().find(|journey| journey.name == *name)
    }

    /// The persona of that name.
    pub fn persona(&self, name: &Name) -> Option<&Persona> {
        self.personas.iter().find(|persona| persona.name == *name)
    }

    /// The contract of that identifier.
    pub fn contract(&self, id: &Name) -> Option<&Contract> {
        self.contracts.iter().find(|contract| contract.id == *id)
    }
}
