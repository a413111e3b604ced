//! A hub in memory and made-up agents that sign what they send.

use crate::attempt::Attempt;
use crate::identity::{HubId, PublicKey, SecretKey, Signature};
use crate::intake::Parcel;
use crate::name::Name;
use crate::plan::{Plan, Session, Subject};
use crate::store::sample;
use crate::store::{Answer, Hub, HubKey, Place};
use crate::time::{Millis, Timestamp};
use crate::wire::record::{Kind, Signed};
use crate::wire::upload::{Reply, Standing, Upload};
use crate::wire::{Batch, Hash, Header};

/// A day after the first attempt.
pub(super) const NOW: Timestamp = Timestamp(sample::MORNING.0 + 86_400_000);
/// A batch that is neither empty nor long.
pub(super) const SHARE: u64 = 5;

/// A hub and its clock.
pub(super) struct Fleet {
    pub(super) hub: Hub,
    pub(super) now: Timestamp,
}

/// An agent that makes attempts whenever it is asked for a batch.
pub(super) struct Sender {
    pub(super) name: Name,
    pub(super) key: SecretKey,
    pub(super) seed: String,
    pub(super) epoch: u32,
    pub(super) number: u64,
    pub(super) next: u64,
    pub(super) previous: Hash,
    pub(super) seen: u64,
    /// Told apart, copies of an agent see different things.
    pub(super) life: u32,
    /// By which plan it looks.
    pub(super) plan: Plan,
    /// How far its numbers are above those of its ticks: what is sent again has other numbers.
    pub(super) shift: u64,
}

/// The key that follows from a text.
pub(super) fn secret(seed: &str) -> SecretKey {
    SecretKey::from_seed(&Hash::of(seed.as_bytes()).0).expect("a key")
}

fn hub_key() -> HubKey {
    HubKey {
        id: HubId::new("hub.example").expect("a name"),
        key: secret("hub"),
    }
}

/// The sample's plan, with its probes in the service layer.
pub(super) fn other_layer() -> Plan {
    let mut plan = sample::plan();
    for probe in &mut plan.probes {
        probe.subject = Subject::Journey {
            journey: sample::name("sign-in"),
            persona: sample::name("user"),
            session: None::<Session>,
        };
    }
    plan
}

impl Fleet {
    pub(super) fn new() -> Self {
        Self {
            hub: Hub::in_memory(hub_key(), None).expect("opens"),
            now: NOW,
        }
    }

    pub(super) fn at(place: impl Into<Place>, plan: &Plan) -> Self {
        Self {
            hub: Hub::open(place, hub_key(), Some(plan)).expect("opens"),
            now: NOW,
        }
    }

    pub(super) fn with_plan(plan: &Plan) -> Self {
        Self {
            hub: Hub::in_memory(hub_key(), Some(plan)).expect("opens"),
            now: NOW,
        }
    }

    pub(super) fn hub_id(&self) -> HubId {
        self.hub.id().clone()
    }

    pub(super) fn hub_key(&self) -> PublicKey {
        hub_key().key.public()
    }

    /// All that the hub holds.
    pub(super) fn dump(&mut self) -> Vec<u8> {
        let main = rusqlite::MAIN_DB;
        let bytes = self.hub.registry().db.connection_mut().serialize(main);
        bytes.expect("is in memory").to_vec()
    }

    /// The hub becomes what it was.
    pub(super) fn load(&mut self, bytes: &[u8]) {
        let mut fresh = Hub::in_memory(hub_key(), None).expect("opens");
        let main = rusqlite::MAIN_DB;
        let connection = fresh.registry().db.connection_mut();
        let loaded = connection.deserialize_read_exact(main, bytes, bytes.len(), false);
        loaded.expect("is a record");
        self.hub = fresh;
    }

    pub(super) fn enrol(&mut self, name: &str) -> Sender {
        let key = secret(name);
        let agent = sample::agent(name);
        let registry = self.hub.registry();
        registry.invite(&agent, name, self.now).expect("is new");
        let enrolled = registry.enrol(name, &key.public(), self.now);
        assert_eq!(enrolled.expect("enrols"), agent);
        Sender {
            name: agent.name,
            key,
            seed: name.to_owned(),
            epoch: 1,
            number: 0,
            next: 1,
            previous: Hash::default(),
            seen: 0,
            life: 0,
            plan: sample::plan(),
            shift: 0,
        }
    }

