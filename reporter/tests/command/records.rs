//! Records of three agents that looked all Friday and saw its two hours.

use std::path::Path;

use ledger::attempt::{Account, Attempt, Detail, Family, Kind, StepPhases};
use ledger::name::Name;
use ledger::phases::{Micros, Phases};
use ledger::plan::Plan;
use ledger::plan::Slot;
use ledger::record::Agent;
use ledger::store::{Place, Writer};
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

/// Friday 14 December 2018, 00:00 in New York, and the day from there.
const START: Timestamp = Timestamp(1_544_763_600_000);
const DAY: Millis = Millis::from_mins(24 * 60);
/// Friday 17:15 to 19:15 in New York.
const DOWN: Interval = Interval {
    start: Timestamp(1_544_825_700_000),
    end: Timestamp(1_544_832_900_000),
};

/// Writes `data/east.db`, `data/central.db` and `data/west.db`.
pub(crate) fn write(directory: &Path) {
    std::fs::create_dir_all(directory.join("data")).expect("a directory");
    write_to(|region| Place::File(directory.join(format!("data/{region}.db"))));
}

/// Writes the record of each region's agent where `place` says.
pub(crate) fn write_to(place: impl Fn(&Name) -> Place) {
    let plan = Plan::parse(include_str!("probes.toml"), "probes.toml").expect("a plan");
    for region in &plan.regions {
        let agent = Agent {
            name: region.clone(),
            region: region.clone(),
        };
        let mut writer = Writer::open(place(region), &agent, &plan).expect("a new record");
        writer
            .append(&attempts(&plan, region))
            .expect("it is written");
        writer.close().expect("it is closed");
    }
}

fn attempts(plan: &Plan, region: &Name) -> Vec<Attempt> {
    let window = Interval::new(START, START + DAY);
    let mut slots: Vec<(Slot, &Name)> = plan
        .probes
        .iter()
        .flat_map(|probe| {
            let slots = plan.slots(probe, region, 7).expect("it runs there");
            slots
                .within(window)
                .map(|slot| (slot, &probe.name))
                .collect::<Vec<_>>()
        })
        .collect();
    slots.sort();
    let version = plan.version();
    slots
        .into_iter()
        .zip(1..)
        .map(|((slot, probe), sequence)| attempt((version, sequence), probe, slot))
        .collect()
}

fn attempt((plan, sequence): (u32, u64), probe: &Name, slot: Slot) -> Attempt {
    let length = Millis(300 + i64::try_from(sequence % 90).expect("small"));
    let evidence = Interval::new(slot.due, slot.due + length);
    let good = !DOWN.contains(slot.due);
    let persona = if probe.as_str().starts_with("user") {
        "user-1"
    } else {
        "traveler-1"
    };
    let latency = Micros::measured(length.to_std());
    Attempt {
        sequence,
        probe: probe.clone(),
        plan,
        tick: slot.tick,
        due: slot.due,
        kind: Kind::Base,
        account: Some(Account {
            label: Name::new(persona).expect("a name"),
            credential_version: 1,
        }),
        start: evidence.start,
        end: evidence.end,
        evidence,
        verdict: if good { Verdict::Good } else { Verdict::Bad },
        class: (!good).then_some(Class::Status),
        step: (!good).then(|| Name::new("home").expect("a name")),
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
        canary: if good {
            CanaryState::Unasked
        } else {
            CanaryState::Ok
        },
        second_resolver: None,
        detail: Detail::default(),
    }
}
