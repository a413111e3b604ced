//! Starting and stopping.

use std::os::unix::fs::PermissionsExt as _;

use ledger::verdict::Verdict;
use rustix::process::Signal;

use crate::support::gate::Gate;
use crate::support::program::{acknowledged, run};
use crate::support::record;
use crate::support::town::Town;

const PLAN: &str = include_str!("../support/plan.toml");

#[test]
fn told_to_stop_it_finishes_what_it_has_in_hand() {
    let town = Town::new("");
    let gate = Gate::before(town.door("product"));
    let slow = PLAN.replace("* * * * * *", "*/5 * * * * *");
    let slow = slow
        .replace("900ms", "4s")
        .replace("SITE", &format!("localhost:{}", gate.port));
    town.plan("probes.toml", &slow);
    let agent = town.agent("east");
    gate.wait_for_somebody();
    agent.signal(Signal::TERM);
    gate.open();
    let ended = agent.wait();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    let file = town.record("east");
    assert!(!file.with_extension("db-wal").exists(), "one file is left");
    let kept = record::attempts(&file);
    assert!(!kept.is_empty(), "the attempt in hand is on record");
    for attempt in &kept {
        assert_eq!(attempt.verdict, Verdict::Good, "{attempt:?}");
    }
    let all: Vec<u64> = kept.iter().map(|attempt| attempt.sequence).collect();
    assert_eq!(acknowledged(&ended.out), all);
}

#[test]
fn a_second_agent_on_the_same_record_is_refused() {
    let town = Town::new("");
    town.plan("probes.toml", PLAN);
    let mut first = town.agent("east");
    first.out.until(|line| line == "ack 1\n");
    let second = run(&mut town.agent_command("east"));
    assert_eq!(second.status.code(), Some(74));
    assert_eq!(
        second.err,
        "prober: data/east.db is being written by another process; stop that one, or name another file\n"
    );
    assert_eq!(second.out, "");
    // The first one goes on, and meanwhile anybody may read.
    let before = record::attempts(&town.record("east")).len();
    let next = format!("ack {}\n", before + 1);
    first.out.until(|line| line == next);
    let today = town.today();
    let report = run(&mut town.command(&format!("reporter days --from {today}")));
    assert!(report.status.success(), "{}", report.err);
    assert!(report.out.contains("Groupdesk sign-in"), "{}", report.out);
    assert!(first.leave().status.success());
}

#[test]
fn a_new_record_is_for_its_owner_alone() {
    let town = Town::new("");
    town.plan("probes.toml", PLAN);
    let mut agent = town.agent_command("east");
    let mut agent = crate::support::program::start(agent.args(["--data", "var/lib/prober"]));
    agent.out.until(|line| line == "ack 1\n");
    let mode = |path: &str| {
        let found = std::fs::metadata(town.dir().join(path)).unwrap();
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode("var/lib/prober"), 0o700);
    for file in ["east.db", "east.db-wal", "east.db.lock"] {
        assert_eq!(mode(&format!("var/lib/prober/{file}")), 0o600, "{file}");
    }
    assert!(agent.leave().status.success());
}
