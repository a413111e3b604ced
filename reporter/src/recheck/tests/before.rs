//! The days before a period: they are held against their attempts, too, and where these are gone the page says so.

use ledger::time::Millis;

use super::*;
use crate::gather;
use crate::report::html;

/// Ten minutes of Thursday 10 January 2019, from 12:00 in New York.
const JANUARY: Interval = Interval {
    start: Timestamp(1_547_139_600_000),
    end: Timestamp(1_547_140_200_000),
};
const LATER: Timestamp = Timestamp(1_549_200_000_000);

/// The report of January, whose ninety days hold the December of [`DOWN`].
fn january(root: &Path) -> (Reader, Report, Plan) {
    let plan = plan();
    let files = plan.regions.iter().map(|region| {
        let file = root.join(format!("{region}.db"));
        let agent = Agent {
            name: region.clone(),
            region: region.clone(),
        };
        let mut writer = Writer::open(&file, &agent, &plan).unwrap();
        let attempts = attempts(&plan, region, &[SPAN, JANUARY]);
        for some in attempts.chunks(100) {
            writer.append(some).unwrap();
            writer.seal().unwrap();
        }
        writer.close().unwrap();
        file
    });
    let files: Vec<_> = files.collect();
    let reader = Reader::open(&files).unwrap();
    let terms = Terms::from(&plan.contracts[0]);
    let period = ledger::calendar::month(&terms.contract.zone, "2019-01").unwrap();
    let report = gather::report(&reader, terms, period, LATER).unwrap();
    let report = gather::beside(&reader, terms, report, LATER).unwrap();
    (reader, report, plan)
}

#[test]
fn days_before_a_period_are_held_against_their_attempts() {
    let directory = tempfile::tempdir().unwrap();
    let (reader, mut report, plan) = january(directory.path());
    let terms = Terms::from(&plan.contracts[0]);
    let found = earlier(&reader, &report, terms, LATER).unwrap();
    assert_eq!(found, Recheck::Agrees);
    assert!(!html::render(&report).contains(SAID));
    let days = &mut report.earlier.as_mut().unwrap().days;
    let bad = days.iter_mut().find(|day| day.service.down > Millis::ZERO);
    bad.expect("it was down in December").service.down -= Millis(1);
    let error = earlier(&reader, &report, terms, LATER).unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("the record is damaged: /recent/days/"),
        "{said}"
    );
    // A report that shows nothing of them says nothing of them.
    report.earlier = None;
    assert_eq!(
        earlier(&reader, &report, terms, LATER).unwrap(),
        Recheck::Agrees
    );
}

#[test]
fn where_their_attempts_are_gone_the_page_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let (_, mut report, _) = january(directory.path());
    report.earlier.as_mut().unwrap().pruned = true;
    let page = html::render(&report);
    assert!(page.contains(SAID), "{page}");
}

const SAID: &str = "Of the days before ";
