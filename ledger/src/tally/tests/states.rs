//! States, quorum and what becomes an outage, one story each.

use crate::contract::{EdgeMode, Rollup};
use crate::run::TickVerdict;
use crate::sla::SlaVerdict;
use crate::state::State;
use crate::tally::Assessment;
use crate::testing::{Effect, History, at, contract, name, span, weighted};
use crate::time::{Interval, Millis};
use crate::verdict::Class;

fn day() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-21T00:00:00Z")
}

/// `HH:MM:SS` to `HH:MM:SS` of the day.
pub(super) fn from_to(start: &str, end: &str) -> Interval {
    span(
        &format!("2018-12-20T{start}Z"),
        &format!("2018-12-20T{end}Z"),
    )
}

pub(super) fn minutely() -> History {
    History::every(60, span("2018-12-19T22:00:00Z", "2018-12-21T02:00:00Z"))
}

pub(super) fn judged(history: &History) -> Assessment {
    history.assess(&contract("UTC"), day())
}

pub(super) fn lengths(assessment: &Assessment) -> Vec<i64> {
    let outages = assessment.outages.iter();
    outages
        .map(|outage| outage.length.estimate.0 / 1_000)
        .collect()
}

#[test]
fn a_quiet_day_is_up_and_met() {
    let assessment = judged(&minutely().phases(&[0, 20, 40]));
    assert_eq!(assessment.total.up, Millis::from_mins(24 * 60));
    assert_eq!(assessment.sla.verdict, SlaVerdict::Met);
    assert_eq!(assessment.service.0.len(), 1);
    let coverage = &assessment.coverage[&name("a")];
    assert_eq!(
        (coverage.planned, coverage.obtained, coverage.good),
        (1_440, 1_440, 1_440)
    );
}

#[test]
fn a_lone_bad_tick_is_a_blip() {
    let history = minutely().down(from_to("12:00:00", "12:00:30"));
    let assessment = judged(&history);
    assert_eq!(assessment.outages, []);
    assert_eq!(assessment.blips.len(), 1);
    assert_eq!(assessment.total.counted.upper, Millis::ZERO);
}

#[test]
fn a_lone_bad_tick_in_two_regions_is_an_outage() {
    let history = minutely()
        .phases(&[0, 20, 40])
        .down(from_to("12:00:00", "12:00:30"));
    let assessment = judged(&history);
    assert_eq!(lengths(&assessment).len(), 1);
    assert_eq!(assessment.blips, []);
    assert_eq!(assessment.outages[0].regions, [name("a"), name("b")]);
}

#[test]
fn one_region_down_is_partial_and_does_not_count() {
    let history = minutely()
        .phases(&[0, 20, 40])
        .down(from_to("12:00:00", "13:00:00"))
        .in_region("b");
    let assessment = judged(&history);
    assert_eq!(assessment.outages, []);
    assert_eq!(assessment.total.partial, Millis::from_mins(60));
    assert_eq!(assessment.total.counted.upper, Millis::ZERO);
}

#[test]
fn two_regions_of_three_are_down_by_quorum() {
    let history = minutely()
        .phases(&[0, 20, 40])
        .down(from_to("12:00:00", "13:00:00"))
        .in_region("a")
        .down(from_to("12:30:00", "14:00:00"))
        .in_region("b");
    let assessment = judged(&history);
    assert_eq!(assessment.outages[0].edges, EdgeMode::Quorum);
    assert_eq!(
        lengths(&assessment),
        [1_800 - 30 + 10],
        "from b's start, 10 s early, to a's end, 30 s early"
    );
}

#[test]
fn a_dead_network_of_one_region_is_unknown_there_and_no_downtime() {
    let history = minutely()
        .phases(&[0, 20, 40])
        .blind(from_to("12:00:00", "12:20:00"))
        .in_region("c");
    let assessment = judged(&history);
    assert_eq!(assessment.outages, []);
    assert_eq!(
        assessment.total.unknown,
        Millis::ZERO,
        "two regions of three are enough"
    );
    assert_eq!(assessment.total.counted.upper, Millis::ZERO);
    let lane = &assessment.regions[&name("user")][&name("c")];
    let unknown = lane.of(State::Unknown);
    assert_eq!(
        unknown.measure(),
        Millis::from_mins(21),
        "from the last good tick to the next"
    );
    assert_eq!(assessment.prober_trouble.len(), 1);
    assert_eq!(assessment.prober_trouble[0].class, Some(Class::ProberNet));
}

