//! Rows as a writer leaves them, without the attempts.

use std::collections::BTreeMap;
use std::path::Path;

use ledger::attempt::Attempt;
use ledger::calendar;
use ledger::histogram::{Distribution, Measure, Sheet, View};
use ledger::phases::Micros;
use ledger::plan::Plan;
use ledger::run::{Tick, TickVerdict};
use ledger::store::Writer;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::Verdict;
use ledger::wire::near;
use rusqlite::{Connection, Statement, params};

use crate::world::{DAY, DEADLINE, MINUTE, PATTERNS, START, World, measured, probe};

/// Good ticks stand alone within so many minutes of a bad one (`Grid::context`: 20 of the spacing and two more).
const CONTEXT: i64 = 22;
/// So many minutes before the last tick nothing is settled (`context` and `disorder`).
const OPEN: i64 = CONTEXT + 3;
const AGENT: i64 = 1;

/// Writes the whole record to a new file.
pub(crate) fn write(path: &Path, world: &World) {
    let plan = world.plan();
    let writer = Writer::open(path, &World::agent(), &plan).expect("a new record");
    writer.close().expect("the record closes");
    let connection = fast(path);
    let version = plan.version();
    let mut tick = connection.prepare(&insert("tick", 24)).expect("is SQL");
    let mut run = connection.prepare(&insert("run", 14)).expect("is SQL");
    let mut packed = connection.prepare(&insert("near", 6)).expect("is SQL");
    let mut mark = connection.prepare(&insert("series", 13)).expect("is SQL");
    let places = places(&connection, &plan);
    for (place, series) in &places {
        let rows = Rows {
            world,
            version,
            series: *series,
            place: *place,
        };
        rows.write(&mut tick, &mut run);
        rows.write_near(&mut packed);
        let horizon = START + Millis((world.minutes - 1 - OPEN) * MINUTE.0);
        let last = world
            .outages(*series)
            .last()
            .map(|(_, end)| end - 1 + CONTEXT);
        let trouble = last.map(|minute| START.0 + minute * MINUTE.0);
        let open: Vec<Tick> = rows.open().map(|minute| rows.quiet(minute)).collect();
        let settled = rows.seen(world.minutes - 2 - OPEN, Verdict::Good);
        mark.execute(params![
            AGENT,
            place,
            horizon.0,
            trouble,
            None::<i64>,
            None::<i64>,
            settled.tick.0,
            version,
            (settled.evidence.end + settled.clock_error).0,
            None::<i64>,
            None::<i64>,
            i64::try_from(open.len()).expect("few"),
            near::pack(&open.iter().collect::<Vec<_>>()).expect("they are quiet"),
        ])
        .expect("inserted");
    }
    write_months(&connection, world, &places);
    let before = world.minutes * world.series + 1;
    connection
        .execute("UPDATE agent SET folded_before = ?1", [before])
        .expect("updated");
    connection
        .execute(&insert("latency_zone", 3), params![AGENT, "UTC", i64::MIN])
        .expect("inserted");
    drop((tick, run, packed, mark));
    connection.execute_batch("COMMIT").expect("committed");
}

/// The first hundred series of December, one row an attempt in the order of arrival, as other tools keep them.
pub(crate) fn write_naive(path: &Path, world: &World) {
    let connection = fast(path);
    connection
        .execute_batch(
            "CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status INTEGER, time INTEGER, ping INTEGER);
            CREATE INDEX monitor_time ON heartbeat (monitor_id, time);",
        )
        .expect("is SQL");
    let mut row = connection
        .prepare("INSERT INTO heartbeat (monitor_id, status, time, ping) VALUES (?1, ?2, ?3, ?4)")
        .expect("is SQL");
    let series = world.series.min(100);
    let outages: Vec<Vec<(i64, i64)>> = (0..series).map(|one| world.outages(one)).collect();
    for minute in 334 * DAY..365 * DAY {
        for (one, outages) in (0..series).zip(&outages) {
            let bad = outages
                .iter()
                .any(|(first, end)| (*first..*end).contains(&minute));
            let time = START.0 + minute * MINUTE.0;
            row.execute((one, i64::from(!bad), time, 185))
                .expect("inserted");
        }
    }
    drop(row);
    connection.execute_batch("COMMIT").expect("committed");
}

