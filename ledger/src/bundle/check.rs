//! What a bundle proves: files, hashes, chains, signatures, and the log.

mod agent;
mod files;
mod log;
mod vouch;

use std::collections::BTreeMap;

use super::{BundleError, Files, Manifest};
use crate::checkpoint::Cosigned;
use crate::identity::{HubId, PublicKey};
use crate::name::Name;
use crate::plan::Plan;
use crate::record::Agent;
use crate::time::Timestamp;
use crate::wire::{Hash, Sealed};

/// How many flaws of one file are told one by one.
const TOLD: usize = 10;

/// Keys that the reader got on another way than from the bundle.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The hub's.
    pub hub: Option<PublicKey>,
    /// Those of agents; one of each is enough.
    pub agents: BTreeMap<Name, PublicKey>,
}

/// Something in a bundle that cannot be as it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    /// In which file.
    pub file: String,
    /// What.
    pub what: String,
}

/// What the checks of a bundle found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it is about.
    pub manifest: Manifest,
    /// What it holds of each agent.
    pub agents: Vec<AgentChecked>,
    /// The plans that agents looked by.
    pub plans: BTreeMap<u32, Plan>,
    /// The hub's log, if the records are in one.
    pub log: Option<LogChecked>,
    /// All that cannot be; nothing was altered if there is none.
    pub flaws: Vec<Flaw>,
}

/// What a bundle holds of one agent.
#[derive(Clone, Debug)]
pub struct AgentChecked {
    /// Who.
    pub agent: Agent,
    /// The batches shown.
    pub batches: u64,
    /// The attempts in them, and those that were not sealed yet.
    pub attempts: u64,
    /// The batches with a signature that holds.
    pub signed: u64,
    /// The batches that say to be in the log.
    pub logged: u64,
    /// The batches that are in no log that is shown, but have a receipt of the hub that holds.
    pub receipted: u64,
    /// The batches whose attempts are pruned.
    pub pruned: u64,
    /// The attempts that were not sealed yet.
    pub unsealed: u64,
    /// Batches that are missing between others, in words.
    pub gaps: Vec<String>,
    /// The first and the last batch, as epoch and number.
    pub ends: Option<[(u32, u64); 2]>,
    /// What it has seen, to be judged anew.
    pub restored: Restored,
}

/// The record of one agent as far as a bundle shows it.
#[derive(Clone, Debug)]
pub struct Restored {
    /// Who.
    pub agent: Agent,
    /// Its batches, in order.
    pub batches: Vec<Sealed>,
    /// Its newest attempts, which are in no batch.
    pub tail: Option<Sealed>,
}

impl Restored {
    /// Takes the record out and leaves an empty one: it may be large.
    #[must_use]
    pub fn take(&mut self) -> Self {
        Self {
            agent: self.agent.clone(),
            batches: std::mem::take(&mut self.batches),
            tail: self.tail.take(),
        }
    }
}

/// What a bundle holds of the hub's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChecked {
    /// Whose.
    pub hub: HubId,
    /// How many entries it had.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// How many of them are shown.
    pub shown: u64,
    /// When the newest of those came, by the hub's clock.
    pub newest: Option<Timestamp>,
    /// Who of the agents has cosigned the checkpoint.
    pub cosigned: Vec<Cosigned>,
}

/// Collects flaws, of each file not too many.
#[derive(Debug, Default)]
struct Flaws(BTreeMap<String, (Vec<String>, usize)>);

impl Flaws {
    fn add(&mut self, file: &str, what: impl Into<String>) {
        let (told, more) = self.0.entry(file.to_owned()).or_default();
        if told.len() < TOLD {
            told.push(what.into());
        } else {
            *more += 1;
        }
    }

    fn into_list(self) -> Vec<Flaw> {
        let mut list = Vec::new();
        for (file, (told, more)) in self.0 {
            let rest = (more > 0).then(|| format!("{more} more like these"));
            for what in told.into_iter().chain(rest) {
                let file = file.clone();
                list.push(Flaw { file, what });
            }
        }
        list
    }
}

/// Checks all that can be checked without computing the report anew.
///
/// # Errors
/// [`BundleError`] if there is nothing to be checked: no manifest, or one of a later format.
pub fn check(files: &Files, known: &Known) -> Result<Checked, BundleError> {
    let manifest = Manifest::read(files)?;
    let mut flaws = Flaws::default();
    files::check(files, &manifest, &mut flaws);
    let plans = files::plans(files, &mut flaws);
    let keys = vouch::Keys::of(&manifest, known, &mut flaws);
    let mut agents = Vec::new();
    let mut shown = log::Shown::new(files);
    for one in &manifest.agents {
        let region = one.region.clone();
        let name = one.name.clone();
        let agent = Agent { name, region };
        let found = agent::Check::new(agent, &keys, &mut flaws);
        agents.push(found.of(files, &plans, &mut shown));
    }
    let log = log::check(files, &keys, shown, &mut flaws);
    Ok(Checked {
        manifest,
        agents,
        plans,
        log,
        flaws: flaws.into_list(),
    })
}
