//! A backup of an agent at work, and the agent that goes on from it: docs/OPERATIONS.md, step by step.

use std::fs;

use ledger::attempt::Kind;

use crate::support::program::{acknowledged, run};
use crate::support::record;
use crate::support::town::Town;

#[test]
fn an_agent_goes_on_from_its_backup_and_the_rest_is_unknown() {
    let town = Town::new("");
    town.plan("probes.toml", include_str!("support/plan.toml"));
    let mut agent = town.agent("east");
    agent.out.until(|line| line == "ack 6\n");
    let made = run(&mut town.command("reporter backup --out backup data/east.db"));
    assert!(made.status.success(), "{}", made.err);
    let copy = town.dir().join("backup/east.db");
    let kept = record::attempts(&copy);
    let last = kept.len();
    assert_eq!(
        made.out,
        format!("backup/east.db: east, up to attempt {last}, 0 batches; whole\n")
    );
    assert!(last >= 6);
    record::must_be_sound(&copy);
    let again = run(&mut town.command("reporter backup --out backup data/east.db"));
    assert_eq!(
        (again.status.code(), again.err.as_str()),
        (
            Some(74),
            "reporter: cannot copy backup/east.db: it is there already; move it away, or name another one\n"
        )
    );
    agent
        .out
        .until(|line| line == format!("ack {}\n", last + 10));
    let lost = acknowledged(&agent.kill().out);
    let file = town.record("east");
    assert!(record::attempts(&file).len() >= lost.len());

    // The copy in its place, and nothing of the old one beside it.
    for ending in ["db-wal", "db-shm"] {
        fs::remove_file(file.with_extension(ending)).unwrap();
    }
    fs::copy(&copy, &file).unwrap();
    let mut agent = town.agent("east");
    agent
        .out
        .until(|line| line == format!("ack {}\n", last + 4));
    let ended = agent.leave();
    assert!(ended.status.success(), "{}", ended.err);
    let restored = record::attempts(&file);
    assert_eq!(restored[..last], kept, "what was copied is there");
    let sequences: Vec<u64> = restored.iter().map(|attempt| attempt.sequence).collect();
    assert_eq!(sequences, (1..=restored.len() as u64).collect::<Vec<_>>());
    // What came after the copy says that nobody looked, and why.
    let missed = restored[last..].iter().filter(|attempt| {
        attempt.kind == Kind::Base
            && attempt
                .class
                .is_some_and(|class| class.as_str().starts_with("prober."))
    });
    assert!(missed.count() > 0, "the lost time is not told");
    record::must_be_the_fold_of_its_attempts(&file);
}
