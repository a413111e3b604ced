//! A bundle of two agents at a hub, and everything that somebody could do to it.

mod spoiled;

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::identity::{HubId, SecretKey};
use crate::merkle::{self, Nodes, partial};
use crate::name::Name;
use crate::store::sample::{self, name};
use crate::time::{Interval, Timestamp};
use crate::wire::entry::{Deed, Entry, hash_of as hash_of_signature};
use crate::wire::exhibit::{BatchExhibit, Logged, PlanExhibit, Voucher};
use crate::wire::record::{Claim, Kind};
use crate::wire::{Batch, Header, Sealed};

/// All leaves of a log, in memory.
struct Leaves(Vec<Hash>);

impl Nodes for Leaves {
    type Error = Infallible;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
        let start = usize::try_from(index << level).expect("small");
        let mut hashes = self.0[start..start + (1 << level)].to_vec();
        while hashes.len() > 1 {
            let (pairs, _) = hashes.as_chunks::<2>();
            hashes = pairs.iter().map(|[a, b]| merkle::node(a, b)).collect();
        }
        Ok(hashes[0])
    }
}

const BATCHES: u64 = 4;
const ATTEMPTS: u64 = 30;

/// What the two agents and their hub make a bundle of.
struct World {
    hub: HubId,
    log: Vec<Vec<u8>>,
    bundle: Bundle,
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).expect("a key")
}

fn agent_key(agent: &Name) -> SecretKey {
    key(agent.as_str().as_bytes()[0])
}

impl World {
    /// Agents `east` and `west`, enrolled at a hub that others report to as well.
    fn new() -> Self {
        let hub = HubId::new("hub.example.org/groupdesk").expect("a name");
        let plan = serde_json::to_string(&sample::plan()).expect("text keys");
        let manifest = Manifest {
            format: Manifest::FORMAT,
            program: "reporter 0.1.0".to_owned(),
            contract: name("example"),
            month: "2018-12".to_owned(),
            as_of: Timestamp(5_000),
            shown: Interval::new(Timestamp(0), Timestamp(5_000)),
            hub: Some(HubKey {
                name: hub.to_string(),
                key: key(1).public().to_string(),
            }),
            agents: Vec::new(),
        };
        let others = [(REPORT, "{}"), (PLAN, plan.as_str())];
        let others = others.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let mut world = Self {
            hub,
            log: Vec::new(),
            bundle: Bundle {
                manifest,
                agents: Vec::new(),
                plans: BTreeMap::from([(sample::plan().version(), plan)]),
                log: None,
                others: others.into(),
            },
        };
        let mut keys = BTreeMap::new();
        for agent in ["east", "west"].map(name) {
            world.enrol(&agent, &mut keys);
        }
        for number in 1..=BATCHES {
            for place in 0..2 {
                world
                    .log
                    .push(format!("a batch of others, {number}").into_bytes());
                world.take(place, number);
            }
        }
        world.close(keys);
        world
    }

    fn enrol(&mut self, agent: &Name, keys: &mut BTreeMap<u64, Vec<u8>>) {
        let public = agent_key(agent).public();
        let at = Timestamp(10 + i64::try_from(self.log.len()).expect("small"));
        let entry = Entry::Key {
            agent: agent.clone(),
            region: name("eu"),
            deed: Deed::Enrolled,
            key: public,
            at,
        };
        keys.insert(self.leaf(), entry.bytes());
        self.log.push(entry.bytes());
        self.bundle.manifest.agents.push(AgentKeys {
            name: agent.clone(),
            region: name("eu"),
            keys: vec![KeySpan {
                key: public.to_string(),
                since: at,
                until: None,
            }],
        });
        let mut exhibits = Exhibits::new(agent.clone());
        let plan = self.bundle.others[PLAN].clone();
        let version = sample::plan().version();
        let hash = Hash::of(&plan);
        let (voucher, entry) = self.vouch((agent, Kind::Plan, hash), |signature, received| {
            Entry::Plan {
                agent: agent.clone(),
                version,
                hash,
                signature,
                received,
            }
        });
        self.log.push(entry.bytes());
        exhibits.plans.push(PlanExhibit {
            version,
            hash,
            voucher,
        });
        self.bundle.agents.push(exhibits);
    }

    fn take(&mut self, place: usize, number: u64) {
        let exhibits = &self.bundle.agents[place];
        let agent = exhibits.agent.clone();
        let first = (number - 1) * ATTEMPTS + 1;
        let batch = Batch {
            header: Header {
                agent: agent.clone(),
                epoch: 1,
                number,
                previous: exhibits
                    .batches
                    .last()
                    .map_or(Hash::default(), BatchExhibit::hash),
            },
            attempts: (first..first + ATTEMPTS).map(sample::attempt).collect(),
        };
        let Sealed { head, body } = batch.seal().expect("small");
        let hash = Hash::of(&head);
        let (voucher, entry) = self.vouch((&agent, Kind::Batch, hash), |signature, received| {
            Entry::Batch {
                agent: agent.clone(),
                epoch: 1,
                number,
                hash,
                signature,
                received,
            }
        });
        self.log.push(entry.bytes());
        self.bundle.agents[place].batches.push(BatchExhibit {
            head,
            body: Some(body),
            voucher,
        });
    }

