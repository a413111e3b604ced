//! Kept sessions: being signed out while a login would work is an outage of its own kind (semantics §3, §5).

use crate::plan::Probe;
use crate::record::Record;
use crate::run::{Entry, TickVerdict};
use crate::state::{Lane, State};
use crate::tally::{Assessment, assess};
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
    let assessment = assess(&record, &contract("UTC"), period, period.end).expect("sound");
    // Each region finds its session gone at its own slot and signs in again at once.
    assert_eq!(assessment.incidents.len(), 1);
    assert!(assessment.outages.iter().all(|outage| outage.session_only));
    assert!(assessment.total.counted.estimate <= Millis::from_mins(1));
    assert_eq!(assessment.outages[0].personas, [name("user")]);
}

/// One record of probes that sign in anew and probes that keep their session, at the same accounts.
fn both(logins: &History, sessions: &History) -> Record {
    let (mut record, kept) = (logins.record(), sessions.record());
    let (version, plan) = record.plans.iter_mut().next().expect("one plan");
    let renamed = |probe: &str| name(&probe.replace("login-", "session-"));
    let (_, other) = kept.plans.into_iter().next().expect("one plan");
    for mut probe in other.probes.into_iter().filter(Probe::is_session) {
        probe.name = renamed(probe.name.as_str());
        plan.probes.push(probe);
    }
    for mut series in kept.series {
        if series.probe.as_str().starts_with("login-") {
            series.probe = renamed(series.probe.as_str());
            for entry in &mut series.entries {
                if let Entry::Tick(tick) = entry {
                    tick.plan = *version;
                }
            }
            record.series.push(series);
        }
    }
    record
}

#[test]
fn after_an_outage_nobody_waits_for_the_session_to_be_signed_in_again() {
    let down = |history: History| history.down(hour());
    // The sessions are looked at 50 s after the logins, and signed in again only then.
    let kept = down(sessions(history()).personas(&[("user", 50)]));
    let record = both(&down(history()), &kept);
    let found = assess(&record, &contract("UTC"), kept.span, kept.span.end).expect("sound");
    assert_eq!(found.outages.len(), 1);
    assert_eq!(found.outages[0].length.estimate, Millis::from_mins(60));
    let around = span("2018-12-20T11:00:00Z", "2018-12-20T14:00:00Z");
    let states = |lane: &Lane| -> Vec<State> {
        let inside = lane.0.iter();
        inside
            .filter(|segment| segment.interval.intersect(around).is_some())
            .map(|segment| segment.state)
            .collect()
    };
    let regions = &found.regions[&name("user")];
    assert_eq!(regions.len(), 3);
    for (region, lane) in regions {
        assert_eq!(
            states(lane),
            [State::Up, State::Down, State::Up],
            "{region}"
        );
    }
    assert_eq!(
        states(&found.personas[&name("user")]),
        [State::Up, State::Down, State::Up]
    );
}

#[test]
fn old_age_and_the_agents_own_restart_are_no_loss() {
    let aged = Effect::Says(TickVerdict::Void, Some(Class::ProberSession));
    let restarted = Effect::Says(TickVerdict::Missed, Some(Class::ProberRestart));
    for effect in [aged, restarted] {
        let kept = sessions(history()).fault(hour(), effect);
        let record = both(&history(), &kept);
        let found = assess(&record, &contract("UTC"), kept.span, kept.span.end).expect("sound");
        assert_eq!(found.outages, []);
        assert_eq!(found.session_outages, []);
        assert_eq!(found.total.counted.upper, Millis::ZERO);
    }
}

#[test]
fn one_lost_session_is_held_and_says_nothing() {
    let lost = sessions(history()).fault(hour(), held(Class::SessionLost));
    let one = lost.in_region("a").for_account("one");
    let record = both(&history(), &one);
    let found = assess(&record, &contract("UTC"), one.span, one.span.end).expect("sound");
    assert_eq!(found.outages, []);
    assert_eq!(found.total.partial, Millis::ZERO);
}
