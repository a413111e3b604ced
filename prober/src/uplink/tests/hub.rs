//! A hub in memory, with moods.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use ledger::checkpoint::{Checkpoint, Cosignature, Signed as Note};
use ledger::identity::{HubId, SecretKey};
use ledger::merkle::{self, Nodes};
use ledger::name::Name;
use ledger::store::Bond;
use ledger::time::Timestamp;
use ledger::verdict::Verdict;
use ledger::wire::record::{Kind, Receipt, Signed};
use ledger::wire::upload::{Outcome, Reason, Reply, Standing, Upload};
use ledger::wire::{Batch, Hash, Sealed};

use crate::clock::{TokioClock, WallClock};
use crate::uplink::Carrier;
use crate::uplink::wait::Dice;
use crate::web::{Answer, WebError};

/// How a hub behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Kind,
    /// Drops, delays, doubles, refuses, answers nonsense; half of the time it does what it should.
    Foul,
    /// Nobody is there.
    Away,
    /// Its machine says that nobody listens.
    Shut,
    /// Somebody else answers, in the very form.
    Stranger,
    /// The agent is in quarantine.
    Unwilling,
}

#[derive(Debug)]
pub(super) struct Hub {
    clock: Arc<TokioClock>,
    here: Mutex<Here>,
    flying: AtomicUsize,
    pub(super) most_at_once: AtomicUsize,
    pub(super) requests: AtomicUsize,
}

#[derive(Clone, Debug)]
struct Here {
    mood: Mood,
    dice: Dice,
    plans: BTreeMap<u32, Signed>,
    batches: BTreeMap<(u32, u64), (Signed, Receipt)>,
    leaves: Vec<Hash>,
    /// What came new, and how many records came in each second.
    order: Vec<u64>,
    came: Vec<(i64, i64, Verdict)>,
    seconds: BTreeMap<i64, usize>,
    last: Option<Answer>,
    cosigned: u64,
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).unwrap()
}

fn hub_id() -> HubId {
    HubId::new("hub").unwrap()
}

pub(super) fn bond() -> Arc<Bond> {
    Arc::new(Bond {
        hub: hub_id(),
        hub_key: secret(2).public(),
        key: secret(1),
    })
}

