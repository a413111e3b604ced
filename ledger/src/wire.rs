//! Batches: attempts packed in columns, chained by hash, as they are kept, shipped and checked.
//!
//! A batch is a plain head and a packed body. The head says who, which number, and the SHA-256 of the batch before and of the
//! body; the SHA-256 of the head is the batch's hash. So a batch whose body is pruned still has its place in the chain, its hash
//! and its signature. In the body each value is written as its difference from what the values before it predict, by a range
//! coder that learns how large such differences are: what does not change costs nothing, and a latency hardly more than its
//! entropy. Decoding checks the hash first, and every count before it allocates.
//! [`record`] says what is signed, [`upload`] how records travel to a hub, [`enrol`] how an agent makes its key known there.

mod body;
pub mod enrol;
pub mod entry;
pub mod excerpt;
pub mod exhibit;
mod fact;
pub mod near;
mod number;
mod predict;
mod range;
pub mod record;
mod row;
mod tables;
mod text;
pub mod upload;
mod varint;

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

use crate::attempt::Attempt;
use crate::name::Name;
use crate::time::Timestamp;
use varint::{Sink, Source};

/// The most attempts in one batch.
pub const MAX_ATTEMPTS: usize = 10_000;
/// The largest batch, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// The most steps of one attempt.
pub const MAX_STEPS: usize = 64;
/// The last instant of year 9999, in milliseconds: nothing later can be printed.
const LAST_INSTANT: i64 = 253_402_300_799_999;
/// The most text in the tables of a batch, in bytes.
const MAX_TEXT: usize = 8 << 20;
const MAGIC: &[u8; 4] = b"GLB2";
/// The largest head, in bytes: its fields at their longest.
const MAX_HEAD: usize = 256;

/// A SHA-256.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// What names a batch and puts it in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Who made it.
    pub agent: Name,
    /// The life of the agent's numbers: a restored agent begins a new one.
    pub epoch: u32,
    /// Counts up from 1 in an epoch.
    pub number: u64,
    /// The hash of the batch before; all zero for the first.
    pub previous: Hash,
}

/// A batch, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its place.
    pub header: Header,
    /// In the order of their numbers.
    pub attempts: Vec<Attempt>,
}

/// What stands before the body of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its place.
    pub header: Header,
    /// The number of its first attempt; 0 if it has none.
    pub first_sequence: u64,
    /// How many attempts it has.
    pub count: usize,
    /// The SHA-256 of its body.
    pub body: Hash,
}

/// A batch as it is kept and shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The bytes of its [`Head`]; their SHA-256 is the batch's hash.
    pub head: Vec<u8>,
    /// The packed attempts.
    pub body: Vec<u8>,
}

/// Why bytes are no batch, or attempts cannot become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// They begin otherwise.
    #[error("the bytes are no batch of this format")]
    Foreign,
    /// A hash does not fit.
    #[error("the batch is damaged: its hash does not fit its bytes")]
    Damaged,
    /// A limit of the format is exceeded.
    #[error("the batch has more {what} than the {limit} allowed")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much may be there.
        limit: usize,
    },
    /// The signature does not hold for who is said to have made it.
    #[error("the signature does not fit its bytes, its sender or this hub")]
    Forged,
    /// The hash fits, but the content makes no sense.
    #[error("the batch is malformed: {0}")]
    Malformed(&'static str),
}

impl Batch {
    /// Packs the batch; the same batch gives the same bytes.
    ///
    /// # Errors
    /// [`WireError::TooMuch`] beyond [`MAX_ATTEMPTS`] or [`MAX_BYTES`], and what [`fits`] says.
    pub fn seal(&self) -> Result<Sealed, WireError> {
        limit("attempts", self.attempts.len(), MAX_ATTEMPTS)?;
        self.attempts.iter().try_for_each(fits)?;
        let body = body::encode(&self.attempts)?;
        let first = self.attempts.first();
        let head = Head {
            header: self.header.clone(),
            first_sequence: first.map_or(0, |attempt| attempt.sequence),
            count: self.attempts.len(),
            body: Hash::of(&body),
        };
        let head = head.encode();
        limit("bytes", head.len() + body.len(), MAX_BYTES)?;
        Ok(Sealed { head, body })
    }

