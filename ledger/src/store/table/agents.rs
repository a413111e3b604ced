//! Tables `agent`, `plan` and `probe`: who observed what.

use std::collections::BTreeMap;

use super::code::number;
use crate::contract::Contract;
use crate::name::Name;
use crate::plan::Plan;
use crate::record::Agent;
use crate::store::db::{Db, values};
use crate::store::error::Fault;

/// An agent with its place in the store.
#[derive(Clone, Debug)]
pub(in crate::store) struct AgentRow {
    pub(in crate::store) id: i64,
    pub(in crate::store) agent: Agent,
    /// Attempts with lower numbers are folded.
    pub(in crate::store) folded_before: u64,
}

/// The life of an agent's batch numbers: the first one is 1, a restored agent begins a new one.
pub(in crate::store) fn epoch(db: &Db, agent: i64) -> Result<u32, Fault> {
    let sql = "SELECT epoch FROM agent WHERE id = ?1";
    db.one(sql, &values![agent], |row| row.get(0))
}

/// All agents, by name.
pub(in crate::store) fn all(db: &Db) -> Result<Vec<AgentRow>, Fault> {
    let sql = "SELECT id, name, region, folded_before FROM agent ORDER BY name";
    db.list(sql, &[], |row| {
        Ok(AgentRow {
            id: row.get(0)?,
            agent: Agent {
                name: row.get(1)?,
                region: row.get(2)?,
            },
            folded_before: row.get(3)?,
        })
    })
}

/// Adds an agent without attempts.
pub(in crate::store) fn add(db: &Db, agent: &Agent) -> Result<i64, Fault> {
    let sql =
        "INSERT INTO agent (name, region, epoch, folded_before) VALUES (?1, ?2, 1, 1) RETURNING id";
    db.one(sql, &values![&agent.name, &agent.region], |row| row.get(0))
}

/// Makes others wait who fold this agent or add to its batches, until the transaction ends.
pub(in crate::store) fn lock(db: &Db, agent: i64) -> Result<(), Fault> {
    db.lock_row("agent", agent)
}

/// Moves the agent's fold mark.
pub(in crate::store) fn move_mark(db: &Db, agent: i64, before: u64) -> Result<(), Fault> {
    let sql = "UPDATE agent SET folded_before = ?2 WHERE id = ?1";
    db.execute(sql, &values![agent, number(before)?])?;
    Ok(())
}

/// Attempts with lower numbers are folded.
pub(in crate::store) fn folded_before(db: &Db, agent: i64) -> Result<u64, Fault> {
    let sql = "SELECT folded_before FROM agent WHERE id = ?1";
    db.one(sql, &values![agent], |row| row.get(0))
}

/// The agent's batches are counted anew from 1 in `epoch`.
pub(in crate::store) fn begin_epoch(db: &Db, agent: i64, epoch: u32) -> Result<(), Fault> {
    let sql = "UPDATE agent SET epoch = ?2 WHERE id = ?1";
    db.execute(sql, &values![agent, epoch])?;
    Ok(())
}

/// Batches of attempts with lower numbers need not be looked at again to be pruned.
pub(in crate::store) fn pruned_before(db: &Db, agent: i64) -> Result<u64, Fault> {
    let sql = "SELECT pruned_before FROM agent WHERE id = ?1";
    db.one(sql, &values![agent], |row| row.get(0))
}

/// Moves the agent's mark of pruning.
pub(in crate::store) fn move_pruned(db: &Db, agent: i64, before: u64) -> Result<(), Fault> {
    let sql = "UPDATE agent SET pruned_before = ?2 WHERE id = ?1";
    db.execute(sql, &values![agent, number(before)?])?;
    Ok(())
}

/// Adds a plan version, if it is new.
pub(in crate::store) fn add_plan(db: &Db, version: u32, plan: &Plan) -> Result<(), Fault> {
    let json = serde_json::to_string(plan).map_err(|error| odd(&error))?;
    let contracts = serde_json::to_string(&plan.contracts).map_err(|error| odd(&error))?;
    let sql =
        "INSERT INTO plan (version, json, contracts) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    db.execute(sql, &values![version, &json, &contracts])?;
    Ok(())
}

/// The contracts of all plan versions, by version.
pub(in crate::store) fn contracts(db: &Db) -> Result<BTreeMap<u32, Vec<Contract>>, Fault> {
    let sql = "SELECT version, contracts FROM plan ORDER BY version";
    let found = db.list(sql, &[], |row| {
        let contracts = serde_json::from_str(row.text(1)?).map_err(|error| odd(&error))?;
        Ok((row.get(0)?, contracts))
    });
    Ok(found?.into_iter().collect())
}

/// All plan versions but `known`.
pub(in crate::store) fn plans(db: &Db, known: Option<u32>) -> Result<BTreeMap<u32, Plan>, Fault> {
    let sql = "SELECT version, json FROM plan WHERE version <> ?1 ORDER BY version";
    // No version is negative.
    let known = known.map_or(-1, i64::from);
    let found = db.list(sql, &values![known], |row| {
        let plan = serde_json::from_str(row.text(1)?).map_err(|error| odd(&error))?;
        Ok((row.get(0)?, plan))
    });
    Ok(found?.into_iter().collect())
}

/// The versions of all plans.
pub(in crate::store) fn versions(db: &Db) -> Result<Vec<u32>, Fault> {
    db.list("SELECT version FROM plan ORDER BY version", &[], |row| {
        row.get(0)
    })
}

/// The plan of one version.
pub(in crate::store) fn plan(db: &Db, version: u32) -> Result<Option<Plan>, Fault> {
    let sql = "SELECT json FROM plan WHERE version = ?1";
    db.find(sql, &values![version], |row| {
        serde_json::from_str(row.text(0)?).map_err(|error| odd(&error))
    })
}

/// The place of a probe in the store, a new one if it has none.
pub(in crate::store) fn place_probe(db: &Db, probe: &Name) -> Result<i64, Fault> {
    let known = || {
        let sql = "SELECT id FROM probe WHERE name = ?1";
        db.find(sql, &values![probe], |row| row.get(0))
    };
    if let Some(id) = known()? {
        return Ok(id);
    }
    let sql = "INSERT INTO probe (name) VALUES (?1) ON CONFLICT DO NOTHING RETURNING id";
    let added = db.find(sql, &values![probe], |row| row.get(0))?;
    match added {
        Some(id) => Ok(id),
        // Another process was faster.
        None => known()?.ok_or_else(|| Fault::NoRow(format!("probe {probe}"))),
    }
}

/// All probes by name, with their places in the store.
pub(in crate::store) fn probes(db: &Db) -> Result<BTreeMap<Name, i64>, Fault> {
    let sql = "SELECT name, id FROM probe ORDER BY name";
    let found = db.list(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found?.into_iter().collect())
}

fn odd(error: &serde_json::Error) -> Fault {
    Fault::Row {
        table: "plan",
        what: error.to_string(),
    }
}
