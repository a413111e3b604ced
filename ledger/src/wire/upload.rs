//! What an agent and a hub say to each other: an upload of signed records, and the reply with receipts.
//!
//! Both are binary, begin with their version and end with the signature of who sends them; fields that a later version adds
//! stand in a part of their own, which older programs pass over. Every length is checked before it allocates.

mod reply;

use super::record::{Kind, Signed};
use super::varint::{Sink, Source};
use super::{Hash, MAX_BYTES, WireError, limit};
use crate::identity::{HubId, KeyId, PublicKey, SecretKey, Signature, Statement};
use crate::name::Name;
use crate::time::Timestamp;

pub use reply::{Outcome, Reason, Reply, Standing};

/// The most records in one upload.
pub const MAX_RECORDS: usize = 256;
/// The largest upload, in bytes: one batch of the largest size, or many of the usual.
pub const MAX_UPLOAD: usize = MAX_BYTES + 4_096;
const MAGIC: &[u8; 4] = b"GLU1";

/// What an agent sends. Without records it asks where the hub stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Who.
    pub agent: Name,
    /// The key that it is signed with.
    pub key: KeyId,
    /// t0 of semantics §8: when it was sent, by the agent's clock.
    pub asked: Timestamp,
    /// The size of the newest checkpoint of the hub's log that the agent has verified; 0 if none.
    pub seen: u64,
    /// The agent's cosignature under that checkpoint (C2SP cosignature/v1: 8 bytes of seconds and 64 of signature), if new.
    pub cosignature: Option<Vec<u8>>,
    /// In the order in which they are to be taken.
    pub records: Vec<Signed>,
}

impl Upload {
    /// The bytes to send to `hub`.
    ///
    /// # Errors
    /// [`WireError::TooMuch`] beyond [`MAX_RECORDS`] or [`MAX_UPLOAD`].
    pub fn encode(&self, hub: &HubId, key: &SecretKey) -> Result<Vec<u8>, WireError> {
        limit("records", self.records.len(), MAX_RECORDS)?;
        let mut sink = Sink::default();
        sink.raw(MAGIC);
        sink.bytes(self.agent.as_str().as_bytes());
        sink.raw(&self.key.0);
        sink.signed(self.asked.0);
        sink.unsigned(self.seen);
        sink.bytes(self.cosignature.as_deref().unwrap_or_default());
        sink.size(self.records.len());
        for record in &self.records {
            sink.unsigned(record.kind as u64);
            sink.bytes(&record.what);
            sink.bytes(&record.body);
            sink.raw(&record.signature.0);
        }
        sink.bytes(&[]);
        let bytes = sign(sink, "upload", hub, key);
        limit("bytes of upload", bytes.len(), MAX_UPLOAD)?;
        Ok(bytes)
    }

    /// Who says to have sent `bytes`, before anything is verified.
    ///
    /// # Errors
    /// [`WireError`] if they are no upload.
    pub fn sender(bytes: &[u8]) -> Result<(Name, KeyId), WireError> {
        limit("bytes of upload", bytes.len(), MAX_UPLOAD)?;
        let (content, _) = split(bytes, MAGIC)?;
        let mut source = Source::new(content);
        Ok((source.name()?, KeyId(source.array()?)))
    }

    /// Verifies that `bytes` were signed by `key` for `hub`, and only then reads them.
    ///
    /// # Errors
    /// [`WireError::Forged`] if they were not, other [`WireError`] if they make no sense.
    pub fn decode(bytes: &[u8], hub: &HubId, key: &PublicKey) -> Result<Self, WireError> {
        limit("bytes of upload", bytes.len(), MAX_UPLOAD)?;
        let (content, signature) = split(bytes, MAGIC)?;
        verify(bytes, "upload", hub, (key, &signature))?;
        let mut source = Source::new(content);
        let agent = source.name()?;
        let key = KeyId(source.array()?);
        let asked = Timestamp(source.signed()?);
        let seen = source.unsigned()?;
        let cosignature = source.bytes()?;
        let count = source.count()?;
        limit("records", count, MAX_RECORDS)?;
        let records = (0..count).map(|_| {
            Ok(Signed {
                kind: Kind::of(source.unsigned()?)?,
                what: source.bytes()?.to_vec(),
                body: source.bytes()?.to_vec(),
                signature: Signature(source.array()?),
            })
        });
        let records = records.collect::<Result<_, WireError>>()?;
        source.bytes()?;
        source.end()?;
        Ok(Self {
            agent,
            key,
            asked,
            seen,
            cosignature: (!cosignature.is_empty()).then(|| cosignature.to_vec()),
            records,
        })
    }
}

/// What stands between the magic and the signature, and the signature.
fn split<'a>(bytes: &'a [u8], magic: &[u8; 4]) -> Result<(&'a [u8], Signature), WireError> {
    let (content, signature) = bytes.split_last_chunk::<64>().ok_or(WireError::Foreign)?;
    let content = content.strip_prefix(magic.as_slice());
    Ok((content.ok_or(WireError::Foreign)?, Signature(*signature)))
}

fn sign(sink: Sink, what: &str, hub: &HubId, key: &SecretKey) -> Vec<u8> {
    let mut bytes = sink.into_bytes();
    let statement = Statement::new(what, hub).with(&Hash::of(&bytes).0);
    bytes.extend_from_slice(&key.sign(statement.bytes()).0);
    bytes
}

fn verify(
    bytes: &[u8],
    what: &str,
    hub: &HubId,
    (key, signature): (&PublicKey, &Signature),
) -> Result<(), WireError> {
    let content = &bytes[..bytes.len().saturating_sub(64)];
    let statement = Statement::new(what, hub).with(&Hash::of(content).0);
    if key.verifies(statement.bytes(), signature) {
        Ok(())
    } else {
        Err(WireError::Forged)
    }
}

#[cfg(test)]
mod tests;
