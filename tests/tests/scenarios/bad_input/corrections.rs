//! Corrections and incident notes.

use std::fs;

use insta::assert_snapshot;

use super::files::{directory, record};
use super::told;

const CORRECTIONS: &str = r#"
[[correction]]
id = "first"
author = "Jo"
reason = "The log says so"
written = 2018-12-18T09:00:00-05:00
outage = 2018-12-14T18:00:00
strat = 2018-12-14T17:15:02-05:00

[[correction]]
id = "second"
author = "Jo"
reason = "Changed afterwards"
written = 2018-12-17T09:00:00-05:00
ticks = { from = 2018-12-14T18:00:00-05:00, until = 2018-12-14T17:00:00-05:00 }
become = "fine"

[[correction]]
id = "third"
author = "Jo"
reason = "Back"
written = 2018-12-19T09:00:00-05:00
withdraw = "fourth"
"#;

const NOTE: &str = r#"+++
incident = "Friday"
title = "Nobody could sign in"
status = "over"

[[event]]
text = "Reboot"
+++
Words without a heading.
"#;

#[test]
fn corrections_and_notes_are_refused_with_every_mistake_at_once() {
    let dir = directory();
    record(dir.path(), "east");
    fs::write(dir.path().join("corrections.toml"), CORRECTIONS).unwrap();
    fs::create_dir(dir.path().join("notes")).unwrap();
    fs::write(dir.path().join("notes/friday.md"), NOTE).unwrap();
    let said = told(
        dir.path(),
        &[
            "reporter days --from 2018-12-14 --corrections corrections.toml",
            "reporter days --from 2018-12-14 --corrections missing.toml",
            "reporter days --from 2018-12-14 --notes notes",
            "reporter days --from 2018-12-14 --notes missing",
            "reporter days --from 2018-12-14 --notes corrections.toml",
        ],
    );
    assert_snapshot!(said, @r###"
    $ reporter days --from 2018-12-14 --corrections corrections.toml
    reporter: corrections.toml:2: correction "first": none of start, end, cause is there
      say when the outage began, when it ended, or why it happened
    corrections.toml:2: correction "first": source is missing
      say where that is known from: source = "server logs"
    corrections.toml:7: correction "first": outage = 2018-12-14T18:00:00 is no instant
      write it with its offset, such as 2018-12-16T02:00:00-05:00
    corrections.toml:8: correction "first": unknown key "strat"; did you mean "start"?
    corrections.toml:14: correction "second": written = 2018-12-17T09:00:00-05:00 lies before the entry above, 2018-12-18T14:00:00.000Z
      entries are only added, at the end; see `withdraw` for taking one back
    corrections.toml:15: correction "second": ticks.until = 2018-12-14T17:00:00-05:00 does not lie after `from`
      a span ends after it starts
    corrections.toml:16: correction "second": become = "fine" is unknown
      use "good" or "bad" or "void"
    corrections.toml:23: correction "third": withdraw = "fourth" is no entry above that can be withdrawn
      name the id of an earlier entry that was not withdrawn; to withdraw a withdrawal, write the entry anew
    -> 78
    $ reporter days --from 2018-12-14 --corrections missing.toml
    reporter: cannot read the corrections missing.toml: No such file or directory (os error 2)
    -> 74
    $ reporter days --from 2018-12-14 --notes notes
    reporter: notes/friday.md:1: author is missing
      say who writes
    notes/friday.md:2: incident = "Friday" is no instant
      write it with its offset, such as 2018-12-16T02:00:00-05:00
    notes/friday.md:4: status = "over" is unknown
      use "first" or "update" or "final"
    notes/friday.md:6: event 1: neither at nor length is there
      say when it was, or how long it took, or both
    notes/friday.md:9: text outside of any section
      put it below "## Background" or "## What did not affect you"
    -> 78
    $ reporter days --from 2018-12-14 --notes missing
    reporter: cannot read the notes in missing: No such file or directory (os error 2)
    -> 74
    $ reporter days --from 2018-12-14 --notes corrections.toml
    reporter: cannot read the notes in corrections.toml: Not a directory (os error 20)
    -> 74
    "###);
}
