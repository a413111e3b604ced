//! Days and months against the single attempts, across changes of clocks and in zones half an hour off.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::attempt::Attempt;
use crate::histogram::{Distribution, Measure, View};
use crate::plan::Plan;
use crate::store::both::{Backend, Made, on_both};
use crate::store::{LatencyQuery, Reader, Writer, sample};
use crate::testing::{at, contract, span};
use crate::time::Millis;

const ZONES: [&str; 4] = ["UTC", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe"];

/// Clocks change in Lord Howe (by half an hour) on 7 October and in Paris on 28 October 2018.
const BEGIN: &str = "2018-09-28T00:00:00Z";

fn plan(zones: &[&str]) -> Plan {
    let mut plan = sample::plan();
    plan.contracts = zones.iter().map(|zone| contract(zone)).collect();
    plan
}

/// An attempt through `login` every seven minutes for 40 days.
fn attempts(version: u32) -> Vec<Attempt> {
    let attempt = |number: u64| {
        let tick = at(BEGIN) + Millis::from_mins(7 * i64::try_from(number).expect("few"));
        let one = sample::attempt(2 * number - 1);
        let late = tick - one.tick;
        Attempt {
            sequence: number,
            plan: version,
            tick,
            due: one.due + late,
            start: one.start + late,
            end: one.end + late,
            ..one
        }
    };
    (1..=8_228).map(attempt).collect()
}

/// A record of all `attempts`, folded in parts and the rest not.
fn recorded(backend: Backend, plans: [&Plan; 2], attempts: &[Attempt]) -> (Made, Reader) {
    let made = backend.make();
    let agent = sample::agent("eu-1");
    for (plan, half) in plans.into_iter().zip(attempts.chunks(4_114)) {
        let mut writer = Writer::open(made.place(), &agent, plan).expect("opens");
        for part in half.chunks(1_111) {
            let part: Vec<Attempt> = part
                .iter()
                .map(|one| Attempt {
                    plan: plan.version(),
                    ..one.clone()
                })
                .collect();
            writer.append(&part).expect("appended");
            if part.len() == 1_111 {
                writer.seal().expect("sealed");
                writer.fold().expect("folded");
            }
        }
    }
    let reader = Reader::open(&[made.place()]).expect("opens");
    (made, reader)
}

fn totals<'a>(attempts: impl IntoIterator<Item = &'a Attempt>) -> Distribution {
    attempts.into_iter().filter_map(|one| one.total).collect()
}

fn within(attempts: &[Attempt], period: Interval) -> Distribution {
    totals(attempts.iter().filter(|one| period.contains(one.tick)))
}

fn query(zone: &str, period: Interval) -> LatencyQuery {
    LatencyQuery {
        zone: Some(zone.to_owned()),
        ..LatencyQuery::success(period)
    }
}

fn a_day_is_what_was_attempted_on_it_and_any_period_the_sum_of_its_slices(backend: Backend) {
    let plan = plan(&ZONES);
    let all = attempts(plan.version());
    let (_made, reader) = recorded(backend, [&plan, &plan], &all);
    let check = |zone: &str, period: Interval| {
        let mut sum = Distribution::default();
        let mut spans = [0; 3];
        for found in reader.latency(&query(zone, period)).expect("readable") {
            if found.key.measure != Measure::Total {
                continue;
            }
            assert_eq!(found.key.view, View::Success);
            let Slice { span, start } = found.key.slice;
            let [day, month] = calendar::around(zone, start).expect("valid");
            if let Some(whole) = [None, Some(day), Some(month)][span as usize] {
                assert_eq!(start, whole.start, "{zone} {span:?}");
                assert_eq!(
                    found.distribution,
                    within(&all, whole),
                    "{zone} {span:?} {start}"
                );
            }
            spans[span as usize] += 1;
            sum.merge(&found.distribution);
        }
        assert_eq!(sum, within(&all, period), "{zone} {period:?}");
        spans
    };
    let october = calendar::month("Asia/Kolkata", "2018-10").expect("valid");
    assert_eq!(check("Asia/Kolkata", october), [0, 0, 1]);
    let days = span("2018-10-06T10:00:00Z", "2018-10-08T20:10:00Z");
    assert_eq!(
        check("Australia/Lord_Howe", days),
        [4 + 8, 2, 0],
        "part, 23.5 h and 24 h, part"
    );
    let days = span("2018-10-26T22:00:00Z", "2018-11-05T00:00:00Z");
    assert_eq!(
        check("Europe/Paris", days),
        [1, 9, 0],
        "a day of 25 h among them"
    );
    let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
    let periods = (0..ZONES.len(), -100_i64..1_000, 1_i64..1_000);
    let periods = periods.prop_map(|(zone, from, length)| {
        let start = at(BEGIN) + Millis::from_mins(from * 61);
        (
            ZONES[zone],
            Interval::new(start, start + Millis::from_mins(length * 59)),
        )
    });
    runner
        .run(&periods, |(zone, period)| {
            check(zone, period);
            Ok(())
        })
        .expect("the same");
}

