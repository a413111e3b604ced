//! Who may send to the hub: invitations, keys, and what operators do about them. Short transactions, beside whoever takes.

use std::collections::BTreeMap;

use super::log::Appender;
use crate::identity::{KeyId, PublicKey};
use crate::name::Name;
use crate::record::Agent;
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::sqlite::schema;
use crate::store::table::registry::{self as rows, Invite, Known};
use crate::store::table::{agents, logs};
use crate::store::{Place, StoreError};
use crate::time::{Millis, Timestamp};
use crate::wire::Hash;
use crate::wire::entry::{Deed, Entry};

/// How long a token works.
const VALID: Millis = Millis::from_mins(15);
/// How long it is remembered that a token was used or ran out.
const REMEMBERED: Millis = Millis::from_mins(7 * 24 * 60);

/// The agents of a hub and their keys.
#[derive(Debug)]
pub struct Registry {
    pub(super) db: Db,
    pub(super) place: Place,
}

/// The keys of all agents, as of when they were read.
#[derive(Clone, Debug, Default)]
pub struct Keyring(BTreeMap<Name, Vec<PublicKey>>);

/// Why something cannot be done to an agent.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The record fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody is called so.
    #[error("there is no agent {0}; `reporter agents list` shows all")]
    Unknown(Name),
    /// Somebody is called so.
    #[error(
        "agent {0} is enrolled already, in region {1}; `reporter agents rotate {0}` invites it with a new key"
    )]
    Exists(Name, Name),
    /// It is in another state.
    #[error("agent {0} is {1}; only {2} can be done with")]
    State(Name, String, &'static str),
}

/// Why a key is not registered.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The record fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No invitation has that token.
    #[error("the token is not known; ask for a new one (`reporter agents invite`)")]
    Unknown,
    /// The invitation was used.
    #[error("the token was used already; ask for a new one (`reporter agents invite`)")]
    Used,
    /// The invitation has ended.
    #[error("the token has expired; ask for a new one (`reporter agents invite`)")]
    Expired,
    /// The key is known.
    #[error("the key is registered already; make a new one")]
    KeyTaken,
    /// The name was taken after the invitation.
    #[error("the name is taken; ask for an invitation under another one")]
    NameTaken,
}

impl Keyring {
    /// All keys of an agent that it has or had, the newest first; none if nobody is called so.
    pub fn of(&self, agent: &Name) -> &[PublicKey] {
        self.0.get(agent).map_or(&[], Vec::as_slice)
    }

    /// Whether the agent has a key of that id.
    pub fn has(&self, agent: &Name, id: KeyId) -> bool {
        self.of(agent).iter().any(|key| key.id() == id)
    }
}

impl Registry {
    /// Opens the record of a hub beside whoever takes. It must be there: `reporter serve` makes it.
    ///
    /// # Errors
    /// [`StoreError`] if the place is missing, foreign, newer, damaged, or no hub's.
    pub fn open(place: impl Into<Place>) -> Result<Self, StoreError> {
        let place = place.into();
        let db = Db::open_beside(&place, &schema::RECORD)?;
        let hub = rows::hub(&db).map_err(|fault| fault.at(&place))?;
        if hub.is_none() {
            let found = "the record of an agent".to_owned();
            return Err(StoreError::Foreign { place, found });
        }
        Ok(Self { db, place })
    }

