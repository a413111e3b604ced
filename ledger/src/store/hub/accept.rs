//! One transaction for all that waits, and the answers after it.

mod taking;

use std::collections::{BTreeMap, BTreeSet};

use super::log::{Appender, Tree};
use super::{Hub, HubKey};
use crate::checkpoint::{Cosignature, Signed};
use crate::identity::PublicKey;
use crate::intake::Parcel;
use crate::merkle;
use crate::name::Name;
use crate::store::StoreError;
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::table::registry::{self, Known, Signer};
use crate::store::table::{arrivals, logs};
use crate::time::Timestamp;
use crate::wire::record::{Claim, Kind};
use crate::wire::upload::{Outcome, Reason, Reply, Standing};
use crate::wire::{Hash, WireError};
use taking::Taking;

/// What an upload is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was heard.
    Reply(Box<Reply>, Tone),
    /// Its key is no longer the agent's.
    UnknownKey,
    /// Nothing is taken from the agent any more, for this reason.
    Revoked(String),
}

/// What else there is to be said of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Nothing.
    Plain,
    /// The agent is in quarantine.
    Quarantined,
    /// It has just come there, because two batches claim one place.
    Fork,
}

/// What became of a record, before the commit: the receipt is signed after it.
#[derive(Clone, Debug)]
enum Fate {
    Kept {
        kind: Kind,
        hash: Hash,
        leaf: u64,
        received: Timestamp,
        fresh: bool,
    },
    Refused(Reason, String),
    Later(Reason, String),
}

/// What became of an upload, before the commit.
#[derive(Clone, Debug)]
enum Draft {
    Heard {
        fates: Vec<Fate>,
        standing: Standing,
        tone: Tone,
    },
    UnknownKey,
    Revoked(String),
}

/// An agent, held by this transaction.
struct Sender {
    known: Known,
    signers: Vec<Signer>,
    plans: BTreeSet<u32>,
}

/// The most ranges that a standing names.
const GAPS: usize = 64;

impl Hub {
    /// Takes what came, all of it in one durable transaction, and then answers: no receipt is signed before the commit.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; then nothing of it is there and nothing may be answered.
    pub fn accept(
        &mut self,
        parcels: &[Parcel],
        now: Timestamp,
    ) -> Result<Vec<Answer>, StoreError> {
        let Self {
            registry,
            plans,
            limits,
            own,
            turns,
            ..
        } = self;
        let turn = turns.first();
        let drafts = registry.write(|db| {
            let mut senders = hold(db, parcels)?;
            let mut taking = Taking {
                db,
                log: Appender::new(db),
                plans,
                limits,
                now,
            };
            let drafts = parcels.iter().map(|parcel| {
                let Some(sender) = senders.get_mut(&parcel.agent) else {
                    return Ok(Draft::UnknownKey);
                };
                sender.hear(parcel, &mut taking, own)
            });
            let drafts = drafts.collect::<Result<Vec<Draft>, Fault>>()?;
            taking.log.finish()?;
            Ok(drafts)
        })?;
        drop(turn);
        self.answer(parcels, drafts, now).map_err(self.at())
    }

    /// The bytes of a reply, signed.
    ///
    /// # Errors
    /// [`WireError`] if it does not fit the format.
    pub fn sign(&self, reply: &Reply) -> Result<Vec<u8>, WireError> {
        reply.encode(&self.own.id, &self.own.key)
    }

    fn answer(
        &self,
        parcels: &[Parcel],
        drafts: Vec<Draft>,
        now: Timestamp,
    ) -> Result<Vec<Answer>, Fault> {
        let newest = logs::newest(self.db())?;
        let (size, note) = newest.map_or((0, String::new()), |(size, _, note)| (size, note));
        let mut proofs: BTreeMap<u64, Vec<Hash>> = BTreeMap::new();
        let answers = parcels.iter().zip(drafts).map(|(parcel, draft)| {
            let (fates, standing, tone) = match draft {
                Draft::UnknownKey => return Ok(Answer::UnknownKey),
                Draft::Revoked(reason) => return Ok(Answer::Revoked(reason)),
                Draft::Heard {
                    fates,
                    standing,
                    tone,
                } => (fates, standing, tone),
            };
            let outcomes = fates.into_iter();
            let outcomes = outcomes.map(|fate| self.own.outcome(&parcel.agent, fate));
            let proof = match proofs.entry(parcel.seen) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => {
                    new.insert(self.consistency(parcel.seen, size)?)
                }
            };
            let reply = Reply {
                heard: parcel.heard,
                answered: now,
                request: parcel.request,
                outcomes: outcomes.collect(),
                standing,
                checkpoint: note.clone(),
                proof: proof.clone(),
            };
            Ok(Answer::Reply(Box::new(reply), tone))
        });
        answers.collect()
    }

    /// That the log at `new` entries continues the one at `old`; nothing if it does not, or if there is nothing to prove.
    fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, Fault> {
        let tree = Tree {
            db: self.db(),
            leaves: &self.leaves,
            size: new,
        };
        Ok(merkle::consistency(&tree, old, new)?.unwrap_or_default())
    }
}

