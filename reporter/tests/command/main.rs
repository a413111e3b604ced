//! The `reporter` binary on records that a store wrote.

mod alarms;
#[cfg(test)]
mod alike;
#[cfg(test)]
mod bytes;
mod chart;
#[path = "../../../ledger/src/testing/cluster.rs"]
mod cluster;
mod corrections;
#[cfg(test)]
mod each;
#[cfg(test)]
mod evidence;
mod explain;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod letters;
mod looks;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod publish;
mod records;
#[cfg(test)]
mod revisions;
mod terminal;

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

/// HTML without the places of its figures, which have a test of their own.
fn without_places(html: &str) -> String {
    let mut plain = String::new();
    for (index, part) in html.split(" data-json=\"").enumerate() {
        let shown = match index {
            0 => part,
            _ => part.split_once('"').map_or("", |(_, rest)| rest),
        };
        plain.push_str(shown);
    }
    plain.replace("<span>", "").replace("</span>", "")
}

#[test]
fn days_of_three_agents_show_the_friday() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let output = reporter(directory.path(), "days --from 2018-12-14 --to 2018-12-15");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_snapshot!(text(&output.stdout), @r"
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
      1 Fri 14 Dec 17:14:54 ± 16 s to 19:15:04 ± 16 s
        2 h 10 s (1 h 59 min 59 s to 2 h 41 s)
        traveler and user from central, east and west: error page

    Agents' own trouble, unknown and never downtime
        Fri 14 Dec 23:59:08 to Sun 16 Dec 00:00  west
        no data: 24 h 52 s without evidence from west
        Fri 14 Dec 23:59:22 to Sun 16 Dec 00:00  central
        no data: 24 h 38 s without evidence from central
        Fri 14 Dec 23:59:28 to Sun 16 Dec 00:00  east
        no data: 24 h 32 s without evidence from east
    ");
}

/// One window in every week, agreed in time; one that was announced a day late.
const EXCLUSIONS: &str = r#"
[[exclusion]]
id = "weekly-release"
author = "Jo Miller"
reason = "Release, as the contract allows"
announced = 2018-11-01T09:00:00Z
weekly = "friday"
zone = "America/New_York"
at = "18:00"
length = "45m"
from = 2018-11-01

[[exclusion]]
id = "afterthought"
author = "Jo <Miller>"
reason = "We had to"
announced = 2018-12-15T22:00:00Z
start = 2018-12-14T22:15:00Z
end = 2018-12-15T00:15:00Z
"#;

