//! Exclusions through the whole engine (semantics §7, §14.21, §14.22).

use proptest::prelude::*;

use crate::exclusion::{Exclusion, When};
use crate::sla::SlaVerdict;
use crate::tally::{Assessment, Terms, assess};
use crate::testing::{History, at, contract, name, span};
use crate::time::{Interval, Intervals, Millis, Timestamp};

fn period() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-20T06:00:00Z")
}

fn window(id: usize, window: Interval) -> Exclusion {
    Exclusion {
        id: name(&format!("window-{id}")),
        contracts: Vec::new(),
        author: "Jo".to_owned(),
        reason: "upgrade".to_owned(),
        announced: at("2018-12-01T00:00:00Z"),
        late: false,
        when: When::Once(window),
    }
}

fn excluding(history: &History, windows: &[Interval]) -> Assessment {
    let contract = contract("UTC");
    let exclusions: Vec<Exclusion> = windows
        .iter()
        .enumerate()
        .map(|(id, one)| window(id, *one))
        .collect();
    let terms = Terms {
        contract: &contract,
        exclusions: &exclusions,
        corrections: &[],
    };
    assess(&history.record(), terms, period(), history.span.end).expect("histories are sound")
}

fn stretch() -> impl Strategy<Value = Interval> {
    (-1_800..23_000_i64, 1..9_000_i64).prop_map(|(start, length)| {
        let start = period().start + Millis::from_secs(start);
        Interval::new(start, start + Millis::from_secs(length))
    })
}

fn history(down: &[Interval]) -> History {
    let history = History::every(60, period()).phases(&[3, 23, 43]);
    down.iter()
        .fold(history, |history, span| history.down(*span))
}

fn overlap(set: &Intervals, parts: &Intervals) -> Millis {
    set.intersect(parts).measure()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn p21_the_same_time_leaves_both_sides(
        down in prop::collection::vec(stretch(), 0..3), windows in prop::collection::vec(stretch(), 0..4),
    ) {
        let history = history(&down);
        let (raw, found) = (excluding(&history, &[]), excluding(&history, &windows));
        let union = windows.iter().copied().collect::<Intervals>().within(period());
        prop_assert_eq!(found.excluded(), union.clone());
        prop_assert_eq!(found.total.excluded, union.measure());
        prop_assert_eq!(found.total.counting(), period().length() - union.measure());
        let down = raw.service.of(crate::state::State::Down);
        prop_assert_eq!(raw.total.counted.estimate - found.total.counted.estimate, overlap(&down, &union));
        let sum: Millis = found.exclusions.iter().map(|one| one.removed).sum();
        prop_assert_eq!(sum, found.total.excluded);
        let gone: crate::outage::Bounds = found.exclusions.iter().map(|one| one.downtime).sum();
        prop_assert_eq!(found.observed, raw.total.counted);
        prop_assert_eq!(found.total.counted + gone, found.observed, "observed - excluded = counted");
        let total = found.total;
        let parts = total.up + total.degraded + total.partial + total.down + total.unknown + total.excluded;
        prop_assert_eq!(parts, total.length, "p09");
        let days: Millis = found.days.iter().map(|day| day.tally.excluded).sum();
        prop_assert_eq!(days, total.excluded, "p10");
    }

    #[test]
    fn p22_the_raw_states_and_the_outages_stay(
        down in prop::collection::vec(stretch(), 0..3), windows in prop::collection::vec(stretch(), 0..4),
    ) {
        let history = history(&down);
        let (raw, found) = (excluding(&history, &[]), excluding(&history, &windows));
        prop_assert_eq!(&raw.service, &found.service);
        prop_assert_eq!(&raw.personas, &found.personas);
        prop_assert_eq!(&raw.regions, &found.regions);
        let lengths = |one: &Assessment| one.outages.iter().map(|outage| (outage.start, outage.end, outage.length)).collect::<Vec<_>>();
        prop_assert_eq!(lengths(&raw), lengths(&found));
    }

    #[test]
    fn p26_the_worst_window_of_the_whole_period_is_its_availability(
        down in prop::collection::vec(stretch(), 0..3), windows in prop::collection::vec(stretch(), 0..4),
    ) {
        let found = excluding(&history(&down), &windows);
        let whole = found.worst_window(period().length());
        let availability = found.sla.availability.map(|range| range.estimate);
        prop_assert_eq!(whole, availability);
    }
}

#[test]
fn p21_a_period_that_is_excluded_whole_has_no_verdict() {
    let down = span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z");
    let found = excluding(
        &history(&[down]),
        &[span("2018-12-19T00:00:00Z", "2018-12-21T00:00:00Z")],
    );
    assert_eq!(found.sla.verdict, SlaVerdict::Unmeasured);
    assert_eq!((found.sla.availability, found.sla.coverage), (None, None));
    assert_eq!(found.total.excluded, period().length());
    assert_eq!(found.outages.len(), 1, "it is still listed");
    assert_eq!(found.outages[0].counted.upper, Millis::ZERO);
}

#[test]
fn p22_an_overrun_counts_from_the_declared_end() {
    let down = span("2018-12-20T01:00:00Z", "2018-12-20T03:00:00Z");
    let found = excluding(
        &history(&[down]),
        &[span("2018-12-20T01:00:00Z", "2018-12-20T02:30:00Z")],
    );
    // Both edges are estimated 7 s before the truth, so 7 s before the window and 29 min 53 s after it.
    assert_eq!(found.total.counted.estimate, Millis::from_mins(30));
    assert_eq!(found.exclusions[0].downtime.estimate, Millis::from_mins(90));
}

#[test]
fn p23_the_least_length_is_judged_before_a_window_cuts() {
    let down = span("2018-12-20T01:00:00Z", "2018-12-20T01:10:00Z");
    let mut contract = contract("UTC");
    contract.rules.min_outage = Millis::from_mins(8);
    let exclusions = [window(
        0,
        span("2018-12-20T01:00:00Z", "2018-12-20T01:06:00Z"),
    )];
    let terms = Terms {
        contract: &contract,
        exclusions: &exclusions,
        corrections: &[],
    };
    let history = history(&[down]);
    let found = assess(
        &history.record(),
        terms,
        period(),
        Timestamp(period().end.0),
    )
    .expect("sound");
    assert_eq!(found.total.counted.estimate, Millis::from_mins(4));
}

#[test]
fn p24_an_outage_counts_its_whole_minutes_and_keeps_its_length() {
    let history = history(&[span("2018-12-20T01:00:00Z", "2018-12-20T01:10:00Z")]);
    let mut terms = contract("UTC");
    let continuous = history.assess(&terms, period());
    terms.rules.count_mode = crate::contract::CountMode::WholeMinutes;
    let whole = history.assess(&terms, period());
    // The estimate is from 00:59:53 to 01:09:53.
    assert_eq!(whole.total.counted.estimate, Millis::from_mins(9));
    assert_eq!(continuous.total.counted.estimate, Millis::from_mins(10));
    assert_eq!(whole.outages[0].length, continuous.outages[0].length);
    assert_eq!(whole.total.down, continuous.total.down, "raw states stay");
}
