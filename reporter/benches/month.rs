//! What a monthly report takes, part by part: `cargo bench -p reporter --bench month`.
//!
//! December 2018 as three agents saw it, two personas once a minute, with its three outages; then a hundred services in one record.
//! `SERVICES=n` makes that more or fewer, `ONLY=december` leaves it out, `RECORDS=DIR` keeps the records there for a look with the
//! commands. Times are medians of `ROUNDS` (5). Beside them, how many MiB of SHA-256 the same processor does in that time, so that
//! figures of a busy machine can be compared with those of an idle one.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/command/looks.rs"]
mod looks;
#[path = "month/record.rs"]
mod record;
#[path = "month/watch.rs"]
mod watch;

use std::path::{Path, PathBuf};

use ledger::calendar;
use ledger::plan::Plan;
use ledger::store::Reader;
use ledger::tally::Terms;
use ledger::time::{Interval, Timestamp};
use reporter::evidence::{self, Proofs, Texts};
use reporter::issue::With;
use reporter::press::{Job, Press};
use reporter::recheck::{self, Recheck};
use reporter::report::pdf::Paper;
use reporter::report::{Report, csv, html, json, mail, map, markdown, sections};
use reporter::{gather, issue};
use watch::Watch;

/// After the lateness of the month; as of then reports are final.
const NOW: Timestamp = Timestamp(1_546_900_000_000);

fn main() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let kept = std::env::var_os("RECORDS").map(PathBuf::from);
    let directory = kept.as_deref().unwrap_or(directory.path());
    let mut watch = Watch::new();
    december(&mut watch, directory);
    if std::env::var("ONLY").is_ok_and(|only| only == "december") {
        return;
    }
    let services = std::env::var("SERVICES").ok();
    let services = services.map_or(100, |text| text.parse().expect("SERVICES is a number"));
    many(&mut watch, directory, services);
}

/// A month of one contract, and what of it is told beside others.
struct Month<'r> {
    reader: &'r Reader,
    plan: &'r Plan,
    terms: Terms<'r>,
    period: Interval,
}

impl<'r> Month<'r> {
    fn of(reader: &'r Reader, plan: &'r Plan, terms: Terms<'r>) -> Self {
        let zone = &terms.contract.zone;
        let period = calendar::month(zone, "2018-12").expect("a zone");
        Self {
            reader,
            plan,
            terms,
            period,
        }
    }

    fn judged(&self) -> Report {
        gather::report(self.reader, self.terms, self.period, NOW).expect("a report")
    }

    /// Held against its attempts, if that is done at all.
    fn looked_at_again(&self, report: &Report) -> Recheck {
        let when = (self.period, NOW);
        recheck::recheck(self.reader, report, self.terms, when).expect("it follows")
    }

    fn beside_others(&self, report: Report) -> Report {
        gather::beside(self.reader, self.terms, report, NOW).expect("they can be judged")
    }

    fn proofs(&self, report: &Report) -> Proofs {
        let terms = evidence::Terms {
            plan: self.plan,
            contract: self.terms.contract,
            texts: &Texts::default(),
            month: &report.name,
            period: self.period,
            now: NOW,
        };
        evidence::collect(self.reader, terms).expect("evidence")
    }
}

fn december(watch: &mut Watch, directory: &Path) {
    let plan = record::december();
    let files = record::write(&plan, &directory.join("december"), record::is_good);
    println!("December 2018: {} in three files\n", record::size(&files));
    watch.head();
    let opened = watch.part("open three records", None, || {
        Reader::open(&files).expect("records")
    });
    let reader = &opened;
    let month = Month::of(reader, &plan, Terms::from(&plan.contracts[0]));
    let report = watch.part("read and judge the month", None, || month.judged());
    watch.part("the second look: every attempt anew", None, || {
        month.looked_at_again(&report)
    });
    let report = watch.part(
        "November, the quarter and ninety days beside it",
        None,
        || month.beside_others(report.clone()),
    );
    watch.part("collect the evidence", None, || month.proofs(&report));
    each_form(watch, &report);
    watch.part("all forms, without PDF", Some(200), || but_pdf(&report));
    watch.part("all forms, with PDF", Some(2_000), || all(&report));
    let out = directory.join("december-report");
    watch.part("reporter month, whole, with evidence", Some(2_000), || {
        // A revision that is there is never written again.
        if out.exists() {
            std::fs::remove_dir_all(&out).expect("ours");
        }
        let reader = Reader::open(&files).expect("records");
        let month = Month::of(&reader, &plan, month.terms);
        let report = month.judged();
        month.looked_at_again(&report);
        let report = month.beside_others(report);
        let proofs = month.proofs(&report);
        let with = With {
            proofs: Some(proofs),
            ..With::default()
        };
        issue::write(&out, report, with).expect("it is issued")
    });
}

