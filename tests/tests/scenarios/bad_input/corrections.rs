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
    assert_snapshot!(said, @"");
}