#[test]
fn silence_of_all_regions_is_unknown_and_leaves_the_fraction() {
    let history = minutely()
        .phases(&[0, 20, 40])
        .fault(from_to("06:00:00", "18:00:00"), Effect::Nothing);
    let assessment = judged(&history);
    assert!(assessment.total.unknown > Millis::from_mins(12 * 60 - 2));
    assert_eq!(assessment.total.down, Millis::ZERO);
    assert_eq!(assessment.sla.verdict, SlaVerdict::Unmeasured);
    assert_eq!(assessment.sla.estimate_meets, Some(true));
}

#[test]
fn an_outage_that_unknown_time_cuts_is_two() {
    let history = minutely()
        .fault(from_to("12:20:00", "12:40:00"), Effect::Nothing)
        .down(from_to("12:00:00", "13:00:00"));
    let assessment = judged(&history);
    assert_eq!(lengths(&assessment), [19 * 60 + 30, 19 * 60 + 30]);
    assert_eq!(assessment.incidents.len(), 2, "twenty minutes apart");
    assert_eq!(assessment.total.unknown, Millis::from_mins(21));
    let mut bridged = contract("UTC");
    bridged.rules.bridge_unknown = true;
    let assessment = history.assess(&bridged, day());
    assert_eq!(lengths(&assessment), [3_600]);
    assert_eq!(assessment.total.unknown, Millis::ZERO);
}

#[test]
fn p20_alternating_ticks_open_by_window_and_close_when_all_is_good() {
    let mut history = minutely();
    for minute in (0..30).step_by(2) {
        history = history.down(from_to(
            &format!("12:{minute:02}:00"),
            &format!("12:{minute:02}:30"),
        ));
    }
    let assessment = judged(&history);
    assert_eq!(assessment.outages.len(), 1);
    let outage = &assessment.outages[0];
    assert_eq!(outage.start.estimate, at("2018-12-20T11:59:30Z"));
    assert_eq!(
        outage.end.estimate,
        at("2018-12-20T12:28:30Z"),
        "the first good of three in a row"
    );
    assert_eq!(
        outage.confirmed,
        at("2018-12-20T12:08:00Z"),
        "five of the last ten"
    );
}

#[test]
fn flickers_alone_open_by_window_but_not_by_run() {
    let flicker = Effect::Says(TickVerdict::Flicker, Some(Class::Timeout));
    let few = judged(&minutely().fault(from_to("12:00:00", "12:04:00"), flicker));
    assert_eq!(few.outages, []);
    assert_eq!(few.coverage[&name("a")].flicker, 4);
    let many = judged(&minutely().fault(from_to("12:00:00", "13:00:00"), flicker));
    assert_eq!(many.outages.len(), 1);
}

#[test]
fn slow_ticks_degrade() {
    let history = minutely().fault(from_to("12:00:00", "12:30:00"), Effect::Slow);
    let assessment = judged(&history);
    assert_eq!(assessment.total.degraded, Millis::from_mins(30));
    assert_eq!(assessment.total.counted.upper, Millis::ZERO);
}

#[test]
fn an_outage_still_open_ends_with_the_record() {
    let history = minutely().down(span("2018-12-21T01:00:00Z", "2018-12-22T00:00:00Z"));
    let period = span("2018-12-21T00:00:00Z", "2018-12-22T00:00:00Z");
    let assessment = history.assess(&contract("UTC"), period);
    assert!(assessment.outages[0].open);
    assert_eq!(
        assessment.period.end,
        at("2018-12-21T02:00:00Z"),
        "cut where the record ends"
    );
    assert_eq!(lengths(&assessment), [3_630]);
}

#[test]
fn p13_an_outage_that_ends_or_starts_at_midnight_stays_on_its_side() {
    // Half a minute of midpoint before the truth: ticks at :30 put the edges on the full minute.
    let history = History::every(60, span("2018-12-19T22:00:00Z", "2018-12-22T02:00:00Z"))
        .phases(&[30])
        .down(span("2018-12-20T23:00:00Z", "2018-12-21T00:00:00Z"))
        .down(span("2018-12-22T00:00:00Z", "2018-12-22T01:00:00Z"));
    let period = span("2018-12-20T00:00:00Z", "2018-12-22T02:00:00Z");
    let assessment = history.assess(&contract("UTC"), period);
    let estimates: Vec<i64> = assessment
        .days
        .iter()
        .map(|day| day.tally.counted.estimate.0 / 60_000)
        .collect();
    assert_eq!(estimates, [60, 0, 60]);
    let touched: Vec<&[u32]> = assessment.days.iter().map(|day| &day.outages[..]).collect();
    assert_eq!(touched, [&[1][..], &[], &[2]]);
}

