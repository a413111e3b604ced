//! Who vouches for a record: the agent by its signature, the hub by its log or its receipt.

use std::collections::BTreeMap;

use super::agent::Check;
use super::log::Shown;
use super::{Flaws, Known};
use crate::bundle::{MANIFEST, Manifest};
use crate::identity::{HubId, KeyId, PublicKey};
use crate::name::Name;
use crate::time::Timestamp;
use crate::wire::Hash;
use crate::wire::entry::{Entry, hash_of};
use crate::wire::exhibit::Voucher;
use crate::wire::record::{Claim, Kind, Receipt};

/// Where a record stands with the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The hub says nothing of it.
    Unknown,
    /// It is said to be in the log that is shown.
    Logged,
    /// The hub has signed for it.
    Receipted,
}

/// The keys of hub and agents.
pub(super) struct Keys {
    pub(super) hub: Option<(HubId, PublicKey)>,
    pub(super) agents: BTreeMap<Name, Signer>,
}

/// Where an agent runs, and its keys.
pub(super) struct Signer {
    pub(super) region: Name,
    pub(super) keys: Vec<Key>,
}

/// A key, and for how long it was an agent's.
pub(super) struct Key {
    pub(super) public: PublicKey,
    pub(super) since: Timestamp,
    pub(super) until: Option<Timestamp>,
}

impl Keys {
    pub(super) fn of(manifest: &Manifest, known: &Known, flaws: &mut Flaws) -> Self {
        let hub = manifest.hub.as_ref().and_then(|hub| {
            let parsed = hub.parse();
            if parsed.is_none() {
                flaws.add(MANIFEST, "the hub's name or key is none");
            }
            parsed
        });
        if known.hub.is_some() && known.hub != hub.as_ref().map(|(_, key)| *key) {
            flaws.add(MANIFEST, "the hub's key is another one than you named");
        }
        let mut agents = BTreeMap::new();
        for one in &manifest.agents {
            let mut keys = Vec::new();
            for span in &one.keys {
                match PublicKey::parse(&span.key) {
                    Ok(public) => keys.push(Key {
                        public,
                        since: span.since,
                        until: span.until,
                    }),
                    Err(error) => flaws.add(MANIFEST, format!("agent {}: {error}", one.name)),
                }
            }
            let region = one.region.clone();
            agents.insert(one.name.clone(), Signer { region, keys });
        }
        for (name, key) in &known.agents {
            let has = |signer: &Signer| signer.keys.iter().any(|own| own.public == *key);
            if !agents.get(name).is_some_and(has) {
                flaws.add(
                    MANIFEST,
                    format!("agent {name} has another key than you named"),
                );
            }
        }
        Self { hub, agents }
    }
}

impl Check<'_> {
    /// Whether the record is signed by a key that was the agent's; that it is not at all is no flaw.
    pub(super) fn vouched(
        &mut self,
        what: &str,
        (kind, hash): (Kind, Hash),
        voucher: &Voucher,
    ) -> bool {
        let Some((hub, hub_key)) = self.keys.hub.as_ref() else {
            if voucher.signed.is_some() || voucher.logged.is_some() {
                self.flaw(format!("{what} is signed for a hub that is not named"));
            }
            return false;
        };
        let agent = &self.found.agent.name.clone();
        let claim = Claim {
            hub,
            agent,
            kind,
            hash,
        };
        if let Some(logged) = voucher.logged {
            let receipt = logged.receipt.map(|signature| Receipt {
                leaf: logged.leaf,
                received: logged.received,
                signature,
            });
            if receipt.is_some_and(|receipt| !claim.is_received(hub_key, &receipt)) {
                self.flaw(format!("{what}: the hub's receipt does not hold"));
            }
        }
        let Some((id, signature)) = voucher.signed else {
            return false;
        };
        let received = voucher.logged.map(|logged| logged.received);
        let Some(key) = self.key(&id, received) else {
            self.flaw(format!(
                "{what} is signed with key {id}, which was not the agent's then"
            ));
            return false;
        };
        if !claim.is_signed(&key, &signature) {
            self.flaw(format!("{what}: its signature does not hold"));
            return false;
        }
        true
    }

    /// The agent's key of that id, if it was the agent's at that instant.
    fn key(&self, id: &KeyId, received: Option<Timestamp>) -> Option<PublicKey> {
        let signer = self.keys.agents.get(&self.found.agent.name)?;
        let mut keys = signer.keys.iter();
        let then = |key: &&Key| {
            received.is_none_or(|at| key.since <= at && key.until.is_none_or(|until| at <= until))
        };
        let key = keys.find(|key| key.public.id() == *id && then(key))?;
        Some(key.public)
    }

    /// Notes the entry of the record, if it says to be in the log.
    pub(super) fn log(
        &mut self,
        what: &str,
        voucher: &Voucher,
        entry: impl FnOnce(Hash, Timestamp) -> Entry,
        shown: &mut Shown,
    ) -> Standing {
        let Some(logged) = voucher.logged else {
            return Standing::Unknown;
        };
        let Some((_, signature)) = voucher.signed else {
            self.flaw(format!("{what} says to be in the log, but is not signed"));
            return Standing::Unknown;
        };
        if !shown.has_log {
            // An agent keeps receipts, not the log.
            if logged.receipt.is_some() {
                return Standing::Receipted;
            }
            self.flaw(format!("{what} says to be in a log that is not shown"));
            return Standing::Unknown;
        }
        let entry = entry(hash_of(&signature), logged.received);
        if shown.put(logged.leaf, &entry) {
            return Standing::Logged;
        }
        self.flaw(format!(
            "{what} claims entry {} of the log, which is another record",
            logged.leaf
        ));
        Standing::Unknown
    }
}
