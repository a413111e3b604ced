//! Records as they are shown to somebody who has neither agent nor hub: each with who signed it and where a hub's log has it.
//!
//! All records of one agent stand in one file, in the order in which they were made. The text of a plan is kept beside it,
//! because agents share it.

use super::varint::{Sink, Source};
use super::{Hash, MAX_BYTES, MAX_HEAD, Sealed, WireError, limit};
use crate::identity::{KeyId, Signature};
use crate::name::Name;
use crate::time::Timestamp;

/// All that is shown of one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibits {
    /// Whose.
    pub agent: Name,
    /// The plan versions that it looked by, by version.
    pub plans: Vec<PlanExhibit>,
    /// Its batches, by epoch and number.
    pub batches: Vec<BatchExhibit>,
    /// Its newest attempts, packed like a batch that nobody has sealed yet.
    pub tail: Option<Sealed>,
}

/// That an agent looked by a plan version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanExhibit {
    /// The beginning of the hash.
    pub version: u32,
    /// The SHA-256 of its JSON.
    pub hash: Hash,
    /// Who says so.
    pub voucher: Voucher,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchExhibit {
    /// The bytes of its head.
    pub head: Vec<u8>,
    /// Its attempts; `None` if they are pruned or not needed.
    pub body: Option<Vec<u8>>,
    /// Who says so.
    pub voucher: Voucher,
}

/// What vouches for a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Voucher {
    /// The agent's signature, and the key that it was made with.
    pub signed: Option<(KeyId, Signature)>,
    /// Where a hub's log has it.
    pub logged: Option<Logged>,
}

/// The place of a record in a hub's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The number of its entry.
    pub leaf: u64,
    /// When it came, by the hub's clock.
    pub received: Timestamp,
    /// The hub's signature, where the agent kept it.
    pub receipt: Option<Signature>,
}

const MAGIC: &[u8; 4] = b"GLX1";
const SIGNED: u64 = 1;
const LOGGED: u64 = 2;
const RECEIPT: u64 = 4;

impl Exhibits {
    /// Nothing of `agent`.
    pub fn new(agent: Name) -> Self {
        Self {
            agent,
            plans: Vec::new(),
            batches: Vec::new(),
            tail: None,
        }
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut sink = Sink::default();
        sink.raw(MAGIC);
        sink.bytes(self.agent.as_str().as_bytes());
        sink.size(self.plans.len());
        for plan in &self.plans {
            sink.unsigned(u64::from(plan.version));
            sink.raw(&plan.hash.0);
            plan.voucher.put(&mut sink);
        }
        sink.size(self.batches.len());
        for batch in &self.batches {
            sink.bytes(&batch.head);
            put_body(&mut sink, batch.body.as_deref());
            batch.voucher.put(&mut sink);
        }
        sink.bytes(self.tail.as_ref().map_or(&[], |tail| &tail.head));
        if let Some(tail) = &self.tail {
            sink.bytes(&tail.body);
        }
        sink.into_bytes()
    }

    /// Reads what [`Self::bytes`] writes. What the records say is for others to check.
    ///
    /// # Errors
    /// [`WireError`] if the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let content = bytes.strip_prefix(MAGIC.as_slice());
        let mut source = Source::new(content.ok_or(WireError::Foreign)?);
        let agent = source.name()?;
        let plans = (0..source.count()?).map(|_| {
            let version = u32::try_from(source.unsigned()?);
            Ok(PlanExhibit {
                version: version
                    .map_err(|_| WireError::Malformed("a plan version is out of range"))?,
                hash: Hash(source.array()?),
                voucher: Voucher::read(&mut source)?,
            })
        });
        let plans = plans.collect::<Result<_, WireError>>()?;
        let batches = (0..source.count()?).map(|_| {
            let head = source.bytes()?;
            limit("bytes of head", head.len(), MAX_HEAD)?;
            Ok(BatchExhibit {
                head: head.to_vec(),
                body: body(&mut source)?,
                voucher: Voucher::read(&mut source)?,
            })
        });
        let batches = batches.collect::<Result<_, WireError>>()?;
        let head = source.bytes()?.to_vec();
        let tail = if head.is_empty() {
            None
        } else {
            let body = source.bytes()?.to_vec();
            Some(Sealed { head, body })
        };
        source.end()?;
        Ok(Self {
            agent,
            plans,
            batches,
            tail,
        })
    }
}

