//! `reporter alarms` as a process: what it tells, and that being killed loses nothing.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Output;

use insta::assert_snapshot;

use crate::{records, reporter, text};

/// In the outage, just confirmed; well in it; and after it.
const OPEN: &str = "2018-12-14T22:17:00Z";
const OVER: &str = "2018-12-15T00:20:00Z";

fn alarms(directory: &Path, as_of: &str, exec: &str) -> Output {
    let path = directory.join("exec.sh");
    std::fs::write(path, exec).expect("a script");
    reporter(
        directory,
        &format!("alarms --as-of {as_of} --exec ./run.sh"),
    )
}

/// `run.sh` runs `exec.sh` as itself, so that its parent is the reporter.
fn directory() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    records::write(directory.path());
    let script = directory.path().join("run.sh");
    std::fs::write(&script, "#!/bin/sh\n. ./exec.sh\n").expect("a script");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&script, mode).expect("it may be run");
    directory
}

/// Each event that arrived: its id, and every body that came under it.
fn arrived(directory: &Path) -> BTreeMap<String, Vec<String>> {
    let lines = std::fs::read_to_string(directory.join("seen")).unwrap_or_default();
    let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("one event a line");
        let id = event["id"].as_str().expect("it has an id").to_owned();
        events.entry(id).or_default().push(line.to_owned());
    }
    events
}

#[test]
fn an_outage_is_told_listed_and_closed() {
    let directory = directory();
    let directory = directory.path();
    let rehearsed = reporter(directory, &format!("alarms --as-of {OPEN} --dry-run"));
    assert_snapshot!(text(&rehearsed.stdout), @r"
    open (page) example/outage/service#1: Groupdesk sign-in is down since 2018-12-14 22:14:54 UTC (known to 22 s) for traveler and user, seen from central, east and west: status
    Alarms of contract example, evaluated 2018-12-14 22:17:00 UTC
      page    since 2018-12-14 22:17:00 UTC  outage service
              Groupdesk sign-in is down since 2018-12-14 22:14:54 UTC (known to 22
              s) for traveler and user, seen from central, east and west: status
    ");
    assert!(
        !directory.join("data/alarms.sqlite").exists(),
        "a rehearsal keeps nothing"
    );
    let output = alarms(directory, OPEN, "cat >> seen");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let events = arrived(directory);
    assert_snapshot!(events.keys().cloned().collect::<Vec<_>>().join("\n"), @r"
    example/outage/service#1
    ");
    assert_snapshot!(text(&reporter(directory, "alarms --list").stdout), @r"
    Alarms of contract example, evaluated 2018-12-14 22:17:00 UTC
      page    since 2018-12-14 22:17:00 UTC  outage service
              Groupdesk sign-in is down since 2018-12-14 22:14:54 UTC (known to 22
              s) for traveler and user, seen from central, east and west: status

    Waiting to be delivered: 0
    ");
    let again = alarms(directory, OPEN, "cat >> seen");
    assert!(again.status.success());
    assert_eq!(arrived(directory), events, "nothing is told twice");
    let output = reporter(directory, &format!("alarms --as-of {OVER}"));
    let lines = text(&output.stdout);
    let ids = lines.lines().map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        format!(
            "{} {}",
            event["phase"].as_str().unwrap(),
            event["id"].as_str().unwrap()
        )
    });
    assert_snapshot!(ids.collect::<Vec<_>>().join("\n"), @r"
    open example/budget/2018-12:100%#1
    open example/budget/2018-12:50%#1
    open example/budget/2018-12:75%#1
    open example/credit/2018-12:10%#1
    close example/outage/service#2
    open example/burn_rate/1d#1
    open example/burn_rate/1h#1
    open example/burn_rate/3d#1
    open example/burn_rate/6h#1
    close example/burn_rate/1h#2
    ");
}

#[test]
fn p31_a_reporter_that_is_killed_delivers_again_under_the_same_id() {
    let directory = directory();
    let directory = directory.path();
    // The parent is the reporter, or the shell that it started.
    let victim = "case $(cat /proc/$PPID/comm) in reporter) kill -9 $PPID;; \
        *) kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat);; esac";
    for exec in [
        victim.to_owned(),
        format!("cat >> seen; {victim}"),
        format!("cat >> seen; {victim}"),
    ] {
        let output = alarms(directory, OPEN, &exec);
        assert_eq!(output.status.signal(), Some(9), "{}", text(&output.stderr));
    }
    let first = arrived(directory);
    assert_eq!(first.len(), 1);
    assert_eq!(
        first.values().next().unwrap().len(),
        2,
        "it arrived, and nobody could say so"
    );
    let output = alarms(directory, OPEN, "cat >> seen");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let killed = arrived(directory);
    std::fs::remove_file(directory.join("seen")).unwrap();
    std::fs::remove_file(directory.join("data/alarms.sqlite")).unwrap();
    let _ = std::fs::remove_file(directory.join("data/alarms.sqlite-wal"));
    assert!(alarms(directory, OPEN, "cat >> seen").status.success());
    let undisturbed = arrived(directory);
    assert_eq!(
        killed.keys().collect::<Vec<_>>(),
        undisturbed.keys().collect::<Vec<_>>()
    );
    for (id, bodies) in &killed {
        assert!(
            bodies.iter().all(|body| *body == undisturbed[id][0]),
            "{id}: {bodies:?}"
        );
    }
}

#[test]
fn a_command_that_fails_is_tried_again_later_and_said_so() {
    let directory = directory();
    let directory = directory.path();
    let output = alarms(directory, OPEN, "exit 7");
    assert_eq!(output.status.code(), Some(75));
    assert_snapshot!(text(&output.stderr), @r"
    reporter: 1 event not delivered, tried again later; the first is example/outage/service#1: the command ended with exit code 7
    ");
    assert!(text(&reporter(directory, "alarms --list").stdout).contains("exit code 7"));
    let soon = alarms(directory, OPEN, "cat >> seen");
    assert!(
        soon.status.success() && arrived(directory).is_empty(),
        "not before its time"
    );
    let later = alarms(directory, "2018-12-14T22:18:00Z", "cat >> seen");
    assert!(later.status.success(), "{}", text(&later.stderr));
    assert!(arrived(directory).contains_key("example/outage/service#1"));
}

#[test]
fn mistakes_of_alarms_are_told() {
    let directory = directory();
    let directory = directory.path();
    let nothing = text(&reporter(directory, "alarms --list").stdout);
    assert!(
        nothing.starts_with("No alarms have been evaluated yet."),
        "{nothing}"
    );
    for (line, code, said) in [
        (
            "alarms --watch soon",
            64,
            "is no length of time above zero; write it like 30s or 1m",
        ),
        (
            "alarms --outbox data/east.db",
            74,
            "data/east.db is no outbox of alarms: it is the record of an agent; name another file",
        ),
        ("alarms --list --dry-run", 64, "cannot be used with"),
    ] {
        let output = reporter(directory, line);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{line}: {}",
            text(&output.stderr)
        );
        assert!(
            text(&output.stderr).contains(said),
            "{line}: {}",
            text(&output.stderr)
        );
    }
}
