//! The records of one agent: each as it was sealed, in one chain, signed by a key that was the agent's.

use std::collections::BTreeMap;

use super::log::Shown;
use super::{AgentChecked, Flaws, Known, Restored};
use crate::bundle::{Files, MANIFEST, Manifest, agent_file, plan_file};
use crate::identity::{HubId, KeyId, PublicKey};
use crate::name::Name;
use crate::plan::Plan;
use crate::record::Agent;
use crate::time::Timestamp;
use crate::wire::entry::{Entry, hash_of};
use crate::wire::exhibit::{BatchExhibit, Exhibits, PlanExhibit, Voucher};
use crate::wire::record::{Claim, Kind, Receipt};
use crate::wire::{Batch, Hash, Head, Sealed};

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

/// The check of one agent.
pub(super) struct Check<'a> {
    keys: &'a Keys,
    flaws: &'a mut Flaws,
    file: String,
    found: AgentChecked,
}

/// Where a chain stands.
#[derive(Clone, Copy, Debug)]
struct Before {
    epoch: u32,
    number: u64,
    hash: Hash,
    /// The number of its last attempt; `None` if its attempts are pruned.
    last: Option<u64>,
}

impl<'a> Check<'a> {
    pub(super) fn new(agent: Agent, keys: &'a Keys, flaws: &'a mut Flaws) -> Self {
        let file = agent_file(agent.name.as_str());
        let restored = Restored {
            agent: agent.clone(),
            batches: Vec::new(),
            tail: None,
        };
        let found = AgentChecked {
            agent,
            batches: 0,
            attempts: 0,
            signed: 0,
            logged: 0,
            pruned: 0,
            unsealed: 0,
            gaps: Vec::new(),
            ends: None,
            restored,
        };
        Self {
            keys,
            flaws,
            file,
            found,
        }
    }

    pub(super) fn of(
        mut self,
        files: &Files,
        plans: &BTreeMap<u32, Plan>,
        shown: &mut Shown,
    ) -> AgentChecked {
        let Some(bytes) = files.get(&self.file) else {
            return self.found;
        };
        let exhibits = match Exhibits::decode(bytes) {
            Ok(exhibits) if exhibits.bytes() == *bytes => exhibits,
            Ok(_) => {
                self.flaw("it is not written as this program writes it");
                return self.found;
            }
            Err(error) => {
                self.flaw(format!("it cannot be read: {error}"));
                return self.found;
            }
        };
        if exhibits.agent != self.found.agent.name {
            self.flaw(format!("it holds the records of {}", exhibits.agent));
            return self.found;
        }
        for plan in &exhibits.plans {
            self.plan(plan, plans, shown);
        }
        let mut before = None;
        for batch in exhibits.batches {
            before = self.batch(batch, before, (plans, shown)).or(before);
        }
        if let Some(tail) = exhibits.tail {
            self.tail(tail, before, plans);
        }
        self.found
    }

    fn plan(&mut self, plan: &PlanExhibit, plans: &BTreeMap<u32, Plan>, shown: &mut Shown) {
        let version = plan.version;
        let what = format!("plan {version:08x}");
        let [a, b, c, d, ..] = plan.hash.0;
        if u32::from_be_bytes([a, b, c, d]) != version || !plans.contains_key(&version) {
            self.flaw(format!(
                "{what}: {} is missing or another one",
                plan_file(version)
            ));
        }
        self.vouched(&what, (Kind::Plan, plan.hash), &plan.voucher);
        let agent = self.found.agent.name.clone();
        let entry = |signature, received| Entry::Plan {
            agent,
            version,
            hash: plan.hash,
            signature,
            received,
        };
        self.log(&what, &plan.voucher, entry, shown);
    }

    /// Where the chain stands after the batch; `None` if its head cannot be read.
    fn batch(
        &mut self,
        batch: BatchExhibit,
        before: Option<Before>,
        (plans, shown): (&BTreeMap<u32, Plan>, &mut Shown),
    ) -> Option<Before> {
        self.found.batches += 1;
        let head = match Head::decode(&batch.head) {
            Ok(head) if head.encode() == batch.head => head,
            _ => {
                let place = self.found.batches;
                self.flaw(format!("the {place}th batch: its head cannot be read"));
                return None;
            }
        };
        let (epoch, number) = (head.header.epoch, head.header.number);
        let what = format!("batch {number} of epoch {epoch}");
        if head.header.agent != self.found.agent.name {
            self.flaw(format!("{what} is of agent {}", head.header.agent));
        }
        let first = self.found.ends.map_or((epoch, number), |[first, _]| first);
        self.found.ends = Some([first, (epoch, number)]);
        self.follows(&what, &head, before);
        let hash = batch.hash();
        if self.vouched(&what, (Kind::Batch, hash), &batch.voucher) {
            self.found.signed += 1;
        }
        let agent = self.found.agent.name.clone();
        let entry = |signature, received| Entry::Batch {
            agent,
            epoch,
            number,
            hash,
            signature,
            received,
        };
        if self.log(&what, &batch.voucher, entry, shown) {
            self.found.logged += 1;
        }
        let last = self.open(&what, batch, plans);
        Some(Before {
            epoch,
            number,
            hash,
            last,
        })
    }

