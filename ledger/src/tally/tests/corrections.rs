//! Corrections through the whole engine (semantics §7, §8): what each kind does, and what it never does.

use proptest::prelude::*;

use crate::contract::{Contract, Rollup};
use crate::correction::{
    Become, Cause, ClockOffset, ClockSpan, Correction, NewEdges, Reclassify, Ticks, What,
};
use crate::exclusion::{Exclusion, When};
use crate::outage::Bounds;
use crate::record::Record;
use crate::run::{Entry, Series, Tick, TickVerdict};
use crate::state::State;
use crate::tally::{Assessment, Fate, Tally, Terms, assess};
use crate::testing::{Effect, History, at, contract, folded, name, span};
use crate::time::{Interval, Intervals, Millis, Timestamp};
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
    let found = corrected(&one_outage(), &[cause]);
    assert_eq!(found.corrections[0].outage, Some(1));
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
