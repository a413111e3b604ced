//! What the agents of tests see: all that a plan has them look at in some time, good or bad as the caller says.

use ledger::attempt::{Account, Attempt, Detail, Family, Kind, StepPhases};
use ledger::name::Name;
use ledger::phases::{Micros, Phases};
use ledger::plan::{Plan, Slot};
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

/// All attempts of the agent of a region in `span`, numbered from 1.
pub(crate) fn all(
    plan: &Plan,
    region: &Name,
    span: Interval,
    is_good: impl Fn(&Name, Timestamp) -> bool,
) -> Vec<Attempt> {
    let slots = plan.probes.iter().flat_map(|probe| {
        let slots = plan.slots(probe, region, 7).expect("it runs there");
        let named = |slot| (slot, &probe.name);
        slots.within(span).map(named).collect::<Vec<_>>()
    });
    let mut slots: Vec<(Slot, &Name)> = slots.collect();
    slots.sort();
    let version = plan.version();
    let numbered = slots.into_iter().zip(1..);
    numbered
        .map(|((slot, probe), sequence)| {
            let good = is_good(probe, slot.due);
            let verdict = if good { Verdict::Good } else { Verdict::Bad };
            attempt((version, sequence), probe, &slot, verdict)
        })
        .collect()
}

/// An attempt of 300 to 390 ms, whose only step answers or gives an error page.
fn attempt((plan, sequence): (u32, u64), probe: &Name, slot: &Slot, verdict: Verdict) -> Attempt {
    let good = verdict == Verdict::Good;
    let (tick, due) = (slot.tick, slot.due);
    let length = Millis(300 + i64::try_from(sequence % 90).expect("small"));
    let evidence = Interval::new(due, due + length);
    let latency = Micros::measured(length.to_std());
    let home = Name::new("home").expect("a name");
    let persona = match probe.as_str().starts_with("user") {
        true => "user-1",
        false => "traveler-1",
    };
    Attempt {
        sequence,
        probe: probe.clone(),
        plan,
        tick,
        due,
        kind: Kind::Base,
        account: Some(Account {
            label: Name::new(persona).expect("a name"),
            credential_version: 1,
        }),
        start: evidence.start,
        end: evidence.end,
        evidence,
        verdict,
        class: (!good).then_some(Class::Status),
        step: (!good).then(|| home.clone()),
        status: Some(if good { 200 } else { 503 }),
        family: Some(Family::V4),
        steps: vec![StepPhases {
            step: home,
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
