//! Tables `agent`, `plan` and `probe`: who observed what.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::code::number;
use crate::contract::Contract;
use crate::name::Name;
use crate::plan::Plan;
use crate::record::Agent;
use crate::store::error::Fault;

/// An agent with its place in the file.
#[derive(Clone, Debug)]
pub(in crate::store) struct AgentRow {
    pub(in crate::store) id: i64,
    pub(in crate::store) agent: Agent,
    /// Attempts with lower numbers are folded.
    pub(in crate::store) folded_before: u64,
}

/// The life of an agent's batch numbers: the first one is 1, a restored agent begins a new one.
pub(in crate::store) fn epoch(connection: &Connection, agent: i64) -> Result<u32, Fault> {
    let mut statement = connection.prepare_cached("SELECT epoch FROM agent WHERE id = ?1")?;
    Ok(statement.query_row([agent], |row| row.get(0))?)
}

/// All agents, by name.
pub(in crate::store) fn all(connection: &Connection) -> Result<Vec<AgentRow>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, region, folded_before FROM agent ORDER BY name")?;
    let mut rows = statement.query([])?;
    let mut agents = Vec::new();
    while let Some(row) = rows.next()? {
        let name = |column: usize| -> Result<Name, Fault> {
            let text: String = row.get(column)?;
            Name::new(&text).map_err(|error| odd(&error.to_string()))
        };
        agents.push(AgentRow {
            id: row.get(0)?,
            agent: Agent {
                name: name(1)?,
                region: name(2)?,
            },
            folded_before: u64::try_from(row.get::<_, i64>(3)?)
                .map_err(|_| odd("folded_before is negative"))?,
        });
    }
    Ok(agents)
}

/// Adds an agent without attempts.
pub(in crate::store) fn add(connection: &Connection, agent: &Agent) -> Result<i64, Fault> {
    let sql = "INSERT INTO agent (name, region, epoch, folded_before) VALUES (?1, ?2, 1, 1)";
    connection.execute(sql, (agent.name.as_str(), agent.region.as_str()))?;
    Ok(connection.last_insert_rowid())
}

/// Moves the agent's fold mark.
pub(in crate::store) fn move_mark(
    connection: &Connection,
    agent: i64,
    before: u64,
) -> Result<(), Fault> {
    let sql = "UPDATE agent SET folded_before = ?2 WHERE id = ?1";
    connection.execute(sql, (agent, number(before)?))?;
    Ok(())
}

/// Batches of attempts with lower numbers need not be looked at again to be pruned.
pub(in crate::store) fn pruned_before(connection: &Connection, agent: i64) -> Result<u64, Fault> {
    let sql = "SELECT pruned_before FROM agent WHERE id = ?1";
    let before: i64 = connection.query_row(sql, [agent], |row| row.get(0))?;
    u64::try_from(before).map_err(|_| odd("pruned_before is negative"))
}

/// Moves the agent's mark of pruning.
pub(in crate::store) fn move_pruned(
    connection: &Connection,
    agent: i64,
    before: u64,
) -> Result<(), Fault> {
    let sql = "UPDATE agent SET pruned_before = ?2 WHERE id = ?1";
    connection.execute(sql, (agent, number(before)?))?;
    Ok(())
}

/// Adds a plan version, if it is new.
pub(in crate::store) fn add_plan(
    connection: &Connection,
    version: u32,
    plan: &Plan,
) -> Result<(), Fault> {
    let odd = |error: serde_json::Error| Fault::Row {
        table: "plan",
        what: error.to_string(),
    };
    let json = serde_json::to_string(plan).map_err(odd)?;
    let contracts = serde_json::to_string(&plan.contracts).map_err(odd)?;
    let sql =
        "INSERT INTO plan (version, json, contracts) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    connection.execute(sql, (version, json, contracts))?;
    Ok(())
}

/// The contracts of all plan versions, by version.
pub(in crate::store) fn contracts(
    connection: &Connection,
) -> Result<BTreeMap<u32, Vec<Contract>>, Fault> {
    let mut statement = connection.prepare_cached("SELECT version, contracts FROM plan")?;
    let mut rows = statement.query([])?;
    let mut contracts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(1)?;
        let found = serde_json::from_str(&text).map_err(|error| Fault::Row {
            table: "plan",
            what: error.to_string(),
        })?;
        contracts.insert(row.get(0)?, found);
    }
    Ok(contracts)
}

/// All plan versions but `known`.
pub(in crate::store) fn plans(
    connection: &Connection,
    known: Option<u32>,
) -> Result<BTreeMap<u32, Plan>, Fault> {
    let sql = "SELECT version, json FROM plan WHERE version IS NOT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([known])?;
    let mut plans = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let plan = serde_json::from_str(
            row.get_ref(1)?
                .as_str()
                .map_err(|_| odd("json is no text"))?,
        );
        let plan = plan.map_err(|error| Fault::Row {
            table: "plan",
            what: error.to_string(),
        })?;
        plans.insert(row.get(0)?, plan);
    }
    Ok(plans)
}

/// The place of a probe in the file, a new one if it has none.
pub(in crate::store) fn place_probe(connection: &Connection, probe: &Name) -> Result<i64, Fault> {
    let known = connection
        .prepare_cached("SELECT id FROM probe WHERE name = ?1")?
        .query_row([probe.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO probe (name) VALUES (?1)")?
        .execute([probe.as_str()])?;
    Ok(connection.last_insert_rowid())
}

/// All probes by name, with their places in the file.
pub(in crate::store) fn probes(connection: &Connection) -> Result<BTreeMap<Name, i64>, Fault> {
    let mut statement = connection.prepare_cached("SELECT name, id FROM probe")?;
    let mut rows = statement.query([])?;
    let mut probes = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        let name = Name::new(&text).map_err(|error| Fault::Row {
            table: "probe",
            what: error.to_string(),
        })?;
        probes.insert(name, row.get(1)?);
    }
    Ok(probes)
}

fn odd(what: &str) -> Fault {
    Fault::Row {
        table: "agent",
        what: what.to_owned(),
    }
}
