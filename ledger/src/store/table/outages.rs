//! Tables `outage` and `judged`: what the engine made of this store.

use crate::name::Name;
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::store::{Judged, OutageRow};
use crate::time::Timestamp;

const INSERT: &str = "INSERT INTO outage (contract, number, contract_hash, start_earliest, start_estimate, start_latest, \
    end_earliest, end_estimate, end_latest, open, length_lower, length_estimate, length_upper, \
    counted_lower, counted_estimate, counted_upper, edges, personas, regions, classes, session_only, borderline, confirmed) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";
const JUDGE: &str = "INSERT INTO judged (contract, contract_hash, program, settled_before, judged_until) \
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (contract) DO UPDATE SET contract_hash = excluded.contract_hash, \
    program = excluded.program, settled_before = excluded.settled_before, judged_until = excluded.judged_until";

/// Up to where the outages of a contract are known; `None` if nothing is.
pub(in crate::store) fn judged(db: &Db, contract: &Name) -> Result<Option<Judged>, Fault> {
    let sql = "SELECT contract_hash, program, settled_before, judged_until FROM judged WHERE contract = ?1";
    db.find(sql, &values![contract], |row| {
        Ok(Judged {
            contract: contract.clone(),
            contract_hash: row.get(0)?,
            program: row.get(1)?,
            settled_before: row.get(2)?,
            judged_until: row.get(3)?,
        })
    })
}

/// Puts `outages`, oldest first, in the place of all that ended after `from`.
pub(in crate::store) fn replace(
    db: &Db,
    judged: &Judged,
    from: Timestamp,
    outages: &[OutageRow],
) -> Result<(), Fault> {
    let contract = &judged.contract;
    let sql = "DELETE FROM outage WHERE contract = ?1 AND end_estimate > ?2";
    db.execute(sql, &values![contract, from])?;
    let sql = "SELECT count(*) FROM outage WHERE contract = ?1";
    let kept: i64 = db.one(sql, &values![contract], |row| row.get(0))?;
    for (number, outage) in (kept + 1..).zip(outages) {
        insert(db, judged, number, outage)?;
    }
    let row = values![
        contract,
        &judged.contract_hash,
        &judged.program,
        judged.settled_before,
        judged.judged_until,
    ];
    db.execute(JUDGE, &row)?;
    Ok(())
}

/// Removes what is known of all contracts but these.
pub(in crate::store) fn keep_only(db: &Db, contracts: &[Name]) -> Result<(), Fault> {
    let known: Vec<Name> = db.list("SELECT contract FROM judged", &[], |row| row.get(0))?;
    for gone in known.iter().filter(|known| !contracts.contains(known)) {
        for sql in [
            "DELETE FROM outage WHERE contract = ?1",
            "DELETE FROM judged WHERE contract = ?1",
        ] {
            db.execute(sql, &values![gone])?;
        }
    }
    Ok(())
}

fn insert(db: &Db, judged: &Judged, number: i64, outage: &OutageRow) -> Result<(), Fault> {
    let [start_earliest, start_estimate, start_latest] = outage.start;
    let [end_earliest, end_estimate, end_latest] = outage.end;
    let [length_lower, length_estimate, length_upper] = outage.length;
    let [counted_lower, counted_estimate, counted_upper] = outage.counted;
    // In the order of INSERT.
    let row = values![
        &judged.contract,
        number,
        &judged.contract_hash,
        start_earliest,
        start_estimate,
        start_latest,
        end_earliest,
        end_estimate,
        end_latest,
        outage.open,
        length_lower,
        length_estimate,
        length_upper,
        counted_lower,
        counted_estimate,
        counted_upper,
        outage.edges,
        &outage.personas,
        &outage.regions,
        &outage.classes,
        outage.session_only,
        outage.borderline,
        outage.confirmed,
    ];
    db.execute(INSERT, &row)?;
    Ok(())
}