    /// Unpacks a batch.
    ///
    /// # Errors
    /// [`WireError`] if the bytes are foreign, damaged, too many, or make no sense.
    pub fn open(sealed: &Sealed) -> Result<Self, WireError> {
        let Sealed { head, body } = sealed;
        limit("bytes", head.len().saturating_add(body.len()), MAX_BYTES)?;
        let head = Head::decode(head)?;
        if Hash::of(body) != head.body {
            return Err(WireError::Damaged);
        }
        let attempts = body::decode(body, head.count)?;
        let first = attempts.first().map_or(0, |attempt| attempt.sequence);
        if first != head.first_sequence {
            return Err(WireError::Malformed(
                "it begins with another attempt than its head says",
            ));
        }
        Ok(Self {
            header: head.header,
            attempts,
        })
    }
}

impl Head {
    /// The bytes of which the batch's hash is the SHA-256.
    pub fn encode(&self) -> Vec<u8> {
        let mut sink = Sink::default();
        sink.raw(MAGIC);
        sink.bytes(self.header.agent.as_str().as_bytes());
        sink.unsigned(u64::from(self.header.epoch));
        sink.unsigned(self.header.number);
        sink.raw(&self.header.previous.0);
        sink.unsigned(self.first_sequence);
        sink.size(self.count);
        sink.raw(&self.body.0);
        sink.into_bytes()
    }

    /// Reads a head.
    ///
    /// # Errors
    /// [`WireError`] if the bytes are foreign, too many, or make no sense.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        limit("bytes of head", bytes.len(), MAX_HEAD)?;
        let content = bytes.strip_prefix(MAGIC.as_slice());
        let mut source = Source::new(content.ok_or(WireError::Foreign)?);
        let header = Header {
            agent: source.name()?,
            epoch: u32::try_from(source.unsigned()?)
                .map_err(|_| WireError::Malformed("the epoch is out of range"))?,
            number: source.unsigned()?,
            previous: Hash(source.array()?),
        };
        let first_sequence = source.unsigned()?;
        let count = source.size()?;
        limit("attempts", count, MAX_ATTEMPTS)?;
        let body = Hash(source.array()?);
        source.end()?;
        Ok(Self {
            header,
            first_sequence,
            count,
            body,
        })
    }
}

impl Head {
    /// The batch's hash.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.encode())
    }
}

impl Sealed {
    /// The batch's hash.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.head)
    }
}

impl Hash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = Self::default();
        hash.0.copy_from_slice(digest(&SHA256, bytes).as_ref());
        hash
    }

    /// Reads 64 hexadecimal digits, as [`fmt::Display`] writes them.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut hash = Self::default();
        for (at, byte) in hash.0.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether an attempt can stand in a batch.
///
/// # Errors
/// [`WireError::TooMuch`] beyond [`MAX_STEPS`], [`WireError::Malformed`] if an instant lies outside the years 1970
/// to 9999 or its evidence ends before it starts.
pub fn fits(attempt: &Attempt) -> Result<(), WireError> {
    limit("steps", attempt.steps.len(), MAX_STEPS)?;
    let evidence = attempt.evidence;
    if evidence.end < evidence.start {
        return Err(WireError::Malformed("evidence ends before it starts"));
    }
    let instants = [attempt.tick, attempt.due, attempt.start, attempt.end];
    in_range(instants.into_iter().chain([evidence.start, evidence.end]))
}

fn in_range(instants: impl IntoIterator<Item = Timestamp>) -> Result<(), WireError> {
    let mut instants = instants.into_iter();
    if instants.all(|at| (0..=LAST_INSTANT).contains(&at.0)) {
        return Ok(());
    }
    Err(WireError::Malformed("an instant is out of range"))
}

fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), WireError> {
    if found > limit {
        return Err(WireError::TooMuch { what, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
