//! What a hub writes into its log: one entry for each record that it took, and for each thing that was done to a key.
//!
//! The bytes of an entry are hashed into the Merkle tree (`merkle::leaf`). They follow from rows that are kept for good, so they need not be
//! kept themselves.

use super::varint::{Sink, Source};
use super::{Hash, WireError};
use crate::identity::{PublicKey, Signature};
use crate::name::Name;
use crate::time::Timestamp;

/// An entry of a hub's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A plan version of an agent was taken.
    Plan {
        /// Who sent it.
        agent: Name,
        /// The beginning of the hash.
        version: u32,
        /// The SHA-256 of its JSON.
        hash: Hash,
        /// The SHA-256 of the agent's signature.
        signature: Hash,
        /// When, by the hub's clock.
        received: Timestamp,
    },
    /// A batch was taken.
    Batch {
        /// Who sent it.
        agent: Name,
        /// Its epoch.
        epoch: u32,
        /// Its number.
        number: u64,
        /// Its hash.
        hash: Hash,
        /// The SHA-256 of the agent's signature.
        signature: Hash,
        /// When, by the hub's clock.
        received: Timestamp,
    },
    /// Something was done to the key of an agent.
    Key {
        /// Whose key.
        agent: Name,
        /// Where the agent runs.
        region: Name,
        /// What was done.
        deed: Deed,
        /// The key; of a change the new one.
        key: PublicKey,
        /// When, by the hub's clock.
        at: Timestamp,
    },
}

/// What is done to the key of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// It was registered: what it signs is taken from now on.
    Enrolled = 1,
    /// It took the place of the one before.
    Rotated = 2,
    /// Nothing that it signs is taken any more.
    Revoked = 3,
    /// Nothing is taken until somebody has looked.
    Quarantined = 4,
    /// Somebody has looked.
    Released = 5,
}

const MAGIC: &[u8; 4] = b"GLE1";
const PLAN: u64 = 1;
const BATCH: u64 = 2;
const KEY: u64 = 3;

impl Entry {
    /// The bytes that are hashed.
    pub fn bytes(&self) -> Vec<u8> {
        let mut sink = Sink::default();
        sink.raw(MAGIC);
        match self {
            Self::Plan {
                agent,
                version,
                hash,
                signature,
                received,
            } => {
                sink.unsigned(PLAN);
                sink.bytes(agent.as_str().as_bytes());
                sink.unsigned(u64::from(*version));
                sink.raw(&hash.0);
                sink.raw(&signature.0);
                sink.signed(received.0);
            }
            Self::Batch {
                agent,
                epoch,
                number,
                hash,
                signature,
                received,
            } => {
                sink.unsigned(BATCH);
                sink.bytes(agent.as_str().as_bytes());
                sink.unsigned(u64::from(*epoch));
                sink.unsigned(*number);
                sink.raw(&hash.0);
                sink.raw(&signature.0);
                sink.signed(received.0);
            }
            Self::Key {
                agent,
                region,
                deed,
                key,
                at,
            } => {
                sink.unsigned(KEY);
                sink.bytes(agent.as_str().as_bytes());
                sink.bytes(region.as_str().as_bytes());
                sink.unsigned(*deed as u64);
                sink.raw(&key.0);
                sink.signed(at.0);
            }
        }
        sink.into_bytes()
    }

    /// Reads what [`Self::bytes`] writes.
    ///
    /// # Errors
    /// [`WireError`] if the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let content = bytes.strip_prefix(MAGIC.as_slice());
        let mut source = Source::new(content.ok_or(WireError::Foreign)?);
        let kind = source.unsigned()?;
        let agent = source.name()?;
        let entry = match kind {
            PLAN => Self::Plan {
                agent,
                version: short(source.unsigned()?)?,
                hash: Hash(source.array()?),
                signature: Hash(source.array()?),
                received: Timestamp(source.signed()?),
            },
            BATCH => Self::Batch {
                agent,
                epoch: short(source.unsigned()?)?,
                number: source.unsigned()?,
                hash: Hash(source.array()?),
                signature: Hash(source.array()?),
                received: Timestamp(source.signed()?),
            },
            KEY => Self::Key {
                agent,
                region: source.name()?,
                deed: Deed::of(source.unsigned()?)?,
                key: PublicKey(source.array()?),
                at: Timestamp(source.signed()?),
            },
            _ => return Err(WireError::Malformed("a log entry is of an unknown kind")),
        };
        source.end()?;
        Ok(entry)
    }
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Enrolled,
        Self::Rotated,
        Self::Revoked,
        Self::Quarantined,
        Self::Released,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Rotated => "rotated",
            Self::Revoked => "revoked",
            Self::Quarantined => "quarantined",
            Self::Released => "released",
        }
    }

    /// The deed with that number.
    ///
    /// # Errors
    /// [`WireError::Malformed`] if there is none.
    pub fn of(number: u64) -> Result<Self, WireError> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|deed| *deed as u64 == number);
        found.ok_or(WireError::Malformed("a deed is unknown"))
    }
}

/// What an entry keeps of a signature.
pub fn hash_of(signature: &Signature) -> Hash {
    Hash::of(&signature.0)
}

fn short(number: u64) -> Result<u32, WireError> {
    u32::try_from(number).map_err(|_| WireError::Malformed("a number is out of range"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn entry()(
            kind in 1..=3_u64, agent in "[a-z]{1,6}", region in "[a-z]{1,6}", version: u32, number: u64,
            (hash, signature, key) in any::<([u8; 32], [u8; 32], [u8; 32])>(), at: i64, deed in prop::sample::select(Deed::ALL.to_vec()),
        ) -> Entry {
            let name = |text: &str| Name::new(text).expect("a name");
            let (agent, hash, signature) = (name(&agent), Hash(hash), Hash(signature));
            let received = Timestamp(at);
            match kind {
                PLAN => Entry::Plan { agent, version, hash, signature, received },
                BATCH => Entry::Batch { agent, epoch: version, number, hash, signature, received },
                _ => Entry::Key { agent, region: name(&region), deed, key: PublicKey(key), at: received },
            }
        }
    }

    proptest! {
        #[test]
        fn entries_come_back_and_no_two_have_the_same_bytes(one in entry(), other in entry()) {
            let bytes = one.bytes();
            prop_assert_eq!(Entry::decode(&bytes), Ok(one.clone()));
            prop_assert_eq!(one == other, bytes == other.bytes());
            prop_assert!(Entry::decode(&bytes[..bytes.len() - 1]).is_err());
        }
    }
}
