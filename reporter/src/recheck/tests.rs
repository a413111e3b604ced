//! Bits that flip in a file at rest: no number changes without a word.

mod before;
mod flips;
mod hub;

use std::path::Path;

use ledger::attempt::Attempt;
use ledger::name::Name;
use ledger::record::Agent;
use ledger::store::Writer;

use super::*;
use flips::{Flips, count};

#[path = "../../tests/command/looks.rs"]
mod looks;

/// Friday 14 December 2018, 16:00 to 19:00 in New York, with an outage of half an hour.
const SPAN: Interval = Interval {
    start: Timestamp(1_544_821_200_000),
    end: Timestamp(1_544_832_000_000),
};
const DOWN: Interval = Interval {
    start: Timestamp(1_544_825_700_000),
    end: Timestamp(1_544_827_500_000),
};
const NOW: Timestamp = Timestamp(1_546_300_800_000);

fn plan() -> Plan {
    let text = include_str!("../../tests/command/probes.toml");
    Plan::parse(text, "probes.toml").expect("a plan")
}

fn write(path: &Path) {
    let plan = plan();
    let region = &plan.regions[0];
    let agent = Agent {
        name: region.clone(),
        region: region.clone(),
    };
    let attempts = attempts(&plan, region, &[SPAN]);
    let mut writer = Writer::open(path, &agent, &plan).expect("a new record");
    for some in attempts.chunks(100) {
        writer.append(some).expect("it is written");
        writer.seal().expect("it is sealed");
    }
    writer.close().expect("it is closed");
}

/// All that an agent in `region` sees in `spans`, one after the other.
fn attempts(plan: &Plan, region: &Name, spans: &[Interval]) -> Vec<Attempt> {
    let within = |span: &Interval| looks::all(plan, region, *span, |_, due| !DOWN.contains(due));
    let mut all: Vec<Attempt> = spans.iter().flat_map(within).collect();
    for (attempt, number) in all.iter_mut().zip(1..) {
        attempt.sequence = number;
    }
    all
}

/// The control stands inside: figures that only the second look keeps from being printed.
#[test]
fn no_flipped_bit_changes_a_figure_without_a_word() {
    let mut flips = Flips::new(0x9e37_79b9_7f4a_7c15, write);
    let told = flips.tried(count());
    println!("{told}");
    assert!(
        told.silent.is_empty(),
        "change a figure in silence: {:?}",
        told.silent
    );
    assert!(
        told.caught > 0,
        "no bit would have changed a figure, so nothing was tried"
    );
}
