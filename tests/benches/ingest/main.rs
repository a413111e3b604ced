//! What a hub takes, with every receipt after a durable commit: `cargo bench -p groupdesk --bench ingest -- --help`.
//!
//! The hub is the release binary in a process of its own; this process is the load. Everything that is sent is made and signed
//! before the clock starts. Beside the figures of the hub stands a plain loop of a prepared statement over the same attempts
//! into the same kind of store. With `--store postgres` a private cluster is started, whose processes are counted apart.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it measures real time"
)]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod asked;
#[path = "../../../ledger/src/testing/cluster.rs"]
mod cluster;
mod hub;
mod load;
mod paced;
mod plain;
mod server;

use asked::Asked;
use clap::Parser as _;
use groupdesk::courier;
use hub::Hub;
use ledger::time::Timestamp;
use load::{Load, Shape};
use server::{Base, Used};

fn main() -> anyhow::Result<()> {
    let asked = Asked::parse();
    let directory = tempfile::tempdir()?;
    let home = directory.path().join("hub");
    let base = Base::of(&asked, home.join("hub.db"))?;
    let hub = Hub::start(&home, base.url())?;
    let backends = base.backends()?;
    let loads = loads(&asked, &hub, &base)?;
    let paced = match asked.paced {
        0 => Vec::new(),
        count => paced::make(count, &hub, &base.place())?,
    };
    paced::begin(&hub, &paced)?;
    let used = || -> anyhow::Result<Used> {
        let used = backends.map(|backends| backends.used()).transpose()?;
        Ok(used.unwrap_or_default())
    };
    let (cpu, server) = (hub.cpu()?, used()?);
    taken(&asked, &hub, loads)?;
    let taking = hub.cpu()?.taking - cpu.taking;
    let attempts = count(&asked)? as f64;
    println!(
        "  CPU of the hub, all but folding: {taking:.2} s: {:.0} attempts per CPU-second",
        attempts / taking
    );
    if backends.is_some() {
        let Used { desk, others, .. } = used()? - server;
        println!(
            "  PostgreSQL's CPU beside it: {desk:.2} s of the backend that takes, {others:.2} s of all others but the one that folds: \
            {:.0} attempts per CPU-second of all of these and the hub",
            attempts / (taking + desk + others)
        );
    }
    if !paced.is_empty() {
        paced::send(&hub, &paced, (0, "beside folding"))?;
    }
    let folding = hub.folded()? - cpu.folding;
    println!(
        "folded beside it, all but the newest hour: CPU of the hub {folding:.2} s: {:.0} attempts per CPU-second",
        attempts / folding
    );
    if backends.is_some() {
        let Used { upkeep, .. } = used()? - server;
        println!("  PostgreSQL's CPU beside it: {upkeep:.2} s of the backend that folds");
    }
    if !paced.is_empty() {
        paced::send(&hub, &paced, (1, "with nothing to fold"))?;
    }
    println!(
        "largest resident size of the hub: {:.1} MiB",
        hub.peak()? as f64 / 1_024.0
    );
    if !asked.no_loop {
        plain::insert(&asked, (&base, backends), directory.path())?;
    }
    Ok(())
}

fn count(asked: &Asked) -> anyhow::Result<u64> {
    Ok(asked.attempts * u64::try_from(asked.agents * asked.batches)?)
}

/// What all agents will send: what they saw until now.
fn loads(asked: &Asked, hub: &Hub, base: &Base) -> anyhow::Result<Vec<Load>> {
    let rounds = asked.attempts * u64::try_from(asked.batches)? / u64::try_from(asked.probes)? + 2;
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    let shape = Shape {
        name: "agent",
        agents: asked.agents,
        probes: asked.probes,
        batches: asked.batches,
        attempts: asked.attempts,
        per_upload: asked.per_upload,
        start: Timestamp((now.0 - courier::SPACING.0 * i64::try_from(rounds)?) / 30_000 * 30_000),
    };
    load::make(&shape, hub, &base.place())
}

/// Sends it all as fast as it is taken.
fn taken(asked: &Asked, hub: &Hub, loads: Vec<Load>) -> anyhow::Result<()> {
    let uploads = loads.iter().flat_map(|load| &load.uploads);
    let bytes: usize = uploads.map(|(bytes, _)| bytes.len()).sum();
    let attempts = count(asked)?;
    println!(
        "{} agents, {} batches of {} attempts each: {attempts} attempts, {bytes} bytes of uploads ({:.2} an attempt)",
        asked.agents,
        asked.batches,
        asked.attempts,
        bytes as f64 / attempts as f64
    );
    let (took, answers) = load::send(hub, asked.connections, loads)?;
    println!(
        "taken over {} connections in {:.1} s, {:.0} attempts/s; an upload of {} batches was answered after {} ms (median), {} ms \
        (p99), {} ms (longest); {} times told to wait",
        asked.connections,
        took.as_secs_f64(),
        attempts as f64 / took.as_secs_f64(),
        asked.per_upload,
        answers.at(50),
        answers.at(99),
        answers.at(100),
        answers.told_to_wait
    );
    Ok(())
}

fn own_cpu() -> anyhow::Result<f64> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Ok(used.tv_sec as f64 + used.tv_nsec as f64 / 1e9)
}
