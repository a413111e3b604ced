//! The record as it is shown to somebody who trusts neither hub nor agents.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reader, Snapshot, View};
use crate::bundle::{AgentKeys, HubKey, KeySpan, Log, Restored};
use crate::checkpoint::Signed;
use crate::identity::{HubId, KeyId};
use crate::merkle::partial;
use crate::name::Name;
use crate::record::Agent;
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::table::log_tree::{self, Tree};
use crate::store::table::{agents, attempts, batches, exhibits};
use crate::time::{Interval, Millis, Timestamp};
use crate::wire::entry::{Deed, Entry};
use crate::wire::exhibit::{Exhibits, Voucher};
use crate::wire::{Batch, Hash, Header, Sealed};

/// What there is to be shown of a time.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The time of which attempts are shown: what was asked for, and what decides how the ticks at its ends are judged.
    pub shown: Interval,
    /// The hub that the records were signed for.
    pub hub: Option<HubKey>,
    /// The agents and their keys, by name.
    pub keys: Vec<AgentKeys>,
    /// Their records, in the same order.
    pub agents: Vec<Exhibits>,
    /// The JSON of the plans that they looked by.
    pub plans: BTreeMap<u32, String>,
    /// The hub's log, if one of the records is a hub's.
    pub log: Option<Log>,
}

impl Evidence {
    /// Whether the attempts of a batch are pruned.
    pub fn is_pruned(&self) -> bool {
        let mut batches = self.agents.iter().flat_map(|one| &one.batches);
        batches.any(|batch| batch.body.is_none())
    }

    /// The records, to be made anew; without batches that are pruned.
    pub fn restored(self) -> Vec<Restored> {
        let one = |(keys, exhibits): (AgentKeys, Exhibits)| {
            let batches = exhibits.batches.into_iter();
            let whole = batches.filter_map(|batch| {
                let (head, body) = (batch.head, batch.body?);
                Some(Sealed { head, body })
            });
            Restored {
                agent: Agent {
                    name: keys.name,
                    region: keys.region,
                },
                batches: whole.collect(),
                tail: exhibits.tail,
            }
        };
        self.keys.into_iter().zip(self.agents).map(one).collect()
    }
}

impl Reader {
    /// How many attempts [`Self::evidence`] would show, about.
    ///
    /// # Errors
    /// [`StoreError`] if a record cannot be read.
    pub fn count(&self, period: Interval) -> Result<u64, StoreError> {
        let counts = self.bare_views().map(|view| {
            let count = exhibits::count(view.db, view.row.id, period);
            count.map_err(|fault| fault.at(view.place))
        });
        counts.sum()
    }

