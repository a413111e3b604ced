//! Runs and ticks out of files against every attempt as a tick of its own.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::attempt::{Account, Attempt};
use crate::contract::{Contract, CountMode, EdgeMode, Rollup};
use crate::histogram::{Measure, Open, Slice, Span};
use crate::record::{Agent, Record};
use crate::store::both::{Backend, Made, on_both};
use crate::store::sample::{self, ALWAYS};
use crate::store::{Anew, Extract, Latency, LatencyQuery, Place, Reader, Writer};
use crate::tally::{Assessment, assess};
use crate::testing::{Effect, History, contract, name, span};
use crate::verdict::Verdict;

fn period() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-20T06:00:00Z")
}

/// Trouble of every kind, everywhere or in one region, for anybody or one account.
fn trouble() -> impl Strategy<Value = Trouble> {
    let says = |verdict, class| Effect::Says(verdict, Some(class));
    let effect = prop_oneof![
        4 => Just(says(TickVerdict::Bad, Class::Status)),
        1 => Just(says(TickVerdict::Void, Class::ProberNet)),
        1 => Just(Effect::Nothing),
        1 => Just(Effect::Slow),
        2 => Just(says(TickVerdict::Flicker, Class::Timeout)),
        1 => Just(says(TickVerdict::Held, Class::Throttled)),
        2 => Just(says(TickVerdict::Held, Class::Rejected)),
        1 => Just(says(TickVerdict::Held, Class::Script)),
    ];
    let region =
        prop_oneof![1 => Just(None), 1 => prop::sample::select(vec![Some("a"), Some("b")])];
    let stretch = (0..6 * 3_600_i64, prop_oneof![1..120_i64, 1..2_400_i64]);
    let stretch = stretch.prop_map(|(start, length)| {
        let start = period().start + Millis::from_secs(start);
        Interval::new(start, start + Millis::from_secs(length))
    });
    (stretch, effect, region, any::<bool>())
}

