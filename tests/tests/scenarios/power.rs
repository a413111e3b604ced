//! Power cuts: what a real agent wrote is replayed into every state that a disk may be left in, and each is opened.
//!
//! The recorder is a library that is loaded before the C library (power/record.c), so the program itself is as it is shipped.
//! `tests/long power` tries a million states of the release build; `POWER_STATES=N` any other number.

mod disk;
mod folds;
mod hub;
mod log;
mod loss;
mod node;

use std::path::Path;

use fastrand::Rng;
use ledger::attempt::Attempt;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::Writer;
use rusqlite::Connection;
use rustix::process::Signal;
use tokio::time::Instant;

use self::disk::{Disk, Faith, Luck};
use self::log::{Log, Recorder};
use self::loss::{Cuts, Outcome, scratch};
use crate::support::program::{self, start};
use crate::support::record;
use crate::support::town::Town;

/// States by default, of a build with assertions and of what is released.
const STATES: usize = if cfg!(debug_assertions) { 500 } else { 20_000 };

/// Cheap probes beside the two logins, so that a batch is full within seconds.
const CHECKS: usize = 80;

/// In one state of so many every attempt is compared with what it was.
const THOROUGHLY: u64 = 8;

/// And in one of so many of those, its rows with a fold of them; then it is written on.
const CLOSELY: u64 = 8;

const SEED: u64 = 2018;

/// A recorded agent, and what it really wrote.
struct Recorded {
    town: Town,
    log: Log,
    truth: Truth,
}

/// What every state is held against.
struct Truth {
    attempts: Vec<Attempt>,
    agent: Agent,
    plan: Plan,
}

#[test]
fn no_power_cut_loses_or_doubles_what_an_agent_acknowledged() {
    let lives = [
        (1_100, Signal::TERM),
        (250, Signal::KILL),
        (350, Signal::TERM),
    ];
    let recorded = Recorded::new(&lives, None);
    let began = Instant::now();
    let outcome = recorded.cut(states(), Faith::Whole);
    println!(
        "{} states of {} events, {} attempts: {} wrong, {:.1} s",
        outcome.states,
        recorded.log.events.len(),
        recorded.truth.attempts.len(),
        outcome.wrong,
        began.elapsed().as_secs_f64()
    );
    assert_eq!(outcome.told, Vec::<String>::new(), "seed {SEED}");

    // The same recording on a disk that hears less shows loss, or nothing would show it.
    for faith in [Faith::Normal, Faith::NoDirectories] {
        let outcome = recorded.cut(500, faith);
        println!(
            "{faith:?}: {} of {} states are wrong",
            outcome.wrong, outcome.states
        );
        assert!(outcome.wrong > 0, "{faith:?} lost nothing");
        let lost = |what: &String| what.contains("acknowledged and is lost");
        assert!(outcome.told.iter().any(lost), "{:?}", outcome.told);
    }
}

/// What was to be synced may be forgotten, and the next sync of the file says nothing of it. So the file is closed, which writes what is
/// in the log into the database, and opened anew.
#[test]
fn a_sync_that_fails_loses_nothing_that_was_acknowledged() {
    for number in [1, 2, 7] {
        let recorded = Recorded::new(&[(150, Signal::KILL), (90, Signal::TERM)], Some(number));
        let outcome = recorded.cut(states() / 5, Faith::Whole);
        println!(
            "sync {number} fails: {} states, {} wrong",
            outcome.states, outcome.wrong
        );
        assert_eq!(outcome.told, Vec::<String>::new());
    }
}

#[test]
fn a_plain_program_loses_with_synchronous_normal_and_only_then() {
    let lost = |synchronous: &str| {
        let dir = scratch();
        let log = dir.path().join("log");
        let mut insert = program::example("insert_loop");
        insert
            .current_dir(dir.path())
            .args([synchronous, "plain.db", "300"]);
        let recorder = Recorder::build(dir.path());
        let ended = program::run(recorder.watch(&mut insert, dir.path(), &log));
        assert!(ended.status.success(), "{}", ended.err);
        let log = Log::read(&log);
        let cuts = Cuts {
            states: 1_000,
            seed: SEED,
            faith: Faith::Whole,
        };
        cuts.try_all(&log, &plain)
    };
    let (full, normal) = (lost("full"), lost("normal"));
    println!(
        "synchronous=full: {full:?}\nsynchronous=normal: {} of {} states are wrong",
        normal.wrong, normal.states
    );
    assert_eq!(full.told, Vec::<String>::new());
    assert!(
        normal.wrong > 0 && normal.told[0].contains("acknowledged"),
        "{normal:?}"
    );
}

