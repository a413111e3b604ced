//! How many bytes a result takes, and how fast it is packed, unpacked and folded: `cargo bench -p ledger --bench bytes`.
//! `ONLY=packed`, `folded`, `batches`, `stored` or `hub` does a part.
//!
//! A fleet of a thousand probes is written for `DAYS` days (1 unless it is set; a month takes 20 to 40 minutes of processor time and 1.5 GB
//! of `TMPDIR`), as many as fit in a batch are one round of it, and thirty probes for a month. What grows with days is the same for
//! each of them; what does not, such as open ticks, makes a day look larger than a month. Times are processor time of this
//! process, with the kernel's.

#[path = "bytes/at_hub.rs"]
mod at_hub;
#[path = "bytes/batches.rs"]
mod batches;
#[path = "bytes/made.rs"]
mod made;
#[path = "bytes/stored.rs"]
mod stored;

use std::time::Duration;

use ledger::attempt::Attempt;
use ledger::wire::{Batch, Hash, Header, Sealed};
use made::Fleet;

/// As many phases as each attempt has.
const PHASES: f64 = 5.0;

fn main() {
    for (probes, rounds) in [(1_000, 1), (200, 5), (20, 1), (1, 1_000)] {
        packed(&mut Fleet::new(probes), (probes, rounds), 60);
    }
    let only = std::env::var("ONLY").unwrap_or_default();
    let days = std::env::var("DAYS").ok();
    let days = days.and_then(|days| days.parse().ok()).unwrap_or(1);
    if matches!(only.as_str(), "" | "folded") {
        stored::folded((1_000, 480), 120);
        stored::folded((1_000, 120), 12);
    }
    if matches!(only.as_str(), "" | "batches") {
        batches::of_an_agent(batches::With::Signature);
        batches::of_an_agent(batches::With::Receipt);
        batches::of_a_hub();
    }
    if matches!(only.as_str(), "" | "stored") {
        stored::stored(30, 30);
        stored::stored(1_000, days);
    }
    if matches!(only.as_str(), "" | "hub") {
        at_hub::stored(1_000, days);
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn packed(fleet: &mut Fleet, (probes, rounds): (usize, u64), batches: u64) {
    let (mut attempts, mut bytes) = (0, 0);
    let mut all: Vec<Vec<Attempt>> = Vec::new();
    for batch in 0..batches {
        let rounds = batch * rounds..(batch + 1) * rounds;
        all.push(rounds.flat_map(|round| fleet.round(round)).collect());
    }
    let begin = cpu();
    let sealed: Vec<Sealed> = all.into_iter().map(seal).collect();
    let packing = cpu().saturating_sub(begin);
    let begin = cpu();
    for sealed in &sealed {
        attempts += Batch::open(sealed).expect("ours").attempts.len();
        bytes += sealed.body.len();
    }
    let unpacking = cpu().saturating_sub(begin);
    let (attempts, bytes) = (float(attempts), float(bytes));
    let each = bytes / attempts;
    println!(
        "{probes} probes, {rounds} rounds a batch: body {each:.3} bytes an attempt, {:.3} beside 1.1 a phase; packs {:.2} and unpacks {:.2} million a CPU-second",
        each - 1.1 * PHASES,
        attempts / packing.as_secs_f64() / 1e6,
        attempts / unpacking.as_secs_f64() / 1e6,
    );
}

fn seal(attempts: Vec<Attempt>) -> Sealed {
    let header = Header {
        agent: made::agent().name,
        epoch: 1,
        number: 1,
        previous: Hash::default(),
    };
    Batch { header, attempts }.seal().expect("fits")
}

fn float(value: usize) -> f64 {
    f64::from(u32::try_from(value).expect("small"))
}

/// Processor time of this process, in user space and in the kernel.
fn cpu() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(now).expect("time goes on")
}
