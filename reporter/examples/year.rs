//! How long it takes to verify a year: three agents, two probes a minute, a signed and logged batch every five minutes.
//!
//!     cargo run --release -p reporter --example year -- 12
//!
//! Makes the batches and the log of so many months, then for each month a bundle of evidence, and verifies that from its bytes.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::disallowed_types, reason = "it measures real time")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use ledger::attempt::Attempt;
use ledger::bundle::{
    self, AgentKeys, Bundle, Files, HubKey, KeySpan, Known, Log, Manifest, Restored, tar,
};
use ledger::calendar;
use ledger::checkpoint::Checkpoint;
use ledger::identity::{HubId, SecretKey};
use ledger::merkle::{self, Nodes};
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::tally::Terms;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::wire::entry::{Deed, Entry, hash_of};
use ledger::wire::exhibit::{BatchExhibit, Exhibits, Logged, Voucher};
use ledger::wire::record::{Claim, Kind as Record};
use ledger::wire::{Batch, Hash, Header, Sealed};
use reporter::gather::Anew;
use reporter::report::json;
use reporter::verify;

#[path = "../tests/command/looks.rs"]
mod looks;

const BATCH: Millis = Millis::from_mins(5);
const AROUND: Millis = Millis::from_mins(8 * 24 * 60);
/// An hour of every tenth day is down.
const TENTH: i64 = 10 * 86_400_000;
const HOUR: i64 = 3_600_000;

/// The hashes of all full subtrees, by level.
struct Levels(Vec<Vec<Hash>>);

impl Nodes for Levels {
    type Error = Infallible;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
        let place = |number: u64| usize::try_from(number).expect("it fits in memory");
        Ok(self.0[place(level.into())][place(index)])
    }
}

/// A batch, and since when it counts.
struct Kept {
    first: Timestamp,
    exhibit: BatchExhibit,
}

struct Year {
    hub: HubId,
    plan: Plan,
    keys: Vec<AgentKeys>,
    records: Vec<Vec<Kept>>,
    entries: BTreeMap<u64, Vec<u8>>,
    leaves: Vec<Hash>,
}

fn key(seed: usize) -> SecretKey {
    let seed = u8::try_from(seed).expect("few");
    SecretKey::from_seed(&[seed; 32]).expect("a key")
}

fn main() {
    let months = std::env::args().nth(1);
    let months: i32 = months.map_or(12, |text| text.parse().expect("how many months"));
    let mut year = Year::new();
    let zone = year.plan.contracts[0].zone.clone();
    let month = |number: i32| format!("2018-{number:02}");
    let period = |number| calendar::month(&zone, &month(number)).expect("a month");
    let first = 13 - months;
    let start = period(first).start - AROUND - BATCH;
    // On the edge of a batch.
    let start = Timestamp(start.0 - start.0.rem_euclid(BATCH.0));
    year.look(Interval::new(start, period(12).end + AROUND));
    let levels = Levels(levels(&year.leaves));
    let (mut slowest, mut all, mut batches) = (Duration::ZERO, Duration::ZERO, 0);
    for number in first..=12 {
        let month = month(number);
        let packed = year.bundle(&month, &levels);
        let start = Instant::now();
        let files = tar::unpack(&packed).expect("a bundle");
        let known = Known {
            hub: Some(key(9).public()),
            agents: BTreeMap::new(),
        };
        let found = verify::verify(&files, known).expect("a bundle");
        let took = start.elapsed();
        assert!(found.agrees(), "{}", verify::render(&found));
        let shown: u64 = found.checked.agents.iter().map(|one| one.batches).sum();
        let bytes = packed.len();
        println!("{month}: {shown} batches in {bytes} bytes verified in {took:.2?}");
        (slowest, all, batches) = (slowest.max(took), all + took, batches + shown);
    }
    println!(
        "{months} months with what surrounds them: {batches} batches verified in {all:.1?}, the slowest month in {slowest:.1?}"
    );
}

impl Year {
    fn new() -> Self {
        let text = include_str!("../tests/command/probes.toml");
        let plan = Plan::parse(text, "probes.toml").expect("a plan");
        let mut year = Self {
            hub: HubId::new("hub.example.org/groupdesk").expect("a name"),
            keys: Vec::new(),
            records: plan.regions.iter().map(|_| Vec::new()).collect(),
            entries: BTreeMap::new(),
            leaves: Vec::new(),
            plan,
        };
        let mut regions = year.plan.regions.clone();
        regions.sort();
        for (place, region) in regions.into_iter().enumerate() {
            let since = Timestamp(1);
            let public = key(place).public();
            let entry = Entry::Key {
                agent: region.clone(),
                region: region.clone(),
                deed: Deed::Enrolled,
                key: public,
                at: since,
            };
            year.entries.insert(year.leaf(), entry.bytes());
            year.leaves.push(merkle::leaf(&entry.bytes()));
            year.keys.push(AgentKeys {
                name: region.clone(),
                region,
                keys: vec![KeySpan {
                    key: public.to_string(),
                    since,
                    until: None,
                }],
            });
        }
        year
    }

    fn leaf(&self) -> u64 {
        u64::try_from(self.leaves.len()).expect("small")
    }

    /// All agents look, and every five minutes each sends a batch.
    fn look(&mut self, span: Interval) {
        let mut looks: Vec<_> = (0..self.keys.len())
            .map(|place| self.attempts(place, span).into_iter().peekable())
            .collect();
        let mut start = span.start;
        while start < span.end {
            let window = Interval::new(start, start + BATCH);
            for (place, looks) in looks.iter_mut().enumerate() {
                let mut attempts = Vec::new();
                while let Some(one) = looks.next_if(|one| one.tick < window.end) {
                    attempts.push(one);
                }
                self.seal(place, window, attempts);
            }
            start = window.end;
        }
    }