impl HubKey {
    /// Signs what may be said now that the commit is done.
    fn outcome(&self, agent: &Name, fate: Fate) -> Outcome {
        match fate {
            Fate::Refused(reason, text) => Outcome::Refused(reason, text),
            Fate::Later(reason, text) => Outcome::Later(reason, text),
            Fate::Kept {
                kind,
                hash,
                leaf,
                received,
                fresh,
            } => {
                let claim = Claim {
                    hub: &self.id,
                    agent,
                    kind,
                    hash,
                };
                let receipt = claim.receipt(leaf, received, &self.key);
                if fresh {
                    Outcome::Taken(receipt)
                } else {
                    Outcome::Known(receipt)
                }
            }
        }
    }
}

/// Holds all agents that have sent something, in the order of their names, so that no two transactions wait for each other.
fn hold(db: &Db, parcels: &[Parcel]) -> Result<BTreeMap<Name, Sender>, Fault> {
    let names: BTreeSet<&Name> = parcels.iter().map(|parcel| &parcel.agent).collect();
    let mut senders = BTreeMap::new();
    for name in names {
        let Some(known) = registry::hold(db, name)? else {
            continue;
        };
        let sender = Sender {
            signers: registry::signers_of(db, known.id)?,
            plans: arrivals::plans(db, known.id)?.into_iter().collect(),
            known,
        };
        senders.insert(name.clone(), sender);
    }
    Ok(senders)
}

impl Sender {
    fn hear(
        &mut self,
        parcel: &Parcel,
        taking: &mut Taking<'_>,
        own: &HubKey,
    ) -> Result<Draft, Fault> {
        let current = self.signer(&parcel.key).filter(|key| key.until.is_none());
        if self.known.state == "revoked" {
            let reason = self.known.reason.clone().unwrap_or_default();
            return Ok(Draft::Revoked(reason));
        }
        let Some(key) = current else {
            return Ok(Draft::UnknownKey);
        };
        self.hand_over(taking.db, key, parcel.heard)?;
        if let Some(cosignature) = &parcel.cosignature {
            self.cosign(taking.db, (own, key), (parcel.seen, cosignature))?;
        }
        let before = self.is_quarantined();
        let mut fates = Vec::with_capacity(parcel.records.len());
        let whole_to = self.known.whole_to;
        for record in &parcel.records {
            fates.push(taking.take(self, record)?);
        }
        if self.known.whole_to != whole_to {
            registry::set_whole_to(taking.db, self.known.id, self.known.whole_to)?;
        }
        let tone = match (before, self.is_quarantined()) {
            (false, true) => Tone::Fork,
            (true, _) => Tone::Quarantined,
            (false, false) => Tone::Plain,
        };
        Ok(Draft::Heard {
            fates,
            standing: self.standing(taking.db)?,
            tone,
        })
    }

    fn is_quarantined(&self) -> bool {
        self.known.state == "quarantined"
    }

    fn signer(&self, key: &PublicKey) -> Option<Signer> {
        self.signers.iter().find(|one| one.key == *key).copied()
    }

    /// The first upload by a new key ends the ones before it.
    fn hand_over(&mut self, db: &Db, key: Signer, at: Timestamp) -> Result<(), Fault> {
        let mut older = self.signers.iter_mut();
        if !older.any(|one| one.id < key.id && one.until.is_none()) {
            return Ok(());
        }
        registry::end_signers(db, (self.known.id, key.id), at)?;
        self.signers = registry::signers_of(db, self.known.id)?;
        Ok(())
    }

    /// Keeps the agent's word that a checkpoint continues what it has seen; one that does not hold is passed over.
    fn cosign(
        &self,
        db: &Db,
        (own, key): (&HubKey, Signer),
        (size, bytes): (u64, &[u8]),
    ) -> Result<(), Fault> {
        // Whatever an agent says must not make the transaction fail.
        let note = match i64::try_from(size) {
            Ok(_) => logs::checkpoint(db, size)?,
            Err(_) => None,
        };
        let signed = note.and_then(|note| Signed::open(&note, &own.id, &own.key.public()).ok());
        let cosignature = Cosignature::from_bytes(bytes);
        if let (Some(signed), Some(cosignature)) = (signed, cosignature)
            && signed.is_cosigned(&key.key, &cosignature)
        {
            logs::add_cosignature(db, size, (self.known.id, key.id), bytes)?;
        }
        Ok(())
    }

    fn standing(&self, db: &Db) -> Result<Standing, Fault> {
        let Known {
            id,
            epoch,
            whole_to,
            ..
        } = self.known;
        let ends = arrivals::ends(db, (id, epoch), whole_to)?;
        let missing = if ends.highest > whole_to {
            arrivals::missing(db, (id, epoch), (whole_to, GAPS))?
        } else {
            Vec::new()
        };
        Ok(Standing {
            epoch: if ends.last_sequence == 0 { 0 } else { epoch },
            number: whole_to,
            hash: ends.hash,
            last_sequence: ends.last_sequence,
            highest: ends.highest,
            missing,
            plans: self.plans.iter().copied().collect(),
        })
    }
}
