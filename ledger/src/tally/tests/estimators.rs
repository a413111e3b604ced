//! Bias and precision of the estimator, over all phases of an outage against the grid (semantics §6).

use crate::run::Entry;
use crate::sla::SlaVerdict;
use crate::testing::{Effect, History, contract, name, span};
use crate::time::{Interval, Millis};
use crate::{run::TickVerdict, verdict::Class};

const SPACING: i64 = 60;

fn period() -> Interval {
    span("2018-12-20T12:00:00Z", "2018-12-20T12:40:00Z")
}

/// Estimate minus truth of one outage of `length` seconds, at every whole second of the grid.
fn errors(length: i64, history: &History) -> Vec<i64> {
    let error = |phase: i64| {
        let start = period().start + Millis::from_secs(600 + phase);
        let truth = Interval::new(start, start + Millis::from_secs(length));
        let assessment = history
            .clone()
            .down(truth)
            .assess(&contract("UTC"), period());
        (assessment.total.counted.estimate - truth.length()).0
    };
    (0..SPACING).map(error).collect()
}

#[test]
fn p03_the_estimate_is_unbiased_with_and_without_fast_ticks() {
    let plain = History::every(SPACING, period());
    for (history, length, label) in [
        (plain.clone(), 600, "a multiple of T"),
        (plain.clone(), 617, "no multiple of T"),
        (plain.clone().phases(&[0, 20, 40]), 617, "three regions"),
        (plain.clone().fast(10), 617, "fast"),
        (
            plain.phases(&[0, 20, 40]).fast(10),
            617,
            "three regions, fast",
        ),
    ] {
        let errors = errors(length, &history);
        let count = i64::try_from(errors.len()).expect("few");
        let mean = errors.iter().sum::<i64>() / count;
        // Over whole seconds the phases miss the half second at both ends of the grid, hence one second.
        assert!(mean.abs() <= 1_000, "{label}: mean error {mean} ms");
        let square = errors.iter().map(|error| error * error).sum::<i64>() / count;
        assert!(square <= 30_000 * 30_000, "{label}: at most T/2");
    }
}

#[test]
fn p04_the_share_of_ticks_is_unbiased_for_short_outages_and_fast_ticks_change_it_not() {
    let mut failing = [0_u64; 2];
    for phase in 0..SPACING {
        let start = period().start + Millis::from_secs(600 + phase);
        let truth = Interval::new(start, start + Millis::from_secs(20));
        let plain = History::every(SPACING, period()).down(truth);
        for (sum, history) in failing.iter_mut().zip([plain.clone(), plain.fast(10)]) {
            let coverage = history.assess(&contract("UTC"), period()).coverage[&name("a")];
            assert_eq!(coverage.obtained, 40);
            *sum += coverage.obtained - coverage.good;
        }
    }
    // 20 s of 60 s: one tick in every third of the phases.
    assert_eq!(failing, [20, 20]);
}

#[test]
fn p35_a_clock_offset_within_its_error_keeps_the_truth_inside() {
    let truth = span("2018-12-20T12:10:07Z", "2018-12-20T12:20:44Z");
    for (offset, error, judged) in [
        (900, 1_000, true),
        (-900, 1_000, true),
        (25_000, 31_000, false),
    ] {
        let mut record = History::every(SPACING, period()).down(truth).record();
        for entry in record
            .series
            .iter_mut()
            .flat_map(|series| &mut series.entries)
        {
            let Entry::Tick(tick) = entry else { continue };
            let moved =
                |at: Interval| Interval::new(at.start + Millis(offset), at.end + Millis(offset));
            tick.evidence = moved(tick.evidence);
            tick.last_evidence = moved(tick.last_evidence);
            tick.clock_error = Millis(error);
        }
        let assessment = crate::tally::assess(&record, &contract("UTC"), period(), period().end);
        let assessment = assessment.expect("sound");
        if judged {
            let outage = &assessment.outages[0];
            assert!(outage.start.earliest <= truth.start && truth.start <= outage.start.latest);
            assert!(outage.end.earliest <= truth.end && truth.end <= outage.end.latest);
        } else {
            assert_eq!(
                assessment.total.unknown,
                period().length(),
                "beyond T/2 all is void"
            );
            assert_eq!(assessment.sla.verdict, SlaVerdict::Unmeasured);
        }
    }
}

#[test]
fn p18_an_agent_with_a_dead_network_or_clock_makes_no_outage() {
    let hour = span("2018-12-20T12:05:00Z", "2018-12-20T12:35:00Z");
    for class in [
        Class::ProberNet,
        Class::ProberDns,
        Class::ProberClock,
        Class::ProberAccount,
    ] {
        let history = History::every(SPACING, period())
            .phases(&[0, 20, 40])
            .fault(hour, Effect::Says(TickVerdict::Void, Some(class)))
            .in_region("b");
        let assessment = history.assess(&contract("UTC"), period());
        assert_eq!(assessment.outages, []);
        assert_eq!(assessment.total.counted.upper, Millis::ZERO);
        assert_eq!(assessment.prober_trouble[0].class, Some(class));
    }
}
