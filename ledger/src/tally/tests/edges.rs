//! Edges that several witnesses share, one story each.

use super::states::{from_to, judged, lengths, minutely};
use crate::contract::EdgeMode;
use crate::testing::{at, name};
use crate::time::{Millis, Timestamp};

#[test]
fn regions_that_look_at_once_and_disagree_share_no_edge() {
    // Both look on the minute. At 10:06 one saw good and the other bad: two edges, and the quorum ends with the first.
    let history = minutely()
        .phases(&[0, 0])
        .down(from_to("10:00:30", "10:05:30"))
        .down(from_to("10:05:30", "10:06:30"))
        .in_region("b");
    let assessment = judged(&history);
    assert_eq!(lengths(&assessment), [300]);
    assert_eq!(assessment.outages[0].edges, EdgeMode::Quorum);
}

#[test]
fn p08_what_one_of_two_regions_misses_leaves_no_splinter_of_an_outage_beyond_it() {
    // b's last good tick lies behind the middle between a's last good and first bad one; then b is blind.
    let start = minutely()
        .phases(&[0, 35])
        .blind(from_to("12:00:40", "12:20:00"))
        .in_region("b")
        .down(from_to("12:00:40", "13:00:40"));
    // The same at the end, the other way round.
    let end = minutely()
        .phases(&[0, 25])
        .blind(from_to("12:40:00", "12:59:10"))
        .in_region("b")
        .down(from_to("12:00:40", "12:59:10"));
    for (history, expected) in [
        (start, from_to("12:20:35", "13:00:47.500")),
        (end, from_to("12:00:42.500", "12:39:25")),
    ] {
        let assessment = judged(&history);
        let outages = assessment.outages.iter();
        let found: Vec<(Timestamp, Timestamp)> = outages
            .map(|outage| (outage.start.estimate, outage.end.estimate))
            .collect();
        assert_eq!(found, [(expected.start, expected.end)]);
        assert!(assessment.total.unknown > Millis::from_mins(19));
    }
}

#[test]
fn personas_that_fall_together_narrow_the_estimate() {
    let history = minutely()
        .personas(&[("user", 0), ("traveler", 30)])
        .down(from_to("12:00:10", "13:00:10"));
    let assessment = judged(&history);
    let outage = &assessment.outages[0];
    assert_eq!(outage.edges, EdgeMode::Fused);
    assert_eq!(
        outage.start.estimate,
        at("2018-12-20T12:00:15Z"),
        "between 12:00:00 and 12:00:30"
    );
    assert_eq!(
        outage.start.earliest,
        at("2018-12-20T11:59:30Z"),
        "the sweep's bound stays"
    );
    assert_eq!(outage.personas, [name("traveler"), name("user")]);
}
