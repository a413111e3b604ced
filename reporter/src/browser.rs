//! What readers see, in a real browser (tests only): every page and drawing on screens of three sizes, on light and on
//! dark ground, and on paper of two sizes.
//!
//! `tests/browser/look.mjs` takes a directory of `.html` and `.svg` files and says what is wrong with them. Pages are tried
//! by writing them there: a line in [`write_pages`].

mod planted;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::chart::catalogue::Kind;
use crate::chart::{Format, svg};
use crate::explain::what::What;
use crate::fixture::{self, cases, months};
use crate::report::recent::Earlier;
use crate::report::{Report, html, pictures};
use crate::site::{self, Content};
use crate::summary::{self, Summary, Wanted};

/// What the browser saw.
#[derive(Debug, Deserialize)]
struct Seen {
    pages: usize,
    views: usize,
    findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Debug, Deserialize)]
struct Finding {
    page: String,
    view: String,
    rule: String,
    what: String,
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn every_page_and_drawing_is_as_it_should_be_in_a_browser() {
    let place = empty("pages");
    write_pages(&place);
    let Some(seen) = look(&place) else { return };
    assert!(seen.pages > 60 && seen.views > 200, "{seen:#?}");
    let wrong: Vec<String> = seen
        .findings
        .iter()
        .map(|one| format!("{} ({}): {}: {}", one.page, one.view, one.rule, one.what))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every page that is tried. They stay below the target directory, for who wants to look at them too.
fn write_pages(place: &Path) {
    let page = |name: &str, text: String| write(place, &format!("{name}.html"), &text);
    for (name, report) in reports() {
        page(&name.replace([' ', '\''], "-"), html::render(&report));
    }
    page("american-letter", html::page(&american().page()));
    for (name, letter) in summary::tests::letters() {
        let name = name.replace(' ', "-");
        page(&name, html::page(&letter.page()));
    }
    drawings(place);
    site(place);
}

/// Reports of every kind of month, and of longer periods.
fn reports() -> Vec<(String, Report)> {
    let told = |from, to| fixture::report(fixture::told((from, to), "America/New_York"));
    let mut hostile = fixture::december();
    hostile.contract.service = format!("<b>{}\u{202e}gnp.exe", "wide ".repeat(60));
    hostile.contract.customer = format!("\"><script>{}", "x".repeat(10_000));
    let before = fixture::told(("2018-10-03T00:00", "2018-12-01T00:00"), "America/New_York");
    let earlier = Earlier::of(&before.assessment, fixture::ny("2018-11-02T00:00"));
    let lately = fixture::report(fixture::december()).with_earlier(earlier);
    let more = [
        ("lately", lately),
        ("quarter", told("2018-10-01T00:00", "2019-01-01T00:00")),
        ("year", told("2018-01-01T00:00", "2019-01-01T00:00")),
        ("hostile", fixture::report(hostile)),
    ];
    let golden = months::all()
        .into_iter()
        .map(|case| (case.name, case.report()));
    // Of the others there is one among the golden months.
    let kept = [
        "december",
        "unseen for ten days",
        "maintained month",
        "forty incidents",
    ];
    let cases = cases::all().into_iter();
    let cases = cases.filter(|(name, _)| kept.contains(name));
    let all = cases.chain(golden).chain(more);
    all.map(|(name, report)| (name.to_owned(), report))
        .collect()
}

/// A letter with clocks of twelve hours, which are the longest.
fn american() -> Summary {
    let report = months::american().report();
    let all = report.found.incidents.iter();
    let all: Vec<What> = all.map(|one| What::Instant(one.span.start)).collect();
    Summary::new(&report, &all, Wanted::default()).expect("three incidents")
}

/// What a published site has beside reports.
fn site(place: &Path) {
    for (path, content) in site::files(&site::tests::site()) {
        let shown = path.ends_with(".html") || path.ends_with(".svg");
        if let (true, false, Content::Made(bytes)) = (shown, path.contains("reports/2"), content) {
            write(
                place,
                &format!("site/{path}"),
                &String::from_utf8(bytes).unwrap(),
            );
        }
    }
}

/// Every chart as a file of its own.
fn drawings(place: &Path) {
    for (case, report) in [
        ("december", fixture::report(fixture::december())),
        ("unseen", fixture::report(cases::ten_days_unseen())),
        ("american", months::american().report()),
    ] {
        let looks = cases::looks(&report.found.outages);
        for picture in Kind::ALL
            .into_iter()
            .flat_map(|kind| pictures::of(&report, kind, &looks))
        {
            for format in Format::ALL {
                let drawing = picture.drawing(format);
                let name = format!("charts/{case}-{}.svg", drawing.id);
                write(place, &name, &svg::standalone(drawing));
            }
        }
    }
}

fn empty(name: &str) -> PathBuf {
    let place = Path::new(ROOT).join("target/browser").join(name);
    let _ = fs::remove_dir_all(&place);
    place
}

fn write(place: &Path, name: &str, text: &str) {
    let path = place.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What a browser sees in `place`; nothing where there is no browser, which on a CI machine is a failure.
fn look(place: &Path) -> Option<Seen> {
    let axe = Path::new(ROOT).join("target/tools/browser/node_modules/axe-core/axe.min.js");
    let tools = ["node", "chromium", "pdftotext"].map(|tool| {
        let asked = Command::new(tool).arg("--version").output();
        let asked = asked.or_else(|_| Command::new(tool).arg("-v").output());
        (tool.to_owned(), asked.is_ok())
    });
    let tools = tools
        .into_iter()
        .chain([(axe.display().to_string(), axe.exists())]);
    for (tool, there) in tools {
        if !there {
            assert!(std::env::var_os("CI").is_none(), "{tool} is missing");
            eprintln!("SKIPPED, not looked at: {tool} is needed, and tests/run installs it");
            return None;
        }
    }
    let done = Command::new("node")
        .arg(Path::new(ROOT).join("tests/browser/look.mjs"))
        .arg("--axe")
        .arg(axe)
        .arg(place)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    Some(serde_json::from_slice(&done.stdout).unwrap())
}