type Trouble = (Interval, Effect, Option<&'static str>, bool);

fn with(history: History, (span, effect, region, one_account): &Trouble) -> History {
    let mut history = history.fault(*span, *effect);
    if let Some(region) = region {
        history = history.in_region(region);
    }
    if *one_account {
        history = history.for_account("one");
    }
    history
}

fn history() -> impl Strategy<Value = History> {
    let phases = prop::collection::vec(0..60_i64, 1..3);
    let troubles = prop::collection::vec(trouble(), 0..4);
    let jitter = prop::collection::vec((0..3_000_i64).prop_map(Millis), 1..8);
    let evidence = (0..2_000_i64, 0..15_000_i64);
    let fast = prop_oneof![Just(None), Just(Some(Millis::from_secs(10)))];
    (phases, troubles, jitter, evidence, fast, 1..3_usize).prop_map(
        |(phases, troubles, jitter, (offset, length), fast, agents)| {
            let history = History::every(60, period()).phases(&phases);
            let history = history.personas(&[("user", 0), ("traveler", 30)]);
            let mut history = troubles.iter().fold(history, with);
            (history.jitter, history.fast) = (jitter, fast);
            history.evidence = (Millis(offset), Millis(length));
            history.agents_per_region = agents;
            history
        },
    )
}

/// The attempts that one agent made of a history, in the order of their evidence.
fn attempts(record: &Record, agent: &Agent, errors: &[i64]) -> Vec<Attempt> {
    let mut made: Vec<Attempt> = Vec::new();
    for series in record.series.iter().filter(|one| one.agent == agent.name) {
        for (number, entry) in series.entries.iter().enumerate() {
            let Entry::Tick(tick) = entry else {
                unreachable!("a history is told in ticks");
            };
            let base = primary(tick, &series.probe, Millis(errors[number % errors.len()]));
            // Fast ticks are not retried.
            let flicker = tick.verdict == TickVerdict::Flicker && !tick.fast;
            let retry = flicker.then(|| Attempt {
                kind: Kind::Retry,
                verdict: Verdict::Good,
                class: None,
                evidence: Interval::new(base.evidence.end, base.evidence.end + Millis(500)),
                ..base.clone()
            });
            made.push(base);
            made.extend(retry);
        }
    }
    made.sort_by_key(|attempt| (attempt.evidence.start, attempt.kind == Kind::Retry));
    for (number, attempt) in (1..).zip(&mut made) {
        attempt.sequence = number;
    }
    made
}

fn primary(tick: &Tick, probe: &Name, clock_error: Millis) -> Attempt {
    Attempt {
        probe: probe.clone(),
        plan: tick.plan,
        tick: tick.tick,
        due: tick.due,
        kind: if tick.fast { Kind::Fast } else { Kind::Base },
        account: tick.account.clone().map(|account| Account {
            label: name(&format!("{}-{probe}", account.label)),
            ..account
        }),
        start: tick.due,
        end: tick.evidence.end,
        evidence: tick.evidence,
        verdict: match tick.verdict {
            TickVerdict::Good => Verdict::Good,
            TickVerdict::Held => Verdict::Held,
            TickVerdict::Void | TickVerdict::Missed => Verdict::Void,
            TickVerdict::Bad | TickVerdict::Flicker => Verdict::Bad,
        },
        class: tick.class,
        step: None,
        slow: tick.slow,
        clock_error,
        ..sample::attempt(1)
    }
}

/// Every attempt by itself: a record without any run.
fn all_single(history: &History, told: &[(Agent, Vec<Attempt>)]) -> Record {
    let mut record = Record {
        plans: BTreeMap::from([(history.plan().version(), history.plan())]),
        ..Record::default()
    };
    for (agent, attempts) in told {
        let mut ticks: BTreeMap<(&Name, Timestamp, bool), Tick> = BTreeMap::new();
        for attempt in attempts {
            let key = (&attempt.probe, attempt.tick, attempt.kind == Kind::Fast);
            if attempt.kind == Kind::Retry {
                let own = ticks.range_mut(key..=(key.0, key.1, true)).next();
                own.expect("retries follow").1.retried(attempt);
            } else {
                ticks.entry(key).or_insert_with(|| Tick::of(attempt));
            }
        }
        let mut by_probe: BTreeMap<&Name, Vec<Entry>> = BTreeMap::new();
        for ((probe, ..), tick) in ticks {
            by_probe
                .entry(probe)
                .or_default()
                .push(Entry::Tick(Box::new(tick)));
        }
        record.agents.push(agent.clone());
        let series = by_probe.into_iter().map(|(probe, entries)| Series {
            agent: agent.name.clone(),
            region: agent.region.clone(),
            probe: probe.clone(),
            entries,
        });
        record.series.extend(series);
    }
    record
}

/// The same attempts in files, written in parts, sealed, folded and cut short as `parts` says.
fn written(
    made: &Made,
    history: &History,
    told: &[(Agent, Vec<Attempt>)],
    parts: &[(usize, u8)],
) -> Vec<Place> {
    let plan = history.plan();
    let write = |(agent, attempts): &(Agent, Vec<Attempt>)| {
        let place = made.another(agent.name.as_str());
        let open = || Writer::open(&place, agent, &plan).expect("the record opens");
        let mut writer = open();
        let mut rest = &attempts[..];
        for (length, deed) in parts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, later) = rest.split_at((*length).min(rest.len()));
            rest = later;
            writer.append(part).expect("appended");
            match deed {
                0 => writer.seal().expect("sealed"),
                1 => writer.fold().expect("folded"),
                2 => {
                    writer.close().expect("closed");
                    writer = open();
                }
                _ => {
                    drop(writer);
                    writer = open();
                    writer.append(part).expect("duplicates are ignored");
                }
            }
        }
        place.clone()
    };
    told.iter().map(write).collect()
}

fn terms(number: u8) -> Contract {
    let mut terms = contract("Europe/Paris");
    (terms.rules.rollup, terms.rules.edges) = match number {
        0 => (Rollup::Any, EdgeMode::Fused),
        1 => (Rollup::All, EdgeMode::Quorum),
        _ => (Rollup::Weighted, EdgeMode::Fused),
    };
    if number == 2 {
        terms.rules.count_mode = CountMode::Request;
    }
    terms
}

fn judged(record: &Record, terms: &Contract) -> Assessment {
    assess(record, terms, period(), period().end).expect("histories are sound")
}

fn read(places: &[Place]) -> Record {
    let reader = Reader::open(places).expect("opens");
    reader.record(ALWAYS).expect("readable")
}

/// What stands in the tables is what the batches say without them, entry by entry and latency by latency.
fn made_anew(places: &[Place], kept: &Record) {
    let reader = Reader::open(places).expect("opens");
    let plan = kept.plans.values().next().expect("a plan");
    let wanted = Extract {
        around: ALWAYS,
        period: period(),
        probes: plan.probes.iter().map(|probe| probe.name.clone()).collect(),
    };
    let evidence = reader.evidence(ALWAYS).expect("readable");
    let anew = Anew::of(kept.plans.clone(), evidence.restored(), &wanted).expect("sound");
    assert_eq!(anew.record, *kept);
    let query = LatencyQuery {
        experienced: true,
        ..LatencyQuery::success(period())
    };
    let mut open = Open::new();
    for Latency {
        mut key,
        distribution,
        ..
    } in reader.latency(&query).expect("readable")
    {
        if key.measure != Measure::Total {
            key.slice = Slice {
                span: Span::Month,
                start: period().start,
            };
        }
        open.entry(key).or_default().merge(&distribution);
    }
    assert_eq!(anew.logins.through(&wanted.probes), open);
}

