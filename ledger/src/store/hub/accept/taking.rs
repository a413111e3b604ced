//! One record in the transaction.

use super::super::log::Appender;
use super::super::plans::Plans;
use super::{Fate, Sender};
use crate::intake::{Around, Arrived, Decision, Incoming, Limits, PlanRecord, Tracked, decide};
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::table::arrivals::{self, Kept, Stamp};
use crate::store::table::{agents, registry};
use crate::time::Timestamp;
use crate::wire::Hash;
use crate::wire::entry::{Deed, Entry, hash_of};
use crate::wire::record::Kind;
use crate::wire::upload::Reason;

/// The most batches of one agent that are kept because they claim the places of others.
const FORKS: u64 = 64;
/// The most plan versions of one agent.
const PLANS: usize = 1_000;

/// What a transaction works with.
pub(super) struct Taking<'a> {
    pub(super) db: &'a Db,
    pub(super) log: Appender<'a>,
    pub(super) plans: &'a mut Plans,
    pub(super) limits: &'a Limits,
    pub(super) now: Timestamp,
}

impl Taking<'_> {
    /// Does with a record what is to be done with it.
    pub(super) fn take(&mut self, sender: &mut Sender, record: &Incoming) -> Result<Fate, Fault> {
        match record {
            Incoming::Batch(batch) => self.batch(sender, batch),
            Incoming::Plan(plan) => self.plan(sender, plan),
            Incoming::Bad(reason, text) => Ok(Fate::Refused(*reason, text.clone())),
        }
    }

    fn batch(&mut self, sender: &mut Sender, batch: &Arrived) -> Result<Fate, Fault> {
        let (around, kept) = arrivals::around(self.db, sender.known.id, batch)?;
        let tracked = self.tracked(sender, batch)?;
        match decide(batch, &tracked, &around, (self.limits, self.now)) {
            Decision::Known => Ok(known((Kind::Batch, batch.hash), kept)),
            Decision::Wait(reason, text) => Ok(Fate::Later(reason, text)),
            Decision::Refuse(reason, text) => Ok(Fate::Refused(reason, text)),
            Decision::Fork(text) => self.fork(sender, batch, text),
            Decision::Hold(reason, text) => {
                self.keep(sender, (batch, &around), Some((reason, &text)))?;
                Ok(Fate::Refused(reason, text))
            }
            Decision::Take => {
                if let Some((version, probe)) = self.unplanned(sender, batch)? {
                    let text = format!("plan {version:08x} with probe {probe} is not here yet");
                    return Ok(Fate::Later(Reason::Plan, text));
                }
                let leaf = self.keep(sender, (batch, &around), None)?;
                Ok(Fate::Kept {
                    kind: Kind::Batch,
                    hash: batch.hash,
                    leaf: leaf.unwrap_or(0),
                    received: self.now,
                    fresh: true,
                })
            }
        }
    }

    fn tracked(&self, sender: &Sender, batch: &Arrived) -> Result<Tracked, Fault> {
        let known = &sender.known;
        let past = batch.header.epoch == known.epoch && batch.header.number > known.whole_to + 1;
        let parked = match past {
            true => arrivals::count_past(self.db, (known.id, known.epoch), known.whole_to)?,
            false => 0,
        };
        Ok(Tracked {
            epoch: known.epoch,
            whole_to: known.whole_to,
            parked,
            quarantined: sender.is_quarantined(),
        })
    }

    /// By what the agent looked without having said so before.
    fn unplanned(
        &mut self,
        sender: &Sender,
        batch: &Arrived,
    ) -> Result<Option<(u32, String)>, Fault> {
        for (version, probe) in &batch.looked {
            let known = sender.plans.contains(version);
            if !known || !self.plans.has(self.db, *version, probe)? {
                return Ok(Some((*version, probe.to_string())));
            }
        }
        Ok(None)
    }

    /// Writes a batch down, or only its place if it is refused; says which leaf of the log it is.
    fn keep(
        &mut self,
        sender: &mut Sender,
        (batch, around): (&Arrived, &Around),
        refused: Option<(Reason, &str)>,
    ) -> Result<Option<u64>, Fault> {
        let (epoch, number) = (batch.header.epoch, batch.header.number);
        let known = &mut sender.known;
        if epoch > known.epoch {
            registry::set_epoch(self.db, known.id, epoch)?;
            (known.epoch, known.whole_to) = (epoch, 0);
        }
        let leaf = match refused {
            Some(_) => None,
            None => Some(self.log.push(&Entry::Batch {
                agent: known.agent.name.clone(),
                epoch,
                number,
                hash: batch.hash,
                signature: hash_of(&batch.signature),
                received: self.now,
            })?),
        };
        let refused = refused.map(|(reason, text)| format!("{}: {text}", reason.as_str()));
        let (id, key) = (known.id, batch.key);
        let stamp = Stamp {
            signer: signer(sender, &key)?,
            leaf,
            received: self.now,
            refused: refused.as_deref(),
        };
        arrivals::insert(self.db, id, batch, stamp)?;
        let known = &mut sender.known;
        if epoch == known.epoch && number == known.whole_to + 1 {
            known.whole_to = match around.after {
                Some(_) => arrivals::whole_to(self.db, (id, epoch), number + 1)?,
                None => number,
            };
        }
        // It was given up for lost, and what came after it is folded: begin anew.
        if batch.sequences.1 < known.folded_before && arrivals::unfold(self.db, id)? {
            known.folded_before = 1;
        }
        Ok(leaf)
    }

    /// Keeps both, and takes nothing more from the agent until somebody has looked.
    fn fork(&mut self, sender: &mut Sender, batch: &Arrived, text: String) -> Result<Fate, Fault> {
        let id = sender.known.id;
        let key = signer(sender, &batch.key)?;
        if arrivals::forks(self.db, id)? < FORKS {
            arrivals::add_fork(self.db, (id, key), batch, self.now)?;
        }
        registry::set_state(self.db, id, ("quarantined", self.now, Some(&text)))?;
        sender.known.state = "quarantined".to_owned();
        self.log.keep(&Entry::Key {
            agent: sender.known.agent.name.clone(),
            region: sender.known.agent.region.clone(),
            deed: Deed::Quarantined,
            key: batch.key,
            at: self.now,
        })?;
        Ok(Fate::Refused(Reason::Fork, text))
    }

    fn plan(&mut self, sender: &mut Sender, record: &PlanRecord) -> Result<Fate, Fault> {
        let (id, version) = (sender.known.id, record.version);
        let foreign = || {
            let text = format!("another plan has the version {version:08x}");
            Ok(Fate::Refused(Reason::Malformed, text))
        };
        if let Some((hash, kept)) = arrivals::plan(self.db, (id, version))? {
            return match hash == record.hash {
                true => Ok(known((Kind::Plan, hash), Some(kept))),
                false => foreign(),
            };
        }
        if sender.is_quarantined() {
            let text = "the agent is in quarantine".to_owned();
            return Ok(Fate::Later(Reason::Quarantined, text));
        }
        if sender.plans.len() >= PLANS {
            let text = format!("the agent has {PLANS} plans here already");
            return Ok(Fate::Refused(Reason::Large, text));
        }
        // Plans of several agents must be looked at one after the other.
        self.log.hold()?;
        if let Some(text) = self.plans.layers(self.db)?.conflict(&record.plan) {
            return Ok(Fate::Refused(Reason::Layer, text));
        }
        if agents::plan(self.db, version)?.is_some_and(|plan| plan != without_keeping(record)) {
            return foreign();
        }
        agents::add_plan(self.db, version, &record.plan)?;
        for probe in &record.plan.probes {
            agents::place_probe(self.db, &probe.name)?;
        }
        let leaf = self.log.keep(&Entry::Plan {
            agent: sender.known.agent.name.clone(),
            version,
            hash: record.hash,
            signature: hash_of(&record.signature),
            received: self.now,
        })?;
        let stamp = Stamp {
            signer: signer(sender, &record.key)?,
            leaf: Some(leaf),
            received: self.now,
            refused: None,
        };
        let signed = (&record.hash, &record.signature);
        arrivals::add_plan(self.db, (id, version), signed, stamp)?;
        self.plans.learn(version, &record.plan);
        sender.plans.insert(version);
        Ok(Fate::Kept {
            kind: Kind::Plan,
            hash: record.hash,
            leaf,
            received: self.now,
            fresh: true,
        })
    }
}

/// The plan as it comes back from a record.
fn without_keeping(record: &PlanRecord) -> crate::plan::Plan {
    crate::plan::Plan {
        keep_raw: crate::plan::keep_raw(),
        ..record.plan.clone()
    }
}

/// What was said of a record before.
fn known((kind, hash): (Kind, Hash), kept: Option<Kept>) -> Fate {
    let Some(kept) = kept else {
        return Fate::Later(
            Reason::Malformed,
            "it is there, and nothing is known of it".into(),
        );
    };
    if let Some(refused) = &kept.refused {
        let (word, text) = refused.split_once(": ").unwrap_or(("", refused));
        let reason = Reason::of_word(word).unwrap_or(Reason::Malformed);
        return Fate::Refused(reason, text.to_owned());
    }
    Fate::Kept {
        kind,
        hash,
        leaf: kept.leaf.unwrap_or(0),
        received: kept.received,
        fresh: false,
    }
}

fn signer(sender: &Sender, key: &crate::identity::PublicKey) -> Result<i64, Fault> {
    let found = sender.signer(key);
    found
        .map(|signer| signer.id)
        .ok_or_else(|| Fault::NoRow("signer of a verified record".to_owned()))
}
