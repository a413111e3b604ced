//! The properties of corrections, over random histories and random entries.

use proptest::prelude::*;

use super::{become_, corrected, entries, judged, parts, period, ticks};
use crate::contract::Rollup;
use crate::correction::{Become, ClockOffset, ClockSpan, NewEdges, Ticks, What};
use crate::exclusion::{Exclusion, When};
use crate::outage::Bounds;
use crate::state::State;
use crate::tally::{Assessment, Terms, assess};
use crate::testing::{History, at, contract, folded, name};
use crate::time::{Interval, Intervals, Millis, Timestamp};
use crate::verdict::Class;

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..21_600_i64).prop_map(|seconds| period().start + Millis::from_secs(seconds))
}

fn stretch() -> impl Strategy<Value = Interval> {
    (instant(), 1..9_000_i64)
        .prop_map(|(start, length)| Interval::new(start, start + Millis::from_secs(length)))
}

fn any_what() -> impl Strategy<Value = What> {
    let region = prop::sample::select(vec![None, Some("a"), Some("b"), Some("c")]);
    let into = prop::sample::select(vec![
        Become::Good,
        Become::Bad(Class::Content),
        Become::Void(Class::ProberNet),
    ]);
    let reclassify = (stretch(), region, into).prop_map(|(span, region, into)| {
        let region = region.map(name);
        become_(
            Ticks {
                region,
                ..ticks(span)
            },
            into,
        )
    });
    let agent = prop::sample::select(vec!["agent-a-0", "agent-b-0"]);
    let clock = (agent, stretch(), -20_000..20_000_i64, 0..40_000_i64).prop_map(
        |(agent, span, offset, error)| {
            What::Clock(ClockSpan {
                agent: name(agent),
                span,
                clock: ClockOffset {
                    offset: Millis(offset),
                    error: Millis(error),
                },
            })
        },
    );
    prop_oneof![2 => reclassify, 3 => any_edge(), 1 => clock]
}

/// Edges around an instant, now and then on the wrong side of it.
fn any_edge() -> impl Strategy<Value = What> {
    let away = || prop::option::of(-600..6_000_i64);
    (instant(), away(), away(), 0..100_i64).prop_map(|(outage, before, after, within)| {
        What::Edge(NewEdges {
            outage,
            start: before.map(|before| outage - Millis::from_secs(before)),
            end: after.map(|after| outage + Millis::from_secs(after)),
            within: Millis::from_secs(within),
            source: "server logs".to_owned(),
        })
    })
}

fn any_history() -> impl Strategy<Value = History> {
    let fault = (
        stretch(),
        prop::sample::select(vec![None, Some("a"), Some("c")]),
        any::<bool>(),
    );
    prop::collection::vec(fault, 0..4).prop_map(|faults| {
        let history = History::every(60, period())
            .phases(&[3, 23, 43])
            .personas(&[("traveler", 30), ("user", 0)]);
        faults
            .into_iter()
            .fold(history, |history, (span, region, seen)| {
                let history = if seen {
                    history.down(span)
                } else {
                    history.blind(span)
                };
                match region {
                    Some(region) => history.in_region(region),
                    None => history,
                }
            })
    })
}

