//! The power goes at the hub and at its agent, and both come back: what the agent holds a receipt for is at the hub.

use std::collections::BTreeSet;
use std::path::Path;

use fastrand::Rng;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{Reader, Writer};
use rusqlite::Connection;

use super::SEED;
use super::disk::Faith;
use super::log::{Log, Recorder};
use super::loss::{Cuts, Outcome};
use crate::kill_hub::{House, ODD, last_receipt};
use crate::support::program::start;
use crate::support::town::Town;
use crate::support::wait;

/// A tenth of what is tried of an agent alone: two records are opened for each.
fn states() -> usize {
    super::states() / 10
}

/// A recorded hub with its agent.
struct Recorded {
    log: Log,
    agent: Agent,
    plan: Plan,
}

#[test]
fn no_power_cut_takes_from_the_hub_what_it_gave_a_receipt_for() {
    let recorded = Recorded::new();
    let outcome = recorded.cut(states(), Faith::Whole);
    println!(
        "{} states of {} events: {} wrong",
        outcome.states,
        recorded.log.events.len(),
        outcome.wrong
    );
    assert_eq!(outcome.told, Vec::<String>::new(), "seed {SEED}");
    let outcome = recorded.cut(500, Faith::NormalAtHub);
    println!(
        "a hub with synchronous=normal: {} of {} states are wrong",
        outcome.wrong, outcome.states
    );
    let lost = |what: &String| what.contains("a receipt and are not at the hub");
    assert!(outcome.told.iter().any(lost), "{:?}", outcome.told);
}

impl Recorded {
    /// From two empty directories on, until the agent has some receipts; then both leave, and once more.
    fn new() -> Self {
        let town = Town::new(ODD);
        town.plan("probes.toml", include_str!("../support/plan.toml"));
        let recorder = Recorder::build(town.dir());
        let root = town.dir().join("kept");
        std::fs::create_dir(&root).unwrap();
        let file = town.dir().join("power.log");
        let house = House::at(town, "kept", |command| {
            recorder.watch(command, &root, &file);
        });
        let mut enrolled = false;
        for batches in [8, 14] {
            let hub = house.start_hub();
            if !enrolled {
                house.enroll();
                enrolled = true;
            }
            let mut command = house.agent_command();
            let agent = start(command.arg("--acks"));
            let receipts = || last_receipt(&house.file()).1;
            wait::find(
                || (receipts() >= batches).then_some(()),
                || format!("{} receipts of {batches}", receipts()),
            );
            assert!(agent.leave().status.success());
            assert!(hub.leave().status.success());
        }
        let plan = std::fs::read_to_string(house.town.dir().join("probes.toml")).unwrap();
        let east = || Name::new("east").unwrap();
        Self {
            log: Log::read(&file),
            agent: Agent {
                name: east(),
                region: east(),
            },
            plan: Plan::parse(&plan, "probes.toml").unwrap(),
        }
    }

    fn cut(&self, states: usize, faith: Faith) -> Outcome {
        let cuts = Cuts {
            states,
            seed: SEED,
            faith,
        };
        let look =
            |dir: &Path, acknowledged: u64, chance: &mut Rng| self.look(dir, acknowledged, chance);
        cuts.try_all(&self.log, &look)
    }

    fn look(&self, dir: &Path, acknowledged: u64, chance: &mut Rng) -> Result<(), String> {
        let (agent, hub) = (dir.join("data/east.db"), dir.join("hub/hub.db"));
        let writer =
            Writer::open(&agent, &self.agent, &self.plan).map_err(|error| error.to_string())?;
        let last = writer.next_sequence() - 1;
        if last < acknowledged {
            return Err(format!(
                "{acknowledged} was acknowledged and is lost: the last one is {last}"
            ));
        }
        drop(writer);
        let receipts = batches(&agent, "receipt IS NOT NULL")?;
        if receipts.is_empty() {
            return Ok(());
        }
        let held = batches(&hub, "body IS NOT NULL")?;
        let missing = receipts.difference(&held).count();
        if missing > 0 {
            return Err(format!(
                "{missing} batches have a receipt and are not at the hub"
            ));
        }
        if chance.u64(..super::THOROUGHLY) > 0 {
            return Ok(());
        }
        let wrong = Reader::open(&[hub]).and_then(|reader| reader.check());
        match wrong.map_err(|error| error.to_string())?.first() {
            None => Ok(()),
            Some(what) => Err(what.clone()),
        }
    }
}

/// The batches in a file of which something holds: the hashes of each and of the one before it.
fn batches(file: &Path, which: &str) -> Result<BTreeSet<Vec<u8>>, String> {
    let told = |error: rusqlite::Error| format!("{}: {error}", file.display());
    let connection = Connection::open(file).map_err(told)?;
    let sql = format!("SELECT hashes FROM whole_batch WHERE {which}");
    let mut statement = connection.prepare(&sql).map_err(told)?;
    let hashes = statement.query_map([], |row| row.get(0)).map_err(told)?;
    hashes.collect::<Result<_, _>>().map_err(told)
}