fn told(history: &History, errors: &[i64]) -> Vec<(Agent, Vec<Attempt>)> {
    let record = history.record();
    let tell = |agent: &Agent| (agent.clone(), attempts(&record, agent, errors));
    record.agents.iter().map(tell).collect()
}

fn is_run(entry: &Entry) -> bool {
    matches!(entry, Entry::Run(_))
}

fn p06_runs_and_ticks_say_exactly_what_all_attempts_say(backend: Backend) {
    let error = prop_oneof![9 => 0..400_i64, 1 => 20_000..40_000_i64];
    let errors = prop::collection::vec(error, 1..40);
    let parts = prop::collection::vec((100..900_usize, 0..4_u8), 1..5);
    let cases = (history(), errors, parts, 0..3_u8, 0..240_i64);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(backend.cases(10)));
    let run = runner.run(&cases, |(history, errors, parts, number, keep)| {
        let made = backend.make();
        let (told, terms) = (told(&history, &errors), terms(number));
        let all = judged(&all_single(&history, &told), &terms);
        let places = written(&made, &history, &told, &parts);
        let kept = read(&places);
        prop_assert_eq!(&kept.interpolated, &[]);
        prop_assert_eq!(&judged(&kept, &terms), &all);
        made_anew(&places, &kept);

        for ((agent, _), place) in told.iter().zip(&places) {
            let mut writer = Writer::open(place, agent, &history.plan()).expect("opens");
            while writer.prune(Millis::from_mins(keep)).expect("pruned") > 0 {}
        }
        let pruned = read(&places);
        // What others of the region need may be gone, and then it says so; nothing else may change.
        if pruned.interpolated.is_empty() {
            prop_assert_eq!(&judged(&pruned, &terms), &all);
        } else {
            let series = history.record().series.into_iter();
            let mut entries = series.flat_map(|series| series.entries);
            let held = entries.any(
                |entry| matches!(entry, Entry::Tick(tick) if tick.verdict == TickVerdict::Held),
            );
            prop_assert!(history.agents_per_region > 1 || held);
        }
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
}

/// Two agents in one region; the second one alone fails for five minutes.
fn neighbours() -> (History, Vec<(Agent, Vec<Attempt>)>) {
    let history = History::every(60, period()).phases(&[0]);
    let mut history = history.personas(&[("user", 0)]);
    history.agents_per_region = 2;
    let start = period().start + Millis::from_mins(180);
    let quiet = told(&history, &[3]);
    let mut told = quiet;
    for attempt in &mut told[1].1 {
        if Interval::new(start, start + Millis::from_mins(5)).contains(attempt.tick) {
            (attempt.verdict, attempt.class) = (Verdict::Bad, Some(Class::Status));
        }
    }
    (history, told)
}

fn only_what_a_neighbour_needs_is_unpacked(backend: Backend) {
    let (history, told) = neighbours();
    let made = backend.make();
    let places = written(&made, &history, &told, &[(200, 2)]);
    let alone = read(&places[..1]);
    let both = read(&places);
    let outline = |record: &Record| {
        let login = &record.series[0].entries;
        (
            login.iter().filter(|entry| is_run(entry)).count(),
            login.len(),
        )
    };
    assert_eq!(
        outline(&alone),
        (1, 1),
        "nothing happened to the first agent"
    );
    // The ticks from minute 152 to 212 (22 + 2.5 + 4 minutes around 180 to 184); the outermost two end the runs.
    assert_eq!(outline(&both), (2, 2 + 59));
    assert_eq!(
        judged(&both, &terms(0)),
        judged(&all_single(&history, &told), &terms(0))
    );
}

fn what_is_lost_is_said(backend: Backend) {
    let (history, told) = neighbours();
    let made = backend.make();
    // Batches of a day at most: nothing is sealed but by closing.
    let places = written(&made, &history, &told, &[(100, 2)]);
    let (agent, _) = &told[0];
    let mut writer = Writer::open(&places[0], agent, &history.plan()).expect("opens");
    while writer.prune(Millis::ZERO).expect("pruned") > 0 {}
    drop(writer);
    let record = read(&places);
    let lost: Vec<String> = record
        .interpolated
        .iter()
        .map(|one| {
            format!(
                "{} {} {} {}",
                one.agent, one.probe, one.interval.start, one.interval.end
            )
        })
        .collect();
    insta::assert_snapshot!(lost.join("\n"), @"agent-a-0 login-user 2018-12-20T02:31:30.000Z 2018-12-20T03:32:38.572Z");
    assert!(record.series[0].entries.iter().all(is_run));
}

on_both!(
    p06_runs_and_ticks_say_exactly_what_all_attempts_say,
    only_what_a_neighbour_needs_is_unpacked,
    what_is_lost_is_said,
);
