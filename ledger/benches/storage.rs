//! What a month of one series costs on disk and in time: `cargo bench -p ledger --bench storage`.

use std::path::PathBuf;
use std::time::Duration;

use divan::{Bencher, black_box};
use ledger::attempt::{Account, Attempt, Detail, Family, Kind, StepPhases};
use ledger::histogram::{Distribution, Quantile};
use ledger::name::Name;
use ledger::phases::{Micros, Phase, Phases};
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{BATCH, LatencyQuery, Reader, Writer};
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

/// 2018-12-01T00:00:00Z.
const START: Timestamp = Timestamp(1_543_622_400_000);
const MONTH: Interval = Interval {
    start: START,
    end: Timestamp(START.0 + 31 * 86_400_000),
};
/// Results of one series of 30 s in a month of 30 days.
const RESULTS: u64 = 86_400;

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    let (directory, path) = recorded(1);
    let size = std::fs::metadata(&path).map_or(0, |file| file.len());
    let per_result = f64::from(u32::try_from(size).unwrap_or(u32::MAX)) / 86_400.0;
    println!(
        "a month of 30 s results with 6 latencies each: {size} bytes, {per_result:.2} a result"
    );
    drop(directory);
    divan::main();
}

#[divan::bench(sample_count = 3)]
fn append_ten_thousand_durably(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| {
            let (directory, path) = place();
            let writer = Writer::open(&path, &agent(), &plan(1)).expect("the record opens");
            (directory, writer, batch(1, 1, 10_000))
        })
        .bench_values(|(directory, mut writer, attempts)| {
            writer.append(&attempts).expect("there is space");
            directory
        });
}

#[divan::bench(args = [1, 10], sample_count = 20)]
fn read_the_month(bencher: Bencher<'_, '_>, series: u64) {
    let (_directory, path) = recorded(series);
    bencher.bench(|| {
        let reader = Reader::open(std::slice::from_ref(&path)).expect("the record opens");
        black_box(reader.record(MONTH).expect("readable"))
    });
}

#[divan::bench(args = [1, 10], sample_count = 5)]
fn percentiles_of_the_month(bencher: Bencher<'_, '_>, series: u64) {
    let (_directory, path) = recorded(series);
    bencher.bench(|| {
        let reader = Reader::open(std::slice::from_ref(&path)).expect("the record opens");
        let query = LatencyQuery {
            total_only: true,
            ..LatencyQuery::success(MONTH)
        };
        let mut whole = Distribution::default();
        for row in reader.latency(&query).expect("readable") {
            whole.merge(&row.distribution);
        }
        black_box([Quantile::MEDIAN, Quantile::P99, Quantile::P999].map(|q| whole.quantile(q)))
    });
}

/// A closed record of a month of `series` series.
fn recorded(series: u64) -> (tempfile::TempDir, PathBuf) {
    let (directory, path) = place();
    let mut writer = Writer::open(&path, &agent(), &plan(series)).expect("the record opens");
    let step = u64::try_from(BATCH).expect("small");
    let whole = RESULTS * series;
    for first in (1..=whole).step_by(BATCH) {
        let attempts = batch(series, first, (first + step - 1).min(whole));
        writer.append(&attempts).expect("there is space");
        writer.seal().expect("there is space");
    }
    writer.close().expect("there is space");
    (directory, path)
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("eu-1.db");
    (directory, path)
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn agent() -> Agent {
    Agent {
        name: name("eu-1"),
        region: name("eu"),
    }
}

/// A plan of `series` probes, each twice a minute.
fn plan(series: u64) -> Plan {
    let probes: Vec<String> = (0..series)
        .map(|number| {
            format!(
                r#"{{"name":"probe-{number}","subject":{{"platform":{{"tcp":{{"host":"localhost","port":443}}}}}},
                "schedule":"*/30 * * * * *","fast":null,"timeout":12000,"retries":1,"retry_after":5000,"slow_after":5000,
                "stagger":true,"jitter_permille":50,"regions":[],"fresh":true}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"site":{{"name":"Groupdesk","url":"https://groupdesk.example","origins":[],"allow_private":[],"login_cap":6,
        "dns":"own","second_resolvers":[],"user_agent":"bench","http2":true,"verify_chain_always":false,"post_quantum":false}},
        "regions":["eu"],"canary":"none","personas":[],"journeys":[],"probes":[{}],"contracts":[]}}"#,
        probes.join(",")
    );
    serde_json::from_str(&text).expect("a plan")
}

fn batch(series: u64, first: u64, last: u64) -> Vec<Attempt> {
    let version = plan(series).version();
    (first..=last)
        .map(|number| attempt(number, series, version))
        .collect()
}

/// One result: 0.1 % bad, latencies log-normal around 200 ms, jitter of ± 1.5 s.
fn attempt(number: u64, series: u64, plan: u32) -> Attempt {
    let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let place = i64::try_from((number - 1) / series).expect("small");
    let tick = START + Millis(place * 30_000);
    let due = tick + Millis(2_000 + i64::try_from(random.next() % 3_000).expect("small"));
    let good = !random.next().is_multiple_of(1_000);
    let mut phases = Phases::default();
    let (mut taken, mut exchange) = (Duration::ZERO, Duration::ZERO);
    for (phase, middle) in Phase::ALL.into_iter().zip([0.001, 0.02, 0.04, 0.12, 0.004]) {
        let latency = Duration::from_secs_f64(middle * (0.5 * random.normal()).exp());
        taken += latency;
        if matches!(phase, Phase::FirstByte | Phase::Body) {
            exchange += latency;
        }
        *phases.slot(phase) = Some(Micros::measured(latency));
    }
    let start = due + Millis(1);
    let end = start + Millis::from_std(taken);
    Attempt {
        sequence: number,
        probe: name(&format!("probe-{}", (number - 1) % series)),
        plan,
        tick,
        due,
        kind: Kind::Base,
        account: Some(Account {
            label: name("user-1"),
            credential_version: 1,
        }),
        start,
        end,
        evidence: Interval::new(end - Millis::from_std(exchange), end),
        verdict: if good { Verdict::Good } else { Verdict::Bad },
        class: (!good).then_some(Class::Status),
        step: (!good).then(|| name("land")),
        status: Some(if good { 200 } else { 503 }),
        family: Some(Family::V4),
        steps: vec![StepPhases {
            step: name("land"),
            phases,
        }],
        total: good.then(|| Micros::measured((end - due).to_std())),
        slow: false,
        clock_error: Millis(9),
        canary: if good {
            CanaryState::Unasked
        } else {
            CanaryState::Ok
        },
        second_resolver: None,
        detail: Detail::default(),
    }
}

/// xorshift64: repeatable and enough for noise.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn normal(&mut self) -> f64 {
        let uniform = |value: u64| {
            f64::from(u32::try_from(value % (1 << 32)).expect("32 bits")) / f64::from(u32::MAX)
        };
        (0..12).map(|_| uniform(self.next())).sum::<f64>() - 6.0
    }
}
