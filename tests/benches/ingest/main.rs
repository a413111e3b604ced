//! What a hub takes, with every receipt after a durable commit: `cargo bench -p groupdesk --bench ingest -- --help`.
//!
//! The hub is the release binary in a process of its own; this process is the load. Everything that is sent is made and signed
//! before the clock starts. Beside the figures of the hub stands a plain loop of a prepared statement over the same attempts.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it measures real time"
)]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod asked;
mod plain;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use asked::Asked;
use clap::Parser as _;
use groupdesk::courier::{self, Courier, Line};
use ledger::identity::{HubId, SecretKey};
use ledger::name::Name;
use ledger::record::Agent;
use ledger::store::{Place, Registry};
use ledger::time::Timestamp;
use ledger::wire::Hash;
use ledger::wire::record::{Claim, Kind};
use ledger::wire::upload::Outcome;

/// A hub in a process of its own, killed when it is dropped.
struct Hub {
    child: Child,
    listen: SocketAddr,
    home: PathBuf,
}

/// An agent and what it will send.
struct Load {
    courier: Courier,
    uploads: Vec<(Vec<u8>, Vec<Hash>)>,
}

fn main() -> anyhow::Result<()> {
    let asked = Asked::parse();
    let directory = tempfile::tempdir()?;
    let hub = Hub::start(&directory.path().join("hub"), &asked)?;
    let loads = loads(&asked, &hub)?;
    let attempts = asked.attempts * u64::try_from(asked.agents * asked.batches)?;
    let bytes: usize = loads
        .iter()
        .flat_map(|load| &load.uploads)
        .map(|(bytes, _)| bytes.len())
        .sum();
    println!(
        "{} agents, {} batches of {} attempts each: {attempts} attempts, {bytes} bytes of uploads ({:.2} an attempt)",
        asked.agents,
        asked.batches,
        asked.attempts,
        bytes as f64 / attempts as f64
    );
    let before = hub.cpu()?;
    let (took, answers) = send(&hub, &asked, loads)?;
    let after = hub.cpu()?;
    let taking = after.taking - before.taking;
    println!(
        "taken: {:.1} s, {:.0} attempts/s; hub CPU {taking:.2} s: {:.0} attempts per CPU-second",
        took.as_secs_f64(),
        attempts as f64 / took.as_secs_f64(),
        attempts as f64 / taking
    );
    println!(
        "an upload of {} batches was answered after {} ms (median), {} ms (p99), {} ms (longest); {} times told to wait",
        asked.per_upload,
        answers.at(50),
        answers.at(99),
        answers.at(100),
        answers.told_to_wait
    );
    let folding = hub.folded()?;
    println!(
        "folded beside it, all but the newest hour: hub CPU {folding:.2} s: {:.0} attempts per CPU-second",
        attempts as f64 / folding
    );
    println!(
        "largest resident size of the hub: {:.1} MiB",
        hub.peak()? as f64 / 1_024.0
    );
    if !asked.no_loop {
        plain::insert(&asked, directory.path())?;
    }
    Ok(())
}

/// CPU time of the hub's threads, in seconds.
struct Cpu {
    /// Of all but the one that folds.
    taking: f64,
    folding: f64,
}

