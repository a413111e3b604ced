//! Notes, summaries and exports by the command line.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;
use ledger::name::Name;
use ledger::store::Place;
use ledger::time::{Interval, Timestamp};

use crate::{records, reporter, text};

#[test]
fn an_incident_gets_a_note_once_and_a_summary_that_quotes_it() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    records::write(root);
    let before = reporter(root, "summary 2018-12#1");
    assert!(before.status.success(), "{}", text(&before.stderr));
    assert!(text(&before.stdout).starts_with("First notice for Example Travel Ltd\n"));
    let new = reporter(root, "incident new 2018-12#1 --author Ann");
    assert_eq!(text(&new.stdout), "data/incidents/2018-12-14-1715.md\n");
    let path = root.join("data/incidents/2018-12-14-1715.md");
    let note = fs::read_to_string(&path).unwrap();
    let again = reporter(root, "incident new 2018-12#1");
    assert_eq!(again.status.code(), Some(64));
    assert_snapshot!(text(&again.stderr), @r#"reporter: a note is about it already: "Sign-in to Groupdesk failed for users and travelers" in data/incidents; change that one"#);
    // Also where the note does not say that it is about it.
    fs::write(&path, note.replace("2018-12-14T18", "2018-11-14T18")).unwrap();
    let again = reporter(root, "incident new 2018-12#1");
    assert_eq!(again.status.code(), Some(74));
    assert_snapshot!(text(&again.stderr), @"reporter: data/incidents/2018-12-14-1715.md is there already and is not overwritten; change it, or take it away first");
    let filled = note
        .replace("# cause = \"\"", "cause = \"A cable was cut\"")
        .replace("status = \"first\"", "status = \"final\"");
    fs::write(&path, filled).unwrap();
    let letter = text(&reporter(root, "summary 2018-12#1 --contact help@example.com").stdout);
    assert!(
        letter.starts_with("Incident summary for Example Travel Ltd\n"),
        "{letter}"
    );
    for part in [
        "\nCause\n-----\n\nA cable was cut.\n",
        "\nContact\n-------\n\nhelp@example.com\n",
    ] {
        assert!(letter.contains(part), "{letter}");
    }
    let sent = reporter(root, "summary 2018-12#1 --format json").stdout;
    fs::write(root.join("sent.json"), sent).unwrap();
    let revised = "summary 2018-12#1 --form revised --previous sent.json";
    assert!(text(&reporter(root, revised).stdout).contains("Nothing but the wording."));
    fs::write(
        &path,
        fs::read_to_string(&path)
            .unwrap()
            .replace("was cut", "broke"),
    )
    .unwrap();
    let letter = text(&reporter(root, revised).stdout);
    assert!(
        letter.contains("A cable was cut") && letter.contains("A cable broke"),
        "{letter}"
    );
}

#[test]
fn a_summary_for_paper_goes_to_a_file_or_into_a_pipe() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    records::write(root);
    let piped = reporter(root, "summary 2018-12#1 --format pdf");
    assert!(piped.status.success(), "{}", text(&piped.stderr));
    assert!(piped.stdout.starts_with(b"%PDF-1.7"));
    let named = reporter(
        root,
        "summary 2018-12#1 --format pdf --out letters/summary.pdf",
    );
    assert_eq!(text(&named.stdout), "letters/summary.pdf\n");
    assert_eq!(
        fs::read(root.join("letters/summary.pdf")).unwrap(),
        piped.stdout
    );
    let letter = reporter(root, "summary 2018-12#1 --format pdf --paper letter");
    assert!(letter.status.success() && letter.stdout != piped.stdout);
    let page = reporter(root, "summary 2018-12#1 --format html --out summary.html");
    assert_eq!(text(&page.stdout), "summary.html\n");
    let page = fs::read_to_string(root.join("summary.html")).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    let other = reporter(root, "summary 2018-12#1 --paper a4");
    assert_eq!(other.status.code(), Some(64));
    assert_snapshot!(text(&other.stderr), @"reporter: --paper is for --format pdf only");
}

/// Runs `line` on a terminal of its own: how it ended, and what that terminal showed.
fn on_a_terminal(root: &Path, line: &str) -> (Output, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let screen = openpt(flags).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let terminal = fs::OpenOptions::new()
        .write(true)
        .open(Path::new(OsStr::from_bytes(name.as_bytes())));
    let child = Command::new(env!("CARGO_BIN_EXE_reporter"))
        .current_dir(root)
        .args(line.split(' '))
        .stdout(terminal.unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It ends with an error when the last one who might write has closed it.
    let mut shown = Vec::new();
    let _ = fs::File::from(screen).read_to_end(&mut shown);
    (child.wait_with_output().unwrap(), text(&shown))
}

#[test]
fn a_pdf_is_not_poured_over_a_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    records::write(root);
    let (letter, shown) = on_a_terminal(root, "summary 2018-12#1");
    assert!(letter.status.success(), "{}", text(&letter.stderr));
    assert!(
        shown.starts_with("First notice for Example Travel Ltd"),
        "{shown}"
    );

    let (refused, shown) = on_a_terminal(root, "summary 2018-12#1 --format pdf");
    assert_eq!(refused.status.code(), Some(64));
    assert_eq!(shown, "");
    assert_snapshot!(text(&refused.stderr), @"reporter: a PDF is nothing for a terminal; name a file by --out, such as --out summary.pdf, or send it into a pipe");

    let (named, shown) = on_a_terminal(root, "summary 2018-12#1 --format pdf --out summary.pdf");
    assert!(named.status.success(), "{}", text(&named.stderr));
    assert_eq!(shown.trim_end(), "summary.pdf");
}

