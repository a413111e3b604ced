//! Records, periods and contracts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use tempfile::TempDir;

use super::files::{directory, edit, record};
use super::{told, try_line};

#[test]
fn an_agent_leaves_alone_what_is_no_record_of_its_own() {
    let (dir, data) = spoilt_records();
    let before = contents(&data);
    let said = told(
        dir.path(),
        &[
            "prober agent --region east --name text",
            "prober agent --region east --name music",
            "prober agent --region east --name newer",
            "prober agent --region east --name damaged",
            "prober agent --region east --name renamed",
            "prober agent --region east --data probes.toml",
        ],
    );
    assert_snapshot!(said, @r#"
    $ prober agent --region east --name text
    prober: data/text.db is no record: it is no SQLite file; name another file
    -> 74
    $ prober agent --region east --name music
    prober: data/music.db is no record: it is another program's SQLite file (application id 0x0); name another file
    -> 74
    $ prober agent --region east --name newer
    prober: data/newer.db has schema 99, this program knows up to 1; update the program
    -> 74
    $ prober agent --region east --name damaged
    prober: data/damaged.db is damaged: database disk image is malformed; move it away and keep it, an agent then begins a new one
    -> 74
    $ prober agent --region east --name renamed
    prober: data/renamed.db is the record of agent other in region east, not of agent renamed in region east; name another file
    -> 74
    $ prober agent --region east --data probes.toml
    prober: cannot open probes.toml/east.db: File exists (os error 17); check the path and its permissions
    -> 74
    "#);
    assert!(contents(&data) == before, "a file was changed");
}

#[test]
fn a_reader_leaves_alone_what_is_no_record() {
    let (dir, data) = spoilt_records();
    let before = contents(&data);
    let said = told(
        dir.path(),
        &[
            "reporter days --from 2018-12-14 data/text.db",
            "reporter days --from 2018-12-14 data/music.db",
            "reporter days --from 2018-12-14 data/newer.db",
            "reporter days --from 2018-12-14 data/damaged.db",
            "reporter days --from 2018-12-14 data/missing.db",
            "reporter days --from 2018-12-14 data",
        ],
    );
    assert_snapshot!(said, @r#"
    $ reporter days --from 2018-12-14 data/text.db
    reporter: data/text.db is no record: it is no SQLite file; name another file
    -> 74
    $ reporter days --from 2018-12-14 data/music.db
    reporter: data/music.db is no record: it is another program's SQLite file (application id 0x0); name another file
    -> 74
    $ reporter days --from 2018-12-14 data/newer.db
    reporter: data/newer.db has schema 99, this program knows up to 1; update the program
    -> 74
    $ reporter days --from 2018-12-14 data/damaged.db
    reporter: data/damaged.db is damaged: database disk image is malformed; move it away and keep it, an agent then begins a new one
    -> 74
    $ reporter days --from 2018-12-14 data/missing.db
    reporter: there is no record at data/missing.db; `prober agent` makes one
    -> 74
    $ reporter days --from 2018-12-14 data
    reporter: cannot open data: it is a directory; check the path and its permissions
    -> 74
    "#);
    assert!(contents(&data) == before, "a file was changed");
}

#[test]
fn a_period_that_makes_no_sense() {
    let dir = directory();
    record(dir.path(), "east");
    let said = told(
        dir.path(),
        &[
            "reporter days --from 2018-02-30",
            "reporter days --from 14.12.2018",
            "reporter days --from 2018-12-14 --to 2018-12-13",
            "reporter days --from 2999-01-01",
            "reporter month 2999-01 --out report",
            "reporter month 2018-13 --out report",
            "reporter month december --out report",
            "reporter days --from 2018-12-14 --as-of yesterday",
        ],
    );
    let now = [(r"20[2-8]\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "[now]")];
    insta::with_settings!({ filters => now }, {
    assert_snapshot!(said, @r#"
    $ reporter days --from 2018-02-30
    error: invalid value '2018-02-30' for '--from <DATE>': parsed date is not valid: parameter 'day' for `2018-02` is invalid, must be in range `1..=28`

    For more information, try '--help'.
    -> 64
    $ reporter days --from 14.12.2018
    error: invalid value '14.12.2018' for '--from <DATE>': failed to parse four digit integer as year: invalid digit, expected 0-9 but got .

    For more information, try '--help'.
    -> 64
    $ reporter days --from 2018-12-14 --to 2018-12-13
    reporter: --to 2018-12-13 lies before --from 2018-12-14
    -> 64
    $ reporter days --from 2999-01-01
    reporter: the period begins at 2999-01-01T00:00:00.000Z, later than [now], up to which it can be judged
    -> 64
    $ reporter month 2999-01 --out report
    reporter: the period begins at 2999-01-01T00:00:00.000Z, later than [now], up to which it can be judged
    -> 64
    $ reporter month 2018-13 --out report
    error: invalid value '2018-13' for '<PERIOD>': "2018-13" is no period; write 2018-12, 2018-Q4 or 2018

    For more information, try '--help'.
    -> 64
    $ reporter month december --out report
    error: invalid value 'december' for '<PERIOD>': "december" is no period; write 2018-12, 2018-Q4 or 2018

    For more information, try '--help'.
    -> 64
    $ reporter days --from 2018-12-14 --as-of yesterday
    error: invalid value 'yesterday' for '--as-of <INSTANT>': failed to parse four digit integer as year: invalid digit, expected 0-9 but got y

    For more information, try '--help'.
    -> 64
    "#);
    });
    assert!(!dir.path().join("report").exists(), "nothing was begun");
}

#[test]
fn a_contract_or_a_place_that_there_is_not() {
    let dir = directory();
    record(dir.path(), "east");
    let said = told(
        dir.path(),
        &[
            "reporter days --from 2018-12-14 --contract gold",
            "reporter days --from 2018-12-14 --plan missing.toml",
            "reporter month 2018-12 --out probes.toml",
            "reporter weekly",
        ],
    );
    assert_snapshot!(said, @r#"
    $ reporter days --from 2018-12-14 --contract gold
    reporter: the plan has no contract gold; it has groupdesk
    -> 64
    $ reporter days --from 2018-12-14 --plan missing.toml
    reporter: cannot read the plan missing.toml: No such file or directory (os error 2)
    -> 74
    $ reporter month 2018-12 --out probes.toml
    reporter: cannot write probes.toml: File exists (os error 17)
    -> 74
    $ reporter weekly
    error: unrecognized subcommand 'weekly'

    Usage: reporter [OPTIONS] <COMMAND>

    For more information, try '--help'.
    -> 64
    "#);
}

#[test]
fn a_period_without_evidence_is_unknown_and_no_mistake() {
    let dir = directory();
    record(dir.path(), "east");
    let ended = try_line(
        dir.path(),
        "reporter days --from 2018-12-14 --to 2018-12-15",
    );
    assert!(ended.status.success(), "{}", ended.err);
    assert_eq!(ended.err, "");
    assert_snapshot!(ended.out, @r#"
    Groupdesk sign-in, 14 to 15 December 2018
    contract groupdesk of All customers, days of UTC

    Day             Downtime         Unknown           Available  Outages
    Fri 2018-12-14  0 s              24 h                no data        –
    Sat 2018-12-15  0 s              24 h                no data        –
    Total           0 s              48 h                no data        0

    No time is left to judge: everything was excluded or unknown.
    "#);
}

/// Files that are no record, not a sound one, not one of this version, or somebody else's.
fn spoilt_records() -> (TempDir, PathBuf) {
    let dir = directory();
    for name in ["other", "newer", "damaged"] {
        record(dir.path(), name);
    }
    let data = dir.path().join("data");
    let diary = "Dear diary, today nothing was down.\n".repeat(99);
    fs::write(data.join("text.db"), diary).unwrap();
    edit(&data.join("music.db"), "CREATE TABLE album (title TEXT)");
    edit(&data.join("newer.db"), "PRAGMA user_version = 99");
    let mut bytes = fs::read(data.join("damaged.db")).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    fs::write(data.join("damaged.db"), bytes).unwrap();
    fs::rename(data.join("other.db"), data.join("renamed.db")).unwrap();
    (dir, data)
}

/// All databases with their bytes; what SQLite puts beside them comes and goes.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let named = files.map(|path| {
        (
            path.file_name().unwrap().to_string_lossy().into_owned(),
            path,
        )
    });
    let kept = named.filter(|(name, _)| name.ends_with(".db"));
    kept.map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}
