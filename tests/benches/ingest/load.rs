//! Agents, what they send, and how it is answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use groupdesk::courier::{self, Courier, Line};
use ledger::identity::{HubId, SecretKey};
use ledger::name::Name;
use ledger::record::Agent;
use ledger::store::{Place, Registry};
use ledger::time::Timestamp;
use ledger::wire::Hash;
use ledger::wire::record::{Claim, Kind};
use ledger::wire::upload::Outcome;

use super::hub::Hub;

/// An agent and what it will send: made and signed beforehand.
pub(super) struct Load {
    courier: Courier,
    pub(super) uploads: Vec<(Vec<u8>, Vec<Hash>)>,
}

/// What some agents send.
pub(super) struct Shape {
    /// What their names begin with.
    pub(super) name: &'static str,
    pub(super) agents: usize,
    pub(super) probes: usize,
    pub(super) batches: usize,
    pub(super) attempts: u64,
    pub(super) per_upload: usize,
    /// The tick of their first attempts.
    pub(super) start: Timestamp,
}

/// Enrols agents and makes all that they will send.
pub(super) fn make(shape: &Shape, hub: &Hub, place: &Place) -> anyhow::Result<Vec<Load>> {
    let plan = Arc::new(courier::plan(shape.probes));
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    let mut registry = Registry::open(place.clone())?;
    let hub_key = std::fs::read_to_string(hub.home.join("hub.key"))?;
    let id = HubId::new("groupdesk-hub")?;
    let public = SecretKey::from_pem(&hub_key)?.public();
    let mut loads = Vec::new();
    for number in 0..shape.agents {
        let name = format!("{}-{number}", shape.name);
        let agent = Agent {
            name: Name::new(&name)?,
            region: Name::new("eu")?,
        };
        let key = SecretKey::generate()?;
        registry.invite(&agent, &name, now)?;
        registry.enrol(&name, &key.public(), now)?;
        let plan = (Arc::clone(&plan), shape.start);
        let courier = Courier::new((id.clone(), public), (agent.name, key), plan);
        loads.push(Load::make(courier, shape)?);
    }
    Ok(loads)
}

impl Load {
    fn make(mut courier: Courier, shape: &Shape) -> anyhow::Result<Self> {
        let mut uploads = Vec::new();
        let mut records = vec![courier.sign_plan()];
        for batch in 1..=shape.batches {
            records.push(courier.seal(shape.attempts)?);
            if batch % shape.per_upload == 0 || batch == shape.batches {
                let hashes = records
                    .iter()
                    .map(ledger::wire::record::Signed::hash)
                    .collect();
                uploads.push((courier.upload(&records)?, hashes));
                records.clear();
            }
        }
        Ok(Self { courier, uploads })
    }

    /// Sends the upload at a place until it is taken, and checks every receipt.
    pub(super) fn send(&self, line: &mut Line, at: usize) -> anyhow::Result<Answers> {
        let mut answers = Answers::default();
        let Some((bytes, hashes)) = self.uploads.get(at) else {
            return Ok(answers);
        };
        let start = Instant::now();
        let answer = loop {
            let answer = line.post("/v1/upload", bytes)?;
            match answer.status {
                200 => break answer,
                429 | 503 => {
                    answers.told_to_wait += 1;
                    std::thread::sleep(Duration::from_millis(100));
                }
                other => bail!("{other}: {}", String::from_utf8_lossy(&answer.body)),
            }
        };
        answers.took.push(start.elapsed());
        self.check(&answer.body, hashes)?;
        Ok(answers)
    }

    fn check(&self, body: &[u8], hashes: &[Hash]) -> anyhow::Result<()> {
        let Courier {
            hub,
            hub_key,
            agent,
            ..
        } = &self.courier;
        let reply = self.courier.reply(body)?;
        ensure!(
            reply.outcomes.len() == hashes.len(),
            "an outcome for each record"
        );
        for (outcome, hash) in reply.outcomes.iter().zip(hashes) {
            let (Outcome::Taken(receipt) | Outcome::Known(receipt)) = outcome else {
                bail!("{agent}: {outcome:?}");
            };
            let holds = [Kind::Batch, Kind::Plan].into_iter().any(|kind| {
                let claim = Claim {
                    hub,
                    agent,
                    kind,
                    hash: *hash,
                };
                claim.is_received(hub_key, receipt)
            });
            ensure!(holds, "a receipt does not hold");
        }
        Ok(())
    }
}

/// How long answers took.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) took: Vec<Duration>,
    pub(super) told_to_wait: u64,
}

impl Answers {
    pub(super) fn add(&mut self, more: Self) {
        self.took.extend(more.took);
        self.told_to_wait += more.told_to_wait;
    }

    /// In milliseconds, of the fastest so many in a hundred the slowest.
    pub(super) fn at(&self, percent: usize) -> u128 {
        let mut sorted = self.took.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        sorted
            .get(last * percent / 100)
            .map_or(0, Duration::as_millis)
    }
}

/// Sends everything over so many connections at once, each agent by one of them.
pub(super) fn send(
    hub: &Hub,
    connections: usize,
    loads: Vec<Load>,
) -> anyhow::Result<(Duration, Answers)> {
    let mut shares: BTreeMap<usize, Vec<Load>> = BTreeMap::new();
    for (number, load) in loads.into_iter().enumerate() {
        shares.entry(number % connections).or_default().push(load);
    }
    let lines = shares.into_values().map(|share| Ok((hub.line()?, share)));
    let lines = lines.collect::<anyhow::Result<Vec<_>>>()?;
    let start = Instant::now();
    let threads = lines.into_iter().map(|(line, share)| {
        std::thread::Builder::new()
            .stack_size(256 << 10)
            .spawn(move || send_share(line, &share))
    });
    let threads = threads.collect::<std::io::Result<Vec<_>>>()?;
    let mut answers = Answers::default();
    for thread in threads {
        let Ok(more) = thread.join() else {
            bail!("a sender failed")
        };
        answers.add(more?);
    }
    Ok((start.elapsed(), answers))
}

fn send_share(mut line: Line, share: &[Load]) -> anyhow::Result<Answers> {
    let mut answers = Answers::default();
    let longest = share.iter().map(|load| load.uploads.len());
    for at in 0..longest.max().unwrap_or(0) {
        for load in share {
            answers.add(load.send(&mut line, at)?);
        }
    }
    Ok(answers)
}
