//! The hub as a process: what it answers to good and bad agents, and what it keeps when it is stopped, killed or out of space.

mod database;
mod hostile;
mod together;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::store::Reader;
use ledger::time::{Interval, Timestamp};
use ledger::wire::upload::Outcome;

use crate::support::disk::Disk;
use crate::support::hub::{Hub, all_receipted, pause, post, send};
use crate::support::program::{command, run};

const ALWAYS: Interval = Interval {
    start: Timestamp(0),
    end: Timestamp(4_000_000_000_000),
};

#[test]
fn what_an_agent_sends_is_receipted_and_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("hub");
    let hub = Hub::start(&home, &[]);
    let mut agent = hub.enrol("eu-1");
    let mut line = hub.line();
    let records = [
        agent.sign_plan(),
        agent.seal(40).unwrap(),
        agent.seal(40).unwrap(),
    ];
    let (status, reply) = send(&mut line, &agent, &records);
    assert_eq!(status, 200);
    assert!(all_receipted(&agent, &records, &reply), "{reply:?}");
    assert_eq!(
        (reply.standing.number, reply.standing.last_sequence),
        (2, 80)
    );
    assert_eq!(hub.health("/healthz"), "200 alive");
    assert_eq!(hub.health("/readyz"), "200 ready");
    let store = home.join("hub.db");
    let reader = Reader::open(&[store]).unwrap();
    let probe = &agent.plan.probes[0].name;
    assert_eq!(reader.attempts(probe, ALWAYS).unwrap().len(), 20);
    let listed = run(command("reporter")
        .args(["agents", "list", "--json", "--data"])
        .arg(&home));
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(listed["agents"][0]["batches_whole_to"], 2);
    // A second hub may not write the same file.
    let other = run(command("reporter")
        .arg("serve")
        .arg("--data")
        .arg(&home)
        .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]));
    assert_eq!(other.status.code(), Some(74));
    assert!(
        other.err.contains("being written by another process"),
        "{}",
        other.err
    );
    drop(reader);
    let ended = hub.program.leave();
    assert!(ended.status.success(), "{}", ended.err);
    assert!(!home.join("hub.db-wal").exists(), "one file is left");
}

#[test]
fn sigterm_lets_an_upload_finish_that_has_begun() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("hub");
    let hub = Hub::start(&home, &[]);
    let mut agent = hub.enrol("eu-1");
    let records = [agent.sign_plan(), agent.seal(40).unwrap()];
    let bytes = agent.upload(&records).unwrap();
    let mut line = hub.line();
    let head = format!(
        "POST /v1/upload HTTP/1.1\r\nhost: hub\r\ncontent-length: {}\r\n\r\n",
        bytes.len()
    );
    line.send(&[head.as_bytes(), &bytes[..bytes.len() / 2]].concat())
        .unwrap();
    // The hub is not asked to leave before it has begun to read.
    pause(Duration::from_millis(300));
    hub.program.signal(rustix::process::Signal::TERM);
    pause(Duration::from_millis(100));
    line.send(&bytes[bytes.len() / 2..]).unwrap();
    let answer = line.answer().unwrap();
    let reply = agent.reply(&answer.body).unwrap();
    assert!(all_receipted(&agent, &records, &reply));
    assert!(hub.program.wait().status.success());
    let hub = Hub::start(&home, &[]);
    let (_, reply) = send(&mut hub.line(), &agent, &records);
    assert!(matches!(reply.outcomes[1], Outcome::Known(_)));
}

