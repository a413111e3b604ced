//! An upload, verified and unpacked: all that needs neither a table nor an order, so that several threads can do it.

use super::Limits;
use crate::identity::{HubId, KeyId, PublicKey, Signature};
use crate::name::Name;
use crate::plan::Plan;
use crate::time::Timestamp;
use crate::wire::record::{Kind, Signed};
use crate::wire::upload::{Reason, Upload};
use crate::wire::{Batch, Hash, Head, Header, Sealed, WireError};

/// What one upload brings.
#[derive(Debug)]
pub struct Parcel {
    /// Who sent it.
    pub agent: Name,
    /// The key that vouched for it.
    pub key: PublicKey,
    /// When it was heard, by the hub's clock.
    pub heard: Timestamp,
    /// Its SHA-256.
    pub request: Hash,
    /// The size of the newest checkpoint that the agent has verified.
    pub seen: u64,
    /// The agent's cosignature under that.
    pub cosignature: Option<Vec<u8>>,
    /// In the order in which they are to be taken.
    pub records: Vec<Incoming>,
}

/// A record that came.
#[derive(Debug)]
pub enum Incoming {
    /// A batch.
    Batch(Box<Arrived>),
    /// A plan.
    Plan(Box<PlanRecord>),
    /// Something that can only be refused.
    Bad(Reason, String),
}

/// A batch that was signed by its agent for this hub.
#[derive(Debug)]
pub struct Arrived {
    /// As it is kept.
    pub sealed: Sealed,
    /// Its hash.
    pub hash: Hash,
    /// Its place.
    pub header: Header,
    /// Who signed it.
    pub key: PublicKey,
    /// The agent's signature.
    pub signature: Signature,
    /// The numbers of its first and its last attempt.
    pub sequences: (u64, u64),
    /// Its oldest and its newest tick.
    pub ticks: (Timestamp, Timestamp),
    /// By which plan versions it looked, and through which probes.
    pub looked: Vec<(u32, Name)>,
    /// What is wrong with its content, if anything is.
    pub fault: Option<(Reason, String)>,
}

/// A plan that was signed by its agent for this hub.
#[derive(Debug)]
pub struct PlanRecord {
    /// The plan.
    pub plan: Plan,
    /// Its version.
    pub version: u32,
    /// The SHA-256 of its text.
    pub hash: Hash,
    /// Who signed it.
    pub key: PublicKey,
    /// The agent's signature.
    pub signature: Signature,
}

impl Parcel {
    /// Verifies `bytes`, which came at `heard`, and unpacks them. `keys` are those of the agent; the first one that has the
    /// id which the upload names must have signed it. Its records may have been signed by any of them.
    ///
    /// # Errors
    /// [`WireError`] if the upload as a whole cannot be believed or read. What is wrong with a record is said in its place.
    pub fn open(
        bytes: &[u8],
        hub: &HubId,
        keys: &[PublicKey],
        (limits, heard): (&Limits, Timestamp),
    ) -> Result<Self, WireError> {
        let (_, id) = Upload::sender(bytes)?;
        let key = named(keys, id).ok_or(WireError::Forged)?;
        let upload = Upload::decode(bytes, hub, &key)?;
        let agent = upload.agent;
        // Mostly by the key that signed the upload.
        let mut keys: Vec<PublicKey> = keys.to_vec();
        keys.sort_by_key(|one| *one != key);
        let records = upload.records.into_iter();
        let records = records.map(|record| {
            let claim = record.claim(hub, &agent);
            let mut signers = keys.iter().copied();
            let signer = signers.find(|key| claim.is_signed(key, &record.signature));
            match signer {
                Some(key) => incoming((&agent, key), record, limits),
                None => {
                    let text = "no key of the agent has signed it for this hub".to_owned();
                    Incoming::Bad(Reason::Signature, text)
                }
            }
        });
        let records = records.collect();
        Ok(Self {
            records,
            key,
            heard,
            request: Hash::of(bytes),
            seen: upload.seen,
            cosignature: upload.cosignature,
            agent,
        })
    }

    /// How many attempts it brings.
    pub fn attempts(&self) -> u64 {
        let records = self.records.iter();
        let counts = records.map(|record| match record {
            Incoming::Batch(batch) => batch.sequences.1 - batch.sequences.0 + 1,
            Incoming::Plan(_) | Incoming::Bad(..) => 0,
        });
        counts.sum()
    }
}

impl Arrived {
    /// Its place in words.
    pub fn place(&self) -> String {
        let Header { epoch, number, .. } = self.header;
        format!("batch {number} of epoch {epoch}")
    }
}

