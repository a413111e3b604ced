//! Tables `outage` and `judged`: what the engine made of this file.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::name::Name;
use crate::store::error::Fault;
use crate::store::{Judged, OutageRow};
use crate::time::Timestamp;

const INSERT: &str = "INSERT INTO outage VALUES (:contract, :number, :contract_hash, :start_earliest, :start_estimate, \
    :start_latest, :end_earliest, :end_estimate, :end_latest, :open, :length_lower, :length_estimate, :length_upper, \
    :counted_lower, :counted_estimate, :counted_upper, :edges, :personas, :regions, :classes, :session_only, :borderline, :confirmed)";

/// Up to where the outages of a contract are known; `None` if nothing is.
pub(in crate::store) fn judged(
    connection: &Connection,
    contract: &Name,
) -> Result<Option<Judged>, Fault> {
    let sql = "SELECT contract_hash, program, settled_before, judged_until FROM judged WHERE contract = ?1";
    let found = connection.query_row(sql, [contract.as_str()], |row| {
        Ok(Judged {
            contract: contract.clone(),
            contract_hash: row.get(0)?,
            program: row.get(1)?,
            settled_before: Timestamp(row.get(2)?),
            judged_until: Timestamp(row.get(3)?),
        })
    });
    Ok(found.optional()?)
}

/// Puts `outages`, oldest first, in the place of all that ended after `from`.
pub(in crate::store) fn replace(
    connection: &Connection,
    judged: &Judged,
    from: Timestamp,
    outages: &[OutageRow],
) -> Result<(), Fault> {
    let contract = judged.contract.as_str();
    let sql = "DELETE FROM outage WHERE contract = ?1 AND end_estimate > ?2";
    connection.execute(sql, (contract, from.0))?;
    let sql = "SELECT count(*) FROM outage WHERE contract = ?1";
    let kept: i64 = connection.query_row(sql, [contract], |row| row.get(0))?;
    for (number, outage) in (kept + 1..).zip(outages) {
        insert(connection, judged, number, outage)?;
    }
    let row = (
        contract,
        &judged.contract_hash,
        &judged.program,
        judged.settled_before.0,
        judged.judged_until.0,
    );
    connection.execute(
        "INSERT OR REPLACE INTO judged VALUES (?1, ?2, ?3, ?4, ?5)",
        row,
    )?;
    Ok(())
}

/// Removes what is known of all contracts but these.
pub(in crate::store) fn keep_only(
    connection: &Connection,
    contracts: &[Name],
) -> Result<(), Fault> {
    let mut statement = connection.prepare("SELECT contract FROM judged")?;
    let known: Result<Vec<String>, _> = statement.query_map([], |row| row.get(0))?.collect();
    for gone in known? {
        if !contracts.iter().any(|kept| kept.as_str() == gone) {
            connection.execute("DELETE FROM outage WHERE contract = ?1", [&gone])?;
            connection.execute("DELETE FROM judged WHERE contract = ?1", [&gone])?;
        }
    }
    Ok(())
}

fn insert(
    connection: &Connection,
    judged: &Judged,
    number: i64,
    outage: &OutageRow,
) -> Result<(), Fault> {
    let [start_earliest, start_estimate, start_latest] = outage.start.map(|at| at.0);
    let [end_earliest, end_estimate, end_latest] = outage.end.map(|at| at.0);
    let [length_lower, length_estimate, length_upper] = outage.length.map(|length| length.0);
    let [counted_lower, counted_estimate, counted_upper] = outage.counted.map(|length| length.0);
    connection.prepare_cached(INSERT)?.execute(named_params! {
        ":contract": judged.contract.as_str(),
        ":number": number,
        ":contract_hash": judged.contract_hash,
        ":start_earliest": start_earliest,
        ":start_estimate": start_estimate,
        ":start_latest": start_latest,
        ":end_earliest": end_earliest,
        ":end_estimate": end_estimate,
        ":end_latest": end_latest,
        ":open": outage.open,
        ":length_lower": length_lower,
        ":length_estimate": length_estimate,
        ":length_upper": length_upper,
        ":counted_lower": counted_lower,
        ":counted_estimate": counted_estimate,
        ":counted_upper": counted_upper,
        ":edges": outage.edges,
        ":personas": outage.personas,
        ":regions": outage.regions,
        ":classes": outage.classes,
        ":session_only": outage.session_only,
        ":borderline": outage.borderline,
        ":confirmed": outage.confirmed.0,
    })?;
    Ok(())
}