#[test]
fn p23_the_least_length_is_tested_before_midnight_splits() {
    let history = History::every(60, span("2018-12-19T22:00:00Z", "2018-12-22T02:00:00Z"))
        .phases(&[30])
        .down(span("2018-12-20T23:56:00Z", "2018-12-21T00:04:00Z"));
    let mut terms = contract("UTC");
    let period = span("2018-12-20T00:00:00Z", "2018-12-22T00:00:00Z");
    for (least, expected, borderline) in
        [(5, [4, 4], false), (8, [4, 4], true), (10, [0, 0], false)]
    {
        terms.rules.min_outage = Millis::from_mins(least);
        let assessment = history.assess(&terms, period);
        let days = assessment.days.iter();
        let minutes: Vec<i64> = days
            .map(|day| day.tally.counted.estimate.0 / 60_000)
            .collect();
        assert_eq!(minutes, expected, "at least {least} min");
        assert_eq!(
            assessment.outages[0].borderline, borderline,
            "at least {least} min"
        );
    }
}

#[test]
fn p14_personas_any_all_and_weighted() {
    let history = minutely()
        .personas(&[("user", 0), ("traveler", 30)])
        .down(from_to("12:00:00", "13:00:00"))
        .for_persona("user")
        .down(from_to("12:40:00", "14:00:00"))
        .for_persona("traveler");
    let mut terms = contract("UTC");
    let mut counted = |rollup| {
        terms.rules.rollup = rollup;
        terms.personas = weighted(&[("user", 3), ("traveler", 1)]);
        history.assess(&terms, day()).total.counted.estimate.0 / 1_000
    };
    let (any, all, mean) = (
        counted(Rollup::Any),
        counted(Rollup::All),
        counted(Rollup::Weighted),
    );
    assert_eq!(
        (any, all),
        (7_200 + 30, 1_200 - 30),
        "the travelers' edges lie on the full minute"
    );
    assert_eq!(mean, (3 * 3_600 + 4_800) / 4);
    assert!(all <= mean && mean <= any);
}

#[test]
fn p33_platform_trouble_is_listed_and_counts_nothing() {
    let mut history = minutely().phases(&[0, 20, 40]);
    let quiet = judged(&history);
    history.platform = vec![
        from_to("01:45:00", "01:52:00"),
        from_to("15:00:00", "15:04:00"),
    ];
    let warned = judged(&history);
    assert_eq!(warned.early_warnings.len(), 2);
    assert!(
        warned
            .early_warnings
            .iter()
            .all(|warning| warning.no_customer_impact)
    );
    assert_eq!(
        warned.early_warnings[0].interval,
        from_to("01:45:00", "01:52:00")
    );
    assert_eq!(warned.early_warnings[0].regions.len(), 3);
    assert_eq!((warned.total, warned.service), (quiet.total, quiet.service));
}

#[test]
fn an_agent_that_fails_alone_in_its_region_is_not_believed() {
    let mut history = minutely();
    history.agents_per_region = 2;
    let mut record = history.record();
    let bad = history.down(from_to("10:00:00", "14:00:00")).record();
    record.series[0] = bad.series[0].clone();
    let assessment =
        crate::tally::assess(&record, &contract("UTC"), day(), day().end).expect("sound");
    assert_eq!(assessment.outages, []);
    assert_eq!(assessment.total.unknown, Millis::ZERO);
}

#[test]
fn p39_scaling_weights_changes_nothing_and_zero_weights_never_matter() {
    let history = minutely()
        .phases(&[0, 20, 40, 50])
        .down(from_to("12:00:00", "13:00:00"))
        .in_region("a")
        .down(from_to("03:00:00", "23:00:00"))
        .in_region("d");
    let assess = |terms: &[(&str, u32)]| {
        let mut contract = contract("UTC");
        contract.regions = weighted(terms);
        history.assess(&contract, day())
    };
    let one = assess(&[("a", 3), ("b", 1), ("c", 1), ("d", 0)]);
    assert_eq!(one.outages.len(), 1, "a outweighs b and c");
    let many = assess(&[("a", 300), ("b", 100), ("c", 100)]);
    assert_eq!((&one.outages, one.total), (&many.outages, many.total));
}

#[test]
fn a_region_of_the_contract_without_an_agent_is_unknown() {
    let mut contract = contract("UTC");
    contract.regions = weighted(&[("a", 1), ("b", 1), ("c", 1)]);
    let assessment = minutely().assess(&contract, day());
    assert_eq!(
        assessment.total.unknown,
        day().length(),
        "one of three regions is too few"
    );
    assert_eq!(assessment.coverage[&name("c")].obtained, 0);
}
