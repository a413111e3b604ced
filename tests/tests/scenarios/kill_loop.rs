//! An agent that is killed again and again, at any instant of its life: what it acknowledged is there, once.
//!
//! `KILLS=20000 tests/long kills` has as many in all, on the release build.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use ledger::attempt::{Attempt, Kind};
use ledger::verdict::{Class, Verdict};
use rustix::process::Signal;
use tokio::time::Instant;

use crate::support::program::{self, Program, acknowledged as numbers};
use crate::support::record;
use crate::support::town::Town;

/// Kills of all scenarios together, unless `KILLS` says otherwise.
const KILLS: usize = 300;

/// No life is longer: long enough to start, to look, to commit, and to seal now and then.
const LONGEST: Duration = Duration::from_millis(750);

/// Within this it seals, folds and closes its record, or has done so.
const LONGEST_GOODBYE: Duration = Duration::from_millis(80);

const PLAN: &str = include_str!("support/plan.toml");

/// Cheap probes beside the two logins, so that commits are always under way.
const CHECKS: usize = 40;

/// What an agent is doing when it is killed.
#[derive(Clone, Copy)]
enum Last {
    AnyInstant,
    /// It has just acknowledged something, and must have it on disk.
    Acknowledgement,
    /// It was told to stop so long before.
    Leaving(Duration),
}

/// A life is shorter than this while the record is made.
const LONGEST_BIRTH: Duration = Duration::from_millis(40);

#[test]
fn kills_at_any_instant_lose_nothing_and_count_nothing_twice() {
    let kills = kills() / 2;
    let town = Town::new("");
    town.plan("probes.toml", &busy_plan());
    let mut chance = fastrand::Rng::with_seed(2018);
    let mut acknowledged = Vec::new();
    for _ in 0..kills {
        let life = LONGEST.mul_f64(chance.f64());
        let last = match chance.u8(..3) {
            0 => Last::AnyInstant,
            1 => Last::Acknowledgement,
            _ => Last::Leaving(LONGEST_GOODBYE.mul_f64(chance.f64())),
        };
        let said = live(town.agent("east"), life, last);
        acknowledged.extend(numbers(&said));
    }
    let file = town.record("east");
    let kept = record::attempts(&file);
    println!(
        "{kills} kills, {} acknowledged, {} on record",
        acknowledged.len(),
        kept.len()
    );
    assert!(
        acknowledged.len() > 10 * kills,
        "the loop reached its point"
    );
    assert_eq!(wrongs(&acknowledged, &kept), Vec::<String>::new());
    assert_eq!(record::silent_slots(&file), Vec::<String>::new());
    record::must_be_the_fold_of_its_attempts(&file);
    record::must_be_sound(&file);
    days(&town);

    // It still goes on from there, and leaves in order.
    let mut agent = town.agent("east");
    let next = kept.len() + 1;
    agent.out.until(|line| line == format!("ack {next}\n"));
    let ended = agent.leave();
    assert!(ended.status.success(), "{}", ended.err);
    acknowledged.extend(numbers(&ended.out));
    let kept = record::attempts(&file);
    assert_eq!(wrongs(&acknowledged, &kept), Vec::<String>::new());
    record::must_be_the_fold_of_its_attempts(&file);
    record::must_be_sound(&file);
    days(&town);
}

/// The first life of a record makes the file, its directory and its schema. Whatever it had come to, the next one goes on from there.
#[test]
fn kills_while_a_record_is_made_leave_one_that_can_be_used() {
    let town = Town::new("");
    town.plan("probes.toml", PLAN);
    let mut chance = fastrand::Rng::with_seed(2018);
    let mut left = BTreeMap::new();
    for number in 0..kills() / 6 {
        let data = format!("born-{number}/data");
        let agent = || {
            let mut command = town.agent_command("east");
            command.args(["--data", &data]);
            program::start(&mut command)
        };
        let file = town.dir().join(&data).join("east.db");
        let mut lives = 0;
        while lives == 0 || chance.bool() {
            lives += 1;
            let mut agent = agent();
            listen(&mut agent, LONGEST_BIRTH.mul_f64(chance.f64()));
            let said = numbers(&agent.kill().out);
            *left.entry(stage(&file)).or_insert(0) += 1;
            let kept = if said.is_empty() {
                Vec::new()
            } else {
                record::attempts(&file)
            };
            assert!(kept.len() >= said.len(), "{said:?} of {}", kept.len());
        }
        let mut agent = agent();
        agent.out.next();
        let ended = agent.leave();
        assert!(ended.status.success(), "{data}: {}", ended.err);
        let kept = record::attempts(&file);
        assert_eq!(wrongs(&numbers(&ended.out), &kept), Vec::<String>::new());
        record::must_be_sound(&file);
    }
    println!("after kills the file was: {left:?}");
    // Not only before, and not only after.
    assert!(left.len() > 1, "{left:?}");
}

