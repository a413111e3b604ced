//! A bundle of two agents at a hub, and everything that somebody could do to it.

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

#[test]
fn a_batch_that_is_missing_is_named_and_is_no_flaw_of_the_others() {
    let mut bundle = World::new().bundle;
    for one in &mut bundle.agents {
        for batch in &mut one.batches {
            batch.voucher.logged = None;
        }
        for plan in &mut one.plans {
            plan.voucher.logged = None;
        }
    }
    bundle.log = None;
    drop(bundle.agents[0].batches.drain(1..3));
    let found = checked(&bundle.files());
    assert_eq!(found.flaws, []);
    assert_eq!(
        found.agents[0].gaps,
        ["batches 2 to 3 of epoch 1 are missing"]
    );
    assert_eq!(found.agents[1].gaps, [""; 0]);
}

/// An edit of files by somebody who leaves the rest as it is.
#[derive(Clone, Debug)]
enum Edit {
    Flip(prop::sample::Index, prop::sample::Index, u8),
    Cut(prop::sample::Index, prop::sample::Index, usize),
    Insert(prop::sample::Index, prop::sample::Index, Vec<u8>),
    Swap(prop::sample::Index, prop::sample::Index, usize),
    Remove(prop::sample::Index),
    Copy(prop::sample::Index, String),
    Exchange(prop::sample::Index, prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), at(), 0..8_u8).prop_map(|(file, at, bit)| Edit::Flip(file, at, bit)),
        (at(), at(), 1..200_usize).prop_map(|(file, at, length)| Edit::Cut(file, at, length)),
        (at(), at(), prop::collection::vec(any::<u8>(), 1..50))
            .prop_map(|(file, at, bytes)| Edit::Insert(file, at, bytes)),
        (at(), at(), 1..100_usize).prop_map(|(file, at, length)| Edit::Swap(file, at, length)),
        at().prop_map(Edit::Remove),
        (at(), "[a-z]{1,8}").prop_map(|(file, name)| Edit::Copy(file, name)),
        (at(), at()).prop_map(|(one, other)| Edit::Exchange(one, other)),
    ]
}

fn apply(files: &mut Files, edit: &Edit) {
    let names: Vec<String> = files.keys().cloned().collect();
    let name = |index: &prop::sample::Index| names[index.index(names.len())].clone();
    if let Edit::Flip(file, ..)
    | Edit::Cut(file, ..)
    | Edit::Insert(file, ..)
    | Edit::Swap(file, ..) = edit
        && files[&name(file)].is_empty()
    {
        // An edit before has left nothing of it.
        return;
    }
    match edit {
        Edit::Flip(file, at, bit) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let at = at.index(content.len());
            content[at] ^= 1 << bit;
        }
        Edit::Cut(file, at, length) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let start = at.index(content.len());
            content.drain(start..(start + length).min(content.len()));
        }
        Edit::Insert(file, at, bytes) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let at = at.index(content.len());
            content.splice(at..at, bytes.iter().copied());
        }
        Edit::Swap(file, at, length) => {
            let content = files.get_mut(&name(file)).expect("a file");
            let length = (*length).min(content.len() / 2);
            let start = at.index(content.len() - 2 * length + 1);
            let (left, right) = content[start..start + 2 * length].split_at_mut(length);
            left.swap_with_slice(right);
        }
        Edit::Remove(file) => drop(files.remove(&name(file))),
        Edit::Copy(file, to) => {
            let content = files[&name(file)].clone();
            files.insert(to.clone(), content);
        }
        Edit::Exchange(one, other) => {
            let (one, other) = (name(one), name(other));
            let (first, second) = (files[&one].clone(), files[&other].clone());
            files.insert(one, second);
            files.insert(other, first);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    /// G15: random edits, deletions, insertions and reorders.
    #[test]
    fn g15_every_random_edit_of_the_files_is_noticed(edits in prop::collection::vec(edit(), 1..4)) {
        let whole = bundle_files();
        let mut files = whole.clone();
        edits.iter().for_each(|edit| apply(&mut files, edit));
        prop_assert_eq!(is_noticed(&files), files != *whole);
    }
}

/// 1,000 here; `PROPTEST_CASES=10000` tries as many as are asked for.
fn cases() -> u32 {
    ProptestConfig::default().cases.max(1_000)
}

fn bundle_files() -> &'static Files {
    static FILES: std::sync::OnceLock<Files> = std::sync::OnceLock::new();
    FILES.get_or_init(|| World::new().bundle.files())
}

/// An edit of records by somebody who makes all lists and hashes anew, but has no key.
#[derive(Clone, Debug)]
enum Forgery {
    Attempt(usize, usize, usize),
    Drop(usize, usize),
    Swap(usize, usize),
    Double(usize, usize),
    Move(usize, usize),
    Leaf(usize, usize, u64),
    Received(usize, usize, i64),
    Unsign(usize, usize),
    Entry(usize, usize, u8),
    Rest(usize, usize, u8),
    Region(usize),
    Key(usize, u8),
    Plan(u8),
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let (agent, batch) = (0..2_usize, 0..4_usize);
    prop_oneof![
        (agent.clone(), batch.clone(), 0..30_usize).prop_map(|(a, b, c)| Forgery::Attempt(a, b, c)),
        (agent.clone(), batch.clone()).prop_map(|(a, b)| Forgery::Drop(a, b)),
        (agent.clone(), 0..3_usize).prop_map(|(a, b)| Forgery::Swap(a, b)),
        (agent.clone(), batch.clone()).prop_map(|(a, b)| Forgery::Double(a, b)),
        (agent.clone(), batch.clone()).prop_map(|(a, b)| Forgery::Move(a, b)),
        (agent.clone(), batch.clone(), 1..9_u64).prop_map(|(a, b, c)| Forgery::Leaf(a, b, c)),
        (agent.clone(), batch.clone(), 1..9_i64).prop_map(|(a, b, c)| Forgery::Received(a, b, c)),
        (agent.clone(), batch).prop_map(|(a, b)| Forgery::Unsign(a, b)),
        (0..2_usize, 0..40_usize, 0..8_u8).prop_map(|(a, b, c)| Forgery::Entry(a, b, c)),
        (0..99_usize, 0..32_usize, 0..8_u8).prop_map(|(a, b, c)| Forgery::Rest(a, b, c)),
        agent.clone().prop_map(Forgery::Region),
        (agent, 2..9_u8).prop_map(|(a, b)| Forgery::Key(a, b)),
        (0..8_u8).prop_map(Forgery::Plan),
    ]
}

