//! What an agent puts its name under: batches and plans, each signed by itself so that it can be shown to anybody.

use super::{Hash, WireError};
use crate::identity::{HubId, PublicKey, SecretKey, Signature, Statement};
use crate::name::Name;
use crate::time::Timestamp;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A plan version without secrets, as JSON.
    Plan = 1,
    /// A batch of attempts.
    Batch = 2,
}

/// A signed record. What is signed is enough to show it later; the rest is bound to it by hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it is.
    pub kind: Kind,
    /// The JSON of a plan, the head of a batch.
    pub what: Vec<u8>,
    /// The body of a batch; empty otherwise.
    pub body: Vec<u8>,
    /// By the agent's key, for one hub.
    pub signature: Signature,
}

/// A hub's word that a record is on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the hub's log.
    pub leaf: u64,
    /// When it came, by the hub's clock.
    pub received: Timestamp,
    /// By the hub's key.
    pub signature: Signature,
}

/// What a receipt is about: one record of one agent.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Whose hub.
    pub hub: &'a HubId,
    /// Who made the record.
    pub agent: &'a Name,
    /// What it is.
    pub kind: Kind,
    /// The SHA-256 of what is signed; the hash of a batch.
    pub hash: Hash,
}

impl Kind {
    /// The kind with that number.
    ///
    /// # Errors
    /// [`WireError::Malformed`] if there is none.
    pub fn of(number: u64) -> Result<Self, WireError> {
        match number {
            1 => Ok(Self::Plan),
            2 => Ok(Self::Batch),
            _ => Err(WireError::Malformed("a record is of an unknown kind")),
        }
    }
}

impl Claim<'_> {
    /// What the agent signs.
    pub fn statement(&self) -> Statement {
        Statement::new("record", self.hub)
            .with(self.agent.as_str().as_bytes())
            .number(self.kind as u64)
            .with(&self.hash.0)
    }

    /// Signs as the agent.
    pub fn sign(&self, key: &SecretKey) -> Signature {
        key.sign(self.statement().bytes())
    }

    /// Whether the agent's key has signed it.
    pub fn is_signed(&self, key: &PublicKey, signature: &Signature) -> bool {
        key.verifies(self.statement().bytes(), signature)
    }

    /// Acknowledges as the hub; only after the commit that made the record durable.
    pub fn receipt(&self, leaf: u64, received: Timestamp, key: &SecretKey) -> Receipt {
        let signature = key.sign(self.received(leaf, received).bytes());
        Receipt {
            leaf,
            received,
            signature,
        }
    }

    /// Whether the hub's key has signed `receipt` for this record.
    pub fn is_received(&self, key: &PublicKey, receipt: &Receipt) -> bool {
        let statement = self.received(receipt.leaf, receipt.received);
        key.verifies(statement.bytes(), &receipt.signature)
    }

    fn received(&self, leaf: u64, received: Timestamp) -> Statement {
        Statement::new("receipt", self.hub)
            .with(self.agent.as_str().as_bytes())
            .number(self.kind as u64)
            .with(&self.hash.0)
            .number(leaf)
            .number(received.0.cast_unsigned())
    }
}

impl Signed {
    /// The SHA-256 of what is signed; the hash of a batch.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.what)
    }

    /// What it claims for `agent` before `hub`.
    pub fn claim<'a>(&self, hub: &'a HubId, agent: &'a Name) -> Claim<'a> {
        Claim {
            hub,
            agent,
            kind: self.kind,
            hash: self.hash(),
        }
    }
}