impl Hub {
    fn start(home: &Path, asked: &Asked) -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let program = own
            .ancestors()
            .nth(2)
            .context("it lies in deps")?
            .join("reporter");
        ensure!(
            program.exists(),
            "build the workspace in release mode first: {} is missing",
            program.display()
        );
        let mut command = Command::new(program);
        let many = [
            "--connections",
            "10000",
            "--connections-per-address",
            "10000",
        ];
        let all = [
            "--quota-attempts",
            "1000000000000",
            "--quota-bytes",
            "1000000000000",
        ];
        command
            .arg("serve")
            .arg("--data")
            .arg(home)
            .args(many)
            .args(all);
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--log",
            "json",
        ]);
        if let Some(store) = &asked.store {
            command.args(["--store", store]);
        }
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("it is piped")?).lines();
        let listen = lines.find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line.ok()?).ok()?;
            line["fields"]["listen"].as_str()?.parse().ok()
        });
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                println!("hub: {line}");
            }
        });
        let (listen, home) = (listen.context("the hub did not begin")?, home.to_owned());
        Ok(Self {
            child,
            listen,
            home,
        })
    }

    fn line(&self) -> anyhow::Result<Line> {
        let ca = std::fs::read_to_string(self.home.join("ca.pem"))?;
        Ok(Line::connect(self.listen, "localhost", &ca)?)
    }

    fn cpu(&self) -> anyhow::Result<Cpu> {
        let ticks = 100.0;
        let mut cpu = Cpu {
            taking: 0.0,
            folding: 0.0,
        };
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = std::fs::read_to_string(task?.path().join("stat"))?;
            let (head, tail) = stat.rsplit_once(") ").context("a stat has a name")?;
            let fields: Vec<&str> = tail.split(' ').collect();
            let used = (fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / ticks;
            match head.ends_with("upkeep") {
                true => cpu.folding += used,
                false => cpu.taking += used,
            }
        }
        Ok(cpu)
    }

    /// Waits until nothing is folded any more; CPU seconds that it took.
    fn folded(&self) -> anyhow::Result<f64> {
        let mut last = self.cpu()?.folding;
        loop {
            std::thread::sleep(Duration::from_secs(3));
            let now = self.cpu()?.folding;
            if now - last < 0.05 {
                return Ok(now);
            }
            last = now;
        }
    }

    /// In KiB.
    fn peak(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let digits = line
            .context("it has a size")?
            .trim()
            .trim_end_matches(" kB");
        Ok(digits.parse()?)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // Both fail once it is gone, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn loads(asked: &Asked, hub: &Hub) -> anyhow::Result<Vec<Load>> {
    let plan = Arc::new(courier::plan(asked.probes));
    let rounds = asked.attempts * u64::try_from(asked.batches)? / u64::try_from(asked.probes)? + 2;
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    let start = Timestamp((now.0 - courier::SPACING.0 * i64::try_from(rounds)?) / 30_000 * 30_000);
    let store = asked
        .store
        .as_deref()
        .map_or_else(|| Place::from(hub.home.join("hub.db")), Place::parse);
    let mut registry = Registry::open(store)?;
    let hub_key = std::fs::read_to_string(hub.home.join("hub.key"))?;
    let id = HubId::new("groupdesk-hub")?;
    let public = SecretKey::from_pem(&hub_key)?.public();
    let mut couriers = Vec::new();
    for number in 0..asked.agents {
        let name = format!("agent-{number}");
        let agent = Agent {
            name: Name::new(&name)?,
            region: Name::new("eu")?,
        };
        let key = SecretKey::generate()?;
        registry.invite(&agent, &name, now)?;
        registry.enrol(&name, &key.public(), now)?;
        let who = (agent.name, key);
        couriers.push(Courier::new(
            (id.clone(), public),
            who,
            (Arc::clone(&plan), start),
        ));
    }
    couriers
        .into_iter()
        .map(|courier| Load::make(courier, asked))
        .collect()
}

impl Load {
    fn make(mut courier: Courier, asked: &Asked) -> anyhow::Result<Self> {
        let mut uploads = Vec::new();
        let mut records = vec![courier.sign_plan()];
        for batch in 1..=asked.batches {
            records.push(courier.seal(asked.attempts)?);
            if batch % asked.per_upload == 0 || batch == asked.batches {
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
}

/// How long answers took, in milliseconds.
#[derive(Default)]
struct Answers {
    took: Vec<u128>,
    told_to_wait: u64,
}

impl Answers {
    fn at(&self, percent: usize) -> u128 {
        let last = self.took.len().saturating_sub(1);
        self.took.get(last * percent / 100).copied().unwrap_or(0)
    }
}

/// Sends everything and checks every receipt.
fn send(hub: &Hub, asked: &Asked, loads: Vec<Load>) -> anyhow::Result<(Duration, Answers)> {
    let mut shares: BTreeMap<usize, Vec<Load>> = BTreeMap::new();
    for (number, load) in loads.into_iter().enumerate() {
        shares
            .entry(number % asked.connections)
            .or_default()
            .push(load);
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
        let more = more?;
        answers.took.extend(more.took);
        answers.told_to_wait += more.told_to_wait;
    }
    let took = start.elapsed();
    answers.took.sort_unstable();
    Ok((took, answers))
}

fn send_share(mut line: Line, share: &[Load]) -> anyhow::Result<Answers> {
    let mut answers = Answers::default();
    let longest = share
        .iter()
        .map(|load| load.uploads.len())
        .max()
        .unwrap_or(0);
    for at in 0..longest {
        for load in share {
            let Some((bytes, hashes)) = load.uploads.get(at) else {
                continue;
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
            answers.took.push(start.elapsed().as_millis());
            load.check(&answer.body, hashes)?;
        }
    }
    Ok(answers)
}

impl Load {
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

fn own_cpu() -> anyhow::Result<f64> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Ok(used.tv_sec as f64 + used.tv_nsec as f64 / 1e9)
}
