//! A small plan and made-up attempts for the store's tests.

use std::path::PathBuf;
use std::sync::LazyLock;

use crate::attempt::{Account, Attempt, Detail, Family, Kind, StepPhases};
use crate::name::Name;
use crate::phases::{Micros, Phase, Phases};
use crate::plan::{Canary, Check, DnsMode, Plan, Probe, Site, Subject};
use crate::record::Agent;
use crate::schedule::Schedule;
use crate::store::Place;
use crate::store::db::Db;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{CanaryState, Class, Verdict};

/// The values of table `outage`, in text, a row a line.
pub(crate) fn outages(place: impl Into<Place>) -> Vec<String> {
    texts(
        place,
        "SELECT concat_ws(' ', contract, number, start_earliest, start_estimate, start_latest, end_earliest, \
        end_estimate, end_latest, open, length_lower, length_estimate, length_upper, counted_lower, counted_estimate, \
        counted_upper, edges, personas, regions, classes, session_only, borderline, confirmed) FROM outage ORDER BY 1",
    )
}

/// What a query of one column finds, in text.
pub(crate) fn texts(place: impl Into<Place>, sql: &str) -> Vec<String> {
    let db = Db::open_to_read(&place.into()).expect("opens");
    db.list(sql, &[], |row| row.get(0)).expect("is text")
}

/// Runs statements on a record, past everything that guards it.
pub(crate) fn edit(place: impl Into<Place>, sql: &str) {
    match place.into() {
        Place::File(path) => {
            let connection = rusqlite::Connection::open(path).expect("opens");
            connection.execute_batch(sql).expect("runs");
        }
        #[cfg(feature = "postgres")]
        Place::Postgres(url) => {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("reached");
            client.batch_execute(sql).expect("runs");
        }
        #[cfg(not(feature = "postgres"))]
        Place::Postgres(_) => unreachable!("there are none"),
    }
}

static VERSION: LazyLock<u32> = LazyLock::new(|| plan().version());

/// 2018-12-14T00:00:00Z.
pub(crate) const MORNING: Timestamp = Timestamp(1_544_745_600_000);
pub(crate) const ALWAYS: Interval = Interval {
    start: Timestamp(0),
    end: Timestamp(4_000_000_000_000),
};

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(crate) fn agent(text: &str) -> Agent {
    Agent {
        name: name(text),
        region: name("eu"),
    }
}

/// Two probes a minute: `login` at the full minute, `door` at its 30th second.
pub(crate) fn plan() -> Plan {
    let url = url::Url::parse("https://groupdesk.example").expect("a URL");
    let probe = |text: &str, schedule: &str| Probe {
        name: name(text),
        subject: Subject::Platform(Check::Tcp {
            host: "groupdesk.example".to_owned(),
            port: 443,
        }),
        schedule: Schedule::parse(schedule).expect("a schedule"),
        fast: None,
        timeout: Millis::from_secs(20),
        retries: 1,
        retry_after: Millis::from_secs(5),
        slow_after: Millis::from_secs(5),
        stagger: false,
        jitter_permille: 0,
        regions: Vec::new(),
        fresh: true,
    };
    Plan {
        site: Site {
            name: "Groupdesk".to_owned(),
            url,
            ca: None,
            origins: Vec::new(),
            allow_private: Vec::new(),
            login_cap: 6,
            dns: DnsMode::Own,
            second_resolvers: Vec::new(),
            user_agent: "test".to_owned(),
            http2: true,
            verify_chain_always: false,
            post_quantum: false,
        },
        regions: vec![name("eu")],
        canary: Canary::None,
        personas: Vec::new(),
        journeys: Vec::new(),
        probes: vec![probe("login", "0 * * * * *"), probe("door", "30 * * * * *")],
        contracts: Vec::new(),
        keep_raw: crate::plan::keep_raw(),
    }
}

/// The `number`th attempt of both probes in turn; every 97th is bad, every 211th void.
pub(crate) fn attempt(number: u64) -> Attempt {
    let place = i64::try_from(number - 1).expect("few");
    let probe = if place % 2 == 0 { "login" } else { "door" };
    let tick = MORNING + Millis(place * 30_000);
    let start = tick + Millis(250 + place % 7);
    let verdict = match number {
        n if n % 97 == 0 => Verdict::Bad,
        n if n % 211 == 0 => Verdict::Void,
        _ => Verdict::Good,
    };
    let good = verdict == Verdict::Good;
    let mut phases = Phases::default();
    for (phase, micros) in [(Phase::Connect, 20_000), (Phase::FirstByte, 180_000)] {
        let spread = u32::try_from(place % 100).expect("small") * 100;
        *phases.slot(phase) = Some(Micros::cut(micros + spread));
    }
    let end = start + Millis(200 + place % 10);
    Attempt {
        sequence: number,
        probe: name(probe),
        plan: *VERSION,
        tick,
        due: tick + Millis(250),
        kind: Kind::Base,
        account: Some(Account {
            label: name("user-1"),
            credential_version: 1,
        }),
        start,
        end,
        evidence: Interval::new(start, end),
        verdict,
        class: (!good).then_some(Class::Status),
        step: (!good).then(|| name("land")),
        status: Some(if good { 200 } else { 503 }),
        family: Some(Family::V4),
        steps: vec![StepPhases {
            step: name("land"),
            phases,
        }],
        total: good.then(|| Micros::measured((end - tick).to_std())),
        slow: false,
        clock_error: Millis(9),
        canary: if good {
            CanaryState::Unasked
        } else {
            CanaryState::Ok
        },
        second_resolver: None,
        detail: Detail::escape(if good { "" } else { "503 Service Unavailable" }),
    }
}

pub(crate) fn attempts(numbers: std::ops::RangeInclusive<u64>) -> Vec<Attempt> {
    numbers.map(attempt).collect()
}

/// A directory of its own and a path in it.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("data/eu-1.db");
    (directory, path)
}