    fn attempts(&self, place: usize, span: Interval) -> Vec<Attempt> {
        let region = &self.keys[place].region;
        let good = |_: &Name, due: Timestamp| due.0.rem_euclid(TENTH) >= HOUR;
        looks::all(&self.plan, region, span, good)
    }

    fn seal(&mut self, place: usize, window: Interval, attempts: Vec<Attempt>) {
        let records = &self.records[place];
        let agent = self.keys[place].name.clone();
        let number = u64::try_from(records.len() + 1).expect("small");
        let before = records.last().map(|kept| kept.exhibit.hash());
        let header = Header {
            agent: agent.clone(),
            epoch: 1,
            number,
            previous: before.unwrap_or_default(),
        };
        let Sealed { head, body } = Batch { header, attempts }.seal().expect("small");
        let hash = Hash::of(&head);
        let claim = Claim {
            hub: &self.hub,
            agent: &agent,
            kind: Record::Batch,
            hash,
        };
        let signature = claim.sign(&key(place));
        let logged = Logged {
            leaf: self.leaf(),
            received: window.end,
            receipt: None,
        };
        let entry = Entry::Batch {
            agent,
            epoch: 1,
            number,
            hash,
            signature: hash_of(&signature),
            received: window.end,
        };
        self.leaves.push(merkle::leaf(&entry.bytes()));
        let voucher = Voucher {
            signed: Some((key(place).public().id(), signature)),
            logged: Some(logged),
        };
        let exhibit = BatchExhibit {
            head,
            body: Some(body),
            voucher,
        };
        let first = window.start;
        self.records[place].push(Kept { first, exhibit });
    }

    /// The bundle of a month, with the report that its attempts make.
    fn bundle(&self, month: &str, levels: &Levels) -> Vec<u8> {
        let contract = &self.plan.contracts[0];
        let period = calendar::month(&contract.zone, month).expect("a month");
        let shown = Interval::new(period.start - AROUND, period.end + AROUND);
        let agents: Vec<Exhibits> = self
            .keys
            .iter()
            .zip(&self.records)
            .map(|(keys, records)| {
                let mut exhibits = Exhibits::new(keys.name.clone());
                let inside = records.iter().filter(|kept| shown.contains(kept.first));
                exhibits.batches = inside.map(|kept| kept.exhibit.clone()).collect();
                exhibits
            })
            .collect();
        let as_of = shown.end;
        let manifest = Manifest {
            format: Manifest::FORMAT,
            program: "year".to_owned(),
            contract: contract.id.clone(),
            month: month.to_owned(),
            as_of,
            shown,
            hub: Some(HubKey {
                name: self.hub.to_string(),
                key: key(9).public().to_string(),
            }),
            agents: self.keys.clone(),
        };
        let plan = serde_json::to_string(&self.plan).expect("text keys");
        let report = self.report(&agents, (period, as_of));
        let others = [(bundle::REPORT, report), (bundle::PLAN, plan.clone())];
        let bundle = Bundle {
            manifest,
            log: Some(self.log(&agents, levels)),
            agents,
            plans: BTreeMap::from([(self.plan.version(), plan)]),
            others: Files::from(others.map(|(name, text)| (name.to_owned(), text.into_bytes()))),
        };
        tar::pack(&bundle.files()).expect("it fits")
    }

    fn log(&self, agents: &[Exhibits], levels: &Levels) -> Log {
        let size = self.leaf();
        let Ok(root) = merkle::root(levels, size);
        let origin = self.hub.clone();
        let signed = Checkpoint { origin, size, root }.sign(&key(9));
        let batches = agents.iter().flat_map(|one| &one.batches);
        let known = batches.filter_map(|batch| batch.voucher.logged.map(|logged| logged.leaf));
        let known = known.chain(self.entries.keys().copied());
        let Ok(partial) = merkle::partial(levels, size, known);
        Log {
            checkpoint: signed.to_string(),
            entries: self.entries.clone(),
            partial,
        }
    }

    fn report(&self, agents: &[Exhibits], (period, as_of): (Interval, Timestamp)) -> String {
        let restored = agents.iter().map(|one| {
            let sealed = |batch: &BatchExhibit| Sealed {
                head: batch.head.clone(),
                body: batch.body.clone().unwrap_or_default(),
            };
            Restored {
                agent: Agent {
                    name: one.agent.clone(),
                    region: one.agent.clone(),
                },
                batches: one.batches.iter().map(sealed).collect(),
                tail: None,
            }
        });
        let plans = BTreeMap::from([(self.plan.version(), self.plan.clone())]);
        let contract = &self.plan.contracts[0];
        let anew = Anew::of(plans, restored.collect(), &[contract], (period, as_of));
        let report = anew.expect("a record").report(Terms::from(contract));
        json::render(&report.expect("a report"))
    }
}

fn levels(leaves: &[Hash]) -> Vec<Vec<Hash>> {
    let mut levels = vec![leaves.to_vec()];
    while let Some(last) = levels.last().filter(|last| last.len() > 1) {
        let (pairs, _) = last.as_chunks::<2>();
        let above = pairs.iter().map(|[left, right]| merkle::node(left, right));
        levels.push(above.collect());
    }
    levels
}
