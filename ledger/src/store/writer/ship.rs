//! What goes to the hub, and what came of it.

use std::sync::Arc;

use super::Writer;
use crate::name::Name;
use crate::store::error::Fault;
use crate::store::shipping::{Bond, Course, Fate, Item, Load, Parcel};
use crate::store::table::shipping::Received;
use crate::store::table::{agents, batches, shipping};
use crate::store::{StoreError, db::Db};
use crate::time::Timestamp;
use crate::wire::record::{Claim, Kind, Signed};
use crate::wire::upload::Standing;
use crate::wire::{Hash, Sealed};

/// A hub names so many plan versions at most.
const PLANS_TOLD: usize = 1_024;

/// The hub of a writer.
#[derive(Debug)]
pub(super) struct Bonded {
    pub(super) bond: Arc<Bond>,
    /// The place of the agent's key in the record.
    signer: i64,
    /// No batch before this place waits.
    from: (u32, u64),
}

impl Bonded {
    /// Signs the batch that was just added.
    pub(super) fn sign(
        &self,
        db: &Db,
        (id, agent): (i64, &Name),
        end: &batches::End,
    ) -> Result<(), Fault> {
        let claim = Claim {
            hub: &self.bond.hub,
            agent,
            kind: Kind::Batch,
            hash: end.hash,
        };
        let item = Item::Batch(agents::epoch(db, id)?, end.number);
        let signature = claim.sign(&self.bond.key);
        shipping::put_signature(db, id, item, (self.signer, &signature))
    }
}

