//! `reporter chart` on records of three agents.

use insta::assert_snapshot;

use super::{records, reporter, text};

#[test]
fn every_chart_is_drawn_from_records() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    for name in [
        "bars",
        "calendar",
        "downtime",
        "availability",
        "gantt",
        "latency",
        "percentiles",
        "heat",
        "budget",
        "windows",
        "causes",
        "coverage",
    ] {
        let output = reporter(directory.path(), &format!("chart {name} --month 2018-12"));
        let svg = text(&output.stdout);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        assert!(
            svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"),
            "{name}"
        );
    }
}

#[test]
fn an_outage_is_drawn_close_up_with_the_looks_that_the_record_holds() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let line = "chart incident --incident 2018-12#1 --narrow --out out/strip.svg";
    let output = reporter(directory.path(), line);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "out/strip.svg\n");
    let svg = std::fs::read_to_string(directory.path().join("out/strip.svg")).unwrap();
    for words in [
        "a look that worked",
        "a look that failed (X)",
        "central",
        "at least",
    ] {
        assert!(svg.contains(words), "{words}");
    }
    let figures = reporter(
        directory.path(),
        "chart incident --incident 2018-12#1 --table",
    );
    let figures = text(&figures.stdout);
    assert!(
        figures.starts_with("How long outage 1 of December 2018 was"),
        "{figures}"
    );
    for row in [
        "|  | Earliest | Best | Latest |",
        "| Start | 2018-12-14 17:",
        "| End | 2018-12-14 19:",
        "| Length | ",
    ] {
        assert_eq!(figures.matches(row).count(), 1, "{row} in {figures}");
    }
}

#[test]
fn what_cannot_be_drawn_says_why_and_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let mut told = String::new();
    for line in [
        "chart gantt",
        "chart incident --month 2018-12",
        "chart gantt --incident 2018-12#1",
        "chart incident --incident 2018-12",
        "chart heat --month 2018-12 --persona nobody",
        "chart bars --month december",
        "chart gantt --from 2018-12-14 --to 2018-12-13",
    ] {
        let output = reporter(directory.path(), line);
        assert_eq!(output.status.code(), Some(64), "{line}");
        told += &text(&output.stderr);
    }
    assert_snapshot!(told, @r#"
    reporter: say which time by --month 2018-12, or --from and --to
    reporter: say which outage by --incident, such as 2018-12#1
    reporter: --incident belongs to the chart `incident`, not to `gantt`
    reporter: 2018-12 is no outage; name one like 2018-12#1, or an instant inside it
    reporter: there is nothing to draw: no sign-in of nobody was measured in that time
    error: invalid value 'december' for '--month <PERIOD>': "december" is no period; write 2018-12, 2018-Q4 or 2018

    For more information, try '--help'.
    reporter: --to 2018-12-13 lies before --from 2018-12-14
    "#);
}
