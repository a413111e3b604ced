//! The worked example of semantics §13.

use crate::calendar::dates;
use crate::contract::{EdgeMode, Share};
use crate::print;
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

/// Set-up; LB, EST and UB in minutes; the range of availability, cut; the verdict at 99.0 %.
#[test]
fn p37_tier_edge_table() {
    let (quorum, fused) = (EdgeMode::Quorum, EdgeMode::Fused);
    let phases = [3, 23, 43];
    let (undecided, missed) = (SlaVerdict::Undecided, SlaVerdict::Missed);
    for (history, edges, expected, verdict) in [
        (
            weekend(300, &[137]),
            fused,
            "435.00 450.00 465.00 98.958 % 99.025 %",
            undecided,
        ),
        (
            weekend(300, &[137]).fast(10),
            fused,
            "443.00 450.75 458.50 98.972 % 99.007 %",
            undecided,
        ),
        (
            weekend(60, &[3]),
            fused,
            "447.00 450.00 453.00 98.985 % 98.998 %",
            missed,
        ),
        (
            weekend(60, &phases),
            quorum,
            "447.00 450.00 453.00 98.985 % 98.998 %",
            missed,
        ),
        (
            weekend(60, &phases),
            fused,
            "449.00 450.00 451.00 98.989 % 98.994 %",
            missed,
        ),
        (
            weekend(60, &phases).fast(10),
            fused,
            "449.50 450.25 451.00 98.989 % 98.993 %",
            missed,
        ),
    ] {
        let mut contract = contract("America/New_York");
        contract.target = Share(990_000);
        contract.rules.edges = edges;
        let assessment = history.assess(&contract, december());
        let counted = assessment.total.counted;
        let minutes = |length: Millis| format!("{}.{:02}", length.0 / 60_000, length.0 / 600 % 100);
        let range = assessment.sla.availability.expect("all is known");
        let found = [
            minutes(counted.lower),
            minutes(counted.estimate),
            minutes(counted.upper),
            print::availability(range.lowest).replace('\u{a0}', " "),
            print::availability(range.highest).replace('\u{a0}', " "),
        ];
        assert_eq!(found.join(" "), expected);
        assert_eq!(assessment.sla.verdict, verdict, "{expected}");
    }
}

#[test]
fn the_weekend_against_its_contract() {
    let assessment = weekend(60, &[3, 23, 43]).assess(&contract("America/New_York"), december());
    let sla = assessment.sla;
    let range = sla.availability.expect("all is known");
    assert_eq!(print::availability(range.estimate), "98.991\u{a0}%");
    assert_eq!(
        print::table(Millis(sla.budget.allowed / 1_000 * 1_000)),
        "44\u{a0}min\u{a0}38\u{a0}s"
    );
    let consumed = sla.budget.consumed().expect("allowance");
    assert_eq!(print::percent(consumed, 0), "1008\u{a0}%");
    assert_eq!(
        sla.budget.remaining,
        sla.budget.allowed - Millis::from_mins(450).0
    );
    let credit = sla.credit.expect("all is known");
    assert_eq!(
        (credit.least, credit.most),
        (Share(250_000), Share(250_000))
    );
}

/// An outage from 00:30 to 03:30 by the clocks of New York, when they change and when they do not.
#[test]
fn p37_an_outage_over_a_change_of_clocks_has_its_true_length() {
    for (date, start, end, hours, expected) in [
        (
            "2018-11-04",
            "2018-11-04T04:30:00Z",
            "2018-11-04T08:30:00Z",
            25,
            "84.000\u{a0}%",
        ),
        (
            "2019-03-10",
            "2019-03-10T05:30:00Z",
            "2019-03-10T07:30:00Z",
            23,
            "91.304\u{a0}%",
        ),
    ] {
        let day = dates("America/New_York", date, date).expect("valid");
        let margin = Millis::from_mins(60);
        let history = History::every(60, Interval::new(day.start - margin, day.end + margin))
            .phases(&[30])
            .down(span(start, end));
        let assessment = history.assess(&contract("America/New_York"), day);
        assert_eq!(assessment.days.len(), 1);
        assert_eq!(assessment.days[0].day_length, Millis::from_mins(hours * 60));
        let range = assessment.sla.availability.expect("all is known");
        assert_eq!(print::availability(range.estimate), expected, "{date}");
    }
}
