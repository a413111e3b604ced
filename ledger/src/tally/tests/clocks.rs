//! Clocks that are off (semantics §8, §14.35).

use proptest::prelude::*;

use crate::record::Record;
use crate::run::Entry;
use crate::state::State;
use crate::tally::{Assessment, assess};
use crate::testing::{History, contract, folded, name, span};
use crate::time::{Interval, Millis, Timestamp};

fn period() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-20T06:00:00Z")
}

/// Down from 02:00 for so many seconds, seen by three regions.
fn history(seconds: i64, error: Millis) -> (History, Interval) {
    let start = period().start + Millis::from_mins(120);
    let down = Interval::new(start, start + Millis::from_secs(seconds));
    let mut history = History::every(60, period()).phases(&[0, 20, 40]).down(down);
    history.clock_error = error;
    history.evidence = (Millis(200), Millis(300));
    (history, down)
}

/// The clocks of the agents in these regions show so much more than it is.
fn shifted(mut record: Record, offsets: &[(&str, i64)]) -> Record {
    for series in &mut record.series {
        let offset = offsets
            .iter()
            .find(|(region, _)| series.region.as_str() == *region);
        let Some((_, offset)) = offset else { continue };
        let by = |interval: Interval| {
            Interval::new(
                interval.start + Millis(*offset),
                interval.end + Millis(*offset),
            )
        };
        for entry in &mut series.entries {
            if let Entry::Tick(tick) = entry {
                tick.evidence = by(tick.evidence);
                tick.last_evidence = by(tick.last_evidence);
            }
        }
    }
    record
}

fn judged(record: &Record, now: Timestamp) -> Assessment {
    assess(record, &contract("UTC"), period(), now).expect("sound")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn p35_offsets_within_the_error_keep_the_truth_in_the_bounds(
        seconds in 300..7_200_i64,
        error in 0..=5_000_i64,
        shares in prop::collection::vec(-1_000..=1_000_i64, 3),
    ) {
        let (history, truth) = history(seconds, Millis(error));
        let offsets: Vec<(&str, i64)> = ["a", "b", "c"]
            .into_iter()
            .zip(shares)
            .map(|(region, share)| (region, share * error / 1_000))
            .collect();
        let found = judged(&shifted(history.record(), &offsets), period().end);
        prop_assert_eq!(found.outages.len(), 1);
        let outage = &found.outages[0];
        prop_assert!(outage.start.earliest <= truth.start && truth.start <= outage.start.latest);
        prop_assert!(outage.end.earliest <= truth.end && truth.end <= outage.end.latest);
        let counted = found.total.counted;
        prop_assert!(counted.lower <= truth.length() && truth.length() <= counted.upper);
    }

    #[test]
    fn p35_ticks_of_a_clock_beyond_half_the_spacing_are_void(beyond in 1..60_000_i64) {
        let (mut history, _) = history(3_600, Millis::ZERO);
        let good = judged(&history.record(), period().end);
        prop_assert!(good.total.unknown < Millis::from_mins(1), "before the first look");
        history.clock_error = Millis(30_000 + beyond);
        let found = judged(&history.record(), period().end);
        prop_assert_eq!(&found.outages, &[]);
        prop_assert_eq!(found.total.unknown, period().length());
    }
}

#[test]
fn p35_one_wrong_clock_leaves_the_figures_to_the_others() {
    let (history, truth) = history(3_600, Millis::ZERO);
    let mut record = shifted(history.record(), &[("a", 45_000)]);
    for series in &mut record.series {
        for entry in &mut series.entries {
            if let (Entry::Tick(tick), "a") = (entry, series.region.as_str()) {
                tick.clock_error = Millis(46_000);
            }
        }
    }
    let found = judged(&record, period().end);
    assert_eq!(found.outages.len(), 1);
    let counted = found.total.counted;
    assert!(counted.lower <= truth.length() && truth.length() <= counted.upper);
    let lane = &found.regions[&name("user")][&name("a")];
    assert!(lane.0.iter().all(|segment| segment.state == State::Unknown));
}

#[test]
fn results_from_the_future_are_counted_and_say_nothing_before_their_time() {
    let (history, truth) = history(3_600, Millis::ZERO);
    let record = history.record();
    // As of 02:30, somebody already tells of 02:31 to 06:00: 209 ticks of each of three regions, and those of 02:30 itself.
    let now = truth.start + Millis::from_mins(30);
    let mut kept = record.clone();
    for series in &mut kept.series {
        series
            .entries
            .retain(|entry| entry.span().start < now && entry.tick() < now);
    }
    let (told, awaited) = (judged(&record, now), judged(&kept, now));
    assert_eq!(told.from_the_future, 3 * 210);
    assert_eq!(awaited.from_the_future, 0);
    let without_count = Assessment {
        from_the_future: 0,
        ..told.clone()
    };
    assert_eq!(without_count, awaited, "they change nothing else");
    assert_eq!(
        judged(&record, period().end).from_the_future,
        0,
        "their time has come"
    );
    assert_eq!(
        judged(&folded(&record, history.spacing, Millis::ZERO), now).from_the_future,
        told.from_the_future
    );
}
