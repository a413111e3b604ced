//! The yardstick: what anybody would write.

use std::path::Path;
use std::sync::Arc;

use groupdesk::courier::{self, Courier};
use ledger::identity::{HubId, SecretKey};
use ledger::name::Name;
use ledger::time::{Millis, Timestamp};

use super::Asked;

/// The same attempts, a row each, by a prepared statement in durable transactions of as many as a batch has.
pub(super) fn insert(asked: &Asked, directory: &Path) -> anyhow::Result<()> {
    let plan = Arc::new(courier::plan(asked.probes));
    let hub = (
        HubId::new("groupdesk-hub")?,
        SecretKey::generate()?.public(),
    );
    let who = (Name::new("agent-0")?, SecretKey::generate()?);
    let mut courier = Courier::new(hub, who, (plan, Timestamp(1_543_622_400_000)));
    let mut connection = rusqlite::Connection::open(directory.join("plain.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE attempt (sequence INTEGER PRIMARY KEY, probe TEXT, plan INTEGER, tick INTEGER, due INTEGER, started INTEGER,
            ended INTEGER, evidence_start INTEGER, evidence_end INTEGER, verdict TEXT, class TEXT, total INTEGER, clock_error INTEGER)",
    )?;
    let batches = (asked.agents * asked.batches).min(200);
    let all: Vec<_> = (0..batches)
        .map(|_| courier.attempts(asked.attempts))
        .collect();
    let before = super::own_cpu()?;
    for attempts in &all {
        let transaction = connection.transaction()?;
        {
            let sql = "INSERT INTO attempt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
            let mut statement = transaction.prepare_cached(sql)?;
            for one in attempts {
                let class = one.class.map(ledger::verdict::Class::as_str);
                let total = one.total.map(ledger::phases::Micros::get);
                let verdict = if one.class.is_none() { "good" } else { "bad" };
                let Millis(error) = one.clock_error;
                statement.execute(rusqlite::params![
                    i64::try_from(one.sequence)?,
                    one.probe.as_str(),
                    one.plan,
                    one.tick.0,
                    one.due.0,
                    one.start.0,
                    one.end.0,
                    one.evidence.start.0,
                    one.evidence.end.0,
                    verdict,
                    class,
                    total,
                    error,
                ])?;
            }
        }
        transaction.commit()?;
    }
    let used = super::own_cpu()? - before;
    let count = asked.attempts * u64::try_from(batches)?;
    println!(
        "a plain loop of a prepared statement, {count} of such attempts: CPU {used:.2} s: {:.0} attempts per CPU-second",
        count as f64 / used
    );
    Ok(())
}