    /// An upload of these records, verified.
    pub(super) fn parcel(&mut self, sender: &Sender, records: &[Signed]) -> Parcel {
        let hub = self.hub_id();
        let bytes = sender.upload(&hub, records);
        let keyring = self.hub.registry().keyring().expect("reads");
        let limits = (*self.hub.limits(), self.now);
        let keys = keyring.of(&sender.name);
        Parcel::open(&bytes, &hub, keys, (&limits.0, limits.1)).expect("is signed")
    }

    /// What is answered to an upload of these records.
    pub(super) fn answer(&mut self, sender: &Sender, records: &[Signed]) -> Answer {
        let parcel = self.parcel(sender, records);
        let answers = self.hub.accept(&[parcel], self.now);
        answers.expect("is written").pop().expect("one each")
    }

    /// The reply to an upload of these records.
    pub(super) fn send(&mut self, sender: &Sender, records: &[Signed]) -> Reply {
        match self.answer(sender, records) {
            Answer::Reply(reply, _) => *reply,
            other => panic!("{other:?}"),
        }
    }
}

impl Clone for Sender {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            key: secret(&self.seed),
            seed: self.seed.clone(),
            plan: self.plan.clone(),
            ..*self
        }
    }
}

impl Sender {
    /// Its plan, signed.
    pub(super) fn plan(&self) -> Signed {
        self.sign_plan(&self.plan)
    }

    pub(super) fn sign_plan(&self, plan: &Plan) -> Signed {
        self.resign(Signed {
            kind: Kind::Plan,
            what: serde_json::to_vec(plan).expect("serialises"),
            body: Vec::new(),
            signature: Signature([0; 64]),
        })
    }

    /// Signs a record anew, whatever it says.
    pub(super) fn resign(&self, record: Signed) -> Signed {
        let hub = hub_key().id;
        let signature = record.claim(&hub, &self.name).sign(&self.key);
        Signed {
            signature,
            ..record
        }
    }

    /// Makes `count` attempts and packs them.
    pub(super) fn seal(&mut self, count: u64) -> Signed {
        let numbers = self.next..self.next + count;
        let version = self.plan.version();
        let attempts = numbers.map(|number| Attempt {
            plan: version,
            ..self.attempt(number)
        });
        let attempts: Vec<Attempt> = attempts.collect();
        self.next += count;
        self.number += 1;
        let header = Header {
            agent: self.name.clone(),
            epoch: self.epoch,
            number: self.number,
            previous: self.previous,
        };
        let sealed = Batch { header, attempts }.seal().expect("packs");
        self.previous = sealed.hash();
        self.resign(Signed {
            kind: Kind::Batch,
            what: sealed.head,
            body: sealed.body,
            signature: Signature([0; 64]),
        })
    }

    fn attempt(&self, number: u64) -> Attempt {
        let mut attempt = Attempt {
            sequence: number,
            ..sample::attempt(number.wrapping_sub(self.shift))
        };
        attempt.clock_error += Millis(i64::from(self.life));
        attempt
    }

    /// What an agent does that has lost what the hub still has.
    pub(super) fn begin_epoch(&mut self, standing: &Standing) {
        self.epoch = standing.epoch + 1;
        self.number = 0;
        self.previous = Hash::default();
        self.next = standing.last_sequence + 1;
    }

    /// The same, but what waits is sent once more: batches of so many attempts, the first of which was numbered `first`.
    pub(super) fn send_again(
        &mut self,
        standing: &Standing,
        first: u64,
        counts: &[u64],
    ) -> Vec<Signed> {
        self.begin_epoch(standing);
        self.shift += self.next.saturating_sub(first);
        counts.iter().map(|count| self.seal(*count)).collect()
    }

    pub(super) fn upload(&self, hub: &HubId, records: &[Signed]) -> Vec<u8> {
        let upload = Upload {
            agent: self.name.clone(),
            key: self.key.public().id(),
            asked: NOW,
            seen: self.seen,
            cosignature: None,
            records: records.to_vec(),
        };
        upload.encode(hub, &self.key).expect("fits")
    }
}
