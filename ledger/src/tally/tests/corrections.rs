//! Corrections through the whole engine (semantics §7, §8): what each kind does, and what it never does.

mod random;

use crate::contract::Contract;
use crate::correction::{
    Become, Cause, ClockOffset, ClockSpan, Correction, NewEdges, Reclassify, Ticks, What,
};
use crate::outage::Bounds;
use crate::record::Record;
use crate::run::{Entry, Series, Tick, TickVerdict};
use crate::state::State;
use crate::tally::{Assessment, Fate, Tally, Terms, assess};
use crate::testing::{Effect, History, at, contract, name, span};
use crate::time::{Interval, Millis};
use crate::verdict::Class;

fn period() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-20T06:00:00Z")
}

/// Three regions, one outage of two hours whose edges are estimated 7 s too early.
fn one_outage() -> History {
    History::every(60, period())
        .phases(&[3, 23, 43])
        .personas(&[("traveler", 30), ("user", 0)])
        .down(outage())
}

fn outage() -> Interval {
    span("2018-12-20T01:00:00Z", "2018-12-20T03:00:00Z")
}

const INSIDE: &str = "2018-12-20T02:00:00Z";

fn entry(number: usize, what: What) -> Correction {
    Correction {
        id: name(&format!("entry-{number}")),
        contracts: Vec::new(),
        author: "Jo".to_owned(),
        reason: "the log says so".to_owned(),
        written: at("2018-12-21T00:00:00Z"),
        what,
    }
}

fn entries(all: &[What]) -> Vec<Correction> {
    let numbered = all.iter().cloned().enumerate();
    numbered.map(|(number, what)| entry(number, what)).collect()
}

fn ticks(span: Interval) -> Ticks {
    Ticks {
        span,
        region: None,
        agent: None,
        persona: None,
        probe: None,
        class: None,
    }
}

fn become_(ticks: Ticks, into: Become) -> What {
    What::Reclassify(Reclassify { ticks, into })
}

fn edges(start: Option<&str>, end: Option<&str>, within: i64) -> What {
    What::Edge(NewEdges {
        outage: at(INSIDE),
        start: start.map(at),
        end: end.map(at),
        within: Millis::from_secs(within),
        source: "server logs".to_owned(),
    })
}

fn judged(record: &Record, contract: &Contract, corrections: &[Correction]) -> Assessment {
    let terms = Terms {
        contract,
        exclusions: &[],
        corrections,
    };
    assess(record, terms, period(), period().end).expect("histories are sound")
}

fn corrected(history: &History, all: &[What]) -> Assessment {
    judged(&history.record(), &contract("UTC"), &entries(all))
}

fn plain(found: &Assessment) -> Assessment {
    Assessment {
        corrections: Vec::new(),
        measured: None,
        ..found.clone()
    }
}

fn parts(total: Tally) -> Millis {
    total.up + total.degraded + total.partial + total.down + total.unknown + total.excluded
}

#[test]
fn an_outage_that_was_none_is_taken_away_and_both_figures_stay() {
    let whole = ticks(span("2018-12-20T00:55:00Z", "2018-12-20T03:05:00Z"));
    let found = corrected(&one_outage(), &[become_(whole, Become::Good)]);
    assert_eq!(found.outages, []);
    assert_eq!(found.total.counted, Bounds::default());
    let measured = found.measured.expect("something was corrected");
    assert_eq!(measured.total.counted.estimate, Millis::from_mins(120));
    assert_eq!(measured.outages.len(), 1);
    let own = &found.corrections[0];
    assert_eq!(own.ticks, 2 * 3 * 120, "two personas, three regions");
    assert_eq!(own.moved.estimate, -Millis::from_mins(120));
    assert_eq!(own.outages.len(), 1);
    assert_eq!(own.outages[0].after, []);
}

