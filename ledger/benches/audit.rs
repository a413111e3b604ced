//! What it costs to compute a month anew from every attempt: `cargo bench -p ledger --bench audit`.
//!
//! One agent with ten probes at 30 s and a failure in a thousand: 892,800 attempts. With `RECORD=FILE` the record is left
//! there, for `reporter audit 2018-12 FILE` as a whole process.

use std::path::{Path, PathBuf};

use divan::{Bencher, black_box};
use ledger::attempt::{Account, Attempt, Detail, Family, Kind, StepPhases};
use ledger::name::Name;
use ledger::phases::{Micros, Phase, Phases};
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{BATCH, Reader, Writer};
use ledger::tally::assess;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

/// 2018-12-01T00:00:00Z.
const START: Timestamp = Timestamp(1_543_622_400_000);
const MONTH: Interval = Interval {
    start: START,
    end: Timestamp(START.0 + 31 * 86_400_000),
};
const PROBES: u64 = 10;

fn main() {
    if let Some(path) = std::env::var_os("RECORD") {
        write(&PathBuf::from(path));
    }
    divan::main();
}

#[divan::bench(sample_count = 5)]
fn a_month_from_all_attempts(bencher: Bencher<'_, '_>) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("eu-1.db");
    write(&path);
    let contract = &plan().contracts[0];
    bencher.bench(|| {
        let reader = Reader::open(std::slice::from_ref(&path)).expect("the record opens");
        let (record, audited) = reader.audit(MONTH).expect("readable");
        assert!(audited[0].differences.is_empty() && audited[0].attempts == 892_800);
        black_box(assess(&record, contract, MONTH, MONTH.end).expect("can be judged"))
    });
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn plan() -> Plan {
    let head = "regions = [\"eu\"]\ncanary = \"none\"\n[site]\nname = \"x\"\nurl = \"https://x.test\"\nlogin_cap = 0\n\
        [[persona]]\nname = \"user\"\n[[persona.account]]\nlabel = \"user-1\"\nusername = \"x\"\npassword = { env = \"X\" }\n\
        [[journey]]\nname = \"login\"\n[[journey.step]]\nname = \"land\"\nget = \"/\"\nexpect.status = 200\n\
        [[contract]]\nid = \"gold\"\ncustomer = \"X\"\nzone = \"UTC\"\ntarget = 99.9\n";
    let probe = |number| {
        format!(
            "[[probe]]\nname = \"probe-{number}\"\njourney = \"login\"\npersona = \"user\"\nschedule = \"*/30 * * * * *\"\n"
        )
    };
    let text: String = std::iter::once(head.to_owned())
        .chain((0..PROBES).map(probe))
        .collect();
    Plan::parse(&text, "probes.toml").expect("a plan")
}

/// The closed record of the month.
fn write(path: &Path) {
    let (plan, agent) = (
        plan(),
        Agent {
            name: name("eu-1"),
            region: name("eu"),
        },
    );
    let version = plan.version();
    let mut writer = Writer::open(path, &agent, &plan).expect("the record opens");
    let last = PROBES * 31 * 2_880;
    let step = u64::try_from(BATCH).expect("small");
    for first in (1..=last).step_by(BATCH) {
        let numbers = first..=(first + step - 1).min(last);
        let attempts: Vec<Attempt> = numbers.map(|number| attempt(number, version)).collect();
        writer.append(&attempts).expect("there is space");
        writer.seal().expect("there is space");
    }
    writer.close().expect("there is space");
}

/// One attempt: 0.1 % bad, six latencies that vary, jitter of 3 s.
fn attempt(number: u64, plan: u32) -> Attempt {
    let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let part = |shift: u32, most: u64| i64::try_from((noise >> shift) % most).expect("small");
    let place = i64::try_from((number - 1) / PROBES).expect("small");
    let tick = START + Millis(place * 30_000);
    let due = tick + Millis(part(3, 3_000));
    let good = !(noise >> 20).is_multiple_of(1_000);
    let mut phases = Phases::default();
    for (shift, phase) in (7..).zip(Phase::ALL) {
        let micros = u32::try_from(part(shift * 3, 40_000)).expect("small");
        *phases.slot(phase) = Some(Micros::cut(1_000 + micros));
    }
    let end = due + Millis(150 + part(11, 200));
    Attempt {
        sequence: number,
        probe: name(&format!("probe-{}", (number - 1) % PROBES)),
        plan,
        tick,
        due,
        kind: Kind::Base,
        account: Some(Account {
            label: name("user-1"),
            credential_version: 1,
        }),
        start: due,
        end,
        evidence: Interval::new(end - Millis(120), end),
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
        clock_error: Millis(9 + part(17, 40)),
        canary: if good {
            CanaryState::Unasked
        } else {
            CanaryState::Ok
        },
        second_resolver: None,
        detail: Detail::default(),
    }
}
