//! Two hubs on one PostgreSQL, which take batches of the same agents at once.

use std::sync::Mutex;
use std::time::Duration;

use groupdesk::courier::{Courier, Line};
use ledger::store::{Place, Reader};
use ledger::wire::record::Signed;
use ledger::wire::upload::Outcome;
use rustix::process::{Signal, kill_process};

use super::ALWAYS;
use crate::support::cluster::cluster;
use crate::support::hub::{Hub, all_receipted, pause, send};

const AGENTS: usize = 4;
const BATCHES: u64 = 60;

/// One of the hubs is killed in the middle, and what was sent to it is sent to the other: nothing is lost and nothing is there
/// twice.
#[test]
fn two_hubs_on_one_database_lose_and_double_nothing_when_one_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let url = cluster().database();
    let homes = [directory.path().join("one"), directory.path().join("two")];
    let first = Hub::start(&homes[0], &["--store", &url]);
    std::fs::create_dir(&homes[1]).unwrap();
    std::fs::copy(homes[0].join("hub.key"), homes[1].join("hub.key")).unwrap();
    let second = Hub::start(&homes[1], &["--store", &url]);
    let fleet: Vec<(Courier, Vec<Signed>)> = (0..AGENTS)
        .map(|number| {
            let mut agent = first.enrol(&format!("agent-{number}"));
            let mut records = vec![agent.sign_plan()];
            records.extend((0..BATCHES).map(|_| agent.seal(3).unwrap()));
            (agent, records)
        })
        .collect();
    send_through_both(&first, &second, &fleet);
    second.program.wait();
    let second = Hub::start(&homes[1], &["--store", &url]);
    for (agent, records) in &fleet {
        let (_, reply) = send(&mut second.line(), agent, records);
        assert!(all_receipted(agent, records, &reply), "{reply:?}");
        assert!(
            reply
                .outcomes
                .iter()
                .all(|outcome| matches!(outcome, Outcome::Known(_)))
        );
        assert_eq!(
            (reply.standing.number, reply.standing.last_sequence),
            (BATCHES, BATCHES * 3)
        );
    }
    let reader = Reader::open(&[Place::Postgres(url)]).unwrap();
    for probe in &fleet[0].0.plan.probes {
        let attempts = reader.attempts(&probe.name, ALWAYS).unwrap();
        assert_eq!(
            attempts.len(),
            AGENTS * usize::try_from(BATCHES).unwrap() * 3 / 4
        );
    }
    assert!(first.program.leave().status.success());
    assert!(second.program.leave().status.success());
}

/// Sends a record until it is heard, or the hub is gone.
fn deliver(line: &mut Line, agent: &Courier, record: &Signed) {
    let bytes = agent.upload(std::slice::from_ref(record)).unwrap();
    loop {
        let Ok(answer) = line.post("/v1/upload", &bytes) else {
            return;
        };
        match answer.status {
            // What waits for its plan is sent again at the end.
            200 => return,
            503 => pause(Duration::from_millis(20)),
            other => panic!("{other}: {}", String::from_utf8_lossy(&answer.body)),
        }
    }
}

/// Sends everything through both hubs at once, and kills the second one in the middle.
fn send_through_both(first: &Hub, second: &Hub, fleet: &[(Courier, Vec<Signed>)]) {
    let lines = Mutex::new(0);
    std::thread::scope(|scope| {
        for (agent, records) in fleet {
            // Through both at once: the one in order, the other backwards.
            let (mut one, mut two) = (first.line(), second.line());
            scope.spawn(move || {
                for record in records {
                    deliver(&mut one, agent, record);
                }
            });
            let lines = &lines;
            scope.spawn(move || {
                for record in records.iter().rev() {
                    deliver(&mut two, agent, record);
                    *lines.lock().unwrap() += 1;
                }
            });
        }
        let pid = second.program.pid();
        let lines = &lines;
        scope.spawn(move || {
            while *lines.lock().unwrap() < 40 {
                pause(Duration::from_millis(5));
            }
            kill_process(pid, Signal::KILL).unwrap();
        });
    });
}
