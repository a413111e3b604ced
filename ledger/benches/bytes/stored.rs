//! What a record takes on disk, by table, while raw is kept and after it is pruned; and how fast it is folded.

use std::path::Path;
use std::time::Duration;

use ledger::attempt::Attempt;
use ledger::phases::{Micros, Phase};
use ledger::store::Writer;
use ledger::time::Millis;
use ledger::verdict::Verdict;
use rusqlite::{Connection, params};

use crate::made::{Fleet, agent};
use crate::{PHASES, cpu, float};

/// What is signed of each batch, and the place of its key.
const SIGNATURE: usize = 64 + 4;

/// Writes `days` days of a fleet, each round as one batch if it is large enough, and prints what is on disk.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn stored(probes: usize, days: u64) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("eu-1.db");
    let mut fleet = Fleet::new(probes);
    let mut writer = Writer::open(&path, &agent(), &fleet.plan).expect("the record opens");
    let (mut attempts, begin) = (0, cpu());
    for round in 0..days * crate::made::DAY {
        let seen = fleet.round(round);
        attempts += seen.len();
        writer.append(&seen).expect("there is space");
        writer.seal().expect("there is space");
    }
    writer.close().expect("there is space");
    let writing = cpu().saturating_sub(begin).as_secs();
    println!(
        "\n{probes} probes at 30 s, {days} days, {attempts} attempts, made, written and folded in {writing} s of processor time"
    );
    pruned(&path, attempts, || {
        let mut writer = Writer::open(&path, &agent(), &fleet.plan).expect("the record opens");
        while writer.prune(Millis::ZERO).expect("there is space") > 0 {}
        writer.close().expect("there is space");
    });
}

/// Prints what is on disk before and after `prune`, and what that took.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn pruned(path: &Path, attempts: usize, prune: impl FnOnce()) {
    let before = Parts::of(path);
    before.print("while raw is kept", attempts);
    let begin = cpu();
    prune();
    let pruning = cpu().saturating_sub(begin);
    let pruned = Parts::of(path);
    pruned.print("after pruning", attempts);
    println!(
        "  bodies left: {} of {} bytes; {:.2} ms of processor time for each of {} batches",
        pruned.bodies,
        before.bodies,
        pruning.as_secs_f64() * 1e3 / float(before.batches),
        before.batches
    );
}

/// Bytes of pages by table and index, and what of them is packed attempts.
pub(crate) struct Parts {
    tables: Vec<(String, usize)>,
    pub(crate) batches: usize,
    pub(crate) bodies: usize,
    signed: bool,
}

impl Parts {
    pub(crate) fn of(path: &Path) -> Self {
        let connection = Connection::open(path).expect("opens");
        let sql = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC";
        let mut statement = connection.prepare(sql).expect("SQLite counts its pages");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Result<Vec<(String, i64)>, _> = rows.expect("runs").collect();
        let size = |value: i64| usize::try_from(value).expect("a size");
        let tables = rows.expect("numbers").into_iter();
        let one = |sql: &str| {
            connection
                .query_row(sql, [], |row| row.get(0))
                .expect("runs")
        };
        Self {
            tables: tables.map(|(name, bytes)| (name, size(bytes))).collect(),
            batches: size(one("SELECT count(*) FROM batch")),
            bodies: size(one("SELECT coalesce(sum(length(body)), 0) FROM batch_body")),
            signed: one("SELECT count(signature) FROM batch") > 0,
        }
    }

    pub(crate) fn table(&self, name: &str) -> usize {
        let found = self.tables.iter().find(|(known, _)| known == name);
        found.map_or(0, |(_, bytes)| *bytes)
    }

    /// Of the rows of batches and their indexes.
    pub(crate) fn heads(&self) -> usize {
        let of_batches = |name: &str| {
            name == "batch" || name.contains("_batch_") || name.starts_with("batch_by")
        };
        let tables = self.tables.iter().filter(|(name, _)| of_batches(name));
        tables.map(|(_, bytes)| bytes).sum()
    }

    /// What no body fills of the pages of bodies.
    pub(crate) fn room(&self) -> usize {
        self.table("batch_body") - self.bodies
    }

