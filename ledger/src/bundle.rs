//! Evidence of a month in one bundle: all that somebody needs who trusts neither hub nor agents, to find out that nothing was
//! altered since, and to compute the report anew.
//!
//! A bundle is a set of files ([`tar`] packs them into one). This module reads, writes and checks them; it opens none.
//! What the checks show and what they cannot is told in `docs/EVIDENCE.md`.

mod check;
mod log;
mod manifest;
pub mod tar;

use std::collections::BTreeMap;

use crate::merkle::Partial;
use crate::wire::Hash;
use crate::wire::exhibit::Exhibits;

pub use check::{AgentChecked, Checked, Flaw, Known, LogChecked, Restored, check};
pub use manifest::{AgentKeys, HubKey, KeySpan, MANIFEST, Manifest, SUMS, sums};
pub use tar::Files;

/// The report that the bundle is about.
pub const REPORT: &str = "report.json";
/// The plan by whose contract the report was made.
pub const PLAN: &str = "plan.json";
/// What was left out by declaration, if anything was declared.
pub const EXCLUSIONS: &str = "exclusions.toml";
/// What operators corrected, if anything.
pub const CORRECTIONS: &str = "corrections.toml";
/// What it is, for people.
pub const README: &str = "README.txt";
/// The checkpoint of the hub's log.
pub const CHECKPOINT: &str = "log.checkpoint";
/// The entries of the log that are no batch.
pub const ENTRIES: &str = "log.entries";
/// The hashes that make the checkpoint's root of the entries shown.
pub const PROOF: &str = "log.proof";

/// Why something is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is no tar file of this program.
    #[error("this is no bundle of evidence: {0}")]
    NoTar(&'static str),
    /// A file cannot stand in a bundle.
    #[error("{0:?} cannot be put into a bundle: its name or its size does not fit")]
    Unfit(String),
    /// A file is missing without which nothing can be checked.
    #[error("this is no bundle of evidence: it has no {0}")]
    Missing(&'static str),
    /// The manifest is none.
    #[error("{MANIFEST} cannot be read: {0}")]
    Manifest(String),
    /// It was made by a later version of this program.
    #[error("the bundle has format {found}, this program knows {known}; update the program")]
    Newer {
        /// Its format.
        found: u32,
        /// The newest format of this program.
        known: u32,
    },
}

/// A bundle, before it is written.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What it is about.
    pub manifest: Manifest,
    /// What is shown of each agent.
    pub agents: Vec<Exhibits>,
    /// The JSON of each plan version that they looked by.
    pub plans: BTreeMap<u32, String>,
    /// The hub's log as far as it is needed.
    pub log: Option<Log>,
    /// Report, terms and notes.
    pub others: Files,
}

/// A hub's log as far as a bundle needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The checkpoint, as a signed note.
    pub checkpoint: String,
    /// The bytes of the entries that are no batch: all about the keys of the agents, and their plans.
    pub entries: BTreeMap<u64, Vec<u8>>,
    /// What the tree needs beside them and the batches.
    pub partial: Partial,
}

impl Bundle {
    /// The files, with a README and the list of their SHA-256.
    pub fn files(self) -> Files {
        let mut files = self.others;
        files.insert(
            README.to_owned(),
            manifest::readme(&self.manifest).into_bytes(),
        );
        files.insert(MANIFEST.to_owned(), self.manifest.bytes());
        for exhibits in &self.agents {
            files.insert(agent_file(exhibits.agent.as_str()), exhibits.bytes());
        }
        for (version, json) in self.plans {
            files.insert(plan_file(version), json.into_bytes());
        }
        if let Some(log) = self.log {
            files.insert(ENTRIES.to_owned(), log::entries(&log.entries));
            files.insert(PROOF.to_owned(), log::proof(&log.partial));
            files.insert(CHECKPOINT.to_owned(), log.checkpoint.into_bytes());
        }
        let sums = sums(&files);
        files.insert(SUMS.to_owned(), sums.into_bytes());
        files
    }
}

/// The file of an agent's records.
pub fn agent_file(agent: &str) -> String {
    format!("agent-{agent}.records")
}

/// The file of a plan version.
pub fn plan_file(version: u32) -> String {
    format!("plan-{version:08x}.json")
}

/// The file of the `number`th note, from 1.
pub fn note_file(number: usize) -> String {
    format!("note-{number:04}.md")
}

fn hash_of(content: &[u8]) -> Hash {
    Hash::of(content)
}

#[cfg(test)]
mod tests;