#[test]
fn void_ticks_leave_unknown_time_and_bad_ones_make_an_outage() {
    let stretch = span("2018-12-20T04:00:00Z", "2018-12-20T05:00:00Z");
    let history = one_outage();
    let void = become_(ticks(stretch), Become::Void(Class::ProberNet));
    let found = corrected(&history, &[void]);
    assert_eq!(found.corrections[0].ticks, 2 * 3 * 60);
    assert!(found.total.unknown > Millis::from_mins(55));
    let before = corrected(&history, &[]).total.unknown;
    assert_eq!(found.corrections[0].unknown, found.total.unknown - before);
    let class = found.prober_trouble[0].class;
    assert_eq!(class, Some(Class::ProberNet));
    let bad = become_(ticks(stretch), Become::Bad(Class::Content));
    let found = corrected(&history, &[bad]);
    assert_eq!(found.outages.len(), 2);
    // The hour is of scheduled instants; travelers are looked at half a minute after users.
    assert_eq!(found.outages[1].length.estimate, Millis::from_secs(3_630));
    assert_eq!(found.outages[1].classes, [(Class::Content, 360)].into());
    let measured = found.measured.expect("something was corrected");
    assert_eq!(measured.outages.len(), 1);
}

#[test]
fn a_choice_of_ticks_is_kept_to() {
    let record = one_outage().record();
    let changed = |choose: fn(&mut Ticks)| {
        let mut chosen = ticks(period());
        choose(&mut chosen);
        let all = entries(&[become_(chosen, Become::Void(Class::ProberNet))]);
        judged(&record, &contract("UTC"), &all).corrections[0].ticks
    };
    let held = |fits: fn(&Series, &Tick) -> bool| {
        let all = record.series.iter().flat_map(|series| {
            let entries = series.entries.iter().filter_map(|entry| match entry {
                Entry::Tick(tick) => Some(tick),
                Entry::Run(_) => None,
            });
            entries.filter(move |tick| period().contains(tick.tick) && fits(series, tick))
        });
        u64::try_from(all.count()).expect("few")
    };
    let login = |series: &Series, _: &Tick| series.probe != name("platform");
    assert_eq!(changed(|_| {}), held(login));
    let of_region =
        held(|series, _| series.probe != name("platform") && series.region == name("b"));
    assert_eq!(changed(|ticks| ticks.region = Some(name("b"))), of_region);
    let of_agent =
        held(|series, _| series.probe != name("platform") && series.agent == name("agent-a-0"));
    assert_eq!(
        changed(|ticks| ticks.agent = Some(name("agent-a-0"))),
        of_agent
    );
    let of_user = held(|series, _| series.probe == name("login-user"));
    assert_eq!(changed(|ticks| ticks.persona = Some(name("user"))), of_user);
    assert_eq!(
        changed(|ticks| ticks.probe = Some(name("login-user"))),
        of_user
    );
    let of_class = held(|_, tick| tick.class == Some(Class::Status));
    assert_eq!(changed(|ticks| ticks.class = Some(Class::Status)), of_class);
    let of_platform = held(|series, _| series.probe == name("platform"));
    assert_eq!(
        changed(|ticks| ticks.probe = Some(name("platform"))),
        of_platform
    );
    assert_eq!(changed(|ticks| ticks.probe = Some(name("nothing"))), 0);
}

#[test]
fn a_tick_that_was_not_taken_cannot_become_good() {
    let stretch = span("2018-12-20T04:00:00Z", "2018-12-20T05:00:00Z");
    let missed = Effect::Says(TickVerdict::Missed, Some(Class::ProberRestart));
    let history = one_outage().fault(stretch, missed);
    let found = corrected(&history, &[become_(ticks(stretch), Become::Good)]);
    assert_eq!(found.corrections[0].fate, Fate::NoTick);
    assert_eq!(found.measured, None);
}

