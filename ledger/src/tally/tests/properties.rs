//! The properties of semantics §14 that hold of the whole engine, over random histories.
//!
//! Histories last six hours at 60 s, so that a case takes a few milliseconds in a debug build.

use proptest::prelude::*;

use crate::contract::{EdgeMode, Rollup, Rules, UnknownAs};
use crate::record::Record;
use crate::run::TickVerdict;
use crate::state::State;
use crate::tally::{Assessment, assess};
use crate::testing::{Effect, History, contract, folded, span, weighted};
use crate::time::{Interval, Intervals, Millis, Timestamp};
use crate::verdict::Class;

const HOURS: i64 = 6;

pub(crate) fn period() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-20T06:00:00Z")
}

/// A stretch of the period, in seconds from its start.
fn stretch(longest: i64) -> impl Strategy<Value = Interval> {
    (0..HOURS * 3_600, 1..longest).prop_map(|(start, length)| {
        let start = period().start + Millis::from_secs(start);
        Interval::new(start, start + Millis::from_secs(length))
    })
}

/// Anything that may happen: down, blind, silent, slow, flickering, throttled; everywhere or in one region.
fn trouble() -> impl Strategy<Value = (Interval, Effect, Option<&'static str>)> {
    let effect = prop_oneof![
        4 => Just(Effect::Says(TickVerdict::Bad, Some(Class::Status))),
        1 => Just(Effect::Says(TickVerdict::Void, Some(Class::ProberNet))),
        1 => Just(Effect::Nothing),
        1 => Just(Effect::Slow),
        1 => Just(Effect::Says(TickVerdict::Flicker, Some(Class::Timeout))),
        1 => Just(Effect::Says(TickVerdict::Held, Some(Class::Throttled))),
    ];
    let region = prop_oneof![2 => Just(None), 1 => prop::sample::select(vec![Some("a"), Some("b"), Some("c")])];
    (stretch(5_000), effect, region)
}

