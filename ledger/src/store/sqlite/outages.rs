//! Table `outage`: what the engine made of this file.

use rusqlite::{Connection, named_params};

use crate::contract::EdgeMode;
use crate::name::Name;
use crate::outage::Outage;
use crate::store::error::Fault;

const INSERT: &str = "INSERT INTO outage VALUES (:contract, :number, :contract_hash, :start_earliest, :start_estimate, \
    :start_latest, :end_earliest, :end_estimate, :end_latest, :open, :length_lower, :length_estimate, :length_upper, \
    :counted_lower, :counted_estimate, :counted_upper, :edges, :personas, :regions, :classes, :session_only, :borderline, :confirmed)";

/// Puts `outages` in the place of all that are there for the contract.
pub(in crate::store) fn replace(
    connection: &Connection,
    contract: &Name,
    contract_hash: &str,
    outages: &[Outage],
) -> Result<(), Fault> {
    connection.execute(
        "DELETE FROM outage WHERE contract = ?1",
        [contract.as_str()],
    )?;
    for outage in outages {
        let classes = outage
            .classes
            .iter()
            .map(|(class, count)| (class.as_str(), count));
        let classes: std::collections::BTreeMap<&str, &u32> = classes.collect();
        connection.prepare_cached(INSERT)?.execute(named_params! {
            ":contract": contract.as_str(),
            ":number": outage.number,
            ":contract_hash": contract_hash,
            ":start_earliest": outage.start.earliest.0,
            ":start_estimate": outage.start.estimate.0,
            ":start_latest": outage.start.latest.0,
            ":end_earliest": outage.end.earliest.0,
            ":end_estimate": outage.end.estimate.0,
            ":end_latest": outage.end.latest.0,
            ":open": outage.open,
            ":length_lower": outage.length.lower.0,
            ":length_estimate": outage.length.estimate.0,
            ":length_upper": outage.length.upper.0,
            ":counted_lower": outage.counted.lower.0,
            ":counted_estimate": outage.counted.estimate.0,
            ":counted_upper": outage.counted.upper.0,
            ":edges": match outage.edges {
                EdgeMode::Fused => "fused",
                EdgeMode::Quorum => "quorum",
            },
            ":personas": json(&outage.personas)?,
            ":regions": json(&outage.regions)?,
            ":classes": json(&classes)?,
            ":session_only": outage.session_only,
            ":borderline": outage.borderline,
            ":confirmed": outage.confirmed.0,
        })?;
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Row {
        table: "outage",
        what: error.to_string(),
    })
}