impl BatchExhibit {
    /// Its hash, which the agent signs.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.head)
    }
}

impl Voucher {
    fn put(&self, sink: &mut Sink) {
        let receipt = self.logged.and_then(|logged| logged.receipt);
        let mut flags = 0;
        for (flag, is) in [
            (SIGNED, self.signed.is_some()),
            (LOGGED, self.logged.is_some()),
            (RECEIPT, receipt.is_some()),
        ] {
            flags |= if is { flag } else { 0 };
        }
        sink.unsigned(flags);
        if let Some((key, signature)) = &self.signed {
            sink.raw(&key.0);
            sink.raw(&signature.0);
        }
        if let Some(logged) = &self.logged {
            sink.unsigned(logged.leaf);
            sink.signed(logged.received.0);
        }
        if let Some(receipt) = receipt {
            sink.raw(&receipt.0);
        }
    }

    fn read(source: &mut Source<'_>) -> Result<Self, WireError> {
        let flags = source.unsigned()?;
        if flags > SIGNED | LOGGED | RECEIPT || flags & RECEIPT != 0 && flags & LOGGED == 0 {
            return Err(WireError::Malformed("what vouches for a record is unknown"));
        }
        let signed = match flags & SIGNED {
            0 => None,
            _ => Some((KeyId(source.array()?), Signature(source.array()?))),
        };
        let logged = match flags & LOGGED {
            0 => None,
            _ => Some(Logged {
                leaf: source.unsigned()?,
                received: Timestamp(source.signed()?),
                receipt: match flags & RECEIPT {
                    0 => None,
                    _ => Some(Signature(source.array()?)),
                },
            }),
        };
        Ok(Self { signed, logged })
    }
}

/// A body is never empty: its length says whether there is one.
fn put_body(sink: &mut Sink, body: Option<&[u8]>) {
    sink.bytes(body.unwrap_or_default());
}

fn body(source: &mut Source<'_>) -> Result<Option<Vec<u8>>, WireError> {
    let body = source.bytes()?;
    limit("bytes of body", body.len(), MAX_BYTES)?;
    Ok((!body.is_empty()).then(|| body.to_vec()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn voucher()(
            signed in prop::option::of(any::<([u8; 8], [u8; 32])>()),
            logged in prop::option::of(any::<(u64, i64, Option<[u8; 32]>)>()),
        ) -> Voucher {
            let signature = |half: [u8; 32]| {
                let mut whole = [0; 64];
                whole[..32].copy_from_slice(&half);
                Signature(whole)
            };
            Voucher {
                signed: signed.map(|(key, half)| (KeyId(key), signature(half))),
                logged: logged.map(|(leaf, received, receipt)| Logged { leaf, received: Timestamp(received), receipt: receipt.map(signature) }),
            }
        }
    }

    prop_compose! {
        fn exhibits()(
            plans in prop::collection::vec((any::<u32>(), any::<[u8; 32]>(), voucher()), 0..3),
            batches in prop::collection::vec((any::<[u8; 9]>(), prop::option::of(any::<[u8; 5]>()), voucher()), 0..5),
            tail in prop::option::of(any::<([u8; 9], Vec<u8>)>()),
        ) -> Exhibits {
            Exhibits {
                agent: Name::new("east").expect("a name"),
                plans: plans.into_iter().map(|(version, hash, voucher)| PlanExhibit { version, hash: Hash(hash), voucher }).collect(),
                batches: batches.into_iter().map(|(head, body, voucher)| BatchExhibit { head: head.to_vec(), body: body.map(Vec::from), voucher }).collect(),
                tail: tail.map(|(head, body)| Sealed { head: head.to_vec(), body }),
            }
        }
    }

    proptest! {
        #[test]
        fn exhibits_come_back(exhibits in exhibits(), cut in any::<prop::sample::Index>()) {
            let bytes = exhibits.bytes();
            prop_assert_eq!(Exhibits::decode(&bytes), Ok(exhibits));
            prop_assert!(Exhibits::decode(&bytes[..cut.index(bytes.len())]).is_err());
        }

        #[test]
        fn nonsense_neither_panics_nor_allocates_much(bytes: Vec<u8>) {
            let bytes = [MAGIC.as_slice(), &bytes].concat();
            let _ = Exhibits::decode(&bytes);
        }
    }
}
