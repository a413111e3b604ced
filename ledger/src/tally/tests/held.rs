//! Held ticks: what other accounts and regions make of them.

use proptest::prelude::*;

use crate::evidence::{self, Said};
use crate::name::Name;
use crate::record::Record;
use crate::run::TickVerdict;
use crate::tally::Assessment;
use crate::testing::{Effect, History, contract, span};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

fn hour() -> Interval {
    span("2018-12-20T12:00:00Z", "2018-12-20T13:00:00Z")
}

fn history() -> History {
    History::every(60, span("2018-12-20T00:00:00Z", "2018-12-21T00:00:00Z")).phases(&[0, 20, 40])
}

fn held(class: Class) -> Effect {
    Effect::Says(TickVerdict::Held, Some(class))
}

fn judged(history: &History) -> Assessment {
    history.assess(&contract("UTC"), history.span)
}

#[test]
fn p19_everywhere_is_an_outage_and_at_one_place_is_not() {
    for class in [Class::Throttled, Class::Rejected, Class::Dns, Class::Script] {
        let everywhere = judged(&history().fault(hour(), held(class)));
        assert_eq!(everywhere.outages.len(), 1, "{class} everywhere");
        assert_eq!(
            everywhere.outages[0].length.estimate,
            Millis::from_mins(60),
            "{class}"
        );
        let one_account = judged(
            &history()
                .fault(hour(), held(class))
                .in_region("a")
                .for_account("one"),
        );
        assert_eq!(
            one_account.outages,
            [],
            "{class} at one account of one region"
        );
        // A secret that other regions see accepted meanwhile was refused by the service: that region is down.
        let partial = one_account.total.partial > Millis::ZERO;
        assert_eq!(partial, class == Class::Rejected, "{class} in that region");
    }
}

#[test]
fn p18_one_region_with_trouble_of_its_own_makes_no_outage() {
    for class in [Class::Throttled, Class::Dns, Class::Script] {
        let assessment = judged(&history().fault(hour(), held(class)).in_region("b"));
        assert_eq!(assessment.outages, [], "{class}");
        assert_eq!(
            assessment.total.partial,
            Millis::ZERO,
            "{class} of one region alone is void"
        );
        assert!(
            !assessment.prober_trouble.is_empty(),
            "{class} is the agent's own trouble"
        );
    }
}

#[test]
fn a_locked_account_is_the_probers_trouble() {
    let locked = judged(
        &history()
            .fault(hour(), held(Class::Rejected))
            .for_account("one"),
    );
    assert_eq!(locked.outages, []);
    assert_eq!(locked.total.partial, Millis::ZERO);
}

#[test]
fn a_secret_that_is_accepted_again_was_refused_by_the_service() {
    // Account `one` is refused for ten minutes and then let in again: the login was at fault.
    let minutes = span("2018-12-20T12:00:00Z", "2018-12-20T12:10:00Z");
    let intermittent = judged(
        &history()
            .fault(minutes, held(Class::Rejected))
            .for_account("one"),
    );
    let bad: u32 = intermittent
        .outages
        .iter()
        .flat_map(|outage| outage.classes.values())
        .sum();
    assert!(
        bad > 0,
        "every other tick is bad in all regions, so the window opens"
    );
}

#[test]
fn p38_a_decision_needs_nothing_beyond_its_reach() {
    // A tick of another region 16 minutes after the last held one says nothing about it.
    let alone = history()
        .fault(hour(), held(Class::Throttled))
        .in_region("a");
    let late = span("2018-12-20T13:20:00Z", "2018-12-20T13:30:00Z");
    let with_late = alone
        .clone()
        .fault(late, held(Class::Throttled))
        .in_region("b");
    assert_eq!(judged(&alone).service, judged(&with_late).service);
}

#[test]
fn p38_the_reach_ends_where_it_says() {
    let minute = |from: i64| {
        let start = hour().start + Millis::from_mins(from);
        Interval::new(start, start + Millis::from_mins(1))
    };
    // Region b looks 20 s after region a: 14 min 20 s is within H = 15 min, 15 min 20 s is not.
    for (later, verdicts) in [(14, 1), (15, 0)] {
        let history = history()
            .fault(minute(0), held(Class::Throttled))
            .in_region("a")
            .fault(minute(later), held(Class::Throttled))
            .in_region("b");
        let bad = said(&history.record(), minute(0));
        let bad = bad.iter().filter(|(_, _, said)| *said == Said::Bad);
        assert_eq!(bad.count(), verdicts, "{later} min later");
    }
}

/// From which minute and for how long, what, in which region and for which account; `None` means all.
type Trouble = (i64, i64, Effect, Option<&'static str>, Option<&'static str>);

/// Held ticks of every kind, everywhere, in one region, at one account.
fn troubles() -> impl Strategy<Value = Vec<Trouble>> {
    let class = prop::sample::select(vec![
        Class::Throttled,
        Class::Rejected,
        Class::Dns,
        Class::Script,
        Class::SessionLost,
    ]);
    let effect = prop_oneof![
        4 => class.prop_map(held),
        1 => Just(Effect::Says(TickVerdict::Bad, Some(Class::Status))),
    ];
    let region = prop::sample::select(vec![None, Some("a"), Some("b"), Some("c")]);
    let account = prop::sample::select(vec![None, Some("one"), Some("two")]);
    let trouble = (0..120_i64, 1..40_i64, effect, region, account);
    prop::collection::vec(trouble, 1..5)
}

/// What every region says of the ticks that are due in `minute`.
fn said(record: &Record, minute: Interval) -> Vec<(Name, Timestamp, Said)> {
    let (service, _) = evidence::split(record).expect("sound");
    let rules = contract("UTC").rules;
    let far = Timestamp(i64::MAX);
    let heard = evidence::hear(&service, &rules, minute, far);
    let streams = heard.streams.iter();
    streams
        .flat_map(|stream| {
            let inside = stream
                .evidence
                .iter()
                .filter(|one| minute.contains(one.first.start));
            inside.map(|one| (stream.region.clone(), one.first.start, one.said))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn p38_evidence_beyond_the_reach_changes_no_decision_however_late_it_is_made(
        troubles in troubles(), minute in 20..120_i64,
    ) {
        let start = hour().start;
        let whole = Interval::new(start, start + Millis::from_mins(160));
        let mut history = History::every(60, whole).phases(&[0, 20, 40]);
        for (from, length, effect, region, account) in troubles {
            let from = start + Millis::from_mins(from);
            history = history.fault(Interval::new(from, from + Millis::from_mins(length)), effect);
            history = region.into_iter().fold(history, History::in_region);
            history = account.into_iter().fold(history, History::for_account);
        }
        let minute = Interval::new(
            start + Millis::from_mins(minute),
            start + Millis::from_mins(minute + 1),
        );
        // H = max(2T, 15 min) around every tick of the minute, and not a millisecond more.
        let record = history.record();
        let reach = Interval::new(minute.start - Millis::from_mins(15), minute.end + Millis::from_mins(15));
        let mut near = record.clone();
        for series in &mut near.series {
            series.entries.retain(|entry| reach.contains(entry.span().start));
        }
        prop_assert_eq!(said(&near, minute), said(&record, minute));
    }
}
