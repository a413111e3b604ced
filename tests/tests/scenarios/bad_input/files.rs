//! A directory with a good plan, a good record, and secrets; each test spoils one thing.

use std::fs;
use std::path::Path;

use groupdesk::state::State;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::Writer;
use ledger::time::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

/// The plan of all scenarios, for a site that is not asked.
const PLAN: &str = include_str!("../support/plan.toml");

pub(super) fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    State::open(&dir.path().join("site"), 1, Timestamp(1_544_745_600_000)).unwrap();
    fs::write(dir.path().join("probes.toml"), plan()).unwrap();
    dir
}

pub(super) fn plan() -> String {
    let doors = [
        ("SITE", "8443"),
        ("CONTROL-A", "8445"),
        ("CONTROL-B", "8446"),
    ];
    doors.iter().fold(PLAN.to_owned(), |plan, (door, port)| {
        plan.replace(door, &format!("localhost:{port}"))
    })
}

/// Writes the good plan to `file`, with `from` in place of `to`.
pub(super) fn spoilt_plan(dir: &Path, file: &str, (from, to): (&str, &str)) {
    let plan = plan();
    assert!(plan.contains(from), "{from}");
    fs::write(dir.join(file), plan.replacen(from, to, 1)).unwrap();
}

/// Makes an empty record of the agent `name` at `data/NAME.db`.
pub(super) fn record(dir: &Path, name: &str) {
    let agent = Agent {
        name: Name::new(name).unwrap(),
        region: Name::new("east").unwrap(),
    };
    let plan = Plan::parse(&plan(), "probes.toml").unwrap();
    let file = dir.join(format!("data/{name}.db"));
    Writer::open(&file, &agent, &plan).unwrap().close().unwrap();
}

/// Runs SQL on a file that no agent has open.
pub(super) fn edit(file: &Path, sql: &str) {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(sql).unwrap();
}