impl Writer {
    /// From now on the record is for a hub too: batches are small, sealed with each [`Self::seal`], and signed.
    ///
    /// What was signed by another key and is not yet at the hub is signed anew; another hub gets everything.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn enrol(&mut self, bond: Arc<Bond>, now: Timestamp) -> Result<(), StoreError> {
        let public = bond.key.public();
        let signer = self.write(|db, id| {
            if shipping::hub(db)?.is_none_or(|known| known != (bond.hub.clone(), bond.hub_key)) {
                shipping::put_hub(db, &bond.hub, &bond.hub_key)?;
                shipping::forget_hub(db, id)?;
            }
            shipping::add_plans(db, id)?;
            match shipping::signer(db, id, &public)? {
                Some(signer) => Ok(signer),
                None => shipping::add_signer(db, id, &public, now),
            }
        })?;
        self.bonded = Some(Bonded {
            bond,
            signer,
            from: (0, 0),
        });
        Ok(())
    }

    /// What is to be sent next, signed: plans before everything else, and then alone; none without a hub.
    ///
    /// # Errors
    /// [`StoreError`] if the record is damaged or a signature cannot be kept.
    pub fn load(&mut self, load: &Load) -> Result<Vec<Parcel>, StoreError> {
        let Some(mut bonded) = self.bonded.take() else {
            return Ok(Vec::new());
        };
        let loaded = self.loaded(load, &mut bonded);
        self.bonded = Some(bonded);
        loaded
    }

    /// Whether anything waits to be sent.
    ///
    /// # Errors
    /// [`StoreError`] if the record cannot be read.
    pub fn has_waiting(&self) -> Result<bool, StoreError> {
        let Some(bonded) = &self.bonded else {
            return Ok(false);
        };
        let look = || -> Result<bool, Fault> {
            Ok(!shipping::waiting_plans(&self.db, self.id)?.is_empty()
                || !shipping::waiting_batches(&self.db, self.id, bonded.from, 1)?.is_empty())
        };
        look().map_err(|fault| fault.at(&self.place))
    }

    /// Writes down what became of records. Receipts must have been verified.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn settle(&mut self, fates: &[(Item, Fate)]) -> Result<(), StoreError> {
        if fates.is_empty() {
            return Ok(());
        }
        self.write(|db, id| {
            for (item, fate) in fates {
                match fate {
                    Fate::Received(receipt) => shipping::put_receipt(db, id, *item, receipt)?,
                    Fate::Refused(reason) => shipping::put_refusal(db, id, *item, reason)?,
                }
            }
            Ok(())
        })
    }

    /// Compares this record with where the hub stands, and makes good what does not agree.
    ///
    /// # Errors
    /// [`StoreError`] if the record cannot be read or written.
    pub fn compare(&mut self, standing: &Standing) -> Result<Course, StoreError> {
        let place = self.place.clone();
        let look = || -> Result<_, Fault> {
            let own = (
                agents::epoch(&self.db, self.id)?,
                batches::end(&self.db, self.id)?.number,
            );
            Ok((own, has_other(&self.db, self.id, own, standing)?))
        };
        let (own, other) = look().map_err(|fault| fault.at(&place))?;
        if other {
            let epoch = own.0.max(standing.epoch) + 1;
            self.begin_epoch(epoch, standing.last_sequence)?;
            return Ok(Course::Epoch(epoch));
        }
        let lost = lost(&self.db, self.id, standing).map_err(|fault| fault.at(&place))?;
        let (lost, gone) = (lost.again, lost.gone);
        if lost.is_empty() && gone.is_empty() {
            return Ok(Course::Straight);
        }
        self.write(|db, id| {
            for item in &lost {
                shipping::drop_receipt(db, id, *item)?;
            }
            let mut gone = gone.iter();
            gone.try_for_each(|place| shipping::drop_leaf(db, id, *place))
        })?;
        if lost.is_empty() {
            return Ok(Course::Straight);
        }
        if let Some(bonded) = &mut self.bonded {
            bonded.from = (0, 0);
        }
        Ok(Course::Resend(
            u64::try_from(lost.len()).unwrap_or(u64::MAX),
        ))
    }

    /// The newest checkpoint of the hub's log that was verified: its size and the note.
    ///
    /// # Errors
    /// [`StoreError`] if the record cannot be read.
    pub fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        let found = shipping::checkpoint(&self.db).map_err(|fault| fault.at(&self.place))?;
        Ok(found.map(|(size, _, note)| (size, note)))
    }

    /// Keeps a checkpoint that was verified.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn keep_checkpoint(
        &mut self,
        size: u64,
        seen: Timestamp,
        note: &str,
    ) -> Result<(), StoreError> {
        self.write(|db, _| shipping::put_checkpoint(db, (size, seen), note))
    }

    /// The number of the oldest attempt in a batch that waits for the hub.
    pub(super) fn unsent_from(&self) -> Result<Option<u64>, Fault> {
        match &self.bonded {
            None => Ok(None),
            Some(bonded) => shipping::unsent_from(&self.db, self.id, bonded.from),
        }
    }

    fn loaded(&mut self, load: &Load, bonded: &mut Bonded) -> Result<Vec<Parcel>, StoreError> {
        let found = self
            .found(load, bonded)
            .map_err(|fault| fault.at(&self.place))?;
        let (unsigned, parcels) = found;
        if !unsigned.is_empty() {
            self.write(|db, id| {
                for (parcel, _) in parcels.iter().zip(&unsigned).filter(|(_, is)| **is) {
                    let signed = (bonded.signer, &parcel.signed.signature);
                    shipping::put_signature(db, id, parcel.item, signed)?;
                }
                Ok(())
            })?;
        }
        Ok(parcels)
    }

    /// The next parcels, and for each whether its signature is new; nothing if none is.
    fn found(&self, load: &Load, bonded: &mut Bonded) -> Result<(Vec<bool>, Vec<Parcel>), Fault> {
        let mut found = Found {
            writer: self,
            bond: Arc::clone(&bonded.bond),
            new: Vec::new(),
            parcels: Vec::new(),
            bytes: 0,
        };
        for (version, text, signature) in shipping::waiting_plans(&self.db, self.id)? {
            if found.parcels.len() < load.most {
                found.add(
                    Item::Plan(version),
                    (text.into_bytes(), Vec::new()),
                    signature,
                );
            }
        }
        if found.parcels.is_empty() {
            let ordered = shipping::waiting_batches(&self.db, self.id, bonded.from, load.most)?;
            if let Some(first) = ordered.first() {
                bonded.from = *first;
            }
            let newest = match load.newest_first {
                true => shipping::newest_waiting(&self.db, self.id)?,
                false => None,
            };
            let others = ordered.into_iter().filter(|place| Some(*place) != newest);
            for place in newest.into_iter().chain(others).take(load.most) {
                if !found.add_batch(place, load.bytes)? {
                    break;
                }
            }
        }
        let any = found.new.contains(&true);
        Ok((if any { found.new } else { Vec::new() }, found.parcels))
    }

    /// Numbers what the hub does not have anew, above `held`, in a new epoch: this record was set back, and the hub has what
    /// was numbered so before.
    fn begin_epoch(&mut self, epoch: u32, held: u64) -> Result<(), StoreError> {
        let (name, next) = (self.agent.name.clone(), self.next);
        let (folded, shift) = self.write(|db, id| {
            let own = agents::epoch(db, id)?;
            let cut = shipping::last_received(db, id, own)?;
            let first = batches::first_sequence_after(db, id, (own, cut))?;
            let first = first
                .or(crate::store::table::attempts::first(db, id)?)
                .unwrap_or(next);
            let shift = (held + 1).saturating_sub(first);
            agents::begin_epoch(db, id, epoch)?;
            batches::move_to_epoch(db, (id, &name), (own, cut), shift)?;
            crate::store::table::renumber(db, id, first, shift)?;
            agents::folded_before(db, id).map(|folded| (folded, shift))
        })?;
        self.next += shift;
        self.folded_before = folded;
        if let Some(bonded) = &mut self.bonded {
            bonded.from = (0, 0);
        }
        Ok(())
    }
}

