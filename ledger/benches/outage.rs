//! What an agent's record grows by while its hub is away for 30 days: `cargo bench -p ledger --bench outage`.
//!
//! Logins of four steps, the first with all phases, the others over the same connection. One day is written, a batch every 30 s
//! as an enrolled agent seals them, and multiplied. docs/OPERATIONS.md has the table.

#[path = "bytes/made.rs"]
mod made;

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::attempt::{Attempt, StepPhases};
use ledger::identity::{HubId, SecretKey};
use ledger::name::Name;
use ledger::phases::Phase;
use ledger::store::{Bond, Writer};
use made::{DAY, Fleet, START, agent, name};

/// The steps of a login.
const STEPS: [&str; 4] = ["form", "submit", "home", "sign-out"];
const DAYS: u64 = 30;

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    for probes in [1, 10, 100] {
        let grown = grown(probes);
        let attempts = DAY * u64::try_from(probes).expect("few");
        println!(
            "{probes} probes at 30 s, {DAYS} days: {} attempts, the record grows by {} MB ({} bytes an attempt)",
            attempts * DAYS,
            grown * DAYS / 1_000_000,
            grown / attempts
        );
    }
}

/// By how many bytes in a day.
fn grown(probes: usize) -> u64 {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("eu-1.db");
    let mut fleet = Fleet::new(probes);
    let mut writer = Writer::open(&path, &agent(), &fleet.plan).expect("the record opens");
    writer
        .enrol(Arc::new(bond()), START)
        .expect("there is space");
    let before = path.metadata().expect("it is there").len();
    for round in 0..DAY {
        writer
            .append(&logins(&mut fleet, round))
            .expect("there is space");
        writer.seal().expect("there is space");
    }
    writer.close().expect("there is space");
    path.metadata().expect("it is there").len() - before
}

fn bond() -> Bond {
    let key = |seed: u8| SecretKey::from_seed(&[seed; 32]).expect("a key");
    Bond {
        hub: HubId::new("hub").expect("a name"),
        hub_key: key(2).public(),
        key: key(1),
    }
}

/// A round of logins: what one step took in other rounds is what the next ones took in this.
fn logins(fleet: &mut Fleet, round: u64) -> Vec<Attempt> {
    let mut later: Vec<BTreeMap<Name, Attempt>> = Vec::new();
    for _ in &STEPS[1..] {
        let some = fleet.round(round).into_iter();
        later.push(some.map(|one| (one.probe.clone(), one)).collect());
    }
    let mut all = fleet.round(round);
    let first = round * u64::try_from(all.len()).expect("few");
    for (attempt, sequence) in all.iter_mut().zip(first + 1..) {
        attempt.sequence = sequence;
        attempt.steps[0].step = name(STEPS[0]);
        for (step, others) in STEPS[1..].iter().zip(&later) {
            let mut phases = others[&attempt.probe].steps[0].phases;
            for phase in [Phase::Dns, Phase::Connect, Phase::Tls] {
                *phases.slot(phase) = None;
            }
            let step = name(step);
            attempt.steps.push(StepPhases { step, phases });
        }
    }
    all
}
