//! Held ticks: what other accounts and regions make of them.

use crate::run::{Entry, TickVerdict};
use crate::tally::Assessment;
use crate::testing::{Effect, History, contract, name, span};
use crate::time::{Interval, Millis};
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
    let decided = |class| judged(&history().fault(hour(), held(class))).outages;
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
    assert_eq!(decided(Class::Throttled), decided(Class::Throttled));
}

fn sessions(mut history: History) -> History {
    history.session = true;
    history
}

#[test]
fn lost_sessions_are_an_outage_of_their_own_kind() {
    let lost = sessions(history()).fault(hour(), held(Class::SessionLost));
    let counted = judged(&lost);
    assert_eq!(counted.outages.len(), 1);
    assert!(counted.outages[0].session_only);
    assert_eq!(counted.total.counted.estimate, Millis::from_mins(60));
    let mut terms = contract("UTC");
    terms.rules.session_counts = false;
    let listed = lost.assess(&terms, lost.span);
    assert_eq!(listed.outages, []);
    assert_eq!(listed.session_outages.len(), 1);
    assert_eq!(listed.total.counted.upper, Millis::ZERO);
}

#[test]
fn a_session_probe_says_nothing_about_other_trouble() {
    let down = judged(&sessions(history()).down(hour()));
    assert_eq!(down.outages, []);
    assert_eq!(down.prober_trouble, [], "nor is that the agent's trouble");
}

#[test]
fn a_mass_sign_out_that_a_new_login_heals_is_short() {
    let minute = span("2018-12-20T12:00:00Z", "2018-12-20T12:01:00Z");
    let mut record = sessions(history())
        .fault(minute, held(Class::SessionLost))
        .record();
    for entry in record
        .series
        .iter_mut()
        .flat_map(|series| &mut series.entries)
    {
        if let Entry::Tick(tick) = entry
            && tick.verdict == TickVerdict::Held
        {
            tick.recovered = true;
            tick.last_evidence = Interval::new(
                tick.evidence.end + Millis::from_secs(5),
                tick.evidence.end + Millis::from_secs(5),
            );
        }
    }
    let period = sessions(history()).span;
    let assessment =
        crate::tally::assess(&record, &contract("UTC"), period, period.end).expect("sound");
    // Each region finds its session gone at its own slot and signs in again at once.
    assert_eq!(assessment.incidents.len(), 1);
    assert!(assessment.outages.iter().all(|outage| outage.session_only));
    assert!(assessment.total.counted.estimate <= Millis::from_mins(1));
    assert_eq!(assessment.outages[0].personas, [name("user")]);
}
