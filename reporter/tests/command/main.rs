//! The `reporter` binary on records that a store wrote.

mod records;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use insta::assert_snapshot;

fn reporter(directory: &Path, line: &str) -> Output {
    Command::cargo_bin("reporter")
        .expect("the binary is built")
        .current_dir(directory)
        .env("TZ", "Asia/Tokyo")
        .args(line.split(' '))
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\u{a0}', " ")
}

#[test]
fn days_of_three_agents_show_the_friday() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let output = reporter(directory.path(), "days --from 2018-12-14 --to 2018-12-15");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_snapshot!(text(&output.stdout), @r#"
    Groupdesk sign-in, 14 to 15 December 2018
    contract example of Example Travel Ltd, days of America/New_York

    Day             Downtime         Unknown           Available  Outages
    Fri 2018-12-14  2 h 10 s         1 min 10 s         91.648 %        1
                    1 h 59 min 59 s to 2 h 41 s
    Sat 2018-12-15  0 s              24 h                no data        –
    Total           2 h 10 s         24 h 1 min 10 s    91.648 %        1
                    1 h 59 min 59 s to 2 h 41 s

    Sign-in did not work for about 2 h in 1 incident: availability 91.648 %, the
    target of 99.9 % is missed. For about 24 h 1 min nobody could look.

    Outages
      1 Fri 14 Dec 17:14:54 ± 12 s to 19:15:04 ± 11 s
        2 h 10 s (1 h 59 min 59 s to 2 h 41 s)
        traveler and user from central, east and west: error page

    Agents' own trouble, unknown and never downtime
        Fri 14 Dec 23:59:08 to Sun 16 Dec 00:00  west
        no data: 24 h 52 s without evidence from west
        Fri 14 Dec 23:59:22 to Sun 16 Dec 00:00  central
        no data: 24 h 38 s without evidence from central
        Fri 14 Dec 23:59:28 to Sun 16 Dec 00:00  east
        no data: 24 h 32 s without evidence from east
    "#);
}

#[test]
fn a_month_is_written_whole_and_twice_the_same() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let read =
        |name: &str, out: &str| std::fs::read(directory.path().join(out).join(name)).unwrap();
    for line in [
        "month 2018-12 --out a data/east.db data/central.db data/west.db",
        "month 2018-12 --out b data/west.db data/east.db data/central.db",
    ] {
        let output = reporter(directory.path(), line);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).lines().count(), 3);
    }
    for name in ["report.html", "report.json", "days.csv"] {
        assert!(
            read(name, "a") == read(name, "b"),
            "{name} depends on the order of files"
        );
    }
    assert!(text(&read("report.html", "a")).contains("Groupdesk sign-in, December 2018"));
}

#[test]
fn mistakes_have_one_clear_message_and_their_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    std::fs::write(directory.path().join("notes.db"), "no database").unwrap();
    let said: Vec<String> = [
        "days --from 2018-12-14 notes.db",
        "days --from 2018-12-14 missing.db",
        "days --from 2018-12-14 --contract acme",
        "days --from 2018-12-14 --to 2018-12-01",
        "days --from yesterday",
        "month 2018-13 --out x",
        "month 2018-12 --out x --plan missing.toml",
        "month 2018-12 --out data/east.db",
    ]
    .into_iter()
    .map(|line| {
        let output = reporter(directory.path(), line);
        let code = output.status.code().unwrap_or(-1);
        let first = text(&output.stderr).lines().next().unwrap_or("").to_owned();
        format!("{line}\n  {code}: {first}")
    })
    .collect();
    assert_snapshot!(said.join("\n"), @r#"
    days --from 2018-12-14 notes.db
      74: reporter: notes.db is no record: it is no SQLite file; name another file
    days --from 2018-12-14 missing.db
      74: reporter: there is no record at missing.db; `prober agent` makes one
    days --from 2018-12-14 --contract acme
      64: reporter: the plan has no contract acme; it has example
    days --from 2018-12-14 --to 2018-12-01
      64: reporter: --to 2018-12-01 lies before --from 2018-12-14
    days --from yesterday
      64: error: invalid value 'yesterday' for '--from <DATE>': failed to parse four digit integer as year: invalid digit, expected 0-9 but got y
    month 2018-13 --out x
      64: reporter: "2018-13" is no date; write it like 2018-12-14, or a month like 2018-12
    month 2018-12 --out x --plan missing.toml
      74: reporter: cannot read the plan missing.toml: No such file or directory (os error 2)
    month 2018-12 --out data/east.db
      74: reporter: cannot write data/east.db: File exists (os error 17)
    "#);
}