fn forge(bundle: &mut Bundle, forgery: &Forgery) {
    let logged = |bundle: &mut Bundle, agent: usize, batch: usize| -> Logged {
        bundle.agents[agent].batches[batch]
            .voucher
            .logged
            .expect("it is logged")
    };
    match forgery {
        Forgery::Attempt(agent, batch, at) => rewrite(&mut bundle.agents[*agent], *batch, *at),
        Forgery::Drop(agent, batch) => drop(bundle.agents[*agent].batches.remove(*batch)),
        Forgery::Swap(agent, batch) => bundle.agents[*agent].batches.swap(*batch, batch + 1),
        Forgery::Double(agent, batch) => {
            let copy = bundle.agents[*agent].batches[*batch].clone();
            bundle.agents[*agent].batches.insert(*batch, copy);
        }
        Forgery::Move(agent, batch) => {
            let moved = bundle.agents[*agent].batches.remove(*batch);
            bundle.agents[1 - agent].batches.push(moved);
        }
        Forgery::Leaf(agent, batch, by) => {
            let mut logged = logged(bundle, *agent, *batch);
            logged.leaf += by;
            bundle.agents[*agent].batches[*batch].voucher.logged = Some(logged);
        }
        Forgery::Received(agent, batch, by) => {
            let mut logged = logged(bundle, *agent, *batch);
            logged.received.0 += by;
            bundle.agents[*agent].batches[*batch].voucher.logged = Some(logged);
        }
        Forgery::Unsign(agent, batch) => {
            bundle.agents[*agent].batches[*batch].voucher.signed = None;
        }
        Forgery::Entry(place, at, bit) => {
            let log = bundle.log.as_mut().expect("a log");
            let entry = log.entries.values_mut().nth(*place).expect("two keys");
            let at = at % entry.len();
            entry[at] ^= 1 << bit;
        }
        Forgery::Rest(place, at, bit) => {
            let rest = &mut bundle.log.as_mut().expect("a log").partial.rest;
            let place = place % rest.len();
            rest[place].0[*at] ^= 1 << bit;
        }
        Forgery::Region(agent) => bundle.manifest.agents[*agent].region = name("mars"),
        Forgery::Key(agent, seed) => {
            bundle.manifest.agents[*agent].keys[0].key = key(*seed).public().to_string();
        }
        Forgery::Plan(bit) => {
            let text = bundle.plans.values_mut().next().expect("a plan");
            let site = text.find("Groupdesk").expect("its site");
            let other = if *bit > 3 { "Groupdesc" } else { "Froupdesk" };
            text.replace_range(site..site + 9, other);
        }
    }
}

/// Turns an attempt around, and makes the batch and all after it anew, as somebody without the key can.
fn rewrite(exhibits: &mut Exhibits, batch: usize, at: usize) {
    use crate::verdict::Verdict;
    let mut previous = None;
    for (place, one) in exhibits.batches.iter_mut().enumerate().skip(batch) {
        let sealed = Sealed {
            head: one.head.clone(),
            body: one.body.clone().expect("a body"),
        };
        let mut opened = Batch::open(&sealed).expect("a batch");
        if place == batch {
            let attempt = &mut opened.attempts[at];
            attempt.verdict = match attempt.verdict {
                Verdict::Good => Verdict::Bad,
                _ => Verdict::Good,
            };
        }
        opened.header.previous = previous.unwrap_or(opened.header.previous);
        let Sealed { head, body } = opened.seal().expect("small");
        previous = Some(Hash::of(&head));
        (one.head, one.body) = (head, Some(body));
    }
}

proptest! {
    /// Whoever has no key is noticed, however carefully hashes and lists are made anew.
    #[test]
    fn g15_every_forgery_is_noticed(forgery in forgery()) {
        let mut bundle = World::new().bundle;
        forge(&mut bundle, &forgery);
        prop_assert!(is_noticed(&bundle.files()), "{forgery:?}");
    }
}

/// The control: without the hash over its body, a flipped bit in a batch would often be read as another attempt.
#[test]
fn without_the_hash_over_a_body_flipped_bits_would_pass() {
    let world = World::new();
    let batch = &world.bundle.agents[0].batches[0];
    let body = batch.body.clone().expect("a body");
    let mut passed = 0;
    for bit in 0..body.len() * 8 {
        let mut edited = body.clone();
        edited[bit / 8] ^= 1 << (bit % 8);
        let mut head = crate::wire::Head::decode(&batch.head).expect("a head");
        head.body = Hash::of(&edited);
        let sealed = Sealed {
            head: head.encode(),
            body: edited,
        };
        passed += usize::from(Batch::open(&sealed).is_ok());
    }
    println!(
        "{passed} of {} flipped bits pass without the hash",
        body.len() * 8
    );
    assert!(passed > 0, "the check above proves nothing");
}
