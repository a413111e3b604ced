//! The worked example of semantics §13.

use crate::contract::EdgeMode;
use crate::sla::SlaVerdict;
use crate::tally::Assessment;
use crate::testing::{History, at, contract, span};
use crate::time::{Interval, Millis};

fn weekend(spacing: i64, phases: &[i64]) -> History {
    History::every(
        spacing,
        span("2018-12-01T04:00:00Z", "2019-01-01T06:00:00Z"),
    )
    .phases(phases)
    .down(span("2018-12-14T22:15:00Z", "2018-12-15T00:15:00Z"))
    .down(span("2018-12-16T03:30:00Z", "2018-12-16T05:00:00Z"))
    .down(span("2018-12-16T15:00:00Z", "2018-12-16T19:00:00Z"))
}

fn december() -> Interval {
    crate::calendar::month("America/New_York", "2018-12").expect("valid")
}

fn days(assessment: &Assessment) -> Vec<(String, Millis)> {
    let down = assessment
        .days
        .iter()
        .filter(|day| day.tally.counted.upper > Millis::ZERO);
    down.map(|day| (day.date.clone(), day.tally.counted.estimate))
        .collect()
}

#[test]
fn p37_the_weekend_in_three_zones_to_the_second() {
    let history = weekend(60, &[3, 23, 43]);
    // The estimates lie 7 s before the truth, so 7 s before midnight in New York as well.
    for (zone, expected) in [
        (
            "America/New_York",
            vec![
                ("2018-12-14", 7_200),
                ("2018-12-15", 5_400),
                ("2018-12-16", 14_400),
            ],
        ),
        (
            "UTC",
            vec![
                ("2018-12-14", 6_307),
                ("2018-12-15", 893),
                ("2018-12-16", 19_800),
            ],
        ),
        (
            "Europe/Paris",
            vec![
                ("2018-12-14", 2_707),
                ("2018-12-15", 4_493),
                ("2018-12-16", 19_800),
            ],
        ),
    ] {
        let assessment = history.assess(&contract(zone), december());
        let expected: Vec<(String, Millis)> = expected
            .into_iter()
            .map(|(date, seconds)| (date.to_owned(), Millis::from_secs(seconds)))
            .collect();
        assert_eq!(days(&assessment), expected, "{zone}");
        assert_eq!(
            assessment.total.counted.estimate,
            Millis::from_mins(450),
            "{zone}"
        );
    }
}

#[test]
fn p37_fridays_edges_are_fused_from_three_regions() {
    let assessment = weekend(60, &[3, 23, 43]).assess(&contract("America/New_York"), december());
    let friday = &assessment.outages[0];
    assert_eq!(friday.edges, EdgeMode::Fused);
    assert_eq!(friday.start.earliest, at("2018-12-14T22:14:43Z"));
    assert_eq!(friday.start.estimate, at("2018-12-14T22:14:53Z"));
    assert_eq!(friday.start.latest, at("2018-12-14T22:15:03Z"));
    assert_eq!(friday.end.earliest, at("2018-12-15T00:14:43Z"));
    assert_eq!(friday.end.estimate, at("2018-12-15T00:14:53Z"));
    assert_eq!(friday.end.latest, at("2018-12-15T00:15:03Z"));
    assert_eq!(friday.length.lower, Millis::from_secs(7_180));
    assert_eq!(friday.length.estimate, Millis::from_secs(7_200));
    assert_eq!(friday.length.upper, Millis::from_secs(7_220));
    assert_eq!(assessment.incidents.len(), 3);
}

/// Set-up, (LB, EST, UB) in tenths of a second, verdict at 99.0 %.
#[test]
fn p37_tier_edge_table() {
    let quorum = EdgeMode::Quorum;
    let fused = EdgeMode::Fused;
    for (label, history, edges, bounds, verdict) in [
        (
            "300 s",
            weekend(300, &[137]),
            fused,
            [435_00, 450_00, 465_00],
            SlaVerdict::Undecided,
        ),
        (
            "300/10 s",
            weekend(300, &[137]).fast(10),
            fused,
            [443_00, 450_75, 458_50],
            SlaVerdict::Undecided,
        ),
        (
            "60 s",
            weekend(60, &[3]),
            fused,
            [447_00, 450_00, 453_00],
            SlaVerdict::Missed,
        ),
        (
            "60 s quorum",
            weekend(60, &[3, 23, 43]),
            quorum,
            [447_00, 450_00, 453_00],
            SlaVerdict::Missed,
        ),
        (
            "60 s fused",
            weekend(60, &[3, 23, 43]),
            fused,
            [449_00, 450_00, 451_00],
            SlaVerdict::Missed,
        ),
        (
            "60/10 s fused",
            weekend(60, &[3, 23, 43]).fast(10),
            fused,
            [449_50, 450_25, 451_00],
            SlaVerdict::Missed,
        ),
    ] {
        let mut contract = contract("America/New_York");
        contract.target = crate::contract::Share(990_000);
        contract.rules.edges = edges;
        let assessment = history.assess(&contract, december());
        let counted = assessment.total.counted;
        let hundredths = |length: Millis| length.0 / 600;
        assert_eq!(
            [counted.lower, counted.estimate, counted.upper].map(hundredths),
            bounds,
            "{label}: minutes in hundredths"
        );
        assert_eq!(assessment.sla.verdict, verdict, "{label}");
    }
}