impl Hub {
    pub(super) fn new(clock: &Arc<TokioClock>, seed: u64, mood: Mood) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(clock),
            here: Mutex::new(Here {
                mood,
                dice: Dice::new(seed),
                plans: BTreeMap::new(),
                batches: BTreeMap::new(),
                leaves: Vec::new(),
                order: Vec::new(),
                came: Vec::new(),
                seconds: BTreeMap::new(),
                last: None,
                cosigned: 0,
            }),
            flying: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        })
    }

    pub(super) fn be(&self, mood: Mood) {
        self.here.lock().unwrap().mood = mood;
    }

    /// Restores a backup of a few minutes ago.
    pub(super) fn set_back(&self) {
        let mut here = self.here.lock().unwrap();
        let kept: Vec<_> = here.batches.keys().copied().collect();
        let kept = kept[..kept.len() * 2 / 3].to_vec();
        here.batches.retain(|place, _| kept.contains(place));
        let kept = here.leaves.len() * 2 / 3;
        here.leaves.truncate(kept);
    }

    /// The ticks that it has, sorted: each attempt for itself.
    pub(super) fn ticks(&self) -> Vec<i64> {
        let here = self.here.lock().unwrap();
        let batches = here.batches.values();
        let attempts = batches.flat_map(|(signed, _)| open(signed).attempts);
        let mut ticks: Vec<i64> = attempts.map(|attempt| attempt.tick.0).collect();
        ticks.sort_unstable();
        ticks
    }

    pub(super) fn epochs(&self) -> Vec<u32> {
        let here = self.here.lock().unwrap();
        let mut epochs: Vec<u32> = here.batches.keys().map(|(epoch, _)| *epoch).collect();
        epochs.dedup();
        epochs
    }

    /// The size of the newest checkpoint that the agent has cosigned.
    pub(super) fn cosigned(&self) -> u64 {
        self.here.lock().unwrap().cosigned
    }

    /// The numbers of batches in the order in which they came.
    pub(super) fn order(&self) -> Vec<u64> {
        self.here.lock().unwrap().order.clone()
    }

    /// Each attempt that came: its tick, when it came, its verdict.
    pub(super) fn came(&self) -> Vec<(i64, i64, Verdict)> {
        self.here.lock().unwrap().came.clone()
    }

    /// The most records in a second.
    pub(super) fn fastest(&self) -> usize {
        let here = self.here.lock().unwrap();
        here.seconds.values().copied().max().unwrap_or(0)
    }

    /// What the hub does with an upload, if it is in its right mind.
    fn take(&self, upload: &[u8], key: &SecretKey) -> Answer {
        let heard = self.clock.now();
        let asked = Upload::decode(upload, &hub_id(), &secret(1).public()).unwrap();
        let mut here = self.here.lock().unwrap();
        here.note_cosignature(&asked);
        *here.seconds.entry(heard.0 / 1_000).or_default() += asked.records.len();
        let outcomes = asked.records.iter().map(|record| match here.mood {
            Mood::Unwilling => {
                Outcome::Later(Reason::Quarantined, "two agents claim its place".to_owned())
            }
            _ => here.record(record, heard),
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        let log = Log(&here.leaves);
        let size = log.size();
        let Ok(root) = merkle::root(&log, size);
        let Ok(proof) = merkle::consistency(&log, asked.seen.min(size), size);
        let checkpoint = Checkpoint {
            origin: hub_id(),
            size,
            root,
        };
        let reply = Reply {
            heard,
            answered: heard,
            request: Hash::of(upload),
            outcomes,
            standing: here.standing(),
            checkpoint: checkpoint.sign(key).to_string(),
            proof: proof.unwrap_or_default(),
        };
        let body = reply.encode(&hub_id(), key).unwrap();
        let answer = answer(StatusCode::OK, body);
        here.last = Some(answer.clone());
        answer
    }

    async fn answer(&self, upload: Bytes) -> Result<Answer, WebError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let (mood, what, wait) = {
            let mut here = self.here.lock().unwrap();
            let mut dice = here.dice;
            let what = dice.up_to(Duration::from_millis(23)).as_millis();
            let wait = dice.up_to(Duration::from_secs(19));
            here.dice = dice;
            (here.mood, what, wait)
        };
        let origin = || crate::origin::Origin::of(&"https://hub".parse().unwrap()).unwrap();
        let late = || WebError::Late(origin());
        match (mood, what) {
            (Mood::Shut, _) => Err(WebError::Connect {
                origin: origin(),
                error: std::io::ErrorKind::ConnectionRefused.into(),
            }),
            (Mood::Away, _) | (Mood::Foul, 0) => Err(late()),
            (Mood::Stranger, _) => Ok(self.take(&upload, &secret(9))),
            (Mood::Foul, 1) => {
                self.take(&upload, &secret(2));
                Err(late())
            }
            (Mood::Foul, 2) => {
                self.take(&upload, &secret(2));
                tokio::time::sleep(wait).await;
                Ok(self.take(&upload, &secret(2)))
            }
            (Mood::Foul, 3) => {
                tokio::time::sleep(wait).await;
                Ok(self.take(&upload, &secret(2)))
            }
            (Mood::Foul, 4) => Ok(asks_to_wait(StatusCode::SERVICE_UNAVAILABLE, "7")),
            (Mood::Foul, 5) => Ok(asks_to_wait(StatusCode::TOO_MANY_REQUESTS, "12")),
            (Mood::Foul, 6) => Ok(answer(StatusCode::OK, b"<html>Please sign in".to_vec())),
            (Mood::Foul, 7) => Ok(answer(StatusCode::FOUND, Vec::new())),
            (Mood::Foul, 8) => Ok(asks_to_wait(StatusCode::INSUFFICIENT_STORAGE, "30")),
            (Mood::Foul, 9) => {
                let mut cut = self.take(&upload, &secret(2));
                cut.body.truncate(cut.body.len() / 2);
                Ok(cut)
            }
            (Mood::Foul, 10) => {
                let before = self.here.lock().unwrap().last.clone();
                Ok(before.unwrap_or_else(|| answer(StatusCode::OK, Vec::new())))
            }
            _ => Ok(self.take(&upload, &secret(2))),
        }
    }
}