    /// Whether attempts of `period` are no longer kept.
    ///
    /// # Errors
    /// [`StoreError`] if a record cannot be read.
    pub fn is_pruned(&self, period: Interval) -> Result<bool, StoreError> {
        for view in self.bare_views() {
            let pruned = exhibits::is_pruned(view.db, view.row.id, period);
            if pruned.map_err(|fault| fault.at(view.place))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All that vouches for the record around `period`.
    ///
    /// # Errors
    /// [`StoreError`] if a record is damaged or cannot be read.
    pub fn evidence(&self, period: Interval) -> Result<Evidence, StoreError> {
        let views: Vec<View<'_>> = self.views()?.collect();
        // As in an audit: what lies before and after decides how the ticks at the ends are kept.
        let context = views.iter().map(|view| view.planned.widest_context());
        let around = Millis(context.max().unwrap_or(Millis::ZERO).0.saturating_mul(4));
        let shown = Interval::new(period.start - around, period.end + around);
        let hub = self.hub()?;
        let mut found = Evidence {
            shown,
            hub: None,
            keys: Vec::new(),
            agents: Vec::new(),
            plans: BTreeMap::new(),
            log: None,
        };
        for view in &views {
            let same_hub = view.is_for(hub.as_ref());
            let read = same_hub.and_then(|same| view.exhibits(shown, same));
            let (keys, exhibits) = read.map_err(|fault| fault.at(view.place))?;
            found.keys.push(keys);
            found.agents.push(exhibits);
        }
        found.keys.sort_by(|a, b| a.name.cmp(&b.name));
        found.agents.sort_by(|a, b| a.agent.cmp(&b.agent));
        for file in &self.files {
            exhibits::must_be_of_known(&file.db).map_err(|fault| fault.at(&file.place))?;
            let plans = agents::plan_texts(&file.db).map_err(|fault| fault.at(&file.place))?;
            found.plans.extend(plans);
        }
        found.log = self.log(&mut found.keys, &mut found.agents)?;
        found.hub = hub.map(|(name, key)| HubKey { name, key });
        Ok(found)
    }

    /// The hub of the first record that has one, as name and key.
    fn hub(&self) -> Result<Option<(String, String)>, StoreError> {
        for file in &self.files {
            let hub = exhibits::hub(&file.db).map_err(|fault| fault.at(&file.place))?;
            if let Some((name, key)) = hub {
                return Ok(Some((name.to_string(), key.to_string())));
            }
        }
        Ok(None)
    }

    /// The log of the record that has one, as of the newest checkpoint that agents have cosigned, if that holds all records that are
    /// shown; else as of the newest one. What came after it is not said to be in it.
    fn log(
        &self,
        keys: &mut [AgentKeys],
        agents: &mut [Exhibits],
    ) -> Result<Option<Log>, StoreError> {
        for file in &self.files {
            let fault = |fault: Fault| fault.at(&file.place);
            if let Some(newest) = log_tree::newest(&file.db).map_err(fault)? {
                let changes = file.changes(newest.0, keys).map_err(fault)?;
                let leaves = vouchers(agents).filter_map(|voucher| Some(voucher.logged?.leaf));
                let leaves = leaves.chain(changes.keys().copied());
                let last = leaves.filter(|leaf| *leaf < newest.0).max();
                let cosigned = log_tree::cosigned(&file.db, last.unwrap_or(0)).map_err(fault)?;
                let (size, note) = cosigned.unwrap_or(newest);
                vouchers(agents).for_each(|voucher| {
                    voucher.logged = voucher.logged.filter(|logged| logged.leaf < size);
                });
                keep_told(&changes, keys, agents);
                return file
                    .log((size, &note), changes, agents)
                    .map(Some)
                    .map_err(fault);
            }
        }
        Ok(None)
    }
}

impl Snapshot {
    /// The entries of the first `size` about the keys of these agents.
    fn changes(&self, size: u64, keys: &[AgentKeys]) -> Result<BTreeMap<u64, Vec<u8>>, Fault> {
        let names: BTreeSet<&Name> = keys.iter().map(|one| &one.name).collect();
        let mut entries = log_tree::entries(&self.db, size)?;
        entries.retain(|_, bytes| {
            matches!(Entry::decode(bytes), Ok(Entry::Key { agent, .. }) if names.contains(&agent))
        });
        Ok(entries)
    }

    fn log(
        &self,
        (size, note): (u64, &str),
        entries: BTreeMap<u64, Vec<u8>>,
        agents: &mut [Exhibits],
    ) -> Result<Log, Fault> {
        let leaves =
            vouchers(agents).filter_map(|voucher| voucher.logged.map(|logged| logged.leaf));
        let known: Vec<u64> = leaves.chain(entries.keys().copied()).collect();
        Ok(Log {
            checkpoint: self.cosigned(size, note)?,
            partial: partial(&Tree { db: &self.db }, size, known)?,
            entries,
        })
    }

    /// The note with all cosignatures under it.
    fn cosigned(&self, size: u64, note: &str) -> Result<String, Fault> {
        let odd = |what: String| Fault::Row {
            table: "checkpoint",
            what,
        };
        let mut signed = Signed::parse(note).map_err(|error| odd(error.to_string()))?;
        for (agent, key, cosignature) in exhibits::cosignatures(&self.db, size)? {
            let added = signed.add(&agent, &key, &cosignature);
            added.map_err(|error| odd(error.to_string()))?;
        }
        Ok(signed.to_string())
    }
}

impl View<'_> {
    /// Whether the record was signed for that hub, or there is none at all.
    fn is_for(&self, hub: Option<&(String, String)>) -> Result<Signing, Fault> {
        let own = exhibits::hub(self.db)?.map(|(name, _): (HubId, _)| name.to_string());
        let same = own.as_ref() == hub.map(|(name, _)| name);
        Ok(if same {
            Signing::Shown
        } else {
            Signing::ForOthers
        })
    }

    fn exhibits(&self, shown: Interval, signing: Signing) -> Result<(AgentKeys, Exhibits), Fault> {
        let keys = match signing {
            Signing::Shown => exhibits::keys(self.db, self.row.id)?,
            Signing::ForOthers => Vec::new(),
        };
        let spans = keys.into_iter().map(|(key, since, until)| KeySpan {
            key: key.to_string(),
            since,
            until,
        });
        let keys = AgentKeys {
            name: self.row.agent.name.clone(),
            region: self.row.agent.region.clone(),
            keys: spans.collect(),
        };
        let mut found = Exhibits {
            agent: self.row.agent.name.clone(),
            plans: exhibits::plans(self.db, self.row.id)?,
            batches: exhibits::batches(self.db, self.row.id, shown)?,
            tail: self.tail(shown)?,
        };
        if matches!(signing, Signing::ForOthers) {
            let all = std::slice::from_mut(&mut found);
            vouchers(all).for_each(|voucher| *voucher = Voucher::default());
        }
        Ok((keys, found))
    }

    /// The attempts that no batch holds yet, packed like one.
    fn tail(&self, shown: Interval) -> Result<Option<Sealed>, Fault> {
        let attempts = attempts::since(self.db, self.row.id, 0)?;
        if !attempts.iter().any(|attempt| shown.contains(attempt.tick)) {
            return Ok(None);
        }
        let end = batches::end(self.db, self.row.id)?;
        let batch = Batch {
            header: Header {
                agent: self.row.agent.name.clone(),
                epoch: 0,
                number: 0,
                previous: Hash::default(),
            },
            attempts,
        };
        let number = end.number + 1;
        let sealed = batch
            .seal()
            .map_err(|error| Fault::Batch { number, error })?;
        Ok(Some(sealed))
    }
}

/// Whether the signatures of a record are for the hub that is shown.
#[derive(Clone, Copy, Debug)]
enum Signing {
    Shown,
    ForOthers,
}

/// Leaves of keys what `changes` tell of them: a key that came after the checkpoint vouches for nothing yet, and one that has
/// ended since has not ended.
fn keep_told(changes: &BTreeMap<u64, Vec<u8>>, keys: &mut [AgentKeys], agents: &mut [Exhibits]) {
    for (own, exhibits) in keys.iter_mut().zip(agents) {
        let told = changes
            .values()
            .filter_map(|bytes| Entry::decode(bytes).ok());
        let told = told.filter_map(|entry| match entry {
            Entry::Key {
                agent,
                deed,
                key,
                at,
                ..
            } if agent == own.name => Some((deed, key.to_string(), at)),
            _ => None,
        });
        let told: Vec<(Deed, String, Timestamp)> = told.collect();
        let begins = |deed: Deed| matches!(deed, Deed::Enrolled | Deed::Rotated);
        own.keys.retain(|span| {
            let mut told = told.iter();
            told.any(|(deed, key, at)| begins(*deed) && *key == span.key && *at == span.since)
        });
        for span in &mut own.keys {
            let ends = |(deed, key, at): &(Deed, String, Timestamp)| match deed {
                Deed::Revoked => span.until == Some(*at),
                Deed::Rotated => *key != span.key && *at >= span.since && Some(*at) <= span.until,
                _ => false,
            };
            span.until = span.until.filter(|_| told.iter().any(ends));
        }
        let known: BTreeSet<KeyId> = own.keys.iter().filter_map(KeySpan::id).collect();
        for voucher in vouchers(std::slice::from_mut(exhibits)) {
            if voucher.signed.is_some_and(|(id, _)| !known.contains(&id)) {
                *voucher = Voucher::default();
            }
        }
    }
}

fn vouchers(agents: &mut [Exhibits]) -> impl Iterator<Item = &mut Voucher> {
    agents.iter_mut().flat_map(|one| {
        let plans = one.plans.iter_mut().map(|plan| &mut plan.voucher);
        plans.chain(one.batches.iter_mut().map(|batch| &mut batch.voucher))
    })
}
