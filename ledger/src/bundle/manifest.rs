//! What a bundle is about, and the list of its files.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{BundleError, Files, hash_of};
use crate::identity::{HubId, KeyId, PublicKey};
use crate::name::Name;
use crate::time::{Interval, Timestamp};

/// What the bundle is about.
pub const MANIFEST: &str = "manifest.json";
/// The SHA-256 of every other file, as `sha256sum -c` reads it.
pub const SUMS: &str = "SHA256SUMS";
/// The format that this program writes.
const FORMAT: u32 = 1;

/// What a bundle is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Raised by whatever an older program would misread.
    pub format: u32,
    /// The program that made it.
    pub program: String,
    /// The contract of the report.
    pub contract: Name,
    /// The month of the report, such as `2018-12`.
    pub month: String,
    /// As of when it was judged.
    pub as_of: Timestamp,
    /// Of which time attempts are shown: the month, and what the engine needs around it.
    pub shown: Interval,
    /// Whose log the records are in, and for whom they were signed; `None` if the agents report to no hub.
    pub hub: Option<HubKey>,
    /// The agents by name.
    pub agents: Vec<AgentKeys>,
}

/// A hub and its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubKey {
    /// Its name.
    pub name: String,
    /// Its key in base64.
    pub key: String,
}

/// An agent and its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentKeys {
    /// Its name.
    pub name: Name,
    /// Where it runs.
    pub region: Name,
    /// The keys that were its own.
    pub keys: Vec<KeySpan>,
}

/// A key, and for how long it was an agent's, by the hub's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySpan {
    /// The key in base64.
    pub key: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None`: still.
    pub until: Option<Timestamp>,
}

impl Manifest {
    /// Of this format.
    pub const FORMAT: u32 = FORMAT;

    /// As it stands in the bundle.
    ///
    /// # Panics
    /// Never: all keys are text.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = serde_json::to_string_pretty(self).expect("all keys are text");
        text.push('\n');
        text.into_bytes()
    }

    /// Reads [`MANIFEST`] of `files`.
    ///
    /// # Errors
    /// [`BundleError`] if it is missing, of a later format, or none.
    pub fn read(files: &Files) -> Result<Self, BundleError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let bytes = files.get(MANIFEST).ok_or(BundleError::Missing(MANIFEST))?;
        let odd = |error: serde_json::Error| BundleError::Manifest(error.to_string());
        let Format { format: found } = serde_json::from_slice(bytes).map_err(odd)?;
        if found > FORMAT {
            let known = FORMAT;
            return Err(BundleError::Newer { found, known });
        }
        serde_json::from_slice(bytes).map_err(odd)
    }
}

impl KeySpan {
    /// The key's id, if it is a key.
    pub(crate) fn id(&self) -> Option<KeyId> {
        PublicKey::parse(&self.key).ok().map(|key| key.id())
    }
}

impl HubKey {
    /// The hub and its key, if they are.
    pub fn parse(&self) -> Option<(HubId, PublicKey)> {
        let hub = HubId::new(&self.name).ok()?;
        Some((hub, PublicKey::parse(&self.key).ok()?))
    }
}

/// The list of `files`; itself it is left out.
pub fn sums(files: &Files) -> String {
    let mut sums = String::new();
    for (name, content) in files.iter().filter(|(name, _)| name.as_str() != SUMS) {
        let _ = writeln!(sums, "{}  {name}", hash_of(content));
    }
    sums
}

/// For who finds the bundle and has no program at hand.
pub(super) fn readme(manifest: &Manifest) -> String {
    let hub = match &manifest.hub {
        Some(hub) => format!(
            "The records were signed for the hub {}, whose key is\n{}\n\
             Compare that key with one that you got from the operator on another way.\n",
            hub.name, hub.key
        ),
        None => "The agents report to no hub: their records are chained, but nobody vouches for the chain.\n".to_owned(),
    };
    format!(
        "Evidence for the report of contract {} in {}\n\n\
         `reporter verify DIR|FILE` checks all of this without a network and computes the report anew.\n\
         `sha256sum -c SHA256SUMS` tells only whether a file was changed on its way.\n\n\
         agent-*.records  what each agent has seen: batches with the SHA-256 of the one before, signed by the agent\n\
         plan-*.json      what the agents were told to look at\n\
         plan.json        the plan with the contract; exclusions, corrections and notes, if there are any, stand beside it\n\
         log.*            the hub's Merkle log (RFC 6962): checkpoint, entries and the hashes that join them\n\
         report.json      the report\n\n\
         {hub}\n\
         What it proves: since a batch was in a log whose checkpoint you trust, or was signed by an agent whose key you trust,\n\
         nothing of it was altered, put in or taken out of its middle, and the report follows from it by the contract.\n\
         What it does not prove: that agents looked as they say, that their clocks were right, that what happened before a batch\n\
         was sealed is all in it, that no batch came after the last one shown, and what the report says of other periods\n\
         (/compared in report.json): their own bundles show that.\n\
         Of a batch whose attempts are pruned only its place and its hash are shown; the report cannot be computed anew then.\n",
        manifest.contract, manifest.month
    )
}