fn a_zone_that_came_later_has_whole_days_only_from_then_on(backend: Backend) {
    let (first, second) = (plan(&["UTC"]), plan(&["UTC", "Asia/Kolkata"]));
    let all = attempts(first.version());
    let (_made, reader) = recorded(backend, [&first, &second], &all);
    let period = span("2018-09-29T18:30:00Z", "2018-10-30T18:30:00Z");
    let found = reader
        .latency(&query("Asia/Kolkata", period))
        .expect("readable");
    let of = |span: Span| {
        let of_span = found.iter().filter(move |one| one.key.slice.span == span);
        of_span.filter(|one| one.key.measure == Measure::Total)
    };
    // The zone came on 17 October; days and the month that were begun without it are not whole.
    assert_eq!((of(Span::Day).count(), of(Span::Month).count()), (12, 0));
    let mut sum = Distribution::default();
    for one in of(Span::Hour).chain(of(Span::Day)) {
        sum.merge(&one.distribution);
    }
    assert_eq!(sum, within(&all, period));
}

#[test]
fn a_period_is_covered_by_the_longest_slices_that_fit() {
    let always = Some(Timestamp(i64::MIN));
    let text = |zone: &str, period: Interval, since: Option<Timestamp>| {
        let pieces = cover(zone, period, since).expect("a zone");
        let text = |piece: &Piece| {
            let Interval { start, end } = piece.over;
            format!("{} {start} {end}", piece.span.as_str())
        };
        pieces.iter().map(text).collect::<Vec<_>>().join("\n")
    };
    let period = span("2018-11-29T23:00:00Z", "2019-02-02T05:00:00Z");
    insta::assert_snapshot!(text("Europe/Paris", period, always), @"
    day 2018-11-29T23:00:00.000Z 2018-11-30T23:00:00.000Z
    month 2018-11-30T23:00:00.000Z 2019-01-31T23:00:00.000Z
    day 2019-01-31T23:00:00.000Z 2019-02-01T23:00:00.000Z
    hour 2019-02-01T23:00:00.000Z 2019-02-02T05:00:00.000Z
    ");
    insta::assert_snapshot!(text("Asia/Kolkata", period, Some(at("2018-12-20T00:00:00Z"))), @"
    hour 2018-11-29T23:00:00.000Z 2018-12-20T18:30:00.000Z
    day 2018-12-20T18:30:00.000Z 2018-12-31T18:30:00.000Z
    month 2018-12-31T18:30:00.000Z 2019-01-31T18:30:00.000Z
    day 2019-01-31T18:30:00.000Z 2019-02-01T18:30:00.000Z
    hour 2019-02-01T18:30:00.000Z 2019-02-02T05:00:00.000Z
    ");
    insta::assert_snapshot!(text("UTC", period, None), @"hour 2018-11-29T23:00:00.000Z 2019-02-02T05:00:00.000Z");
    assert!(cover("Mars/Olympus", period, None).is_err());
}

on_both!(
    a_day_is_what_was_attempted_on_it_and_any_period_the_sum_of_its_slices,
    a_zone_that_came_later_has_whole_days_only_from_then_on,
);