#[test]
fn mistakes_about_incidents_have_one_clear_message() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let said: Vec<String> = [
        "summary 2018-12",
        "summary 2018-12#7",
        "summary 2018-12#1 --form revised",
        "summary 2018-12#1 --previous data/east.db --form revised",
        "summary 2018-12#1 2018-12-15T12:00:00Z",
        "summary friday",
        "export csv --period December",
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
    summary 2018-12
      64: reporter: 2018-12 is no incident; write it by its number in a month (2018-12#1), or an instant inside it (2018-12-14T17:30:00-05:00)
    summary 2018-12#7
      64: reporter: there is no incident 2018-12#7; 2018-12 has 2018-12#1 from 2018-12-14 17:14:54
    summary 2018-12#1 --form revised
      64: reporter: --form revised says what has changed: name the JSON form of the summary that was sent by --previous
    summary 2018-12#1 --previous data/east.db --form revised
      64: reporter: data/east.db is no JSON: expected value at line 1 column 1
    summary 2018-12#1 2018-12-15T12:00:00Z
      64: reporter: there is no incident at 2018-12-15T07:00:00.000-05:00; 2018-12 has 2018-12#1 from 2018-12-14 17:14:54
    summary friday
      64: error: invalid value 'friday' for '<INCIDENT>': "friday" is no day, month or outage; write a date (2018-12-14), a month (2018-12), an outage by its number in a month (2018-12#2), or an instant inside one (2018-12-14T17:30:00-05:00)
    export csv --period December
      64: error: invalid value 'December' for '--period <PERIOD>': "December" is no period; write 2018-12, 2018-Q4 or 2018
    "#);
}

#[test]
fn exports_are_of_the_period_and_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let run = |line: &str| {
        let output = reporter(directory.path(), line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let now = "--as-of 2018-12-14T22:30:00Z";
    let metrics = run(&format!("export prometheus {now}"));
    assert!(
        metrics.contains("\nreporter_state{contract=\"example\",state=\"down\"} 1\n"),
        "{metrics}"
    );
    assert!(metrics.contains(
        "\nreporter_period_end_timestamp_seconds{contract=\"example\"} 1544826600.000\n"
    ));
    let days = run("export csv --period 2018-12");
    assert_eq!(days.lines().count(), 32, "a head and 31 days");
    let incidents = run("export csv --period 2018-Q4 --table incidents");
    assert_eq!(incidents.lines().count(), 2, "{incidents}");
    assert!(run("export openslo").contains("\n      target: 0.999\n"));
}

#[test]
fn a_quarter_tells_of_its_months_and_folds_quiet_days() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    records::write(root);
    let exclusion = "[[exclusion]]\nid = \"rest\"\nauthor = \"Ann\"\nreason = \"Not yet in service\"\nannounced = 2018-09-01T00:00:00Z\n\
                     start = 2018-10-01T00:00:00Z\nend = 2018-12-10T05:00:00Z\n";
    fs::write(root.join("data/exclusions.toml"), exclusion).unwrap();
    let output = reporter(root, "month 2018-Q4 --out q");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let letter = fs::read_to_string(root.join("q/report.txt")).unwrap();
    assert!(
        letter.contains("\nGroupdesk sign-in, quarter 4 of 2018\n"),
        "{letter}"
    );
    let (_, table) = letter
        .split_once("\nDowntime per month, quarter 4 of 2018\n")
        .unwrap();
    let months: Vec<&str> = table
        .lines()
        .skip(2)
        .take(3)
        .map(|line| &line[..7])
        .collect();
    assert_eq!(months, ["2018-10", "2018-11", "2018-12"]);
    let days = fs::read_to_string(root.join("q/days.csv")).unwrap();
    assert_eq!(days.lines().count(), 93, "data never folds");
}

/// From 31 December in New York to the end of 2 January, down for an hour on the first day and for half of one on the last.
#[test]
fn a_letter_knows_of_outages_in_later_months_and_where_the_record_ends() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir(root.join("data")).unwrap();
    let at = |millis| Timestamp(1_546_232_400_000 + millis);
    let hours = |from: i64, to: i64| Interval::new(at(from * 1_800_000), at(to * 1_800_000));
    let place = |region: &Name| Place::File(root.join(format!("data/{region}.db")));
    records::write_of(place, hours(0, 144), &[hours(20, 22), hours(116, 117)]);
    let over = |asked: &str| {
        let letter = text(&reporter(root, &format!("summary {asked}")).stdout);
        let letter = letter.replace('\n', " ");
        let from = letter
            .find("Sign-in has ")
            .or(letter.find("Sign-in worked "));
        let from = &letter[from.unwrap()..];
        from[..from.find("  ").unwrap()].to_owned()
    };
    let told = [
        "2018-12#1 --as-of 2019-01-02T12:00:00Z",
        "2018-12#1 --as-of 2019-01-02T18:00:00Z",
        "2018-12#1",
        "2019-01#1 --as-of 2019-01-03T06:00:00Z",
        "2019-01#1",
    ]
    .map(over);
    assert_snapshot!(told.join("\n"), @r"
    Sign-in has worked since Monday 11:00.
    Sign-in worked again from Monday 11:00; it failed later once more.
    Sign-in worked again from Monday 11:00; it failed later once more.
    Sign-in has worked since Wednesday 10:30.
    Sign-in worked again from Wednesday 10:30 until our record ends, Wednesday 2 January 2019 23:59.
    ");
}