    fn vouch(
        &self,
        (agent, kind, hash): (&Name, Kind, Hash),
        entry: impl FnOnce(Hash, Timestamp) -> Entry,
    ) -> (Voucher, Entry) {
        let (key, hub) = (agent_key(agent), &self.hub);
        let claim = Claim {
            hub,
            agent,
            kind,
            hash,
        };
        let signature = claim.sign(&key);
        let received = Timestamp(1_000 + i64::try_from(self.log.len()).expect("small"));
        let logged = Logged {
            leaf: self.leaf(),
            received,
            receipt: None,
        };
        let voucher = Voucher {
            signed: Some((key.public().id(), signature)),
            logged: Some(logged),
        };
        (voucher, entry(hash_of_signature(&signature), received))
    }

    fn leaf(&self) -> u64 {
        u64::try_from(self.log.len()).expect("small")
    }

    /// Makes the checkpoint, and proves in it what the agents show.
    fn close(&mut self, entries: BTreeMap<u64, Vec<u8>>) {
        let leaves = Leaves(self.log.iter().map(|entry| merkle::leaf(entry)).collect());
        let size = self.leaf();
        let Ok(root) = merkle::root(&leaves, size);
        let origin = self.hub.clone();
        let mut signed = Checkpoint { origin, size, root }.sign(&key(1));
        let east = name("east");
        let cosignature = signed.cosign(&agent_key(&east), Timestamp(9_000));
        signed
            .add(&east, &agent_key(&east).public(), &cosignature)
            .expect("it holds");
        let vouchers = self.bundle.agents.iter().flat_map(|one| {
            let plans = one.plans.iter().map(|plan| plan.voucher);
            plans.chain(one.batches.iter().map(|batch| batch.voucher))
        });
        let known = vouchers.filter_map(|voucher| voucher.logged.map(|logged| logged.leaf));
        let known: Vec<u64> = known.chain(entries.keys().copied()).collect();
        let Ok(partial) = partial(&leaves, size, known);
        self.bundle.log = Some(Log {
            checkpoint: signed.to_string(),
            entries,
            partial,
        });
    }
}

fn checked(files: &Files) -> Checked {
    check(files, &Known::default()).expect("a bundle")
}

/// Whether the edit is told: as a flaw, as a gap, or because it is no bundle any more.
fn is_noticed(files: &Files) -> bool {
    match check(files, &Known::default()) {
        Err(_) => true,
        Ok(found) => !found.flaws.is_empty() || found.agents.iter().any(|one| !one.gaps.is_empty()),
    }
}

fn told(files: &Files) -> String {
    let flaws = checked(files).flaws;
    let lines = flaws
        .iter()
        .map(|flaw| format!("{}: {}\n", flaw.file, flaw.what));
    lines.collect()
}

#[test]
fn a_bundle_is_checked_whole() {
    let files = World::new().bundle.files();
    let found = checked(&files);
    assert_eq!(found.flaws, []);
    for one in &found.agents {
        assert_eq!(
            (one.batches, one.signed, one.logged),
            (BATCHES, BATCHES, BATCHES)
        );
        assert_eq!(
            (one.attempts, one.pruned, one.unsealed),
            (BATCHES * ATTEMPTS, 0, 0)
        );
        assert_eq!(one.ends, Some([(1, 1), (1, BATCHES)]));
        assert_eq!(one.restored.batches.len(), 4);
    }
    let log = found.log.expect("a log");
    assert_eq!((log.size, log.shown), (20, 12));
    let cosigned: Vec<&str> = log.cosigned.iter().map(|one| one.agent.as_str()).collect();
    assert_eq!(cosigned, ["east"]);
    let packed = tar::pack(&files).expect("it fits");
    assert_eq!(tar::unpack(&packed), Ok(files.clone()));
    // The list is what sha256sum makes of it.
    let sums = String::from_utf8(files[SUMS].clone()).expect("text");
    assert_eq!(sums.lines().count(), files.len() - 1);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let plan = plan_file(sample::plan().version());
    assert_eq!(
        names,
        [
            "README.txt",
            "SHA256SUMS",
            "agent-east.records",
            "agent-west.records",
            "log.checkpoint",
            "log.entries",
            "log.proof",
            "manifest.json",
            &plan,
            "plan.json",
            "report.json",
        ]
    );
}

