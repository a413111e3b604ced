//! Series by themselves against the engine, and kept days against judging everything at once.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::attempt::Attempt;
use crate::calendar;
use crate::contract::Weighted;
use crate::evidence::Probes;
use crate::record::Record;
use crate::run::TickVerdict;
use crate::store::both::{Backend, on_both};
use crate::store::{Place, Reader, Writer, sample};
use crate::tally::{Tally, assess};
use crate::testing::{Effect, History, contract, folded, name, span};
use crate::verdict::{Class, Verdict};

/// Two days of Lord Howe Island, on the second of which clocks go back by half an hour.
fn period() -> Interval {
    span("2018-03-30T13:00:00Z", "2018-04-01T13:30:00Z")
}

fn trouble() -> impl Strategy<Value = (Interval, Effect)> {
    let effect = prop_oneof![
        4 => Just(Effect::Says(TickVerdict::Bad, Some(Class::Status))),
        1 => Just(Effect::Says(TickVerdict::Void, Some(Class::ProberNet))),
        1 => Just(Effect::Nothing),
        1 => Just(Effect::Slow),
        1 => Just(Effect::Says(TickVerdict::Flicker, Some(Class::Timeout))),
        1 => Just(Effect::Says(TickVerdict::Held, Some(Class::Rejected))),
    ];
    let seconds = (
        0..48 * 3_600_i64,
        prop_oneof![3 => 1..3_600_i64, 1 => 1..40_000_i64],
    );
    (seconds, effect).prop_map(|((start, length), effect)| {
        let start = period().start + Millis::from_secs(start);
        (
            Interval::new(start, start + Millis::from_secs(length)),
            effect,
        )
    })
}

/// The record of one series, and a contract that asks for nothing else.
fn alone(record: &Record, which: usize, terms: &Contract) -> (Record, Contract) {
    let series = record.series[which].clone();
    let mut own = Record {
        agents: record.agents.clone(),
        plans: record.plans.clone(),
        series: Vec::new(),
        interpolated: Vec::new(),
    };
    for plan in own.plans.values_mut() {
        plan.probes.retain(|probe| probe.name == series.probe);
    }
    let persona = own
        .plans
        .values()
        .find_map(|plan| plan.probes[0].persona().cloned());
    let only = |name: Name| Weighted { name, weight: 1 };
    let mut terms = terms.clone();
    terms.regions = vec![only(series.region.clone())];
    terms.personas = persona.into_iter().map(only).collect();
    own.series.push(series);
    (own, terms)
}

fn same(sums: Sums, tally: &Tally, bounds: Bounds) {
    let parts = [sums.up, sums.degraded, sums.down[1], sums.unknown];
    assert_eq!(parts, [tally.up, tally.degraded, tally.down, tally.unknown]);
    assert_eq!(sums.bounds(), bounds);
    assert_eq!(sums.length(), tally.length);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_series_comes_to_what_the_engine_says_of_it_alone(
        troubles in prop::collection::vec(trouble(), 0..5),
        jitter in prop::collection::vec((0..3_000_i64).prop_map(Millis), 1..8),
        spacing in prop::sample::select(vec![60_i64, 120, 300]),
        fast in prop::sample::select(vec![None, Some(20_i64)]),
        session in any::<bool>(),
    ) {
        let period = period();
        let mut history = History::every(spacing, period).personas(&[("user", 0), ("traveler", 20)]).phases(&[7, 31]);
        (history.jitter, history.session) = (jitter, session);
        if let Some(fast) = fast {
            history = history.fast(fast);
        }
        for (span, effect) in troubles {
            history = history.fault(span, effect).in_region("a");
        }
        let record = folded(&history.record(), Millis::from_secs(spacing), Millis::from_secs(spacing * 22));
        let terms = contract("Australia/Lord_Howe");
        let probes = Probes::of(&record.plans);
        for which in 0..record.series.len() {
            let found = Lookout::of(&record.series[which], &probes, &terms.rules, (period.start, period.end));
            let Some(found) = found.expect("sound") else {
                prop_assert_eq!(record.series[which].probe.as_str(), "platform");
                continue;
            };
            let (own, terms) = alone(&record, which, &terms);
            let expected = assess(&own, &terms, period, period.end).expect("sound");
            let mut sum = Sums::default();
            for day in &expected.days {
                let sums = found.sums(day.interval);
                let bounds = day.personas.values().copied().next().unwrap_or_default();
                same(sums, &day.tally, bounds);
                sum += sums;
            }
            prop_assert_eq!(sum, found.sums(period));
        }
    }
}