fn any_whats() -> impl Strategy<Value = Vec<What>> {
    prop::collection::vec(any_what(), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn p01_p09_p10_hold_of_corrected_figures_too(history in any_history(), all in any_whats()) {
        let found = corrected(&history, &all);
        for one in found.outages.iter().map(|one| one.length).chain([found.total.counted]) {
            prop_assert!(one.lower <= one.estimate && one.estimate <= one.upper, "{one:?}");
        }
        for one in &found.outages {
            for edge in [one.start, one.end] {
                prop_assert!(edge.earliest <= edge.estimate && edge.estimate <= edge.latest, "{edge:?}");
            }
        }
        prop_assert_eq!(parts(found.total), found.total.length);
        let down = found.service.of(State::Down).measure();
        prop_assert_eq!(found.total.down, down);
        let outages = found.outages.iter().map(crate::outage::Outage::estimate);
        let union = outages.collect::<Intervals>().within(period());
        prop_assert_eq!(&union, &found.service.of(State::Down), "outages are the down stretches");
        let days: Millis = found.days.iter().map(|day| day.tally.counted.estimate).sum();
        prop_assert_eq!(days, found.total.counted.estimate);
    }

    #[test]
    fn p14_personas_agree_with_an_outage_that_was_redrawn(history in any_history(), edge in any_edge()) {
        for rollup in [Rollup::Any, Rollup::All] {
            let mut terms = contract("UTC");
            terms.rules.rollup = rollup;
            let found = judged(&history.record(), &terms, &entries(std::slice::from_ref(&edge)));
            let before = judged(&history.record(), &terms, &[]).service.of(State::Down);
            let after = found.service.of(State::Down);
            let moved = before.union(&after).subtract(&before.intersect(&after));
            let whole = after.intersect(&moved);
            for (persona, bounds) in &found.days[0].personas {
                let own = found.personas[persona].of(State::Down).intersect(&moved);
                let (less, more) = match rollup {
                    Rollup::All => (&whole, &own),
                    _ => (&own, &whole),
                };
                prop_assert!(less.subtract(more).is_empty(), "{persona} {less:?} {more:?}");
                prop_assert!(bounds.lower <= bounds.estimate && bounds.estimate <= bounds.upper);
            }
        }
    }

    #[test]
    fn p36_what_entries_moved_adds_up_from_measured_to_corrected(history in any_history(), all in any_whats()) {
        let (before, found) = (corrected(&history, &[]), corrected(&history, &all));
        let moved: Bounds = found.corrections.iter().map(|one| one.moved).sum();
        prop_assert_eq!(before.total.counted + moved, found.total.counted);
        let unknown: Millis = found.corrections.iter().map(|one| one.unknown).sum();
        prop_assert_eq!(before.total.unknown + unknown, found.total.unknown);
        let lengths = |found: &Assessment| found.outages.iter().map(|one| one.length).sum::<Bounds>();
        let by_outage: Bounds =
            found.corrections.iter().flat_map(|one| &one.outages).map(|one| one.length).sum();
        prop_assert_eq!(lengths(&before) + by_outage, lengths(&found));
        match &found.measured {
            Some(measured) => {
                prop_assert_eq!(measured.total, before.total);
                prop_assert_eq!(&measured.outages, &before.outages);
            }
            None => prop_assert_eq!((found.total, &found.outages), (before.total, &before.outages)),
        }
    }

    #[test]
    fn p06_order_and_repetition_of_rows_do_not_matter(history in any_history(), all in any_whats(), turn in 0..400_usize) {
        let record = history.record();
        let mut shuffled = record.clone();
        for series in &mut shuffled.series {
            let again: Vec<_> = series.entries.iter().step_by(7).cloned().collect();
            series.entries.extend(again);
            let length = series.entries.len();
            series.entries.rotate_left(turn % length);
        }
        let terms = contract("UTC");
        prop_assert_eq!(judged(&record, &terms, &entries(&all)), judged(&shuffled, &terms, &entries(&all)));
    }

    #[test]
    fn p07_runs_and_ticks_say_the_same_as_every_tick_when_corrected(history in any_history(), all in any_whats()) {
        let record = history.record();
        let kept = folded(&record, history.spacing, Millis::from_mins(20));
        let terms = contract("UTC");
        let (many, few) = (judged(&record, &terms, &entries(&all)), judged(&kept, &terms, &entries(&all)));
        prop_assert_eq!(many, few);
    }

    #[test]
    fn p21_observed_less_excluded_is_counted_when_corrected(
        history in any_history(), all in any_whats(), windows in prop::collection::vec(stretch(), 0..3),
    ) {
        let contract = contract("UTC");
        let window = |(number, one): (usize, &Interval)| Exclusion {
            id: name(&format!("window-{number}")),
            contracts: Vec::new(),
            author: "Jo".to_owned(),
            reason: "upgrade".to_owned(),
            announced: at("2018-12-01T00:00:00Z"),
            late: false,
            when: When::Once(*one),
        };
        let exclusions: Vec<Exclusion> = windows.iter().enumerate().map(window).collect();
        let corrections = entries(&all);
        let terms = Terms { contract: &contract, exclusions: &exclusions, corrections: &corrections };
        let found = assess(&history.record(), terms, period(), period().end).expect("sound");
        let gone: Bounds = found.exclusions.iter().map(|one| one.downtime).sum();
        prop_assert_eq!(found.total.counted + gone, found.observed);
        prop_assert_eq!(found.observed, corrected(&history, &all).total.counted, "the order does not matter");
    }
}
