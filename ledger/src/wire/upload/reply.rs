//! What the hub answers.

use super::super::record::Receipt;
use super::super::varint::{Sink, Source};
use super::super::{Hash, WireError, limit};
use super::{MAX_RECORDS, sign, split, verify};
use crate::identity::{HubId, PublicKey, SecretKey, Signature};
use crate::time::Timestamp;

/// The most gaps that a reply names.
const MAX_GAPS: usize = 64;
/// The most plan versions that a reply names.
const MAX_PLANS: usize = 1_024;
/// The longest checkpoint, in bytes.
const MAX_NOTE: usize = 64 << 10;
/// The longest proof: two paths through a tree of 2^64 leaves.
const MAX_PROOF: usize = 128;
/// The longest reason that is given in words.
const MAX_TEXT: usize = 256;
/// The largest reply, in bytes.
const MAX_REPLY: usize = 256 << 10;
const MAGIC: &[u8; 4] = b"GLR1";

/// What becomes of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on the hub's disk now.
    Taken(Receipt),
    /// It was there already.
    Known(Receipt),
    /// It is not taken, and never will be as it is.
    Refused(Reason, String),
    /// It is not taken now: to be sent again later.
    Later(Reason, String),
}

/// Why a record is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Its bytes make no sense.
    Malformed = 1,
    /// Its signature does not hold.
    Signature = 2,
    /// It names a plan version that the hub does not know.
    Plan = 3,
    /// Its plan moves a probe to another layer.
    Layer = 4,
    /// It tells of ticks too long ago.
    Old = 5,
    /// It tells of ticks to come.
    Future = 6,
    /// The hub has another record in its place.
    Fork = 7,
    /// The agent is in quarantine.
    Quarantined = 8,
    /// Too much waits for a gap to be closed.
    Parked = 9,
    /// The agent has sent more than its share.
    Quota = 10,
    /// It tells of more than the hub takes at once.
    Large = 11,
}

/// Where the hub stands with an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The newest epoch; 0 if it has nothing of the agent.
    pub epoch: u32,
    /// Batches of that epoch up to this number are there without a gap.
    pub number: u64,
    /// The hash of that batch; zeros if there is none.
    pub hash: Hash,
    /// The highest number of an attempt that it holds, of any epoch.
    pub last_sequence: u64,
    /// The highest number of a batch that it holds, of that epoch.
    pub highest: u64,
    /// The first numbers that are missing between, as closed ranges, oldest first.
    pub missing: Vec<(u64, u64)>,
    /// The plan versions that it knows from this agent.
    pub plans: Vec<u32>,
}

/// The answer to an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// t1: when the upload was heard, by the hub's clock.
    pub heard: Timestamp,
    /// t2: when this was made, by the hub's clock.
    pub answered: Timestamp,
    /// The SHA-256 of the upload.
    pub request: Hash,
    /// One for each of its records.
    pub outcomes: Vec<Outcome>,
    /// Where the hub stands now.
    pub standing: Standing,
    /// The newest checkpoint of the hub's log, as a signed note; empty if there is none.
    pub checkpoint: String,
    /// That the log at the checkpoint continues the log that the agent has seen (RFC 6962 §2.1.2).
    pub proof: Vec<Hash>,
}

impl Reply {
    /// The bytes to answer with, signed by the hub.
    ///
    /// # Errors
    /// [`WireError::TooMuch`] beyond the limits of the format.
    pub fn encode(&self, hub: &HubId, key: &SecretKey) -> Result<Vec<u8>, WireError> {
        let mut sink = Sink::default();
        sink.raw(MAGIC);
        sink.signed(self.heard.0);
        sink.signed(self.answered.0);
        sink.raw(&self.request.0);
        sink.size(self.outcomes.len());
        for outcome in &self.outcomes {
            put_outcome(&mut sink, outcome);
        }
        put_standing(&mut sink, &self.standing);
        sink.bytes(self.checkpoint.as_bytes());
        sink.size(self.proof.len());
        for hash in &self.proof {
            sink.raw(&hash.0);
        }
        sink.bytes(&[]);
        let bytes = sign(sink, "reply", hub, key);
        limit("bytes of reply", bytes.len(), MAX_REPLY)?;
        Ok(bytes)
    }

    /// Verifies that `bytes` were signed by `key` as `hub`, and only then reads them.
    ///
    /// # Errors
    /// [`WireError::Forged`] if they were not, other [`WireError`] if they make no sense.
    pub fn decode(bytes: &[u8], hub: &HubId, key: &PublicKey) -> Result<Self, WireError> {
        limit("bytes of reply", bytes.len(), MAX_REPLY)?;
        let (content, signature) = split(bytes, MAGIC)?;
        verify(bytes, "reply", hub, (key, &signature))?;
        let mut source = Source::new(content);
        let (heard, answered) = (Timestamp(source.signed()?), Timestamp(source.signed()?));
        let request = Hash(source.array()?);
        let count = counted(&mut source, "outcomes", MAX_RECORDS)?;
        let outcomes = (0..count).map(|_| outcome(&mut source));
        let outcomes = outcomes.collect::<Result<_, WireError>>()?;
        let standing = standing(&mut source)?;
        let checkpoint = source.text()?;
        limit("bytes of checkpoint", checkpoint.len(), MAX_NOTE)?;
        let checkpoint = checkpoint.to_owned();
        let count = counted(&mut source, "hashes in a proof", MAX_PROOF)?;
        let proof = (0..count).map(|_| source.array().map(Hash));
        let proof = proof.collect::<Result<_, WireError>>()?;
        source.bytes()?;
        source.end()?;
        Ok(Self {
            heard,
            answered,
            request,
            outcomes,
            standing,
            checkpoint,
            proof,
        })
    }
}