    #[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
    pub(crate) fn print(&self, when: &str, attempts: usize) {
        let attempts = float(attempts);
        let whole: usize = self.tables.iter().map(|(_, bytes)| bytes).sum();
        let each = |bytes: usize| float(bytes) / float(self.batches);
        println!(
            "  {when}: {:.3} bytes an attempt, {:.3} a phase; bodies {:.3} an attempt ({:.2} beside 1.1 a phase); {:.0} \
            bytes a batch for its row with the head, and its indexes, {}; {:.0} of room left in pages of bodies",
            float(whole) / attempts,
            float(whole) / attempts / PHASES,
            float(self.bodies) / attempts,
            float(self.bodies) / attempts - 1.1 * PHASES,
            each(self.heads()),
            match self.signed {
                true => "its signature too".to_owned(),
                false => format!("and {SIGNATURE} more where it is signed"),
            },
            each(self.room()),
        );
        for (name, bytes) in self
            .tables
            .iter()
            .filter(|(_, bytes)| float(*bytes) / attempts > 0.005)
        {
            println!("    {name:<28}{:>8.3}", float(*bytes) / attempts);
        }
    }
}

/// Folds a fleet, `at_once` rounds of batches at a time, and prints how long that takes, beside a plain loop of inserts.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn folded((probes, rounds): (usize, u64), at_once: u64) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("eu-1.db");
    let mut fleet = Fleet::new(probes);
    let mut writer = Writer::open(&path, &agent(), &fleet.plan).expect("the record opens");
    let (mut attempts, mut folding, mut plain) = (0, Duration::ZERO, Duration::ZERO);
    let mut rows = Rows::new(&directory.path().join("rows.db"));
    for round in 0..rounds {
        let seen = fleet.round(round);
        attempts += seen.len();
        let begin = cpu();
        rows.insert(&seen);
        plain += cpu().saturating_sub(begin);
        writer.append(&seen).expect("there is space");
        // Within an hour this packs, and folds nothing.
        writer.seal().expect("there is space");
        if (round + 1) % at_once == 0 {
            let begin = cpu();
            writer.fold().expect("there is space");
            folding += cpu().saturating_sub(begin);
        }
    }
    let rate = |time: Duration| float(attempts) / time.as_secs_f64() / 1e3;
    println!(
        "{probes} probes, {at_once} rounds at once: folds {:.0} thousand a CPU-second; a prepared INSERT of each as a row does {:.0}",
        rate(folding),
        rate(plain)
    );
}

/// One row an attempt, a round a durable transaction, as simple as it can be.
struct Rows(Connection);

impl Rows {
    fn new(path: &Path) -> Self {
        let connection = Connection::open(path).expect("opens");
        let sql = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE result (sequence INTEGER PRIMARY KEY, \
            probe TEXT, tick INTEGER, due INTEGER, started INTEGER, ended INTEGER, good INTEGER, status INTEGER, dns INTEGER, \
            connect INTEGER, tls INTEGER, first_byte INTEGER, body INTEGER, total INTEGER)";
        connection.execute_batch(sql).expect("is SQL");
        Self(connection)
    }

    fn insert(&mut self, attempts: &[Attempt]) {
        let transaction = self.0.transaction().expect("begins");
        let sql = "INSERT INTO result VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let mut row = transaction.prepare_cached(sql).expect("is SQL");
        for attempt in attempts {
            let phases = attempt.steps[0].phases;
            let [dns, connect, tls, first, body] =
                Phase::ALL.map(|phase| phases.of(phase).map(Micros::get));
            let sequence = attempt.sequence.cast_signed();
            let good = attempt.verdict == Verdict::Good;
            row.execute(params![
                sequence,
                attempt.probe.as_str(),
                attempt.tick.0,
                attempt.due.0,
                attempt.start.0,
                attempt.end.0,
                good,
                attempt.status,
                dns,
                connect,
                tls,
                first,
                body,
                attempt.total.map(Micros::get),
            ])
            .expect("inserted");
        }
        drop(row);
        transaction.commit().expect("committed");
    }
}
