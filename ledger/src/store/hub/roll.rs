//! The agents of a hub as its operator sees them.

use super::Registry;
use crate::identity::KeyId;
use crate::record::Agent;
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::table::registry as rows;
use crate::store::table::{self, arrivals};
use crate::time::Timestamp;

/// All agents and all invitations that are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll {
    /// The hub's name.
    pub hub: String,
    /// By name.
    pub agents: Vec<Rolled>,
    /// The newest first.
    pub invited: Vec<Invited>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rolled {
    /// Who, and where it looks from.
    pub agent: Agent,
    /// `active`, `quarantined` or `revoked`.
    pub state: String,
    /// Since when it is so, if that was ever changed.
    pub since: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
    /// Its newest key, and since when it has it.
    pub key: Option<(KeyId, Timestamp)>,
    /// The life of its batch numbers.
    pub epoch: u32,
    /// Its batches of that epoch are there without a gap up to this number.
    pub whole_to: u64,
    /// The highest number of a batch that is there.
    pub highest: u64,
    /// How many batches claim the places of others.
    pub forks: u64,
    /// When its newest batch came.
    pub received: Option<Timestamp>,
    /// Its newest tick.
    pub newest_tick: Option<Timestamp>,
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Who, and where it looks from.
    pub agent: Agent,
    /// It brings a new key for an agent that is known.
    pub rotate: bool,
    /// Until when its token works.
    pub until: Timestamp,
}

impl Registry {
    /// All agents, and the invitations that are open at `now`.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn roll(&self, now: Timestamp) -> Result<Roll, StoreError> {
        let read = || -> Result<Roll, Fault> {
            let agents = rows::agents(&self.db)?.into_iter();
            let agents = agents.map(|known| self.rolled(known));
            let invited = rows::open_invites(&self.db, now)?.into_iter();
            let invited = invited.map(|invite| Invited {
                agent: invite.agent,
                rotate: invite.rotate,
                until: invite.expires,
            });
            Ok(Roll {
                hub: rows::hub(&self.db)?
                    .map(|(name, _)| name)
                    .unwrap_or_default(),
                agents: agents.collect::<Result<_, Fault>>()?,
                invited: invited.collect(),
            })
        };
        read().map_err(|fault| fault.at(&self.place))
    }

    fn rolled(&self, known: rows::Known) -> Result<Rolled, Fault> {
        let signers = rows::signers_of(&self.db, known.id)?;
        Ok(Rolled {
            key: signers.first().map(|one| (one.key.id(), one.since)),
            highest: arrivals::highest(&self.db, (known.id, known.epoch))?,
            forks: arrivals::forks(&self.db, known.id)?,
            received: arrivals::received(&self.db, (known.id, known.epoch))?,
            newest_tick: table::newest_tick(&self.db, known.id)?,
            agent: known.agent,
            state: known.state,
            since: known.since,
            reason: known.reason,
            epoch: known.epoch,
            whole_to: known.whole_to,
        })
    }
}
