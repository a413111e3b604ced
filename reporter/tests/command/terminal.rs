//! What people and programs get on standard output: the list of incidents, paths or pages, colours, JSON.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use super::{records, reporter, text};

fn json(directory: &Path, line: &str) -> Value {
    let output = reporter(directory, line);
    let found = serde_json::from_slice(&output.stdout);
    found.unwrap_or_else(|error| panic!("{line}: {error}; {}", text(&output.stderr)))
}

#[test]
fn incidents_have_the_same_number_whatever_time_they_are_listed_of() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let now = "--as-of 2018-12-15T06:00:00Z";
    let output = reporter(directory.path(), &format!("incidents 2018-12 {now}"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_snapshot!(text(&output.stdout), @r"
    Groupdesk sign-in, incidents of December 2018
    contract example of Example Travel Ltd, times of America/New_York

    No.         Start                End         Length
    2018-12#1   Fri 14 Dec 17:14:54  19:15:04    2 h 10 s
                start ± 16 s, end ± 16 s, length 1 h 59 min 59 s to 2 h 41 s
                traveler and user from central, east and west: error page
    Total       1 incident                       2 h 10 s
                1 h 59 min 59 s to 2 h 41 s

    Sign-in did not work for about 2 h in 1 incident: availability 91.648 %, the
    target of 99.9 % is missed. For about 313 h 1 min nobody could look.
    Provisional: the record ends 2018-12-15 00:00.
    ");
    for time in [
        "2018-Q4",
        "2018",
        "--from 2018-12-14",
        "--from 2018-12-13 --to 2018-12-14",
        "",
    ] {
        let line = format!("incidents {time} {now} --json");
        let line = line.replace("  ", " ");
        let found = json(directory.path(), &line);
        assert_eq!(found["incidents"][0]["name"], "2018-12#1", "{line}");
        assert_eq!(
            found["incidents"][0]["explained_as"][0], "2018-12#1",
            "{line}"
        );
    }
    // A record may stand first as well.
    let line = format!("incidents data/east.db data/west.db data/central.db {now} --json");
    assert_eq!(json(directory.path(), &line)["total"]["incidents"], 1);
}

#[test]
fn a_time_that_is_none_is_told() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let said = [
        "incidents December",
        "incidents 2018-12 --from 2018-12-14",
        "incidents --from 2018-12-14 --to 2018-12-13",
        "incidents --to 2018-12-14",
        "month 2018-12 --out x --quiet --json",
        "alarms --json",
        "days --from 2018-12-14 --color sometimes",
    ]
    .map(|line| {
        let output = reporter(directory.path(), line);
        let first = text(&output.stderr).lines().next().unwrap_or("").to_owned();
        format!("{line}\n  {}: {first}", output.status.code().unwrap())
    });
    assert_snapshot!(said.join("\n"), @r#"
    incidents December
      64: reporter: "December" is no period; write 2018-12, 2018-Q4 or 2018
    incidents 2018-12 --from 2018-12-14
      64: reporter: name either December 2018 or --from, not both
    incidents --from 2018-12-14 --to 2018-12-13
      64: reporter: --to 2018-12-13 lies before --from 2018-12-14
    incidents --to 2018-12-14
      64: error: the following required arguments were not provided:
    month 2018-12 --out x --quiet --json
      64: error: the argument '--quiet' cannot be used with '--json'
    alarms --json
      64: error: the following required arguments were not provided:
    days --from 2018-12-14 --color sometimes
      64: error: invalid value 'sometimes' for '--color <WHEN>'
    "#);
}

#[test]
fn a_month_tells_scripts_its_paths_and_programs_what_was_done() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let output = reporter(directory.path(), "month 2018-12 --out a --quiet");
    let paths = text(&output.stdout);
    assert!(paths.starts_with("a/rev-1/report.html\n"), "{paths}");
    assert_eq!(text(&output.stderr), "");
    assert!(
        paths
            .lines()
            .all(|path| directory.path().join(path).exists()),
        "{paths}"
    );
    let done = json(directory.path(), "month 2018-12 --out b --json");
    assert_eq!(done["outcome"], "issued");
    assert_eq!(done["revision"], 1);
    let files = done["files"].as_array().unwrap();
    assert_eq!(files.len(), paths.lines().count());
    let again = json(directory.path(), "month 2018-12 --out b --json");
    assert_eq!(
        (&again["outcome"], &again["changes"]),
        (&"unchanged".into(), &Value::Null)
    );
    let line = "month 2018-12 --out c --json --as-of 2018-12-20T00:00:00Z";
    assert_eq!(json(directory.path(), line)["outcome"], "provisional");
}

#[test]
fn colours_are_printed_where_they_are_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    for command in ["days --from 2018-12-14", "incidents 2018-12"] {
        let printed = |when: &str| {
            let line = format!("{command}{when}");
            reporter(directory.path(), &line).stdout
        };
        let [plain, never] = ["", " --color never"].map(printed);
        assert!(!plain.contains(&0x1b));
        assert_eq!(plain, never);
        let coloured = printed(" --color always");
        assert!(coloured.contains(&0x1b));
        let stripped = anstream::adapter::strip_bytes(&coloured).into_vec();
        assert_eq!(stripped, plain, "colour changes no word");
    }
}

#[test]
fn every_document_names_its_schema() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    json(directory.path(), "month 2018-12 --out out --json");
    for line in [
        "days --from 2018-12-14 --json",
        "incidents 2018-12 --json",
        "summary 2018-12#1 --json",
        "summary 2018-12#1 --format json",
        "uptime 2018-12 --json",
        "explain 2018-12-14 --json",
        "audit 2018-12 --json",
        "verify out --json",
        "backup --out copies --json data/east.db",
        "alarms --list --json",
        "chart --list --json",
    ] {
        assert_eq!(json(directory.path(), line)["schema"], 1, "{line}");
    }
}