fn all(report: &Report) -> Vec<(&'static str, Vec<u8>)> {
    reporter::report::forms::all(report, Paper::A4).expect("they are whole")
}

/// All forms but the PDF.
fn but_pdf(report: &Report) -> [String; 7] {
    let page = sections::page(report);
    let (markdown, mail) = (markdown::page(&page), mail::page(&page));
    let map = map::render(&[("report.md", &markdown), ("report.txt", &mail)], &[]);
    let (days, incidents) = (csv::days::render(report), csv::incidents::render(report));
    let (html, json) = (html::page(&page), json::render(report));
    [html, json, markdown.text, mail.text, map, days, incidents]
}

/// Each form by itself; some need others.
fn each_form(watch: &mut Watch, report: &Report) {
    let page = watch.part("  what the forms say: sections and charts", None, || {
        sections::page(report)
    });
    watch.part("  report.html", None, || html::page(&page));
    watch.part("  report.json", None, || json::render(report));
    watch.part("  report.md", None, || markdown::page(&page));
    watch.part("  report.txt", None, || mail::page(&page));
    watch.part("  days.csv and incidents.csv", None, || {
        csv::days::render(report) + &csv::incidents::render(report)
    });
}

/// As `reporter month --each --no-evidence`.
fn press(plan: &Plan, files: &[PathBuf], out: &Path) {
    let reader = Reader::open(files).expect("records");
    let jobs = plan.contracts.iter().map(|contract| Job {
        terms: Terms::from(contract),
        period: calendar::month(&contract.zone, "2018-12").expect("a zone"),
        directory: out.join(contract.id.as_str()),
    });
    let jobs: Vec<Job<'_>> = jobs.collect();
    let press = Press {
        reader: &reader,
        now: NOW,
        notes: &[],
        paper: Paper::A4,
    };
    let pressed = press.all(&jobs, |_, _| Ok(None)).expect("all are written");
    let held = pressed.iter();
    let held = held.filter(|one| one.second_look == Recheck::Agrees);
    println!("  ({} of them held against every attempt)", held.count());
}

/// Many contracts in one record, each about a service of its own.
fn many(watch: &mut Watch, directory: &Path, services: usize) {
    let plan = record::services(services);
    let files = record::write(&plan, &directory.join("services"), |probe, due| {
        record::is_service_good(probe, due)
    });
    println!(
        "\n{services} services: {} in three files\n",
        record::size(&files)
    );
    watch.head();
    let out = directory.join("services-report");
    let goal = 10_000 * services / 100;
    let words = format!("{services} reports in all forms, one record");
    watch.once(&words, Some(goal), || press(&plan, &files, &out));
    let reader = Reader::open(&files).expect("records");
    let month = Month::of(&reader, &plan, Terms::from(&plan.contracts[0]));
    let report = watch.part("of these, read and judge one", None, || month.judged());
    let again = watch.part("the second look at one", None, || {
        month.looked_at_again(&report)
    });
    println!("  ({again:?})");
    watch.part(
        "November, the quarter and ninety days beside one",
        None,
        || month.beside_others(report.clone()),
    );
    watch.part("all forms of one", None, || all(&report));
    println!("\nat most {} MiB were in memory", watch::most_memory());
}