#[test]
fn edges_from_better_evidence_move_the_outage_its_days_and_its_bounds() {
    let mut history = one_outage();
    history.evidence = (Millis::ZERO, Millis::from_secs(2));
    let new = [edges(
        Some("2018-12-20T00:59:58Z"),
        Some("2018-12-20T03:00:01Z"),
        2,
    )];
    let found = corrected(&history, &new);
    let own = found.outages[0].clone();
    assert_eq!(own.start.estimate, at("2018-12-20T00:59:58Z"));
    assert_eq!(own.start.earliest, at("2018-12-20T00:59:56Z"));
    assert_eq!(own.start.latest, at("2018-12-20T01:00:00Z"));
    assert_eq!(own.end.estimate, at("2018-12-20T03:00:01Z"));
    assert_eq!(own.end.earliest, at("2018-12-20T02:59:59Z"));
    assert_eq!(own.end.latest, at("2018-12-20T03:00:03Z"));
    let expected = Bounds {
        lower: Millis::from_secs(7_199),
        estimate: Millis::from_secs(7_203),
        upper: Millis::from_secs(7_207),
    };
    assert_eq!(own.length, expected);
    assert_eq!((own.counted, found.total.counted), (expected, expected));
    for (persona, bounds) in &found.days[0].personas {
        assert_eq!(*bounds, expected, "{persona} follows");
    }
    assert_eq!(found.corrections[0].outage, Some(1));
    let measured = found.measured.clone().expect("something was corrected");
    assert_ne!(measured.total.counted, expected);
    let regions = |found: &Assessment| found.regions.clone();
    assert_eq!(
        regions(&found),
        regions(&corrected(&history, &[])),
        "as measured"
    );
}

#[test]
fn an_edge_may_lie_in_what_was_measured_as_up_or_unknown() {
    let unseen = span("2018-12-20T00:30:00Z", "2018-12-20T01:10:00Z");
    let history = one_outage().fault(unseen, Effect::Nothing);
    // The first fault that fits an instant wins, so the outage is told after the silence.
    let mut history = history;
    history.faults.reverse();
    let before = corrected(&history, &[]);
    assert!(before.total.unknown > Millis::from_mins(30));
    let found = corrected(&history, &[edges(Some("2018-12-20T01:00:00Z"), None, 1)]);
    assert_eq!(found.outages.len(), 1);
    assert_eq!(found.outages[0].start.estimate, at("2018-12-20T01:00:00Z"));
    assert_eq!(found.outages[0].start.earliest, at("2018-12-20T00:59:59Z"));
    assert!(found.total.unknown < before.total.unknown);
    let early = corrected(
        &one_outage(),
        &[edges(Some("2018-12-20T00:30:00Z"), None, 1)],
    );
    assert_eq!(early.outages[0].start.estimate, at("2018-12-20T00:30:00Z"));
    assert_eq!(
        early.service.of(State::Down).measure(),
        early.total.counted.estimate
    );
}

#[test]
fn only_the_persona_whose_edge_may_be_the_same_follows() {
    let late = span("2018-12-20T01:30:00Z", "2018-12-20T02:00:00Z");
    let history = History::every(60, period())
        .phases(&[3, 23, 43])
        .personas(&[("traveler", 30), ("user", 0)])
        .down(outage())
        .for_persona("user")
        .down(late)
        .for_persona("traveler");
    let before = corrected(&history, &[]);
    let found = corrected(&history, &[edges(Some("2018-12-20T00:59:00Z"), None, 1)]);
    let down = |found: &Assessment, persona: &str| {
        let set = found.personas[&name(persona)].of(State::Down);
        let first = set.iter().next().expect("it was down");
        (first.start, first.end)
    };
    assert_eq!(down(&found, "user").0, at("2018-12-20T00:59:00Z"));
    assert_eq!(down(&found, "traveler"), down(&before, "traveler"));
    // A start inside the travelers' own outage cuts it: nobody is down while the service is not.
    let cut = corrected(&history, &[edges(Some("2018-12-20T01:45:00Z"), None, 1)]);
    assert_eq!(down(&cut, "traveler").0, at("2018-12-20T01:45:00Z"));
}