    /// The keys of all agents.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn keyring(&self) -> Result<Keyring, StoreError> {
        let read = || -> Result<Keyring, Fault> {
            let names = rows::agents(&self.db)?.into_iter();
            let names: BTreeMap<i64, Name> =
                names.map(|known| (known.id, known.agent.name)).collect();
            let mut keys: BTreeMap<Name, Vec<PublicKey>> = BTreeMap::new();
            for signer in rows::signers(&self.db)? {
                if let Some(name) = names.get(&signer.agent) {
                    keys.entry(name.clone()).or_default().push(signer.key);
                }
            }
            Ok(Keyring(keys))
        };
        read().map_err(|fault| fault.at(&self.place))
    }

    /// Lets an agent in that shows `token`, once and for 15 minutes from `now`; says until when. Earlier invitations of it end.
    ///
    /// # Errors
    /// [`RegistryError::Exists`] if it is in already.
    pub fn invite(
        &mut self,
        agent: &Agent,
        token: &str,
        now: Timestamp,
    ) -> Result<Timestamp, RegistryError> {
        let known = self.known(&agent.name)?;
        if let Some(known) = known {
            let Agent { name, region } = known.agent;
            return Err(RegistryError::Exists(name, region));
        }
        Ok(self.add_invite((agent, false), token, now)?)
    }

    /// Lets a known agent bring a new key, as [`Self::invite`]. The old one stays until the new one is used, and one that is
    /// revoked is let in again. Says where it looks from, too.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] if there is no such agent.
    pub fn rotate(
        &mut self,
        name: &Name,
        token: &str,
        now: Timestamp,
    ) -> Result<(Agent, Timestamp), RegistryError> {
        let known = self.known(name)?;
        let agent = known.ok_or_else(|| RegistryError::Unknown(name.clone()))?;
        let agent = agent.agent;
        let until = self.add_invite((&agent, true), token, now)?;
        Ok((agent, until))
    }

    /// Registers `key`, whose holder has shown `token`; says whose it is now.
    ///
    /// # Errors
    /// [`EnrolError`] if the token is of no use, or the key is known.
    pub fn enrol(
        &mut self,
        token: &str,
        key: &PublicKey,
        now: Timestamp,
    ) -> Result<Agent, EnrolError> {
        let token = Hash::of(token.as_bytes());
        self.write(|db| enrol(db, &token, key, now))?
    }

    /// Takes nothing from an agent any more.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] if there is no such agent.
    pub fn revoke(
        &mut self,
        name: &Name,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        self.change(name, |db, known| {
            if known.state == "revoked" {
                return Ok(Err("one that is not revoked"));
            }
            rows::set_state(db, known.id, ("revoked", now, Some(reason)))?;
            note(db, known, Deed::Revoked, now)?;
            rows::end_signers(db, (known.id, -1), now)?;
            rows::drop_invites(db, &known.agent.name, now - REMEMBERED)?;
            Ok(Ok(()))
        })
    }

    /// Ends the quarantine of an agent.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] if there is no such agent, [`RegistryError::State`] if it is in none.
    pub fn release(&mut self, name: &Name, now: Timestamp) -> Result<(), RegistryError> {
        self.change(name, |db, known| {
            if known.state != "quarantined" {
                return Ok(Err("one in quarantine"));
            }
            rows::set_state(db, known.id, ("active", now, None))?;
            note(db, known, Deed::Released, now)?;
            Ok(Ok(()))
        })
    }

    /// Runs one transaction.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Db) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let done = self.db.transact(work);
        done.map_err(|fault| fault.at(&self.place))
    }

    fn known(&mut self, name: &Name) -> Result<Option<Known>, StoreError> {
        self.write(|db| rows::hold(db, name))
    }

    fn add_invite(
        &mut self,
        (agent, rotate): (&Agent, bool),
        token: &str,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let invite = Invite {
            token: Hash::of(token.as_bytes()),
            agent: agent.clone(),
            rotate,
            made: now,
            expires: now + VALID,
            used: None,
        };
        self.write(|db| {
            rows::drop_invites(db, &agent.name, now - REMEMBERED)?;
            rows::add_invite(db, &invite)
        })?;
        Ok(invite.expires)
    }

    fn change(
        &mut self,
        name: &Name,
        work: impl FnOnce(&Db, &Known) -> Result<Result<(), &'static str>, Fault>,
    ) -> Result<(), RegistryError> {
        let changed = self.write(|db| {
            let Some(known) = rows::hold(db, name)? else {
                return Ok(None);
            };
            Ok(Some((work(db, &known)?, known.state)))
        })?;
        match changed {
            None => Err(RegistryError::Unknown(name.clone())),
            Some((Ok(()), _)) => Ok(()),
            Some((Err(wanted), state)) => Err(RegistryError::State(name.clone(), state, wanted)),
        }
    }
}

fn enrol(
    db: &Db,
    token: &Hash,
    key: &PublicKey,
    now: Timestamp,
) -> Result<Result<Agent, EnrolError>, Fault> {
    let Some(invite) = rows::hold_invite(db, token)? else {
        return Ok(Err(EnrolError::Unknown));
    };
    if invite.used.is_some() {
        return Ok(Err(EnrolError::Used));
    }
    if now >= invite.expires {
        return Ok(Err(EnrolError::Expired));
    }
    if rows::is_known(db, key)? {
        return Ok(Err(EnrolError::KeyTaken));
    }
    let known = rows::hold(db, &invite.agent.name)?;
    let (id, deed) = match known {
        None => (agents::add(db, &invite.agent)?, Deed::Enrolled),
        Some(known) if invite.rotate => {
            if known.state == "revoked" {
                rows::set_state(db, known.id, ("active", now, None))?;
            }
            (known.id, Deed::Rotated)
        }
        Some(_) => return Ok(Err(EnrolError::NameTaken)),
    };
    rows::add_signer(db, (id, key), now)?;
    rows::use_invite(db, token, now)?;
    logs::begin(db)?;
    let mut log = Appender::new(db);
    log.keep(&Entry::Key {
        agent: invite.agent.name.clone(),
        region: invite.agent.region.clone(),
        deed,
        key: *key,
        at: now,
    })?;
    log.finish()?;
    Ok(Ok(invite.agent))
}

/// Logs what was done to the newest key of an agent.
fn note(db: &Db, known: &Known, deed: Deed, at: Timestamp) -> Result<(), Fault> {
    let Some(signer) = rows::signers_of(db, known.id)?.into_iter().next() else {
        return Ok(());
    };
    let mut log = Appender::new(db);
    log.keep(&Entry::Key {
        agent: known.agent.name.clone(),
        region: known.agent.region.clone(),
        deed,
        key: signer.key,
        at,
    })?;
    log.finish()
}