#[test]
fn keys_that_the_reader_knows_must_be_those_of_the_bundle() {
    let files = World::new().bundle.files();
    let of = |hub: u8, east: u8| Known {
        hub: Some(key(hub).public()),
        agents: BTreeMap::from([(name("east"), key(east).public())]),
    };
    assert_eq!(check(&files, &of(1, b'e')).expect("a bundle").flaws, []);
    let flaws = check(&files, &of(2, b'w')).expect("a bundle").flaws;
    let told: Vec<&str> = flaws.iter().map(|flaw| flaw.what.as_str()).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    the hub's key is another one than you named
    agent east has another key than you named
    ");
}

#[test]
fn damage_is_named() {
    let mut texts = Vec::new();
    let mut tell = |edit: fn(&mut Bundle)| {
        let mut bundle = World::new().bundle;
        edit(&mut bundle);
        texts.push(told(&bundle.files()));
    };
    tell(|bundle| bundle.agents[0].batches[1].body.as_mut().expect("a body")[9] ^= 1);
    tell(|bundle| bundle.agents[0].batches[1].head[60] ^= 1);
    tell(|bundle| {
        bundle.agents[0].batches[1]
            .voucher
            .signed
            .as_mut()
            .expect("signed")
            .1
            .0[5] ^= 1;
    });
    tell(|bundle| drop(bundle.agents[0].batches.pop()));
    tell(|bundle| bundle.agents[1].batches.swap(0, 1));
    tell(|bundle| bundle.agents[1].batches[0] = bundle.agents[0].batches[0].clone());
    tell(|bundle| bundle.agents[1].batches[3].voucher = Voucher::default());
    tell(|bundle| bundle.manifest.agents[1].region = name("mars"));
    tell(|bundle| bundle.manifest.agents[1].keys[0].since = Timestamp(2_000));
    tell(|bundle| bundle.plans.clear());
    insta::assert_snapshot!(texts.join("\n"), @"
    agent-east.records: batch 2 of epoch 1: the batch is damaged: its hash does not fit its bytes

    agent-east.records: batch 2 of epoch 1: its signature does not hold
    agent-east.records: batch 2 of epoch 1: the batch is damaged: its hash does not fit its bytes
    agent-east.records: batch 3 of epoch 1 does not follow the batch before it: the chain of hashes is broken
    log.proof: the records shown are not those of the log: they lead to another root than the checkpoint's

    agent-east.records: batch 2 of epoch 1: its signature does not hold
    log.proof: the records shown are not those of the log: they lead to another root than the checkpoint's

    log.proof: the records shown are not those of the log: they lead to another root than the checkpoint's

    agent-west.records: batch 1 of epoch 1 stands behind batch 2 of epoch 1

    agent-west.records: batch 1 of epoch 1 is of agent east
    agent-west.records: batch 1 of epoch 1 is signed with key 0ae90e360e0ade84, which was not the agent's then
    agent-west.records: batch 1 of epoch 1 claims entry 5 of the log, which is another record
    agent-west.records: batch 2 of epoch 1 does not follow the batch before it: the chain of hashes is broken
    log.proof: the records shown are not those of the log: they lead to another root than the checkpoint's

    log.proof: the records shown are not those of the log: they lead to another root than the checkpoint's

    manifest.json: agent west: the log says otherwise of key d2f381d7b0b5f1d3 or of the region

    agent-west.records: plan 763355f2 is signed with key d2f381d7b0b5f1d3, which was not the agent's then
    agent-west.records: batch 1 of epoch 1 is signed with key d2f381d7b0b5f1d3, which was not the agent's then
    agent-west.records: batch 2 of epoch 1 is signed with key d2f381d7b0b5f1d3, which was not the agent's then
    agent-west.records: batch 3 of epoch 1 is signed with key d2f381d7b0b5f1d3, which was not the agent's then
    agent-west.records: batch 4 of epoch 1 is signed with key d2f381d7b0b5f1d3, which was not the agent's then
    manifest.json: agent west: the log says otherwise of key d2f381d7b0b5f1d3 or of the region

    agent-east.records: plan 763355f2: plan-763355f2.json is missing or another one
    agent-east.records: batch 1 of epoch 1: attempt 1 was made by plan 763355f2, which is not shown or has no probe login
    agent-east.records: batch 2 of epoch 1: attempt 31 was made by plan 763355f2, which is not shown or has no probe login
    agent-east.records: batch 3 of epoch 1: attempt 61 was made by plan 763355f2, which is not shown or has no probe login
    agent-east.records: batch 4 of epoch 1: attempt 91 was made by plan 763355f2, which is not shown or has no probe login
    agent-west.records: plan 763355f2: plan-763355f2.json is missing or another one
    agent-west.records: batch 1 of epoch 1: attempt 1 was made by plan 763355f2, which is not shown or has no probe login
    agent-west.records: batch 2 of epoch 1: attempt 31 was made by plan 763355f2, which is not shown or has no probe login
    agent-west.records: batch 3 of epoch 1: attempt 61 was made by plan 763355f2, which is not shown or has no probe login
    agent-west.records: batch 4 of epoch 1: attempt 91 was made by plan 763355f2, which is not shown or has no probe login
    ");
}
