//! Bits that flip in a file at rest: no number changes without a word.

mod flips;
mod hub;

use std::path::Path;

use ledger::attempt::{Attempt, Detail, Family, Kind, StepPhases};
use ledger::name::Name;
use ledger::phases::{Micros, Phases};
use ledger::record::Agent;
use ledger::store::Writer;
use ledger::time::Millis;
use ledger::verdict::{CanaryState, Class, Verdict};

use super::*;
use flips::{Flips, count};

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

/// All that an agent in `region` sees in `spans`.
fn attempts(plan: &Plan, region: &Name, spans: &[Interval]) -> Vec<Attempt> {
    let slots = plan.probes.iter().flat_map(|probe| {
        let slots = plan.slots(probe, region, 7).expect("it runs there");
        let within = |span: &Interval| slots.within(*span).collect::<Vec<_>>();
        let slots = spans.iter().flat_map(within);
        slots
            .map(|slot| (slot, probe.name.clone()))
            .collect::<Vec<_>>()
    });
    let mut slots: Vec<_> = slots.collect();
    slots.sort();
    let version = plan.version();
    let slots = slots.into_iter().zip(1..);
    slots
        .map(|((slot, probe), sequence)| attempt((version, sequence), probe, (slot.tick, slot.due)))
        .collect()
}

fn attempt(
    (plan, sequence): (u32, u64),
    probe: Name,
    (tick, due): (Timestamp, Timestamp),
) -> Attempt {
    let length = Millis(300 + i64::try_from(sequence % 90).expect("small"));
    let evidence = Interval::new(due, due + length);
    let good = !DOWN.contains(due);
    let latency = Micros::measured(length.to_std());
    Attempt {
        sequence,
        probe,
        plan,
        tick,
        due,
        kind: Kind::Base,
        account: None,
        start: evidence.start,
        end: evidence.end,
        evidence,
        verdict: if good { Verdict::Good } else { Verdict::Bad },
        class: (!good).then_some(Class::Status),
        step: None,
        status: Some(if good { 200 } else { 503 }),
        family: Some(Family::V4),
        steps: vec![StepPhases {
            step: Name::new("home").expect("a name"),
            phases: Phases {
                first_byte: Some(latency),
                ..Phases::default()
            },
        }],
        total: good.then_some(latency),
        slow: false,
        clock_error: Millis::ZERO,
        canary: CanaryState::Ok,
        second_resolver: None,
        detail: Detail::default(),
    }
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