impl Carrier for Hub {
    fn carry(&self, upload: Bytes) -> BoxFuture<'_, Result<Answer, WebError>> {
        async move {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let flying = self.flying.fetch_add(1, Ordering::Relaxed) + 1;
            self.most_at_once.fetch_max(flying, Ordering::Relaxed);
            let answer = self.answer(upload).await;
            self.flying.fetch_sub(1, Ordering::Relaxed);
            answer
        }
        .boxed()
    }
}

impl Here {
    fn record(&mut self, signed: &Signed, heard: Timestamp) -> Outcome {
        let (hub, agent) = (hub_id(), name("eu-1"));
        let claim = signed.claim(&hub, &agent);
        assert!(claim.is_signed(&secret(1).public(), &signed.signature));
        let leaf = u64::try_from(self.leaves.len()).unwrap();
        let receipt = claim.receipt(leaf, heard, &secret(2));
        if signed.kind == Kind::Plan {
            let version = u32::from_be_bytes(signed.hash().0[..4].try_into().unwrap());
            self.plans.insert(version, signed.clone());
            self.leaves.push(merkle::leaf(&signed.what));
            return Outcome::Taken(receipt);
        }
        let batch = open(signed);
        let version = batch.attempts[0].plan;
        assert!(self.plans.contains_key(&version), "the plan comes first");
        let place = (batch.header.epoch, batch.header.number);
        if let Some((known, receipt)) = self.batches.get(&place) {
            assert_eq!(known, signed, "a fork");
            return Outcome::Known(*receipt);
        }
        for attempt in &batch.attempts {
            self.came.push((attempt.tick.0, heard.0, attempt.verdict));
        }
        self.order.push(place.1);
        self.leaves.push(merkle::leaf(&signed.what));
        self.batches.insert(place, (signed.clone(), receipt));
        Outcome::Taken(receipt)
    }

    /// A cosignature must be of what this log was at that size.
    fn note_cosignature(&mut self, asked: &Upload) {
        let Some(bytes) = &asked.cosignature else {
            return;
        };
        let Ok(root) = merkle::root(&Log(&self.leaves), asked.seen.min(Log(&self.leaves).size()));
        let checkpoint = Checkpoint {
            origin: hub_id(),
            size: asked.seen,
            root,
        };
        let note: Note = checkpoint.sign(&secret(2));
        let cosignature = Cosignature::from_bytes(bytes).unwrap();
        if note.is_cosigned(&secret(1).public(), &cosignature) {
            self.cosigned = asked.seen;
        }
    }

    fn standing(&self) -> Standing {
        let epoch = self
            .batches
            .last_key_value()
            .map_or(0, |((epoch, _), _)| *epoch);
        let mut standing = Standing {
            epoch,
            plans: self.plans.keys().copied().collect(),
            ..Standing::default()
        };
        for ((of, number), (signed, _)) in &self.batches {
            let last = open(signed).attempts.last().unwrap().sequence;
            standing.last_sequence = standing.last_sequence.max(last);
            if *of != epoch {
                continue;
            }
            if *number == standing.number + 1 && standing.missing.is_empty() {
                (standing.number, standing.hash) = (*number, signed.hash());
            } else if *number > standing.highest + 1 {
                standing.missing.push((standing.highest + 1, *number - 1));
            }
            standing.highest = *number;
        }
        standing
    }
}

/// A log in memory.
struct Log<'a>(&'a [Hash]);

impl Log<'_> {
    fn size(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap()
    }
}

impl Nodes for Log<'_> {
    type Error = Infallible;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
        if level == 0 {
            return Ok(self.0[usize::try_from(index).unwrap()]);
        }
        let Ok(left) = self.node(level - 1, index * 2);
        let Ok(right) = self.node(level - 1, index * 2 + 1);
        Ok(merkle::node(&left, &right))
    }
}

fn open(signed: &Signed) -> Batch {
    let sealed = Sealed {
        head: signed.what.clone(),
        body: signed.body.clone(),
    };
    Batch::open(&sealed).unwrap()
}

fn answer(status: StatusCode, body: Vec<u8>) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

fn asks_to_wait(status: StatusCode, seconds: &'static str) -> Answer {
    let mut answer = answer(status, b"busy".to_vec());
    let wait = http::HeaderValue::from_static(seconds);
    answer.headers.insert(http::header::RETRY_AFTER, wait);
    answer
}
