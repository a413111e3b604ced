//! A machine that stands still for a while.

use std::collections::BTreeSet;

use ledger::attempt::Kind;
use ledger::time::Millis;
use ledger::verdict::{Class, Verdict};
use rustix::process::Signal;

use crate::support::record;
use crate::support::town::Town;

#[test]
fn time_in_which_it_stood_still_is_unknown_and_is_not_made_up_for() {
    let town = Town::new("");
    town.plan("probes.toml", include_str!("../support/plan.toml"));
    let (mut east, mut central) = (town.agent("east"), town.agent("central"));
    east.out.until(|line| line == "ack 4\n");
    east.signal(Signal::STOP);
    // So long as another agent takes for five rounds of its two probes.
    let count = record::attempts(&town.record("central")).len();
    central
        .out
        .until(|line| line == format!("ack {}\n", count + 10));
    east.signal(Signal::CONT);
    let file = town.record("east");
    let stopped = record::attempts(&file).len();
    east.out
        .until(|line| line == format!("ack {}\n", stopped + 16));
    assert!(east.leave().status.success());

    let kept = record::attempts(&file);
    let base = || kept.iter().filter(|attempt| attempt.kind == Kind::Base);
    let suspended = base().filter(|attempt| attempt.class == Some(Class::ProberSuspended));
    assert!(suspended.clone().count() >= 4, "{kept:#?}");
    for attempt in &kept {
        // A busy machine may exceed the deadline a little; one that stood still, by far.
        if attempt.end - attempt.start > Millis::from_secs(2) {
            assert_eq!(attempt.verdict, Verdict::Void, "{attempt:?}");
        }
        let failed = matches!(attempt.verdict, Verdict::Bad | Verdict::Held);
        assert!(
            !failed || attempt.class == Some(Class::Timeout),
            "{attempt:?}"
        );
        assert!(
            attempt.start - attempt.due < Millis::from_secs(2),
            "made up for: {attempt:?}"
        );
    }
    let slots: BTreeSet<_> = base()
        .map(|attempt| (&attempt.probe, attempt.tick))
        .collect();
    assert_eq!(slots.len(), base().count(), "each slot once");
    assert_eq!(record::silent_slots(&file), Vec::<String>::new());
}