#[test]
fn edges_that_cannot_be_are_without_effect() {
    for (new, fate) in [
        (
            edges(Some("2018-12-20T03:30:00Z"), None, 1),
            Fate::Contradiction,
        ),
        (
            edges(None, Some("2018-12-20T00:30:00Z"), 1),
            Fate::Contradiction,
        ),
        (
            edges(None, Some("2018-12-20T07:00:00Z"), 1),
            Fate::Contradiction,
        ),
    ] {
        let found = corrected(&one_outage(), &[new]);
        assert_eq!(found.corrections[0].fate, fate);
        assert!(found.corrections[0].fate.is_without_effect());
        assert_eq!(plain(&found), plain(&corrected(&one_outage(), &[])));
    }
    let quiet = History::every(60, period());
    let found = corrected(&quiet, &[edges(Some("2018-12-20T01:30:00Z"), None, 1)]);
    assert_eq!(found.corrections[0].fate, Fate::NoOutage);
}

#[test]
fn a_cause_is_attached_and_counts_nothing() {
    let cause = What::Cause(Cause {
        outage: at(INSIDE),
        cause: "A flood of sign-ins".to_owned(),
    });
    let found = corrected(&one_outage(), std::slice::from_ref(&cause));
    assert_eq!(found.corrections[0].outage, Some(1));
    assert_eq!(found.causes(1).collect::<Vec<_>>(), ["A flood of sign-ins"]);
    let taken_back = corrected(&one_outage(), &[cause, What::Withdraw(name("entry-0"))]);
    assert_eq!(taken_back.causes(1).count(), 0);
    assert_eq!(found.measured, None);
    assert_eq!(plain(&found), corrected(&one_outage(), &[]));
}

#[test]
fn a_withdrawn_entry_does_nothing_and_both_stay_listed() {
    let whole = ticks(span("2018-12-20T00:55:00Z", "2018-12-20T03:05:00Z"));
    let all = [
        become_(whole, Become::Good),
        What::Withdraw(name("entry-0")),
    ];
    let found = corrected(&one_outage(), &all);
    let fates: Vec<&Fate> = found.corrections.iter().map(|own| &own.fate).collect();
    assert_eq!(fates, [&Fate::Withdrawn(name("entry-1")), &Fate::Withdraws]);
    assert_eq!(plain(&found), corrected(&one_outage(), &[]));
}

#[test]
fn entries_of_other_contracts_and_other_times_are_not_listed() {
    let mut other = entry(0, edges(Some("2018-12-20T00:59:00Z"), None, 1));
    other.contracts = vec![name("other")];
    let later = ticks(span("2018-12-27T00:00:00Z", "2018-12-28T00:00:00Z"));
    let later = entry(1, become_(later, Become::Good));
    let record = one_outage().record();
    let found = judged(&record, &contract("UTC"), &[other, later]);
    assert_eq!(found, judged(&record, &contract("UTC"), &[]));
}

#[test]
fn p35_a_corrected_clock_moves_the_edges_by_its_offset() {
    let clock = |offset: i64, error: i64| {
        What::Clock(ClockSpan {
            agent: name("agent-a-0"),
            span: period(),
            clock: ClockOffset {
                offset: Millis(offset),
                error: Millis(error),
            },
        })
    };
    let history = History::every(60, period()).down(outage());
    let before = corrected(&history, &[]);
    // The clock was 4 s behind: what it called 01:00:00 was 01:00:04.
    let found = corrected(&history, &[clock(4_000, 500)]);
    let (old, new) = (&before.outages[0], &found.outages[0]);
    assert_eq!(new.start.estimate - old.start.estimate, Millis(4_000));
    assert_eq!(new.start.earliest - old.start.earliest, Millis(3_500));
    assert_eq!(new.start.latest - old.start.latest, Millis(4_500));
    assert_eq!(new.end.estimate - old.end.estimate, Millis(4_000));
    assert_eq!(
        found.corrections[0].ticks,
        360 + 360,
        "the platform is looked at by the same clock"
    );
    // Beyond T/2 its ticks say nothing.
    let void = corrected(&history, &[clock(0, 30_001)]);
    assert_eq!(void.total.unknown, period().length());
    assert_eq!(
        void.prober_trouble.len(),
        0,
        "nothing before, nothing after"
    );
}
