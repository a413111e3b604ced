//! The yardstick: what anybody would write.

use std::path::Path;
use std::sync::Arc;

use groupdesk::courier::{self, Courier};
use ledger::attempt::Attempt;
use ledger::identity::{HubId, SecretKey};
use ledger::name::Name;
use ledger::time::{Millis, Timestamp};

use super::asked::Asked;
use super::server::{Backends, Base};

const TABLE: &str = "CREATE TABLE plain (sequence BIGINT PRIMARY KEY, probe TEXT, plan BIGINT, tick BIGINT, due BIGINT, \
    started BIGINT, ended BIGINT, evidence_start BIGINT, evidence_end BIGINT, verdict TEXT, class TEXT, total BIGINT, clock_error BIGINT)";
const COLUMNS: usize = 13;

/// The same attempts, a row each, by a prepared statement in durable transactions of as many as a batch has.
pub(super) fn insert(
    asked: &Asked,
    (base, backends): (&Base, Option<Backends>),
    directory: &Path,
) -> anyhow::Result<()> {
    let batches = (asked.agents * asked.batches).min(200);
    let all = attempts(asked, batches)?;
    let before = (super::own_cpu()?, of(backends)?);
    match base.connect()? {
        None => into_file(&all, &directory.join("plain.db"))?,
        Some(client) => into_database(&all, client)?,
    }
    let (used, server) = (super::own_cpu()? - before.0, of(backends)? - before.1);
    let count = asked.attempts * u64::try_from(batches)?;
    println!(
        "a plain loop of a prepared statement into the same store, {count} of such attempts: CPU {used:.2} s: {:.0} attempts per \
        CPU-second",
        count as f64 / used
    );
    if backends.is_some() {
        println!(
            "  PostgreSQL's CPU {server:.2} s beside it: {:.0} attempts per CPU-second of both",
            count as f64 / (used + server)
        );
    }
    Ok(())
}

/// CPU seconds of all of the server.
fn of(backends: Option<Backends>) -> anyhow::Result<f64> {
    let used = backends.map(|backends| backends.used()).transpose()?;
    Ok(used.map_or(0.0, |used| used.desk + used.upkeep + used.others))
}

fn attempts(asked: &Asked, batches: usize) -> anyhow::Result<Vec<Vec<Attempt>>> {
    let plan = Arc::new(courier::plan(asked.probes));
    let hub = (
        HubId::new("groupdesk-hub")?,
        SecretKey::generate()?.public(),
    );
    let who = (Name::new("agent-0")?, SecretKey::generate()?);
    let mut courier = Courier::new(hub, who, (plan, Timestamp(1_543_622_400_000)));
    let batches = 0..batches;
    Ok(batches.map(|_| courier.attempts(asked.attempts)).collect())
}

fn into_file(all: &[Vec<Attempt>], path: &Path) -> anyhow::Result<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    connection.execute_batch(TABLE)?;
    for attempts in all {
        let transaction = connection.transaction()?;
        {
            let mut statement = transaction.prepare_cached(&statement('?'))?;
            for one in attempts {
                let (words, numbers) = row(one)?;
                let [sequence, plan, tick, due, start, end, evidence, seen, error] = numbers;
                let [probe, verdict] = words;
                statement.execute(rusqlite::params![
                    sequence,
                    probe,
                    plan,
                    tick,
                    due,
                    start,
                    end,
                    evidence,
                    seen,
                    verdict,
                    class(one),
                    total(one),
                    error,
                ])?;
            }
        }
        transaction.commit()?;
    }
    Ok(())
}

fn into_database(all: &[Vec<Attempt>], mut client: postgres::Client) -> anyhow::Result<()> {
    client.batch_execute(TABLE)?;
    let statement = client.prepare(&statement('$'))?;
    for attempts in all {
        let mut transaction = client.transaction()?;
        for one in attempts {
            let (words, numbers) = row(one)?;
            let [sequence, plan, tick, due, start, end, evidence, seen, error] = &numbers;
            let [probe, verdict] = &words;
            let (class, total) = (class(one), total(one));
            transaction.execute(
                &statement,
                &[
                    sequence, probe, plan, tick, due, start, end, evidence, seen, verdict, &class,
                    &total, error,
                ],
            )?;
        }
        transaction.commit()?;
    }
    Ok(())
}

fn statement(mark: char) -> String {
    let places: Vec<String> = (1..=COLUMNS).map(|n| format!("{mark}{n}")).collect();
    format!("INSERT INTO plain VALUES ({})", places.join(", "))
}

fn row(one: &Attempt) -> anyhow::Result<([&str; 2], [i64; 9])> {
    let Millis(error) = one.clock_error;
    let verdict = if one.class.is_none() { "good" } else { "bad" };
    let numbers = [
        i64::try_from(one.sequence)?,
        i64::from(one.plan),
        one.tick.0,
        one.due.0,
        one.start.0,
        one.end.0,
        one.evidence.start.0,
        one.evidence.end.0,
        error,
    ];
    Ok(([one.probe.as_str(), verdict], numbers))
}

fn class(one: &Attempt) -> Option<&'static str> {
    one.class.map(ledger::verdict::Class::as_str)
}

fn total(one: &Attempt) -> Option<i64> {
    one.total.map(|total| i64::from(total.get()))
}