impl Reason {
    const ALL: [Self; 11] = [
        Self::Malformed,
        Self::Signature,
        Self::Plan,
        Self::Layer,
        Self::Old,
        Self::Future,
        Self::Fork,
        Self::Quarantined,
        Self::Parked,
        Self::Quota,
        Self::Large,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Signature => "signature",
            Self::Plan => "plan",
            Self::Layer => "layer",
            Self::Old => "old",
            Self::Future => "future",
            Self::Fork => "fork",
            Self::Quarantined => "quarantined",
            Self::Parked => "parked",
            Self::Quota => "quota",
            Self::Large => "large",
        }
    }

    /// The reason of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    fn of(number: u64) -> Result<Self, WireError> {
        let mut all = Self::ALL.into_iter();
        all.find(|reason| *reason as u64 == number)
            .ok_or(WireError::Malformed("a reason is unknown"))
    }
}

fn put_outcome(sink: &mut Sink, outcome: &Outcome) {
    match outcome {
        Outcome::Taken(receipt) => put_receipt(sink, 1, receipt),
        Outcome::Known(receipt) => put_receipt(sink, 2, receipt),
        Outcome::Refused(reason, text) => put_reason(sink, 3, *reason, text),
        Outcome::Later(reason, text) => put_reason(sink, 4, *reason, text),
    }
}

fn put_receipt(sink: &mut Sink, code: u64, receipt: &Receipt) {
    sink.unsigned(code);
    sink.unsigned(receipt.leaf);
    sink.signed(receipt.received.0);
    sink.raw(&receipt.signature.0);
}

fn put_reason(sink: &mut Sink, code: u64, reason: Reason, text: &str) {
    sink.unsigned(code);
    sink.unsigned(reason as u64);
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    sink.bytes(&text.as_bytes()[..end]);
}

fn outcome(source: &mut Source<'_>) -> Result<Outcome, WireError> {
    let code = source.unsigned()?;
    match code {
        1 | 2 => {
            let receipt = Receipt {
                leaf: source.unsigned()?,
                received: Timestamp(source.signed()?),
                signature: Signature(source.array()?),
            };
            Ok(match code {
                1 => Outcome::Taken(receipt),
                _ => Outcome::Known(receipt),
            })
        }
        3 | 4 => {
            let reason = Reason::of(source.unsigned()?)?;
            let text = source.text()?;
            limit("bytes of reason", text.len(), MAX_TEXT)?;
            let text = text.to_owned();
            Ok(match code {
                3 => Outcome::Refused(reason, text),
                _ => Outcome::Later(reason, text),
            })
        }
        _ => Err(WireError::Malformed("an outcome is unknown")),
    }
}

fn put_standing(sink: &mut Sink, standing: &Standing) {
    sink.unsigned(u64::from(standing.epoch));
    sink.unsigned(standing.number);
    sink.raw(&standing.hash.0);
    sink.unsigned(standing.last_sequence);
    sink.unsigned(standing.highest);
    let missing = &standing.missing[..standing.missing.len().min(MAX_GAPS)];
    sink.size(missing.len());
    for (first, last) in missing {
        sink.unsigned(*first);
        sink.unsigned(*last);
    }
    let plans = &standing.plans[standing.plans.len().saturating_sub(MAX_PLANS)..];
    sink.size(plans.len());
    for version in plans {
        sink.unsigned(u64::from(*version));
    }
}

fn standing(source: &mut Source<'_>) -> Result<Standing, WireError> {
    let short = |number: u64| {
        u32::try_from(number).map_err(|_| WireError::Malformed("a number is out of range"))
    };
    let epoch = short(source.unsigned()?)?;
    let number = source.unsigned()?;
    let hash = Hash(source.array()?);
    let (last_sequence, highest) = (source.unsigned()?, source.unsigned()?);
    let count = counted(source, "gaps", MAX_GAPS)?;
    let missing = (0..count).map(|_| Ok((source.unsigned()?, source.unsigned()?)));
    let missing = missing.collect::<Result<_, WireError>>()?;
    let count = counted(source, "plans", MAX_PLANS)?;
    let plans = (0..count).map(|_| short(source.unsigned()?));
    let plans = plans.collect::<Result<_, WireError>>()?;
    Ok(Standing {
        epoch,
        number,
        hash,
        last_sequence,
        highest,
        missing,
        plans,
    })
}

fn counted(source: &mut Source<'_>, what: &'static str, most: usize) -> Result<usize, WireError> {
    let count = source.count()?;
    limit(what, count, most)?;
    Ok(count)
}