/// A connection in a transaction that need not survive anything.
fn fast(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("the file opens");
    let settings =
        "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -200000; BEGIN";
    connection.execute_batch(settings).expect("set");
    connection
}

fn insert(table: &str, columns: usize) -> String {
    let places: Vec<String> = (1..=columns).map(|place| format!("?{place}")).collect();
    // Without the sum at the end: these rows are for measuring.
    format!("INSERT INTO {table} VALUES ({}, NULL)", places.join(", "))
}

/// Each probe's place in the file and its series, by place.
fn places(connection: &Connection, plan: &Plan) -> BTreeMap<i64, i64> {
    let mut place = connection
        .prepare("SELECT id FROM probe WHERE name = ?1")
        .expect("is SQL");
    let series = (0_i64..).take(plan.probes.len());
    series
        .map(|series| {
            let name = probe(series);
            let id = place
                .query_row([name.as_str()], |row| row.get(0))
                .expect("it is there");
            (id, series)
        })
        .collect()
}

struct Rows<'w> {
    world: &'w World,
    version: u32,
    series: i64,
    place: i64,
}

impl Rows<'_> {
    fn write(&self, tick: &mut Statement<'_>, run: &mut Statement<'_>) {
        let mut settled = 0;
        for (first, end) in self.world.outages(self.series) {
            let begin = (first - CONTEXT).max(settled);
            self.run(run, (settled, begin));
            for minute in first..end {
                self.bad(tick, minute);
            }
            settled = end + CONTEXT;
        }
        self.run(run, (settled, self.open().start));
    }

    /// The minutes whose ticks are not settled.
    fn open(&self) -> std::ops::Range<i64> {
        self.world.minutes - 1 - OPEN..self.world.minutes
    }

    /// The settled quiet ticks near outages.
    fn write_near(&self, row: &mut Statement<'_>) {
        let (mut settled, mut quiet) = (0, Vec::new());
        for (first, end) in self.world.outages(self.series) {
            let before = (first - CONTEXT).max(settled)..first;
            settled = end + CONTEXT;
            quiet.extend(before.chain(end..settled).map(|minute| self.quiet(minute)));
        }
        let quiet: Vec<&Tick> = quiet.iter().collect();
        for part in near::parts(&quiet) {
            let packed = near::pack(part).expect("they are quiet");
            let (first, last) = (part[0].tick.0, part[part.len() - 1].tick.0);
            let count = i64::try_from(part.len()).expect("few");
            row.execute(params![AGENT, self.place, first, last, count, packed])
                .expect("inserted");
        }
    }

    fn quiet(&self, minute: i64) -> Tick {
        let seen = self.seen(minute, Verdict::Good);
        Tick {
            plan: seen.plan,
            tick: seen.tick,
            due: seen.due,
            fast: false,
            verdict: TickVerdict::Good,
            recovered: false,
            slow: false,
            class: None,
            step: None,
            status: seen.status,
            account: seen.account,
            evidence: seen.evidence,
            last_evidence: seen.evidence,
            attempts: 1,
            sequence: seen.sequence,
            clock_error: seen.clock_error,
            canary: seen.canary,
            second_resolver: None,
            detail: seen.detail,
        }
    }

    fn seen(&self, minute: i64, verdict: Verdict) -> Attempt {
        self.world
            .seen(self.version, (self.series, minute), verdict)
    }

    /// The quiet ticks from one minute to just before another.
    fn run(&self, run: &mut Statement<'_>, (from, to): (i64, i64)) {
        if from >= to {
            return;
        }
        let (first, last) = (
            self.seen(from, Verdict::Good),
            self.seen(to - 1, Verdict::Good),
        );
        let gap = if to - from > 1 {
            (MINUTE - first.evidence.length() - first.clock_error - first.clock_error).0
        } else {
            0
        };
        run.execute(params![
            AGENT,
            self.place,
            first.tick.0,
            last.tick.0,
            self.version,
            to - from,
            first.evidence.start.0,
            first.evidence.end.0,
            last.evidence.start.0,
            last.evidence.end.0,
            gap,
            first.clock_error.0,
            first.clock_error.0,
            last.clock_error.0,
        ])
        .expect("inserted");
    }

    fn bad(&self, tick: &mut Statement<'_>, minute: i64) {
        let seen = self.seen(minute, Verdict::Bad);
        tick.execute(params![
            AGENT,
            self.place,
            seen.tick.0,
            false,
            self.version,
            seen.due.0,
            "bad",
            false,
            false,
            "status",
            "land",
            seen.status,
            "user-1",
            1,
            seen.evidence.start.0,
            seen.evidence.end.0,
            seen.evidence.start.0,
            seen.evidence.end.0,
            1,
            i64::try_from(seen.sequence).expect("it fits"),
            seen.clock_error.0,
            "ok",
            None::<&str>,
            seen.detail.as_str(),
        ])
        .expect("inserted");
    }
}