fn named(keys: &[PublicKey], id: KeyId) -> Option<PublicKey> {
    keys.iter().copied().find(|key| key.id() == id)
}

/// Unpacks a record that was signed by `key` of `agent`.
fn incoming((agent, key): (&Name, PublicKey), record: Signed, limits: &Limits) -> Incoming {
    let bad = |error: WireError| Incoming::Bad(Reason::Malformed, error.to_string());
    match record.kind {
        Kind::Batch => match batch((agent, key), record, limits) {
            Ok(batch) => Incoming::Batch(Box::new(batch)),
            Err(error) => bad(error),
        },
        Kind::Plan => match plan(key, &record) {
            Ok(plan) if plan.plan.probes.len() > limits.probes => {
                let text = format!("more than {} probes in a plan", limits.probes);
                Incoming::Bad(Reason::Large, text)
            }
            Ok(plan) => Incoming::Plan(Box::new(plan)),
            Err(error) => bad(error),
        },
    }
}

fn batch(
    (agent, key): (&Name, PublicKey),
    record: Signed,
    limits: &Limits,
) -> Result<Arrived, WireError> {
    let hash = record.hash();
    let head = Head::decode(&record.what)?;
    // A record keeps what a head says, and makes its bytes again.
    if head.encode() != record.what {
        return Err(WireError::Malformed("its head is written in other bytes"));
    }
    if head.header.agent != *agent {
        return Err(WireError::Malformed("it is another agent's"));
    }
    let Header { epoch, number, .. } = head.header;
    let last = u64::try_from(head.count).ok().and_then(|count| {
        let last = head.first_sequence.checked_add(count)?.checked_sub(1)?;
        i64::try_from(last).is_ok().then_some(last)
    });
    let last = last.filter(|last| *last >= head.first_sequence);
    let last = last.ok_or(WireError::Malformed("its attempts cannot be numbered so"))?;
    if epoch == 0 || number == 0 || head.first_sequence == 0 || i64::try_from(number).is_err() {
        return Err(WireError::Malformed("its place cannot be numbered so"));
    }
    if number == 1 && head.header.previous != Hash::default() {
        return Err(WireError::Malformed(
            "the first batch of an epoch continues none",
        ));
    }
    let mut arrived = Arrived {
        sealed: Sealed {
            head: record.what,
            body: record.body,
        },
        hash,
        header: head.header,
        key,
        signature: record.signature,
        sequences: (head.first_sequence, last),
        ticks: (Timestamp(0), Timestamp(0)),
        looked: Vec::new(),
        fault: None,
    };
    arrived.look_inside(head.count, limits);
    Ok(arrived)
}

impl Arrived {
    /// Unpacks it, to know that it can be folded later.
    fn look_inside(&mut self, count: usize, limits: &Limits) {
        let bytes = self.sealed.head.len() + self.sealed.body.len();
        if count > limits.attempts || bytes > limits.bytes {
            let (attempts, most) = (limits.attempts, limits.bytes);
            let text = format!("more than {attempts} attempts or {most} bytes");
            self.fault = Some((Reason::Large, text));
            return;
        }
        let opened = Batch::open(&self.sealed).and_then(|batch| {
            let mut numbers = (self.sequences.0..).zip(&batch.attempts);
            if numbers.all(|(number, attempt)| attempt.sequence == number) {
                return Ok(batch);
            }
            Err(WireError::Malformed(
                "its attempts are not numbered one by one",
            ))
        });
        let attempts = match opened {
            Ok(batch) => batch.attempts,
            Err(error) => {
                self.fault = Some((Reason::Malformed, error.to_string()));
                return;
            }
        };
        let ticks = || attempts.iter().map(|attempt| attempt.tick);
        self.ticks = (
            ticks().min().unwrap_or_default(),
            ticks().max().unwrap_or_default(),
        );
        let mut looked: Vec<(u32, &Name)> = attempts
            .iter()
            .map(|attempt| (attempt.plan, &attempt.probe))
            .collect();
        looked.sort_unstable();
        looked.dedup();
        let looked = looked.into_iter();
        self.looked = looked.map(|(plan, probe)| (plan, probe.clone())).collect();
    }
}

fn plan(key: PublicKey, record: &Signed) -> Result<PlanRecord, WireError> {
    let plan: Plan = serde_json::from_slice(&record.what)
        .map_err(|_| WireError::Malformed("it is no plan that this program knows"))?;
    let canonical = serde_json::to_vec(&plan);
    if canonical.ok().as_ref() != Some(&record.what) {
        return Err(WireError::Malformed("it is a plan in other words"));
    }
    Ok(PlanRecord {
        version: plan.version(),
        plan,
        hash: record.hash(),
        key,
        signature: record.signature,
    })
}