/// Two personas every minute for 32 hours around New Year in Paris, with these minutes bad or void.
fn attempts(plan: &Plan, faults: &[(i64, i64, bool)]) -> Vec<Attempt> {
    let version = plan.version();
    let start = crate::testing::at("2018-12-30T20:00:00Z");
    let places = (0..1_920).flat_map(|minute| [(minute, "user"), (minute, "traveler")]);
    let attempt = |(number, (minute, persona)): (u64, (i64, &'static str))| {
        let is_user = persona == "user";
        let mut hit = faults.iter().filter(|fault| is_user || fault.0 % 2 == 0);
        let verdict = match hit.find(|fault| (fault.0..fault.0 + fault.1).contains(&minute)) {
            None => Verdict::Good,
            Some((_, _, true)) => Verdict::Bad,
            Some(_) => Verdict::Void,
        };
        let tick = start + Millis::from_mins(minute);
        let begin = tick + Millis(if is_user { 100 } else { 30_100 });
        Attempt {
            sequence: number,
            probe: name(&format!("{persona}-login")),
            plan: version,
            tick,
            due: begin,
            start: begin,
            end: begin + Millis(200),
            evidence: Interval::new(begin, begin + Millis(200)),
            verdict,
            class: (verdict == Verdict::Bad).then_some(Class::Status),
            ..sample::attempt(1)
        }
    };
    (1..).zip(places).map(attempt).collect()
}

fn rows(backend: Backend, place: impl Into<Place>) -> Vec<String> {
    let place = place.into();
    let hex = backend.hex("packed");
    let days = format!(
        "SELECT concat_ws(' ', hash, zone, month, agent, probe, up, degraded, down, down_lower, down_upper, unknown, \
        {hex}) FROM day JOIN day_terms ON id = terms ORDER BY 1"
    );
    let until = "SELECT concat_ws(' ', agent, probe, until) FROM day_until ORDER BY 1";
    [&days, until]
        .into_iter()
        .flat_map(|sql| sample::texts(&place, sql))
        .collect()
}

fn open(place: impl Into<Place>, plan: &Plan) -> Writer {
    Writer::open(place, &sample::agent("eu-1"), plan).expect("the record opens")
}

fn all(path: &Path, asked: &Asked<'_>) -> Vec<Standing> {
    let reader = Reader::open(&[path.to_owned()]).expect("opens");
    let mut found = standings(&reader, asked).expect("readable");
    for one in &mut found {
        one.kept = false;
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]
    #[test]
    fn p07_days_kept_bit_by_bit_are_days_kept_at_once_and_tell_what_runs_and_ticks_tell(
        faults in prop::collection::vec((0_i64..1_920, prop_oneof![1..40_i64, 1..700_i64], any::<bool>()), 0..6),
        parts in prop::collection::vec(1_usize..2_000, 1..4),
        cut in 1_i64..1_920,
    ) {
        kept_days_tell_what_runs_and_ticks_tell(&faults, &parts, cut);
    }
}

/// Once a record that goes on after the instant as of which it is asked: its days were settled by what came later.
#[test]
fn p07_days_as_of_an_instant_in_an_outage_know_nothing_of_what_came_after_it() {
    kept_days_tell_what_runs_and_ticks_tell(&[(1388, 456, true)], &[961, 160], 1541);
}

fn kept_days_tell_what_runs_and_ticks_tell(faults: &[(i64, i64, bool)], parts: &[usize], cut: i64) {
    let plan = crate::own_view::tests::plan();
    let attempts = attempts(&plan, faults);
    let ([_a, _b], [bit, once]) = {
        let (a, b) = (sample::place(), sample::place());
        ([a.0, b.0], [a.1, b.1])
    };
    let (mut writer, keeper) = (open(&bit, &plan), Keeper::new(&plan));
    let mut rest = &attempts[..];
    for part in parts.iter().copied().chain([attempts.len()]) {
        let (now, later) = rest.split_at(part.min(rest.len()));
        rest = later;
        writer.append(now).expect("appended");
        writer.fold().expect("folded");
        keeper.refresh(&mut writer).expect("kept");
    }
    writer.close().expect("closed");
    let mut writer = open(&once, &plan);
    writer.append(&attempts).expect("appended");
    writer.fold().expect("folded");
    keeper.refresh(&mut writer).expect("kept");
    writer.close().expect("closed");
    assert_eq!(rows(Backend::Files, &bit), rows(Backend::Files, &once));
    let contract = &plan.contracts[0];
    let [december, january] = ["2018-12", "2019-01"]
        .map(|month| calendar::month(&contract.zone, month).expect("a month"));
    for [first, last] in [
        [december, december],
        [december, january],
        [january, january],
    ] {
        let period = Interval::new(first.start, last.end);
        let cut = crate::testing::at("2018-12-30T20:00:00Z") + Millis::from_mins(cut);
        for now in [period.end, cut]
            .into_iter()
            .filter(|now| *now > period.start)
        {
            let told = [false, true].map(|afresh| {
                let asked = Asked {
                    contract,
                    period,
                    now,
                    afresh,
                };
                all(&bit, &asked)
            });
            assert_eq!(told[0], told[1], "as of {now}");
        }
    }
}

fn what_is_kept_is_not_judged_again_and_other_terms_are_kept_anew(backend: Backend) {
    let plan = crate::own_view::tests::plan();
    let made = backend.make();
    let place = made.place();
    let mut writer = open(&place, &plan);
    writer
        .append(&attempts(&plan, &[(600, 30, true)]))
        .expect("appended");
    writer.fold().expect("folded");
    Keeper::new(&plan).refresh(&mut writer).expect("kept");
    let before = rows(backend, &place);
    assert_eq!(
        before.len(),
        2 * 2 + 2,
        "two months and one mark of each series"
    );
    let december = calendar::month("Europe/Paris", "2018-12").expect("a month");
    let asked = Asked {
        contract: &plan.contracts[0],
        period: december,
        now: december.end + Millis::from_mins(24 * 60),
        afresh: false,
    };
    let found = standings(
        &Reader::open(std::slice::from_ref(&place)).expect("opens"),
        &asked,
    )
    .expect("readable");
    assert!(
        found
            .iter()
            .all(|one| one.kept && one.sums.down[1] == Millis::from_mins(30)),
        "{found:?}"
    );
    let readable = "SELECT concat_ws(' ', month, agent, probe, down, at_least, at_most, unknown) FROM readable_day ORDER BY month, probe DESC";
    insta::assert_snapshot!(sample::texts(&place, readable).join("\n"), @"
    2018-11-30T23:00:00Z eu-1 user-login 0:30:00 0:28:59 0:31:00 0:00:00
    2018-11-30T23:00:00Z eu-1 traveler-login 0:30:00 0:28:59 0:31:00 0:00:00
    2018-12-31T23:00:00Z eu-1 user-login 0:00:00 0:00:00 0:00:00 0:00:00
    2018-12-31T23:00:00Z eu-1 traveler-login 0:00:00 0:00:00 0:00:00 0:00:00
    ");
    let mut changed = plan.clone();
    changed.contracts[0].target = crate::contract::Share(500_000);
    Keeper::new(&changed).refresh(&mut writer).expect("kept");
    assert_eq!(rows(backend, &place), before, "the target decides no state");
    changed.contracts[0].rules.n_down = 31;
    changed.contracts[0].rules.phi_down = crate::contract::Share::ONE;
    Keeper::new(&changed).refresh(&mut writer).expect("kept");
    let changed = sample::texts(&place, "SELECT CAST(sum(down) AS TEXT) FROM day");
    assert_eq!(changed, ["0"]);
}

on_both!(what_is_kept_is_not_judged_again_and_other_terms_are_kept_anew,);
