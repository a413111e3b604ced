//! What must hold of every page.

use insta::assert_snapshot;
use ledger::contract::Locale;
use ledger::state::{Lane, Segment, State};

use super::*;
use crate::chart::palette::Ink;
use crate::fixture::cases;
use crate::report::{markdown, walk};

/// A page as text, to be read in a test.
fn words(page: &Page) -> String {
    let text = markdown::page(page).text.replace('\u{a0}', " ");
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn personas_lose_nothing_in_time_that_the_contract_leaves_out() {
    let site = told(fixture::report(cases::maintained()), "Groupdesk sign-in");
    let subjects = subject::subjects(&site.services[0]);
    assert_eq!(subjects.len(), 3);
    for subject in &subjects[1..] {
        // 7 h 30 min, of which the last ones from 12:00 on lie in maintenance.
        let down = Millis::from_mins(330) + Millis::from_secs(7);
        assert_eq!(subject.days.down, down, "{subject:?}");
        assert_eq!(subject.month.down, down, "{subject:?}");
    }
}

#[test]
fn the_status_page_tells_now_from_today() {
    let site = site();
    let page = status::page(&site, &site.services[0]);
    assert_snapshot!(words(&page), @r#"
    Status
    # Groupdesk sign-in
    - **As of**: 2018-12-17 12:00
    - **Last evidence**: 2018-12-17 12:00
    - **Times**: all by the clock of America/New\_York
    ## Now: up
    **Sign-in has worked since 2018-12-16 13:59:53.**
    - **Down today**: 0 s
    - **1 to 17 December 2018**: 98.106 % (7 h 30 min down)
    - **Last 17 days**: 98.106 % (7 h 30 min down)
    ## Personas
    ### By whom signs in
    | Who | Now | This month | 90 days |
    |---|---|---:|---:|
    | travelers | up | 98.106 % (7 h 30 min down) | 98.106 % (7 h 30 min down) |
    | users | up | 98.106 % (7 h 30 min down) | 98.106 % (7 h 30 min down) |
    ## The last 90 days
    Each bar is a day, the higher the longer the service was down; a hatched part is time in which nobody could look.
    ## Planned maintenance
    Maintenance is under way until 2018-12-17 12:30; what fails now may be a part of it.
    ### The next first
    | When | What |
    |---|---|
    | 2018-12-17 11:30 to 12:30 | Groupdesk sign-in (announced 2018-12-17 11:00) |
    | 2018-12-20 22:00 to 23:30 | Groupdesk sign-in (announced 2018-12-10 09:00) |
    ## Recent incidents
    ### The newest first
    | Since | What | Down |
    |---|---|---:|
    | 2018-12-16 (10:00) | Sign-in to Groupdesk failed for users and travelers | 4 h |
    | 2018-12-15 (22:30) | Sign-in to Groupdesk failed for users and travelers | 1 h 30 min |
    | 2018-12-14 (17:15) | Sign-in failed: Groupdesk sign-in | 2 h |
    All incidents
    ## Reports
    ### Issued last
    | Period | Verdict | Availability | Down | Issued |
    |---|---|---:|---:|---|
    | November 2018 (days, JSON) | Missed | 98.106 % | 7 h 30 min | revision 2: 3 changes (list) (revision 1) |
    All reports
    ## Where it is looked at from
    ### By region
    | Region | Now | Looked at last |
    |---|---|---:|
    | ap-south | up | 2018-12-17 12:00 |
    | eu-west | up | 2018-12-17 12:00 |
    | us-east | up | 2018-12-17 12:00 |
    ## Groupdesk sign-in elsewhere
    - Incidents and reports as a feed (Atom)
    - Planned maintenance as a calendar (iCalendar)
    - How it is, as a badge (SVG)
    - This month as a badge
    - These days as a badge
    - All of this page for machines (JSON)
    ---
    Made as of 2018-12-17 12:00 (America/New\_York), not kept up to date by itself: load it again for what is newer. Contract groupdesk. Every figure stands in status.json.
    "#);
}

#[test]
fn pages_and_badges_follow_the_locale_of_the_contract() {
    let mut story = fixture::told(("2018-12-01T00:00", "2018-12-17T12:00"), "America/New_York");
    story.contract.locale = Locale::EnUs;
    let texts = texts(&told(fixture::report(story), "Groupdesk sign-in"));
    let mut pages = 0;
    for (path, text) in &texts {
        if path.ends_with(".html") || path.ends_with(".svg") {
            walk::no_24_hours(path, text);
            pages += usize::from(text.replace('\u{a0}', " ").contains(" pm"));
        }
    }
    assert!(pages > 5, "{pages} pages tell a time");
    let state = &texts["groupdesk/badges/state.svg"].replace('\u{a0}', " ");
    assert!(state.contains("17 Dec 12:00 pm"), "{state}");
}

#[test]
fn every_link_leads_to_a_file_of_the_site() {
    let site = site();
    let files = files(&site);
    let mut links = 0;
    for (path, html) in texts(&site)
        .iter()
        .filter(|(path, _)| path.ends_with("html"))
    {
        for part in html.split("href=\"").skip(1) {
            let to = part.split('"').next().unwrap();
            let mut at: Vec<&str> = path.split('/').collect();
            at.pop();
            let own = to.strip_prefix("https://status.example.com/");
            if own.is_some() {
                at.clear();
            }
            let to = own.unwrap_or(to);
            for step in to.split('/') {
                match step {
                    ".." => {
                        at.pop()
                            .unwrap_or_else(|| panic!("{path}: {to} leaves the site"));
                    }
                    step => at.push(step),
                }
            }
            assert!(files.contains_key(&at.join("/")), "{path}: {to}");
            links += 1;
        }
    }
    assert!(links > 60, "{links}");
    // And none is there that no page or feed leads to, but for badges of personas and files for auditors.
    let all = texts(&site).into_values().collect::<String>();
    for path in files
        .keys()
        .filter(|path| !path.contains("badges/") && !path.ends_with("SUMS"))
    {
        let name = path.rsplit('/').next().unwrap();
        assert!(all.contains(name), "{path}");
    }
}

#[test]
fn a_page_says_on_paper_where_it_is_kept_and_where_its_links_lead() {
    let site = site();
    for (path, html) in texts(&site)
        .iter()
        .filter(|(path, _)| path.ends_with("html") && !path.contains("reports/2"))
    {
        let address = format!("https://status.example.com/{path}");
        let own = format!(" Address: <a class=\"own\" href=\"{address}\">{address}</a>");
        assert!(html.contains(&own), "{path}");
        assert!(
            html.contains("::after{content:\" (\" attr(href) \")\""),
            "{path}"
        );
    }
    let nowhere = Site { url: None, ..site };
    let texts = texts(&nowhere);
    assert!(
        !texts
            .iter()
            .any(|(path, text)| path.ends_with("html") && text.contains("Address: "))
    );
}

#[test]
fn a_report_links_its_incidents_to_the_pages_that_the_register_names() {
    let report = fixture::report(fixture::december());
    let kept = |id: &str, outage: usize, fate| {
        let outage = &report.found.outages[outage];
        Kept {
            id: id.into(),
            span: Interval::new(outage.start.earliest, outage.end.latest),
            title: String::new(),
            first: outage.confirmed,
            updated: outage.confirmed,
            told: String::new(),
            fate,
        }
    };
    // The first began elsewhere when it was named, the second was withdrawn, of the third nobody has told yet.
    let register = Register {
        seed: String::new(),
        incidents: vec![
            kept("2018-12-14-1650", 0, register::Fate::Stands),
            kept("2018-12-15-2230", 1, register::Fate::Withdrawn),
        ],
    };
    let links = incident::links(&report, &register, "https://a.example/x/");
    let first = "https://a.example/x/incidents/2018-12-14-1650.html".to_owned();
    assert_eq!(links, [(1, first)].into());
}

#[test]
fn every_figure_stands_in_the_document_of_its_page() {
    let site = site();
    let texts = texts(&site);
    let mut figures = 0;
    for (path, html) in texts.iter().filter(|(path, _)| path.ends_with(".html")) {
        let document = match path.as_str() {
            "index.html" => "status.json".to_owned(),
            path if path.contains("incidents/2") => path.replace(".html", ".json"),
            path if path.contains("reports/2") => continue,
            _ => "groupdesk/status.json".into(),
        };
        let document: Value = serde_json::from_str(&texts[&document]).unwrap();
        for part in html.split("data-json=\"").skip(1) {
            // A sentence that is an attribute names the places of all its figures.
            for at in part.split('"').next().unwrap().split(' ') {
                let value = document.pointer(at);
                assert!(value.is_some_and(|value| !value.is_null()), "{path}: {at}");
                figures += 1;
            }
        }
    }
    assert!(figures > 100, "{figures}");
}

/// A report whose last evidence lies so far back.
fn silent(minutes: i64) -> Report {
    let mut story = fixture::told(("2018-12-01T00:00", "2018-12-17T12:00"), "America/New_York");
    let found = &mut story.assessment;
    let end = found.period.end;
    let cut = |lane: &mut Lane| {
        let last = lane.0.last_mut().unwrap();
        assert_eq!(last.state, State::Up);
        last.interval.end = end - Millis::from_mins(minutes);
        let interval = Interval::new(last.interval.end, end);
        lane.0.push(Segment {
            interval,
            state: State::Unknown,
        });
    };
    cut(&mut found.service);
    found.personas.values_mut().for_each(cut);
    found
        .regions
        .values_mut()
        .flat_map(BTreeMap::values_mut)
        .for_each(cut);
    fixture::report(story)
}

#[test]
fn unknown_is_never_green() {
    let green = [Ink::Up.hex(), Ink::Day0.hex()];
    for (minutes, state) in [(3, "up"), (6, "unknown"), (6_000, "unknown")] {
        let texts = texts(&told(silent(minutes), "x"));
        let status: Value = serde_json::from_str(&texts["groupdesk/status.json"]).unwrap();
        for one in status["subjects"].as_array().unwrap() {
            assert_eq!(one["state"], state, "{minutes}: {one}");
        }
        for one in status["regions"].as_array().unwrap() {
            assert_eq!(one["state"], state, "{minutes}: {one}");
        }
        for badge in ["badges/state.svg", "badges/users/state.svg"] {
            let svg = &texts[&format!("groupdesk/{badge}")];
            assert_eq!(svg.contains(&green[0]), state == "up", "{minutes}: {svg}");
            assert!(svg.contains(&format!(">{state}")), "{svg}");
        }
        let page = &texts["groupdesk/index.html"];
        assert!(
            page.contains(&format!("<section class=\"verdict {state}\"")),
            "{minutes}"
        );
        assert_eq!(
            page.contains("Nobody knows whether sign-in works"),
            state == "unknown"
        );
    }
}

#[test]
fn a_month_that_nobody_saw_has_no_figure_and_no_colour() {
    let texts = texts(&told(fixture::report(fixture::unseen()), "x"));
    for (path, svg) in texts.iter().filter(|(path, _)| path.ends_with(".svg")) {
        assert!(svg.contains(&Ink::Unknown.hex()), "{path}: {svg}");
        for ink in [Ink::Up, Ink::Degraded, Ink::Down] {
            assert!(!svg.contains(&ink.hex()), "{path}: {svg}");
        }
    }
    let page = &texts["groupdesk/index.html"];
    let (_, bars) = page.split_once("<figure>").unwrap();
    let (bars, _) = bars.split_once("</figure>").unwrap();
    assert!(
        !bars.contains(&Ink::Day0.hex()),
        "a bar for a day without evidence"
    );
}

#[test]
fn hostile_names_are_harmless_everywhere() {
    let site = named(HOSTILE);
    let texts = texts(&site);
    for (path, text) in &texts {
        let is_plain = |one: char| one.is_ascii_alphanumeric() || "-./".contains(one);
        assert!(path.chars().all(is_plain) && !path.contains(".."), "{path}");
        if path.ends_with(".json") {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{path}");
            continue;
        }
        // A calendar is plain text.
        assert!(
            path.ends_with(".ics") || !text.contains("<script"),
            "{path}"
        );
        assert!(
            !text.contains('\u{202e}') && !text.contains('\u{ffff}'),
            "{path}"
        );
        if path.ends_with(".svg") || path.ends_with(".xml") {
            xml::check(text).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
        }
    }
    let calendar = &texts["groupdesk/maintenance.ics"];
    assert_eq!(
        calendar.matches("\r\nBEGIN:VEVENT\r\n").count(),
        2,
        "{calendar}"
    );
    assert_eq!(
        calendar.replace("\r\n", "").matches(['\r', '\n']).count(),
        0
    );
}

#[test]
fn the_same_site_is_the_same_bytes_in_every_case() {
    for (name, report) in cases::all() {
        let site = told_of(report);
        assert!(files(&site) == files(&site.clone()), "{name}");
    }
}

/// A site of a report without incidents of its own, whatever it is about.
fn told_of(report: Report) -> Site {
    Site {
        as_of: report.found.period.end,
        url: None,
        services: vec![Service {
            windows: Vec::new(),
            recent: report.clone(),
            month: report,
            fresh: BTreeMap::new(),
            reports: Vec::new(),
            incidents: Vec::new(),
            seed: "s".into(),
        }],
    }
}
