//! What customers read of the December weekend, and of incidents with an edge.

mod forms;

use insta::assert_snapshot;
use ledger::contract::Locale;
use ledger::note::{Note, Status};
use ledger::time::{Millis, Timestamp};
use serde_json::Value;

use super::{Form, Summary, SummaryError, Wanted, blank, document};
use crate::explain::what::What;
use crate::fixture::{self, months, ny};
use crate::gather::Later;
use crate::report::{Report, Stage, html, mail, markdown, walk};

/// December with the note that is shipped.
fn december() -> Report {
    let text = include_str!("../../../data/incidents/2018-12-14-weekend.md");
    let note = Note::parse(text, "2018-12-14-weekend.md", &[]).unwrap();
    fixture::report(fixture::december()).with_notes([note])
}

fn asked(all: &[&str]) -> Vec<What> {
    all.iter().map(|one| one.parse().unwrap()).collect()
}

const WEEKEND: [&str; 3] = ["2018-12#1", "2018-12#2", "2018-12#3"];

/// One of each kind of letter.
pub(crate) fn letters() -> [(&'static str, Summary); 4] {
    let of = |form, previous| Wanted {
        form: Some(form),
        previous,
        later: None,
        contact: Some("Jo Miller, https://example.org/status".into()),
    };
    let told =
        |report: &Report, all: &[&str], wanted| Summary::new(report, &asked(all), wanted).unwrap();
    let last = told(&december(), &WEEKEND, of(Form::Final, None));
    let mut moved = december();
    let end = &mut moved.found.outages[2].end;
    end.latest = end.latest + Millis::from_secs(30);
    let previous = Some(document(&last));
    [
        (
            "first notice",
            told(&forms::open(), &["2018-12#1"], of(Form::First, None)),
        ),
        (
            "update",
            told(&december(), &["2018-12#1"], of(Form::Update, None)),
        ),
        (
            "revised summary",
            told(&moved, &WEEKEND, of(Form::Revised, previous)),
        ),
        ("summary", last),
    ]
}

fn letter(summary: &Summary) -> String {
    let printed = mail::page(&summary.page());
    for line in printed.text.lines() {
        assert!(line.chars().count() <= mail::WIDTH, "{line}");
    }
    printed.text
}

#[test]
#[expect(clippy::too_many_lines, reason = "most of it is the letter")]
fn the_december_weekend_reads_like_what_its_customers_got() {
    let summary = Summary::new(&december(), &asked(&WEEKEND), Wanted::default()).unwrap();
    assert_snapshot!(letter(&summary), @r#"
    Incident summary for Example Travel Ltd
    Sign-in failed three times from Friday to Sunday
    ================================================
    Service                 Groupdesk
    Times                   all by the clock of America/New_York


    Quick summary
    -------------

    Users and travelers could not sign in to Groupdesk during three periods from
    Friday 14 to Sunday 16 December 2018, 7 h 30 min in total. Sign-in has
    worked since Sunday 14:00.


    Background
    ----------

    Groupdesk runs on virtual machines that a Kubernetes cluster keeps. On 20
    November a dangerous vulnerability of Kubernetes became known, and on 7
    December the vendor's patch for it was installed. Almost at once the
    platform's own log-in began to fail now and then; customers did not notice.

    On Friday a program tried passwords at a very high rate, against the
    machines that keep Groupdesk's machines and not against Groupdesk itself. It
    congested the network that both share. We believe that this had nothing to
    do with the patch. What happened on Saturday and Sunday had: others have
    since met the same failure.

    The report names no time zone and gives hours without morning or afternoon;
    we read them as afternoon on Friday and as night on Saturday, by the clock
    of New York.


    Timeline
    --------

    Friday 14 December 2018
      17:15  sign-in fails for users and travelers            (measured, ± 17 s)
      17:15  People were signed out and could not sign in again; we began to
             look for the reason, 30 min                              (reported)
      17:45  The source was found: the platform's logs were full of failed
             log-ins, at a rate that congested the network            (reported)
         ..  Firewalls were rearranged and the whole cluster was rebooted, 1 h
                                                    (reported; start not stated)
      19:15  sign-in works again; 30 min of it are in no reported phase
                                                   (measured, ± 17 s)   down 2 h

    Saturday 15 December 2018
      01:45  Alarm on one machine of the platform, which restored itself within
             minutes; customers saw nothing                           (reported)
      15:00  The same alarm again; customers saw nothing              (reported)
      22:30  sign-in fails for users and travelers            (measured, ± 17 s)
      22:30  Platform machines failed on a larger scale and took the network
             with them; the cluster was rebooted, and a trial of a new cluster
             at another provider was decided                          (reported)
      24:00  sign-in works again            (measured, ± 17 s)   down 1 h 30 min
      24:00  The rebooted cluster gave full service                   (reported)

    Sunday 16 December 2018
      10:00  sign-in fails for users and travelers            (measured, ± 17 s)
      10:00  Sign-in failed once more; a reboot was started at once, and beside
             it the work on the new cluster                           (reported)
      14:00  sign-in works again                   (measured, ± 17 s)   down 4 h
      14:00  After two failed reboots the old cluster was given up; the new one
             at Amazon Web Services took over                         (reported)


    Totals
    ------

    Friday 2 h · Saturday 1 h 30 min · Sunday 4 h · all 7 h 30 min


    What did not affect you
    -----------------------

    The part of Groupdesk that signs people in worked throughout; it could not
    be reached. The alarms on Saturday at 01:45 and at 15:00 had no effect on
    customers.

      - Trouble of the platform below that nobody could notice (measured):
        Saturday 15, 01:45 to 01:49; Saturday 15, 15:00 to 15:05.


    Cause
    -----

    Friday: a flood of failed log-ins at the platform below Groupdesk congested
    the network. Saturday and Sunday: machines of that platform failed after a
    security patch.


    What we change
    --------------

      - Run Groupdesk on the new cluster; the old one is given up (Groupdesk
        operations; by 16 December 2018)
      - Rebuild monitoring and alarms for the new cluster (Groupdesk operations;
        by 17 December 2018)


    How we measured
    ---------------

    Programs of ours in ap-south, eu-west and us-east sign in on a fixed
    schedule, as people do, and note every failure. Lines tagged measured are
    what they saw. Between a look that worked and the next one that failed
    nobody can tell more exactly when it began; so each time has its doubt
    beside it. Lines tagged reported are what people wrote down; no length is
    made of them.

    Sign-in failed for at least 7 h 29 min and at most 7 h 31 min; our best
    estimate is 7 h 30 min.


    Contact
    -------

    Groupdesk operations.


    -- 
    Contract groupdesk, figures 61feb1c63d20 (SHA-256).
    "#);
}

#[test]
fn americans_are_told_by_the_clock_of_twelve_hours() {
    let text = include_str!("../../../data/incidents/2018-12-14-weekend.md");
    let note = Note::parse(text, "2018-12-14-weekend.md", &[]).unwrap();
    // What people wrote stays as they wrote it.
    assert!(note.unaffected.as_ref().unwrap().contains("15:00"));
    let note = Note {
        unaffected: None,
        ..note
    };
    let of = |locale| {
        let mut story = fixture::december();
        story.contract.locale = locale;
        let report = fixture::report(story).with_notes([note.clone()]);
        Summary::new(&report, &asked(&WEEKEND), Wanted::default()).unwrap()
    };
    let [summary, usual] = [Locale::EnUs, Locale::En].map(of);
    let page = summary.page();
    walk::no_24_hours("html", &html::page(&page));
    walk::no_24_hours("markdown", &markdown::page(&page).text);
    let letter = letter(&summary);
    walk::no_24_hours("text", &letter);
    let (_, timeline) = letter.split_once("Timeline\n").unwrap();
    let (timeline, _) = timeline.split_once("Totals\n").unwrap();
    assert_snapshot!(timeline, @r"
    --------

    Friday 14 December 2018
       5:15 pm  sign-in fails for users and travelers         (measured, ± 17 s)
       5:15 pm  People were signed out and could not sign in again; we began to
                look for the reason, 30 min                           (reported)
       5:45 pm  The source was found: the platform's logs were full of failed
                log-ins, at a rate that congested the network         (reported)
            ..  Firewalls were rearranged and the whole cluster was rebooted,
                1 h                                 (reported; start not stated)
       7:15 pm  sign-in works again; 30 min of it are in no reported phase
                                                   (measured, ± 17 s)   down 2 h

    Saturday 15 December 2018
       1:45 am  Alarm on one machine of the platform, which restored itself
                within minutes; customers saw nothing                 (reported)
       3:00 pm  The same alarm again; customers saw nothing           (reported)
      10:30 pm  sign-in fails for users and travelers         (measured, ± 17 s)
      10:30 pm  Platform machines failed on a larger scale and took the network
                with them; the cluster was rebooted, and a trial of a new
                cluster at another provider was decided               (reported)
      midnight  sign-in works again         (measured, ± 17 s)   down 1 h 30 min
      midnight  The rebooted cluster gave full service                (reported)

    Sunday 16 December 2018
      10:00 am  sign-in fails for users and travelers         (measured, ± 17 s)
      10:00 am  Sign-in failed once more; a reboot was started at once, and
                beside it the work on the new cluster                 (reported)
       2:00 pm  sign-in works again                (measured, ± 17 s)   down 4 h
       2:00 pm  After two failed reboots the old cluster was given up; the new
                one at Amazon Web Services took over                  (reported)
    ");
    assert_eq!(
        document(&summary),
        document(&usual),
        "machines read the same"
    );
}

#[test]
fn every_number_of_every_form_is_a_number_of_the_document() {
    let reports = [
        (december(), asked(&WEEKEND)),
        (december(), asked(&WEEKEND[1..2])),
        (fixture::report(fixture::december()), asked(&WEEKEND[..2])),
    ];
    let edges = months::all()
        .into_iter()
        .filter(|case| !case.down.is_empty());
    let edges = edges.map(|case| {
        let report = case.report();
        let at = report.found.incidents[0].span.start;
        (report, vec![What::Instant(at)])
    });
    for (report, asked) in reports.into_iter().chain(edges) {
        let wanted = Wanted {
            form: Some(Form::Update),
            ..Wanted::default()
        };
        let summary = Summary::new(&report, &asked, wanted).unwrap();
        let (page, document) = (summary.page(), document(&summary));
        for (form, printed) in [
            ("text", mail::page(&page)),
            ("markdown", markdown::page(&page)),
        ] {
            walk::check(form, &printed, (&document, &report.zone), "");
        }
        walk::check_html(&html::page(&page), (&document, &report.zone), "");
        #[cfg(feature = "pdf")]
        crate::report::pdf::tests::walk("summary", &page, (&document, &report.zone), "");
    }
}

#[test]
fn that_it_has_worked_since_is_said_only_as_far_as_the_record_bears_it_out() {
    let report = december();
    let end = report.asked.end;
    let day = Millis::from_mins(24 * 60);
    let looked = |failed: bool, unseen: Millis, until: Timestamp| Later {
        until,
        now: end + day + day,
        failed,
        unseen,
    };
    let now = end + day + day;
    let told = [
        looked(false, Millis::ZERO, now),
        looked(false, day, now),
        looked(false, Millis::ZERO, end),
        looked(false, day, end),
        looked(true, Millis::ZERO, now),
    ]
    .map(|later| {
        let wanted = Wanted {
            later: Some(later),
            ..Wanted::default()
        };
        let summary = Summary::new(&report, &asked(&WEEKEND), wanted).unwrap();
        let (page, document) = (summary.page(), document(&summary));
        walk::check("text", &mail::page(&page), (&document, &report.zone), "");
        let letter = letter(&summary).replace(['\n', '\u{a0}'], " ");
        let (_, over) = letter.split_once("in total. ").unwrap();
        over.split_once("  ").unwrap().0.to_owned()
    });
    assert_snapshot!(told.join("\n"), @r"
    Sign-in has worked since Sunday 14:00.
    Sign-in has worked since Sunday 14:00; for 24 h 12 min of that time nobody could look.
    Sign-in worked again from Sunday 14:00 until our record ends, Tuesday 1 January 2019 00:00.
    Sign-in worked again from Sunday 14:00 until our record ends, Tuesday 1 January 2019 00:00; for 24 h 12 min of that time nobody could look.
    Sign-in worked again from Sunday 14:00; it failed later once more.
    ");
}