    /// Notes what is wrong or missing between the batch before and this one.
    fn follows(&mut self, what: &str, head: &Head, before: Option<Before>) {
        let (epoch, number) = (head.header.epoch, head.header.number);
        let Some(before) = before else {
            return;
        };
        if (epoch, number) <= (before.epoch, before.number) {
            self.flaw(format!(
                "{what} stands behind batch {} of epoch {}",
                before.number, before.epoch
            ));
            return;
        }
        let next = if epoch == before.epoch {
            before.number + 1
        } else {
            1
        };
        if number > next {
            let gap = match number - next {
                1 => format!("batch {next} of epoch {epoch} is missing"),
                _ => format!(
                    "batches {next} to {} of epoch {epoch} are missing",
                    number - 1
                ),
            };
            self.found.gaps.push(gap);
        } else if epoch == before.epoch && head.header.previous != before.hash {
            self.flaw(format!(
                "{what} does not follow the batch before it: the chain of hashes is broken"
            ));
        } else if epoch > before.epoch && head.header.previous != Hash::default() {
            self.flaw(format!("{what} follows a batch, but begins an epoch"));
        }
        let counted = match before.last {
            Some(last) if number == next && epoch == before.epoch => {
                head.first_sequence == last + 1
            }
            Some(last) => head.first_sequence > last,
            None => true,
        };
        if !counted && head.count > 0 {
            self.flaw(format!(
                "{what} begins with attempt {}, which does not follow",
                head.first_sequence
            ));
        }
    }

    /// Unpacks a batch, and keeps it to be judged; gives the number of its last attempt.
    fn open(
        &mut self,
        what: &str,
        batch: BatchExhibit,
        plans: &BTreeMap<u32, Plan>,
    ) -> Option<u64> {
        let Some(body) = batch.body else {
            self.found.pruned += 1;
            return None;
        };
        let sealed = Sealed {
            head: batch.head,
            body,
        };
        let last = self.attempts(what, &sealed, plans)?;
        self.found.restored.batches.push(sealed);
        Some(last)
    }

    /// The number of the last attempt of a batch; `None` if it cannot be judged.
    fn attempts(
        &mut self,
        what: &str,
        sealed: &Sealed,
        plans: &BTreeMap<u32, Plan>,
    ) -> Option<u64> {
        let batch = match Batch::open(sealed) {
            Ok(batch) => batch,
            Err(error) => {
                self.flaw(format!("{what}: {error}"));
                return None;
            }
        };
        for (attempt, expected) in batch
            .attempts
            .iter()
            .zip(batch.attempts.first()?.sequence..)
        {
            let sequence = attempt.sequence;
            if sequence != expected {
                self.flaw(format!(
                    "{what}: attempt {sequence} stands in the place of {expected}"
                ));
                return None;
            }
            let planned = plans
                .get(&attempt.plan)
                .map(|plan| plan.probe(&attempt.probe));
            if planned.flatten().is_none() {
                let plan = attempt.plan;
                self.flaw(format!("{what}: attempt {sequence} was made by plan {plan:08x}, which is not shown or has no probe {}", attempt.probe));
                return None;
            }
        }
        self.found.attempts += u64::try_from(batch.attempts.len()).unwrap_or(u64::MAX);
        batch.attempts.last().map(|attempt| attempt.sequence)
    }

    /// What an agent has not sealed yet says no more than the agent itself.
    fn tail(&mut self, tail: Sealed, before: Option<Before>, plans: &BTreeMap<u32, Plan>) {
        let what = "the attempts that were not sealed";
        let known = self.found.attempts;
        if self.attempts(what, &tail, plans).is_none() {
            return;
        }
        self.found.unsealed = self.found.attempts - known;
        let head = Head::decode(&tail.head).ok();
        let last = before.and_then(|before| before.last);
        let follows = head
            .zip(last)
            .is_none_or(|(head, last)| head.first_sequence == last + 1);
        if !follows {
            self.flaw(format!("{what} do not follow the last batch"));
        }
        self.found.restored.tail = Some(tail);
    }

    /// Whether the record is signed by a key that was the agent's; that it is not at all is no flaw.
    fn vouched(&mut self, what: &str, (kind, hash): (Kind, Hash), voucher: &Voucher) -> bool {
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
    fn log(
        &mut self,
        what: &str,
        voucher: &Voucher,
        entry: impl FnOnce(Hash, Timestamp) -> Entry,
        shown: &mut Shown,
    ) -> bool {
        let Some(logged) = voucher.logged else {
            return false;
        };
        let Some((_, signature)) = voucher.signed else {
            self.flaw(format!("{what} says to be in the log, but is not signed"));
            return false;
        };
        let entry = entry(hash_of(&signature), logged.received);
        if shown.put(logged.leaf, &entry) {
            return true;
        }
        self.flaw(format!(
            "{what} claims entry {} of the log, which is another record",
            logged.leaf
        ));
        false
    }

    fn flaw(&mut self, what: impl Into<String>) {
        self.flaws.add(&self.file, what);
    }
}