/// Kills the hub at any instant, between a commit and its answer too: whatever was receipted is there, and nothing is there twice.
#[test]
fn a_killed_hub_has_all_that_it_receipted_and_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("hub");
    let hub = Hub::start(&home, &[]);
    let mut agent = hub.enrol("eu-1");
    let plan = agent.sign_plan();
    send(&mut hub.line(), &agent, std::slice::from_ref(&plan));
    let batches: Vec<_> = (0..400).map(|_| agent.seal(3).unwrap()).collect();
    let mut hub = Some(hub);
    let (mut next, mut known_again) = (0, 0);
    for round in 0_u64..12 {
        let running = hub.take().unwrap_or_else(|| Hub::start(&home, &[]));
        let mut line = running.line();
        // What was receipted before it was killed is there.
        if next > 0 {
            let before = std::slice::from_ref(&batches[next - 1]);
            let (_, reply) = send(&mut line, &agent, before);
            assert!(
                matches!(reply.outcomes[0], Outcome::Known(_)),
                "round {round}: {reply:?}"
            );
            assert!(reply.standing.number >= u64::try_from(next).unwrap());
        }
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let pid = running.program.pid();
            let over = &over;
            let killer = scope.spawn(move || {
                pause(Duration::from_millis(10 + round * 17 % 60));
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
                over.store(true, Ordering::Relaxed);
            });
            while !over.load(Ordering::Relaxed) && next < batches.len() {
                let bytes = agent.upload(std::slice::from_ref(&batches[next])).unwrap();
                let Ok(answer) = line.post("/v1/upload", &bytes) else {
                    break;
                };
                let reply = agent.reply(&answer.body).unwrap();
                match &reply.outcomes[0] {
                    Outcome::Taken(_) => {}
                    // It was committed, and killed before it could answer.
                    Outcome::Known(_) => known_again += 1,
                    other => panic!("round {round}: {other:?}"),
                }
                next += 1;
            }
            killer.join().unwrap();
        });
        running.program.wait();
    }
    let hub = Hub::start(&home, &[]);
    for rest in batches[next..].chunks(100) {
        let (_, reply) = send(&mut hub.line(), &agent, rest);
        assert!(all_receipted(&agent, rest, &reply));
    }
    println!(
        "{next} batches sent over 12 kills, {known_again} of them committed without an answer"
    );
    let reader = Reader::open(&[home.join("hub.db")]).unwrap();
    let all: usize = (agent.plan.probes.iter())
        .map(|probe| reader.attempts(&probe.name, ALWAYS).unwrap().len())
        .sum();
    assert_eq!(all, 1_200);
}

#[test]
fn a_full_disk_is_told_and_the_hub_goes_on_when_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let disk = directory.path().join("disk");
    let Some(_disk) = Disk::mount(&disk, "size=3m") else {
        return;
    };
    let hub = Hub::start(&disk.join("hub"), &[]);
    let mut agent = hub.enrol("eu-1");
    let mut line = hub.line();
    let plan = [agent.sign_plan()];
    let (_, reply) = send(&mut line, &agent, &plan);
    assert!(all_receipted(&agent, &plan, &reply));
    let ballast = disk.join("ballast");
    // Fails when nothing is left, which is what is wanted.
    let _ = std::fs::write(&ballast, vec![0; 4 << 20]);
    let batch = [
        agent.seal(900).unwrap(),
        agent.seal(900).unwrap(),
        agent.seal(900).unwrap(),
    ];
    let mut answer = post(&mut line, &agent, &batch);
    let mut more = Vec::new();
    // The log that SQLite writes ahead has some room left.
    while answer.status == 200 && more.len() < 200 {
        more.push(agent.seal(900).unwrap());
        answer = post(&mut line, &agent, &more[more.len() - 1..]);
    }
    assert_eq!((answer.status, answer.retry_after), (507, Some(30)));
    assert_eq!(hub.health("/readyz"), "503 the disk is full");
    // Whoever only reads is not concerned.
    let day = &agent.start.to_string()[..10];
    let mut days = command("reporter");
    days.args(["days", "--from", day, "--to", day]);
    let read = run(days.arg(disk.join("hub/hub.db")));
    assert!(read.status.success(), "{}", read.err);
    std::fs::remove_file(&ballast).unwrap();
    let (status, reply) = send(
        &mut line,
        &agent,
        more.last().map_or(&batch, std::slice::from_ref),
    );
    assert_eq!(status, 200);
    assert!(
        reply
            .outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Taken(_))),
        "{reply:?}"
    );
    assert_eq!(hub.health("/readyz"), "200 ready");
}