/// Parcels on the way out of the record.
struct Found<'a> {
    writer: &'a Writer,
    bond: Arc<Bond>,
    new: Vec<bool>,
    parcels: Vec<Parcel>,
    bytes: usize,
}

impl Found<'_> {
    fn add(
        &mut self,
        item: Item,
        (what, body): (Vec<u8>, Vec<u8>),
        signature: Option<crate::identity::Signature>,
    ) {
        let kind = match item {
            Item::Plan(_) => Kind::Plan,
            Item::Batch(..) => Kind::Batch,
        };
        let claim = Claim {
            hub: &self.bond.hub,
            agent: &self.writer.agent.name,
            kind,
            hash: Hash::of(&what),
        };
        self.bytes += what.len() + body.len();
        self.new.push(signature.is_none());
        let signature = signature.unwrap_or_else(|| claim.sign(&self.bond.key));
        let signed = Signed {
            kind,
            what,
            body,
            signature,
        };
        self.parcels.push(Parcel { item, signed });
    }

    /// Adds a batch; false if there is no room for it.
    fn add_batch(&mut self, place: (u32, u64), most: usize) -> Result<bool, Fault> {
        let Some((sealed, signature)) = shipping::batch(&self.writer.db, self.writer.id, place)?
        else {
            return Ok(true);
        };
        let Sealed { head, body } = sealed;
        if !self.parcels.is_empty() && self.bytes + head.len() + body.len() > most {
            return Ok(false);
        }
        self.add(Item::Batch(place.0, place.1), (head, body), signature);
        Ok(true)
    }
}

/// Whether the hub has something of this agent that is not in this record, or is something else in it.
fn has_other(db: &Db, id: i64, own: (u32, u64), standing: &Standing) -> Result<bool, Fault> {
    if standing.epoch != own.0 {
        return Ok(standing.epoch > own.0);
    }
    if standing.highest > own.1 {
        return Ok(true);
    }
    if standing.number == 0 {
        return Ok(false);
    }
    let mine = shipping::hash(db, id, (own.0, standing.number))?;
    Ok(mine.is_none_or(|(hash, _)| hash != standing.hash))
}

/// What the hub gave receipts for and does not have any more.
struct Lost {
    /// What can be sent again.
    again: Vec<Item>,
    /// Batches that are pruned here.
    gone: Vec<(u32, u64)>,
}

fn lost(db: &Db, id: i64, standing: &Standing) -> Result<Lost, Fault> {
    let held = |place: (u32, u64)| {
        let missing = |(first, last): &(u64, u64)| (*first..=*last).contains(&place.1);
        place.0 < standing.epoch
            || place.0 == standing.epoch
                && place.1 <= standing.highest
                && !standing.missing.iter().any(missing)
    };
    let from = (standing.epoch, standing.number + 1);
    let mut lost = Lost {
        again: Vec::new(),
        gone: Vec::new(),
    };
    for Received { place, whole } in shipping::received(db, id, from)? {
        if held(place) {
            continue;
        }
        if whole {
            lost.again.push(Item::Batch(place.0, place.1));
        } else {
            lost.gone.push(place);
        }
    }
    if standing.plans.len() < PLANS_TOLD {
        let plans = shipping::received_plans(db, id)?.into_iter();
        let plans = plans.filter(|version| !standing.plans.contains(version));
        lost.again.extend(plans.map(Item::Plan));
    }
    Ok(lost)
}

#[cfg(test)]
mod tests;