#[test]
fn p21_declared_windows_leave_the_figures_and_are_listed() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    std::fs::write(directory.path().join("data/exclusions.toml"), EXCLUSIONS).unwrap();
    let output = reporter(directory.path(), "days --from 2018-12-14");
    assert_snapshot!(text(&output.stdout), @r"
    Groupdesk sign-in, Friday 14 December 2018
    contract example of Example Travel Ltd, days of America/New_York

    Day             Downtime         Excluded  Unknown     Available  Outages
    Fri 2018-12-14  1 h 15 min 10 s  45 min    1 min 10 s   94.607 %        1
                    1 h 14 min 59 s to 1 h 15 min 41 s
    Total           1 h 15 min 10 s  45 min    1 min 10 s   94.607 %        1
                    1 h 14 min 59 s to 1 h 15 min 41 s

    Sign-in did not work for about 1 h 15 min in 1 incident: availability 94.607 %,
    the target of 99.9 % is missed.

    Outages
      1 Fri 14 Dec 17:14:54 ± 16 s to 19:15:04 ± 16 s
        2 h 10 s (1 h 59 min 59 s to 2 h 41 s)
        traveler and user from central, east and west: error page

    Excluded by the contract
        Fri 14 Dec 17:15 to 19:15  afterthought, announced too late: it counts
        0 s left out, with 0 s of downtime; Jo <Miller>: We had to
        Fri 14 Dec 18:00 to 18:45  weekly-release
        45 min left out, with 45 min of downtime; Jo Miller: Release, as the
        contract allows

    Agents' own trouble, unknown and never downtime
        Fri 14 Dec 23:59:08 to 24:00  west
        no data: 52 s without evidence from west
        Fri 14 Dec 23:59:22 to 24:00  central
        no data: 38 s without evidence from central
        Fri 14 Dec 23:59:28 to 24:00  east
        no data: 32 s without evidence from east
    ");
    let output = reporter(directory.path(), "month 2018-12 --out out");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = std::fs::read(directory.path().join("out/report.html")).unwrap();
    let page = text(&page);
    let (_, section) = page.split_once("<h2 id=\"exclusions\">").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    assert_snapshot!(without_places(section), @r#"
    Exclusions and corrections</h2>
    <p>3 h left the calculation by the contract, on both sides of the fraction. Downtime observed 2 h 10 s, of that excluded 45 min, counted 1 h 15 min 10 s.</p>
    <div class="scroll" role="region" aria-label="Table: Declared exclusions, December 2018" tabindex="0">
    <table>
    <caption>Declared exclusions, December 2018</caption>
    <thead><tr><th scope="col">Window</th><th scope="col" class="words">Reason</th><th scope="col" class="words">Notice</th><th scope="col">Left out</th><th scope="col">Downtime in it</th></tr></thead>
    <tbody>
    <tr><th scope="row">2018-12-07 18:00 to 2018-12-07 18:45<small>weekly-release</small></th><td class="words">Release, as the contract allows<small>Jo Miller</small></td><td class="words">878 h before<small>announced 2018-11-01 05:00</small></td><td>45 min</td><td class="zero">0 s</td></tr>
    <tr class="trouble"><th scope="row">2018-12-14 17:15 to 2018-12-14 19:15<small>afterthought</small></th><td class="words">We had to<small>Jo &lt;Miller&gt;</small></td><td class="words">too late, leaves nothing out: 23 h 45 min after its start<small>announced 2018-12-15 17:00</small></td><td class="zero">0 s</td><td class="zero">0 s</td></tr>
    <tr><th scope="row">2018-12-14 18:00 to 2018-12-14 18:45<small>weekly-release</small></th><td class="words">Release, as the contract allows<small>Jo Miller</small></td><td class="words">1046 h before<small>announced 2018-11-01 05:00</small></td><td>45 min</td><td>45 min</td></tr>
    <tr><th scope="row">2018-12-21 18:00 to 2018-12-21 18:45<small>weekly-release</small></th><td class="words">Release, as the contract allows<small>Jo Miller</small></td><td class="words">1214 h before<small>announced 2018-11-01 05:00</small></td><td>45 min</td><td class="zero">0 s</td></tr>
    <tr><th scope="row">2018-12-28 18:00 to 2018-12-28 18:45<small>weekly-release</small></th><td class="words">Release, as the contract allows<small>Jo Miller</small></td><td class="words">1382 h before<small>announced 2018-11-01 05:00</small></td><td>45 min</td><td class="zero">0 s</td></tr>
    </tbody>
    </table>
    </div>
    <p>Nothing was corrected by hand.</p>
    "#);
}

#[test]
fn a_mistake_in_the_exclusions_is_told_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let wrong = EXCLUSIONS.replace("friday", "fryday");
    std::fs::write(directory.path().join("wrong.toml"), wrong).unwrap();
    let output = reporter(
        directory.path(),
        "days --from 2018-12-14 --exclusions wrong.toml",
    );
    assert_eq!(output.status.code(), Some(78));
    assert!(
        text(&output.stderr)
            .contains("wrong.toml:7: exclusion \"weekly-release\": weekly = \"fryday\" is unknown"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn uptime_shows_each_agent_and_probe_worst_first() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let output = reporter(
        directory.path(),
        "uptime 2018-12 --top 2 --as-of 2018-12-15T05:00:00Z --latency data/east.db data/west.db",
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = text(&output.stdout);
    assert!(
        page.lines().all(|line| line.chars().count() <= 80),
        "{page}"
    );
    assert_snapshot!(page, @"
    Groupdesk sign-in, December 2018, each agent and probe by itself
    contract example of Example Travel Ltd, months of America/New_York

    Available  Downtime         Unknown         Agent and probe
     91.590 %  2 h 1 min        312 h 59 s      east user-login
               1 h 59 min 59 s to 2 h 2 min 2 s, 6.532 % to 99.404 %, 7.1 % known
               step and phase                    n     p50     p90     p99    p99.9
               all of it                      1318  342 ms  378 ms  387 ms   387 ms
               home first_byte                1318  342 ms  378 ms  387 ms   387 ms
     91.664 %  1 h 59 min 59 s  312 h 38 s      west user-login
               1 h 58 min 56 s to 2 h 1 min 1 s, 6.539 % to 99.410 %, 7.1 % known
               step and phase                    n     p50     p90     p99    p99.9
               all of it                      1320  342 ms  378 ms  387 ms   387 ms
               home first_byte                1320  342 ms  378 ms  387 ms   387 ms

    0 of 4 series reach 99.9 %. Shown are the worst 2; --top 4 shows all.
    ");
    let json = |line: &str| {
        let output = reporter(directory.path(), line);
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (
            value["source"].as_str().unwrap().to_owned(),
            value["series"].clone(),
        )
    };
    let line = "uptime 2018-Q4 --json data/east.db";
    let (source, series) = json(line);
    assert_eq!(source, "runs and ticks", "no agent kept days here");
    assert_eq!(json(&format!("{line} --afresh")).1, series);
    assert_eq!(series.as_array().map(Vec::len), Some(2));
    assert_eq!(
        series[0]["length_ms"],
        92 * 86_400_000_i64 + 3_600_000,
        "an hour more: clocks go back"
    );
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
        assert_eq!(text(&output.stdout).lines().count(), 10);
    }
    for name in [
        "report.html",
        "report.json",
        "report.md",
        "report.txt",
        "report.map.json",
        "days.csv",
        "incidents.csv",
        "report.pdf",
        "evidence.tar",
    ] {
        assert!(
            read(name, "a") == read(name, "b"),
            "{name} depends on the order of files"
        );
    }
    assert!(text(&read("report.html", "a")).contains("Groupdesk sign-in, December 2018"));
}

#[test]
fn a_report_tells_nothing_of_personas_that_its_contract_does_not_name() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let plan = include_str!("probes.toml");
    let plan = plan.replace(
        "personas = [\"user\", \"traveler\"]",
        "personas = [\"user\"]",
    );
    std::fs::write(directory.path().join("own.toml"), plan).unwrap();
    let output = reporter(
        directory.path(),
        "days --from 2018-12-14 --json --plan own.toml",
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["latency"]["user"].is_object(), "{report:#}");
    assert!(!text(&output.stdout).contains("\"traveler\""));
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
        "uptime December",
        "uptime 2019-01 --as-of 2018-12-31T00:00:00Z",
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
      64: error: invalid value '2018-13' for '<PERIOD>': "2018-13" is no period; write 2018-12, 2018-Q4 or 2018
    month 2018-12 --out x --plan missing.toml
      74: reporter: cannot read the plan missing.toml: No such file or directory (os error 2)
    month 2018-12 --out data/east.db
      74: reporter: cannot write data/east.db: File exists (os error 17)
    uptime December
      64: error: invalid value 'December' for '<PERIOD>': "December" is no period; write 2018-12, 2018-Q4 or 2018
    uptime 2019-01 --as-of 2018-12-31T00:00:00Z
      64: reporter: January 2019 begins later than 2018-12-31T00:00:00.000Z
    "#);
}
