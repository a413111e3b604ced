//! A site of the December weekend, and what must hold of every page of it.

mod feeds;
mod names;
mod pages;
mod xml;

use std::collections::BTreeMap;

use ledger::exclusion::{Exclusion, When};
use ledger::note::{Note, Status};
use ledger::time::{Interval, Millis};

use super::*;
use crate::explain::what::What;
use crate::fixture::{self, ny};
use crate::summary::Wanted;
use register::Register;

/// A text that would be markup, a header, a formula and a path, and turns the reading direction.
pub(super) const HOSTILE: &str =
    "<script>alert(1)</script> \"'&;,\\ ../../etc \u{202e}\r\nBEGIN:VEVENT \u{ffff}]]>--> {{x}}";

/// A site as of Monday noon after the weekend.
pub(crate) fn site() -> Site {
    named("Groupdesk sign-in")
}

/// The same of a service of that name.
pub(super) fn named(service: &str) -> Site {
    let mut story = fixture::told(("2018-12-01T00:00", "2018-12-17T12:00"), "America/New_York");
    service.clone_into(&mut story.contract.service);
    told(fixture::report(story), service)
}

/// The site of one report, which is that of the month and of the last days.
pub(super) fn told(mut report: Report, title: &str) -> Site {
    let as_of = report.found.period.end;
    report.notes = vec![note(title)];
    let months = [report.clone()];
    let groups = incident::groups(&months);
    let summaries = groups
        .iter()
        .map(|group| Summary::new(&report, &[What::Instant(group.at)], Wanted::default()).unwrap());
    let summaries: Vec<Summary> = summaries.collect();
    let found = groups.iter().zip(&summaries);
    let found: Vec<_> = found
        .map(|(group, summary)| incident::found(group, summary, as_of))
        .collect();
    let mut register = Register {
        seed: "5eed00c0ffee".into(),
        incidents: Vec::new(),
    };
    register.enter(&found, report.found.period, as_of);
    let kept = register.incidents.into_iter().zip(summaries);
    let mut incidents: Vec<Told> = kept
        .map(|(kept, summary)| Told {
            kept,
            summary: Some(summary),
        })
        .collect();
    incidents.reverse();
    let period: Period = "2018-12".parse().unwrap();
    let page = vec![("report.html".to_owned(), b"<p>".to_vec())];
    let mut reports = vec![provisional(period, &report, page)];
    reports.push(issued(&report));
    Site {
        as_of,
        url: Some("https://status.example.com/".into()),
        services: vec![Service {
            windows: calendar::windows(&report.contract, &declared(title), as_of),
            recent: report.clone(),
            month: report,
            fresh: BTreeMap::new(),
            reports,
            incidents,
            seed: register.seed,
        }],
    }
}

fn note(title: &str) -> Note {
    Note {
        incidents: vec![ny("2018-12-14T18:00")],
        contracts: Vec::new(),
        title: format!("Sign-in failed: {title}"),
        author: title.into(),
        cause: Some(title.into()),
        status: Status::Final,
        events: Vec::new(),
        actions: Vec::new(),
        background: Some(title.into()),
        unaffected: None,
    }
}

fn declared(reason: &str) -> Vec<Exclusion> {
    let window = |id: &str, announced: &str, from: &str, to: &str| Exclusion {
        id: fixture::name(id),
        contracts: Vec::new(),
        author: reason.into(),
        reason: reason.into(),
        announced: ny(announced),
        late: false,
        when: When::Once(Interval::new(ny(from), ny(to))),
    };
    vec![
        window(
            "move",
            "2018-12-10T09:00",
            "2018-12-20T22:00",
            "2018-12-20T23:30",
        ),
        window(
            "patch",
            "2018-12-17T11:00",
            "2018-12-17T11:30",
            "2018-12-17T12:30",
        ),
        window(
            "afterwards",
            "2018-12-16T18:00",
            "2018-12-16T10:00",
            "2018-12-16T14:00",
        ),
        window(
            "not-told-yet",
            "2018-12-18T09:00",
            "2018-12-28T10:00",
            "2018-12-28T14:00",
        ),
    ]
}

/// A report of November, issued twice.
fn issued(report: &Report) -> Published {
    let period: Period = "2018-11".parse().unwrap();
    let file = |name: &str| {
        (
            name.to_owned(),
            Content::Issued(PathBuf::from("/keep").join(name)),
        )
    };
    let files = |names: &[&str]| -> Files { names.iter().map(|name| file(name)).collect() };
    let revision = |number: u32, changes: usize, names: &[&str]| Revised {
        number,
        read_until: ny("2018-12-03T09:00") + Millis::from_mins(i64::from(number)),
        changes,
        files: files(names),
    };
    Published {
        period,
        name: "2018-11".into(),
        document: json::document(report),
        forms: files(&["report.html", "report.json", "days.csv"]),
        revisions: vec![
            revision(1, 0, &["report.html", "SHA256SUMS"]),
            revision(2, 3, &["report.html", "changes.txt", "SHA256SUMS"]),
        ],
    }
}

/// What was made, as text.
pub(super) fn texts(site: &Site) -> BTreeMap<String, String> {
    let made = files(site)
        .into_iter()
        .filter_map(|(path, content)| match content {
            Content::Made(bytes) => Some((path, String::from_utf8(bytes).unwrap())),
            Content::Issued(_) => None,
        });
    made.collect()
}
