//! Writes the record of a fleet of probes that looked for a year, to measure reports on: see `tests/benches/reports.sh`.
//!
//!     cargo run --release -p ledger --example fleet -- FILE [SERIES] [NAIVE FILE]
//!
//! Ten thousand series of a minute each are five thousand million attempts, so their runs, ticks and months are written as
//! rows, as a `Writer` that took the attempts would have left them; a test holds the two equal. What reports of months do not
//! read is left out: batches, and latencies by hour and day. With a second file, the attempts of a month are also written one
//! row each, as other tools keep them.

mod bulk;
mod world;

use std::path::Path;

use ledger::lookout::Keeper;
use ledger::store::Writer;

use world::World;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = arguments.first() else {
        panic!("usage: fleet FILE [SERIES] [NAIVE FILE]");
    };
    let series = arguments
        .get(1)
        .map_or(10_000, |text| text.parse().expect("SERIES is a number"));
    let world = World::year(series);
    bulk::write(Path::new(path), &world);
    keep_days(Path::new(path), &world);
    if let Some(naive) = arguments.get(2) {
        bulk::write_naive(Path::new(naive), &world);
    }
}

/// What the agent does once a day, here once for the whole year.
fn keep_days(path: &Path, world: &World) {
    let plan = world.plan();
    let mut writer = Writer::open(path, &World::agent(), &plan).expect("the record opens");
    Keeper::new(&plan)
        .refresh(&mut writer)
        .expect("days are kept");
    writer.close().expect("the record closes");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a query of one column finds, in text.
    fn texts(path: &Path, sql: &str) -> Vec<String> {
        let connection = rusqlite::Connection::open(path).expect("opens");
        let mut statement = connection.prepare(sql).expect("is SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("runs");
        rows.collect::<Result<_, _>>().expect("is text")
    }

    #[test]
    fn rows_in_bulk_are_those_of_a_writer() {
        let world = World {
            series: 2,
            minutes: 4_600,
            every: 700,
        };
        let directory = tempfile::tempdir().expect("a temporary directory");
        let [bulk, written] = ["bulk.db", "written.db"].map(|name| directory.path().join(name));
        bulk::write(&bulk, &world);
        let mut writer =
            Writer::open(&written, &World::agent(), &world.plan()).expect("the record opens");
        writer.append(&world.attempts()).expect("appended");
        writer.close().expect("closed");
        for (columns, from) in [
            ("name, region, epoch, folded_before", "agent"),
            (
                "agent, probe, horizon, trouble_until, late_tick, late_fast, last_tick, last_plan, last_end, \
                open_ticks, hex(open)",
                "series",
            ),
            (
                "agent, probe, first_tick, last_tick, plan, ticks, first_start, first_end, last_start, last_end, widest_gap, clock_error, \
                first_error, last_error",
                "run",
            ),
            (
                "agent, probe, tick, fast, plan, due, verdict, recovered, slow, class, step, status, account, credential_version, \
                evidence_start, evidence_end, last_evidence_start, last_evidence_end, attempts, sequence, clock_error, canary, \
                second_resolver, detail",
                "tick",
            ),
            (
                "agent, probe, first_tick, last_tick, ticks, hex(packed)",
                "near",
            ),
            (
                "agent, span, zone, start, probe, good, failed, hex(packed)",
                "latency WHERE span = 'month'",
            ),
            ("agent, zone, since", "latency_zone"),
        ] {
            let sql = format!("SELECT concat_ws('|', {columns}) FROM {from} ORDER BY 1");
            let (one, other) = (texts(&bulk, &sql), texts(&written, &sql));
            assert!(!one.is_empty(), "{from}");
            assert_eq!(one, other, "{from}");
        }
    }
}
