//! How long an upload waits while the hub has time for it: one comes every 10 ms, whatever became of those before.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use groupdesk::courier::Line;
use ledger::store::Place;
use ledger::time::Timestamp;

use super::hub::Hub;
use super::load::{self, Answers, Load, Shape};

/// From one upload to the next.
const SPACING: Duration = Duration::from_millis(10);
/// So many connections take turns, so that a slow answer holds nobody up.
const CONNECTIONS: usize = 16;
/// Upper edges of the histogram, in milliseconds.
const EDGES: [u64; 11] = [1, 2, 3, 4, 5, 7, 10, 15, 20, 50, 100];

/// What is sent in two halves: beside folding, and without.
pub(super) fn make(count: usize, hub: &Hub, place: &Place) -> anyhow::Result<Vec<Load>> {
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    let shape = Shape {
        name: "paced",
        agents: CONNECTIONS,
        probes: 1_000,
        // A round of all probes is a batch; an hour has 120 of them, and what is no whole hour is not folded. The first one
        // goes before the clock starts, with the plan.
        batches: (1 + (2 * count).div_ceil(CONNECTIONS)).min(119),
        attempts: 1_000,
        per_upload: 1,
        start: Timestamp((now.0 / 3_600_000 - 2) * 3_600_000),
    };
    load::make(&shape, hub, place)
}

/// Sends the plans.
pub(super) fn begin(hub: &Hub, loads: &[Load]) -> anyhow::Result<()> {
    for load in loads {
        load.send(&mut hub.line()?, 0)?;
    }
    Ok(())
}

/// Sends one half, an upload every 10 ms, and prints how long each was in hand.
pub(super) fn send(hub: &Hub, loads: &[Load], (half, when): (usize, &str)) -> anyhow::Result<()> {
    let lines = loads.iter().map(|load| Ok((hub.line()?, load)));
    let lines = lines.collect::<anyhow::Result<Vec<_>>>()?;
    let uploads = loads.first().context("somebody sends")?.uploads.len();
    let each = (uploads - 1) / 2;
    hub.waits();
    let before = hub.cpu()?;
    let start = Instant::now();
    let sent = send_paced(lines, (half, each), start)?;
    let took = start.elapsed().as_secs_f64();
    let after = hub.cpu()?;
    let mut waits = hub.waits();
    waits.sort_unstable();
    let at = |thousandth: usize| {
        let place = waits.len().saturating_sub(1) * thousandth / 1_000;
        waits.get(place).copied().unwrap_or(0) as f64 / 1e3
    };
    println!(
        "an upload of 1,000 attempts every 10 ms, {when} (the thread that folds was at work {:.0} % of {took:.1} s): from the last \
        byte to the receipt after the commit {:.1} ms (median), {:.1} (p90), {:.1} (p99), {:.1} (longest of {}); \
        the sender waited {} ms (p99) and was told to wait {} times",
        (after.folding - before.folding) / took * 100.0,
        at(500),
        at(900),
        at(990),
        at(1_000),
        waits.len(),
        sent.at(99),
        sent.told_to_wait
    );
    print(&waits);
    Ok(())
}

/// How many of these, which are sorted, lie below each edge.
fn print(waits: &[u64]) {
    let mut from = 0;
    for edge in EDGES.into_iter().chain([u64::MAX]) {
        let until = waits.partition_point(|micros| *micros <= edge.saturating_mul(1_000));
        let name = match edge {
            u64::MAX => "  more".to_owned(),
            edge => format!("{edge:>4} ms"),
        };
        if until > from {
            println!("  up to {name} {:>6}", until - from);
        }
        from = until;
    }
}

/// Sends `each` uploads of a half by each line, at their instants.
fn send_paced(
    lines: Vec<(Line, &Load)>,
    (half, each): (usize, usize),
    start: Instant,
) -> anyhow::Result<Answers> {
    std::thread::scope(|scope| {
        let mut senders = Vec::new();
        for (number, (mut line, load)) in lines.into_iter().enumerate() {
            senders.push(scope.spawn(move || -> anyhow::Result<Answers> {
                let mut answers = Answers::default();
                for at in 0..each {
                    let slot = u32::try_from(at * CONNECTIONS + number)?;
                    let left = (SPACING * slot).saturating_sub(start.elapsed());
                    std::thread::sleep(left);
                    answers.add(load.send(&mut line, 1 + half * each + at)?);
                }
                Ok(answers)
            }));
        }
        let mut all = Answers::default();
        for sender in senders {
            let Ok(answers) = sender.join() else {
                bail!("a sender failed")
            };
            all.add(answers?);
        }
        Ok(all)
    })
}