/// Latencies by month: those of as many days, without those of the bad minutes.
fn write_months(connection: &Connection, world: &World, places: &BTreeMap<i64, i64>) {
    let mut row = connection.prepare(&insert("latency", 8)).expect("is SQL");
    let end = START + Millis(world.minutes * MINUTE.0);
    let mut start = START;
    while start < end {
        let [_, month] = calendar::around("UTC", start).expect("UTC is a zone");
        let looked = Interval::new(start, month.end.min(end));
        let all: Vec<Vec<(Measure, Distribution)>> = (0..PATTERNS)
            .map(|pattern| measured(pattern, minutes(looked)))
            .collect();
        for (place, series) in places {
            let pattern = series % PATTERNS;
            let whole = &all[usize::try_from(pattern).expect("small")];
            let sheet = sheet(world, *series, looked, whole);
            let (good, failed) = sheet.counts();
            let counts = [good, failed].map(|count| i64::try_from(count).expect("small"));
            row.execute(params![
                AGENT,
                "month",
                "UTC",
                start.0,
                place,
                counts[0],
                counts[1],
                sheet.encode()
            ])
            .expect("inserted");
        }
        start = month.end;
    }
}

/// The minutes of the day in a stretch of time, and how often each comes.
fn minutes(looked: Interval) -> impl Iterator<Item = (i64, u64)> {
    let from = (looked.start - START).0 / MINUTE.0;
    let to = (looked.end - START).0 / MINUTE.0;
    (0..DAY).filter_map(move |minute| {
        let before = |at: i64| (at - minute + DAY - 1).div_euclid(DAY);
        let count = u64::try_from(before(to) - before(from)).unwrap_or(0);
        (count > 0).then_some((minute, count))
    })
}

fn sheet(world: &World, series: i64, looked: Interval, whole: &[(Measure, Distribution)]) -> Sheet {
    let outages = world.outages(series).into_iter();
    let bad = outages.flat_map(|(first, end)| first..end);
    let at = |minute: i64| Timestamp(START.0 + minute * MINUTE.0);
    let bad: Vec<i64> = bad.filter(|minute| looked.contains(at(*minute))).collect();
    let gone = measured(
        series % PATTERNS,
        bad.iter().map(|minute| (minute % DAY, 1)),
    );
    let mut sheet = Sheet::default();
    for ((measure, all), (_, gone)) in whole.iter().zip(&gone) {
        let good = all.without(gone);
        sheet.add(measure, View::Success, &good);
        if *measure == Measure::Total {
            sheet.add(measure, View::Experienced, &good);
        }
    }
    let waited = Micros::measured(DEADLINE.to_std());
    sheet.add(
        &Measure::Total,
        View::Experienced,
        &bad.iter().map(|_| waited).collect(),
    );
    sheet
}