#[test]
fn an_acknowledgement_before_the_commit_would_be_found() {
    let town = Town::new("");
    town.plan("probes.toml", &busy_plan());
    let mut agent = town.agent("east");
    agent.out.until(|line| line == "ack 40\n");
    let acknowledged = numbers(&agent.kill().out);
    let mut kept = record::attempts(&town.record("east"));
    assert_eq!(wrongs(&acknowledged, &kept), Vec::<String>::new());

    // As if the last one had been acknowledged, and the power had gone before the commit.
    let last = *acknowledged.last().unwrap();
    let lost = kept.split_off(usize::try_from(last - 1).unwrap());
    assert_eq!(
        wrongs(&acknowledged, &kept),
        [format!("{last} was acknowledged and is lost")]
    );
    // As if it had then been done again under a number of its own.
    kept.extend(lost.clone());
    kept.truncate(usize::try_from(last).unwrap());
    let mut twice = kept[0].clone();
    twice.sequence = last + 1;
    kept.push(twice);
    let said = wrongs(&acknowledged, &kept);
    assert!(
        said[0].contains("has two primary attempts") && said.len() == 1,
        "{said:?}"
    );
    // As if a number had been given twice.
    kept.pop();
    kept.push(kept[0].clone());
    let said = wrongs(&acknowledged, &kept);
    assert_eq!(
        said[0],
        format!("number 1 stands where {} should", last + 1)
    );
}

/// How many kills all scenarios have together.
pub(crate) fn kills() -> usize {
    std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().expect("a number of kills"))
}

/// How far a record had come when its agent was killed.
fn stage(file: &Path) -> &'static str {
    match std::fs::metadata(file) {
        Err(_) => "missing",
        Ok(about) if about.len() == 0 => "empty",
        Ok(_) if record::end(file).is_none() => "without attempts",
        Ok(_) => "in use",
    }
}

/// The plan of all scenarios, with many more slots.
pub(crate) fn busy_plan() -> String {
    let checks = (0..CHECKS).map(|number| {
        let what = match number % 3 {
            0 => "check.tcp = \"SITE\"",
            1 => "check.dns = \"localhost\"",
            _ => "check.https = \"https://CONTROL-A/\"",
        };
        format!("\n[[probe]]\nname = \"check-{number}\"\n{what}\nschedule = \"* * * * * *\"\nfast = \"none\"\n")
    });
    PLAN.to_owned() + &checks.collect::<String>()
}

/// Lets an agent live for so long, then kills it; returns what it said on its output.
fn live(mut agent: Program, life: Duration, last: Last) -> String {
    assert!(listen(&mut agent, life), "the agent left by itself");
    match last {
        Last::AnyInstant => {}
        Last::Acknowledgement => {
            agent.out.next();
        }
        Last::Leaving(time) => {
            agent.signal(Signal::TERM);
            listen(&mut agent, time);
        }
    }
    agent.kill().out
}

/// Hears an agent for so long; whether it still says something then.
fn listen(agent: &mut Program, time: Duration) -> bool {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match agent.out.within(left) {
            Ok(Some(_)) => {}
            Ok(None) => return false,
            Err(()) => return true,
        }
    }
}

/// What is wrong with a record of a healthy site, given what was acknowledged in this order.
fn wrongs(acknowledged: &[u64], kept: &[Attempt]) -> Vec<String> {
    let mut wrongs = Vec::new();
    for (kept, number) in kept.iter().zip(1..) {
        if kept.sequence != number {
            wrongs.push(format!(
                "number {} stands where {number} should",
                kept.sequence
            ));
        }
    }
    let numbers: BTreeSet<u64> = kept.iter().map(|attempt| attempt.sequence).collect();
    for number in acknowledged {
        if !numbers.contains(number) {
            wrongs.push(format!("{number} was acknowledged and is lost"));
        }
    }
    for pair in acknowledged.windows(2) {
        if pair[0] >= pair[1] {
            wrongs.push(format!("{} was acknowledged after {}", pair[1], pair[0]));
        }
    }
    let mut primaries = BTreeSet::new();
    for attempt in kept {
        let (probe, tick) = (&attempt.probe, attempt.tick);
        if attempt.kind == Kind::Base && !primaries.insert((probe, tick)) {
            wrongs.push(format!("{probe} has two primary attempts at {tick}"));
        }
        // A machine that is too busy may time out; a kill must not look like anything of the site's.
        let failed = matches!(attempt.verdict, Verdict::Bad | Verdict::Held);
        if failed && attempt.class != Some(Class::Timeout) {
            wrongs.push(format!("{probe} failed at {tick}: {:?}", attempt.class));
        }
    }
    wrongs
}

fn days(town: &Town) {
    let today = town.today();
    let line = format!("reporter days --from {today} data/east.db");
    let ended = program::run(&mut town.command(&line));
    assert!(ended.status.success(), "{}", ended.err);
}