impl Recorded {
    /// Lives of one agent from an empty directory on: so many acknowledgements each, and how it ends. `fail` is the number of the sync that
    /// fails in each of them, counted from the first acknowledgement.
    fn new(lives: &[(u64, Signal)], fail: Option<u32>) -> Self {
        let town = Town::new("");
        town.plan("probes.toml", &busy_plan());
        let recorder = Recorder::build(town.dir());
        let root = town.dir().join("kept");
        std::fs::create_dir(&root).unwrap();
        let log = town.dir().join("power.log");
        let mut last = 0;
        for (more, end) in lives {
            let mut command =
                town.command("prober agent --acks --region east --bind 127.0.0.2 --data kept/data");
            let command = recorder.watch(&mut command, &root, &log);
            command.envs(fail.map(|number| ("POWER_FAIL", number.to_string())));
            let mut agent = start(command);
            let until = last + more;
            agent.out.until(|line| number(line) >= until);
            agent.signal(*end);
            let ended = agent.wait();
            assert_eq!(
                fail.is_some(),
                ended.err.contains("opening it anew"),
                "{}",
                ended.err
            );
            let said = program::acknowledged(&ended.out);
            last = said.last().copied().unwrap();
        }
        let log = Log::read(&log);
        let record = root.join("data/east.db");
        let attempts = record::attempts(&record);
        assert!(
            attempts.len() as u64 >= last,
            "{} of {last}",
            attempts.len()
        );
        let plan = std::fs::read_to_string(town.dir().join("probes.toml")).unwrap();
        let truth = Truth {
            plan: Plan::parse(&plan, "probes.toml").unwrap(),
            agent: Agent {
                name: Name::new("east").unwrap(),
                region: Name::new("east").unwrap(),
            },
            attempts,
        };
        let recorded = Self { town, log, truth };
        recorded.must_be_whole(&root);
        recorded
    }

    /// Nothing escaped the recorder: with all of the log done, the files are what they really are.
    fn must_be_whole(&self, root: &Path) {
        let mut disk = Disk::new(&self.log, Faith::Whole);
        for event in 0..self.log.events.len() {
            disk.step(event);
        }
        let remains = disk.cut(Luck::All);
        assert!(
            remains.paths().contains(&"data/east.db".to_owned()),
            "{:?}",
            remains.paths()
        );
        assert_eq!(remains.differences(root), Vec::<String>::new());
    }

    fn cut(&self, states: usize, faith: Faith) -> Outcome {
        let cuts = Cuts {
            states,
            seed: SEED,
            faith,
        };
        let truth = &self.truth;
        let look =
            |dir: &Path, acknowledged: u64, chance: &mut Rng| truth.look(dir, acknowledged, chance);
        let outcome = cuts.try_all(&self.log, &look);
        if outcome.wrong > 0 && faith == Faith::Whole {
            let kept = std::env::temp_dir().join("power-cut-that-lost.log");
            let _ = std::fs::copy(self.town.dir().join("power.log"), &kept);
            println!("the recording is kept at {}", kept.display());
        }
        outcome
    }
}

impl Truth {
    /// The agent starts again after the power cut.
    fn look(&self, dir: &Path, acknowledged: u64, chance: &mut Rng) -> Result<(), String> {
        let file = dir.join("data/east.db");
        let open =
            || Writer::open(&file, &self.agent, &self.plan).map_err(|error| error.to_string());
        let mut writer = open()?;
        let last = writer.next_sequence() - 1;
        if last < acknowledged {
            return Err(format!(
                "{acknowledged} was acknowledged and is lost: the last one is {last}"
            ));
        }
        if chance.u64(..THOROUGHLY) > 0 {
            return Ok(());
        }
        let kept = writer
            .attempts(record::ALWAYS)
            .map_err(|error| error.to_string())?;
        if kept.len() as u64 != last {
            return Err(format!(
                "{} attempts, and the last is number {last}",
                kept.len()
            ));
        }
        if let Some((kept, _)) = kept
            .iter()
            .zip(&self.attempts)
            .find(|(kept, truth)| kept != truth)
        {
            return Err(format!(
                "number {} is another attempt than before",
                kept.sequence
            ));
        }
        if chance.u64(..CLOSELY) > 0 || last == 0 {
            return Ok(());
        }
        record::must_be_the_fold_of_its_attempts(&file);
        let mut next = self.attempts[0].clone();
        next.sequence = last + 1;
        writer.append(&[next]).map_err(|error| error.to_string())?;
        writer.close().map_err(|error| error.to_string())?;
        let next = open()?.next_sequence();
        record::must_be_sound(&file);
        (next == last + 2)
            .then_some(())
            .ok_or_else(|| format!("it does not go on: {next}"))
    }
}

/// What the plain program's table holds after a power cut.
fn plain(dir: &Path, acknowledged: u64, _: &mut Rng) -> Result<(), String> {
    if acknowledged == 0 {
        return Ok(());
    }
    let connection = Connection::open(dir.join("plain.db")).map_err(|error| error.to_string())?;
    let sql = "SELECT count(*), coalesce(max(number), 0) FROM attempt";
    let (count, last): (i64, i64) = connection
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(|error| error.to_string())?;
    if count != last {
        return Err(format!("{count} rows, the last is {last}"));
    }
    if last.cast_unsigned() < acknowledged {
        return Err(format!("{acknowledged} was acknowledged and is lost"));
    }
    Ok(())
}

fn states() -> usize {
    std::env::var("POWER_STATES")
        .map_or(STATES, |states| states.parse().expect("a number of states"))
}

fn number(line: &str) -> u64 {
    program::acknowledged(line).first().copied().unwrap_or(0)
}

/// The plan of all scenarios, with many more slots.
fn busy_plan() -> String {
    let checks = (0..CHECKS).map(|number| {
        let what = if number % 2 == 0 { "check.tcp = \"SITE\"" } else { "check.dns = \"localhost\"" };
        format!("\n[[probe]]\nname = \"check-{number}\"\n{what}\nschedule = \"* * * * * *\"\nfast = \"none\"\n")
    });
    include_str!("support/plan.toml").to_owned() + &checks.collect::<String>()
}
