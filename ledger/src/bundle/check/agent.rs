//! The records of one agent: each as it was sealed, in one chain, signed by a key that was the agent's.

use std::collections::BTreeMap;

use super::log::Shown;
use super::vouch::{Keys, Standing};
use super::{AgentChecked, Flaws, Restored};
use crate::bundle::{Files, agent_file, plan_file};
use crate::plan::Plan;
use crate::record::Agent;
use crate::wire::entry::Entry;
use crate::wire::exhibit::{BatchExhibit, Exhibits, PlanExhibit};
use crate::wire::record::Kind;
use crate::wire::{Batch, Hash, Head, Sealed};

/// The check of one agent.
pub(super) struct Check<'a> {
    pub(super) keys: &'a Keys,
    flaws: &'a mut Flaws,
    file: String,
    pub(super) found: AgentChecked,
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
            receipted: 0,
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
        match self.log(&what, &batch.voucher, entry, shown) {
            Standing::Logged => self.found.logged += 1,
            Standing::Receipted => self.found.receipted += 1,
            Standing::Unknown => {}
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

    pub(super) fn flaw(&mut self, what: impl Into<String>) {
        self.flaws.add(&self.file, what);
    }
}