fn with(history: History, troubles: &[(Interval, Effect, Option<&'static str>)]) -> History {
    troubles
        .iter()
        .fold(history, |history, (span, effect, region)| {
            let history = history.fault(*span, *effect);
            match region {
                Some(region) => history.in_region(region),
                None => history,
            }
        })
}

pub(crate) fn any_history() -> impl Strategy<Value = History> {
    let phases = prop::collection::vec(0..60_i64, 1..4);
    let troubles = prop::collection::vec(trouble(), 0..5);
    let jitter = prop::collection::vec((0..3_000_i64).prop_map(Millis), 1..8);
    let evidence =
        (0..2_000_i64, 0..20_000_i64).prop_map(|(offset, length)| (Millis(offset), Millis(length)));
    let fast = prop_oneof![Just(None), Just(Some(Millis::from_secs(10)))];
    let personas = prop_oneof![
        Just(vec![("user", 0)]),
        Just(vec![("user", 0), ("traveler", 30)])
    ];
    (phases, troubles, jitter, evidence, fast, personas).prop_map(
        |(phases, troubles, jitter, evidence, fast, personas)| {
            let mut history = with(
                History::every(60, period())
                    .phases(&phases)
                    .personas(&personas),
                &troubles,
            );
            (history.jitter, history.evidence, history.fast) = (jitter, evidence, fast);
            history
        },
    )
}

fn judged(record: &Record) -> Assessment {
    assess(record, &contract("UTC"), period(), period().end).expect("histories are sound")
}

/// Nothing but down, everywhere, long enough and far enough apart for the span condition of §6.
fn clean_outages() -> impl Strategy<Value = (History, Vec<Interval>)> {
    let phases = prop::collection::vec(0..60_000_i64, 1..4);
    let jitter = prop::collection::vec((0..6_000_i64).prop_map(Millis), 1..8);
    let evidence =
        (0..2_000_i64, 0..20_000_i64).prop_map(|(offset, length)| (Millis(offset), Millis(length)));
    let outages = prop::collection::vec((600_000..2_400_000_i64, 300_000..3_000_000_i64), 1..4);
    (phases, jitter, evidence, outages).prop_map(|(phases, jitter, evidence, outages)| {
        let mut at = period().start + Millis::from_mins(10);
        let mut truth = Vec::new();
        for (up, down) in outages {
            let start = at + Millis(up);
            let end = start + Millis(down);
            if end + Millis::from_mins(10) < period().end {
                truth.push(Interval::new(start, end));
            }
            at = end;
        }
        let mut history = History::every(60, period()).phases(&[0, 0, 0][..phases.len()]);
        for ((_, phase), own) in history.regions.iter_mut().zip(phases) {
            *phase = Millis(own);
        }
        (history.jitter, history.evidence) = (jitter, evidence);
        let history = truth
            .iter()
            .fold(history, |history, span| history.down(*span));
        (history, truth)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn p01_lower_le_estimate_le_upper(history in any_history(), least in 0..20_i64) {
        for (rollup, edges) in [(Rollup::Any, EdgeMode::Fused), (Rollup::All, EdgeMode::Quorum), (Rollup::Weighted, EdgeMode::Fused)] {
            let mut terms = contract("America/New_York");
            (terms.rules.rollup, terms.rules.edges) = (rollup, edges);
            terms.rules.min_outage = Millis::from_mins(least);
            terms.personas = weighted(&[("user", 2), ("traveler", 1)]);
            terms.personas.truncate(history.personas.len());
            let assessment = history.assess(&terms, period());
            let outages = assessment.outages.iter().flat_map(|outage| [outage.length, outage.counted]);
            let days = assessment.days.iter().flat_map(|day| day.personas.values().copied().chain([day.tally.counted]));
            for bounds in outages.chain(days).chain([assessment.total.counted]) {
                prop_assert!(bounds.lower <= bounds.estimate && bounds.estimate <= bounds.upper, "{bounds:?}");
            }
            for edge in assessment.outages.iter().flat_map(|outage| [outage.start, outage.end]) {
                prop_assert!(edge.earliest <= edge.estimate && edge.estimate <= edge.latest, "{edge:?}");
            }
        }
    }

    #[test]
    fn p02_the_truth_lies_inside((history, truth) in clean_outages(), quorum in any::<bool>()) {
        let mut terms = contract("UTC");
        terms.rules.edges = if quorum { EdgeMode::Quorum } else { EdgeMode::Fused };
        let assessment = history.assess(&terms, period());
        prop_assert_eq!(assessment.outages.len(), truth.len());
        for (outage, truth) in assessment.outages.iter().zip(truth) {
            let inside = |edge: crate::outage::Edge, at: Timestamp| edge.earliest <= at && at <= edge.latest;
            prop_assert!(inside(outage.start, truth.start) && inside(outage.end, truth.end), "{outage:?} {truth:?}");
            prop_assert!(outage.length.lower <= truth.length() && truth.length() <= outage.length.upper);
        }
    }

    #[test]
    fn p05_the_first_bad_tick_sets_the_start_whatever_confirms_it((history, truth) in clean_outages()) {
        prop_assume!(!truth.is_empty());
        let starts = |n_down| {
            let mut terms = contract("UTC");
            terms.rules.n_down = n_down;
            let assessment = history.assess(&terms, period());
            assessment.outages.iter().map(|outage| outage.start).collect::<Vec<_>>()
        };
        prop_assert_eq!(starts(2), starts(3));
        prop_assert_eq!(starts(2), starts(1));
    }

    #[test]
    fn p06_order_and_duplicates_do_not_matter(history in any_history(), seed in any::<u64>()) {
        let record = history.record();
        let mut shuffled = record.clone();
        shuffled.series.rotate_left(usize::try_from(seed % 3).unwrap() % record.series.len());
        for series in &mut shuffled.series {
            let copy: Vec<_> = series.entries.iter().rev().step_by(3).cloned().collect();
            series.entries.extend(copy);
            series.entries.reverse();
        }
        prop_assert_eq!(judged(&shuffled), judged(&record));
    }

    #[test]
    fn p08_void_changes_nothing_and_silence_only_makes_unknown(history in any_history(), hole in stretch(4_000)) {
        let record = history.record();
        let mut voided = record.clone();
        for series in &mut voided.series {
            series.entries.retain(|entry| !matches!(entry, crate::run::Entry::Tick(tick)
                if matches!(tick.verdict, TickVerdict::Void | TickVerdict::Missed)));
        }
        let (with_void, without) = (judged(&record), judged(&voided));
        prop_assert_eq!(&with_void.service, &without.service);
        prop_assert_eq!(with_void.total, without.total);
        let mut holed = history.clone();
        holed.faults.insert(0, History::every(60, period()).fault(hole, Effect::Nothing).faults.remove(0));
        let holed = judged(&holed.record());
        if hole.length() > Millis::from_secs(400) {
            let inner = Interval::new(hole.start + Millis::from_secs(100), hole.end.min(period().end) - Millis::from_secs(100));
            let unknown = holed.service.of(State::Unknown);
            prop_assert_eq!(unknown.measure_in(inner), inner.length());
        }
    }

    #[test]
    fn p09_every_millisecond_is_in_one_state(history in any_history()) {
        let assessment = judged(&history.record());
        for tally in assessment.days.iter().map(|day| day.tally).chain([assessment.total]) {
            let sum = tally.up + tally.degraded + tally.partial + tally.down + tally.unknown + tally.excluded;
            prop_assert_eq!(sum, tally.length);
        }
        prop_assert_eq!(assessment.total.length, period().length());
        let regions = assessment.regions.values().flat_map(|regions| regions.values());
        for lane in regions.chain(assessment.personas.values()).chain([&assessment.service]) {
            let all: Intervals = lane.0.iter().map(|segment| segment.interval).collect();
            prop_assert_eq!(all.iter().collect::<Vec<_>>(), vec![period()]);
            let sum: Millis = lane.0.iter().map(|segment| segment.interval.length()).sum();
            prop_assert_eq!(sum, period().length());
            prop_assert!(lane.0.windows(2).all(|pair| pair[0].state != pair[1].state));
        }
    }

    #[test]
    fn p10_days_add_up_and_splitting_changes_nothing(history in any_history(), cut in 1..HOURS * 3_600) {
        let record = history.record();
        let cut = period().start + Millis::from_secs(cut);
        let terms = contract("Asia/Kolkata");
        let part = |span| assess(&record, &terms, span, period().end).expect("sound");
        let whole = part(period());
        let mut joined = part(Interval::new(period().start, cut)).total;
        joined += part(Interval::new(cut, period().end)).total;
        prop_assert_eq!(joined, whole.total);
        let outages: Millis = whole.outages.iter().map(|outage| outage.counted.estimate).sum();
        prop_assert_eq!(outages, whole.total.counted.estimate, "nothing reaches outside the period here");
    }

    #[test]
    fn p11_the_zone_moves_time_between_days_only(history in any_history()) {
        let record = history.record();
        let totals = ["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"].map(|zone| {
            assess(&record, &contract(zone), period(), period().end).expect("sound").total
        });
        prop_assert!(totals.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn p14_any_ge_each_persona_ge_all(history in any_history()) {
        let counted = |rollup| {
            let mut terms = contract("UTC");
            terms.rules.rollup = rollup;
            history.assess(&terms, period())
        };
        let (any, all) = (counted(Rollup::Any), counted(Rollup::All).total.counted);
        for (name, bounds) in &any.days[0].personas {
            prop_assert!(all.lower <= bounds.lower);
            prop_assert!(bounds.lower <= any.total.counted.lower);
            // Another persona's edge may narrow an estimate, but never out of this one's bounds.
            prop_assert!(all.estimate <= bounds.upper, "all {all:?} {name} {bounds:?}");
        }
    }

    #[test]
    fn p17_the_estimate_lies_in_the_range(history in any_history()) {
        let total = judged(&history.record()).total;
        for unknown_as in [UnknownAs::Exclude, UnknownAs::Up, UnknownAs::Down] {
            let rules = Rules { unknown_as, ..Rules::default() };
            if let Some(range) = total.availability(&rules) {
                prop_assert!(range.lowest.compare(range.estimate).is_le(), "{range:?}");
                prop_assert!(range.estimate.compare(range.highest).is_le(), "{range:?}");
            }
        }
    }

    #[test]
    fn p25_availability_is_one_only_without_downtime(history in any_history()) {
        let total = judged(&history.record()).total;
        if let Some(range) = total.availability(&Rules::default()) {
            let whole = range.estimate.numerator == range.estimate.denominator;
            prop_assert_eq!(whole, total.counted.estimate == Millis::ZERO);
        }
    }

    #[test]
    fn runs_and_ticks_say_the_same_as_every_tick(history in any_history()) {
        let mut history = history;
        history.span.end = history.span.end + Millis::from_mins(120);
        let record = history.record();
        let spare = Millis::from_mins(20);
        let kept = folded(&record, history.spacing, spare);
        let all = assess(&record, &contract("UTC"), period(), history.span.end);
        let few = assess(&kept, &contract("UTC"), period(), history.span.end);
        prop_assert_eq!(few, all);
    }
}
