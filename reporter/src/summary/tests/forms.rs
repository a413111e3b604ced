//! Notices, updates, revisions and notes.

use super::*;

/// December as of a moment in which sign-in does not work.
pub(super) fn open() -> Report {
    let mut story = fixture::told(("2018-12-01T00:00", "2018-12-14T18:00"), "America/New_York");
    let found = &mut story.assessment;
    found.outages.truncate(1);
    found.incidents.truncate(1);
    found.early_warnings.clear();
    let outage = &mut found.outages[0];
    outage.open = true;
    let end = found.period.end;
    outage.end.earliest = end - Millis::from_secs(40);
    outage.end.estimate = end;
    outage.end.latest = end;
    outage.length.lower = outage.end.earliest - outage.start.latest;
    outage.length.estimate = end - outage.start.estimate;
    outage.length.upper = end - outage.start.earliest;
    outage.counted = outage.length;
    found.incidents[0].span.end = end;
    let mut report = fixture::report(story);
    report.stage = Stage::Provisional { until: end };
    report
}

#[test]
fn an_open_incident_is_told_so_far_and_claims_no_end() {
    let summary = Summary::new(&open(), &asked(&["2018-12#1"]), Wanted::default()).unwrap();
    assert_eq!(summary.form, Form::First);
    assert_snapshot!(letter(&summary), @r#"
    First notice for Example Travel Ltd
    Sign-in to Groupdesk failed for users and travelers
    ===================================================
    Service                 Groupdesk
    Times                   all by the clock of America/New_York
    As of                   2018-12-14 18:00


    Quick summary
    -------------

    Users and travelers have been unable to sign in to Groupdesk since
    Friday 14 December 2018 17:15, at least 44 min so far. Sign-in still failed
    at our last look, Friday 18:00.


    Background
    ----------

    Not yet known.


    Timeline
    --------

    Friday 14 December 2018
      17:15  sign-in fails for users and travelers            (measured, ± 17 s)
      18:00  sign-in still failed at our last look
                                        (measured)   down at least 44 min so far


    Totals
    ------

    Friday about 45 min · all about 45 min so far


    What did not affect you
    -----------------------

    Not yet known.


    Cause
    -----

    Not yet known.


    What we change
    --------------

    Not yet known.


    How we measured
    ---------------

    Programs of ours in ap-south, eu-west and us-east sign in on a fixed
    schedule, as people do, and note every failure. Lines tagged measured are
    what they saw. Between a look that worked and the next one that failed
    nobody can tell more exactly when it began; so each time has its doubt
    beside it. Lines tagged reported are what people wrote down; no length is
    made of them.

    Sign-in failed for at least 44 min 17 s and at most 45 min 17 s; our best
    estimate is 45 min 7 s.


    Contact
    -------

    Not yet known.


    -- 
    Contract groupdesk, figures 5c14966cadd0 (SHA-256).
    "#);
    let wanted = Wanted {
        form: Some(Form::Final),
        ..Wanted::default()
    };
    let refused = Summary::new(&open(), &asked(&["2018-12#1"]), wanted).unwrap_err();
    assert!(matches!(refused, SummaryError::Open(_)), "{refused}");
}

#[test]
fn a_revised_summary_lists_what_has_changed_and_nothing_else() {
    let before = Summary::new(&december(), &asked(&WEEKEND), Wanted::default()).unwrap();
    let previous: Value = serde_json::from_str(&super::super::json(&before)).unwrap();
    let revised = |report: &Report| {
        let wanted = Wanted {
            form: Some(Form::Revised),
            previous: Some(previous.clone()),
            ..Wanted::default()
        };
        Summary::new(report, &asked(&WEEKEND), wanted).unwrap()
    };
    assert_eq!(revised(&december()).changes, []);
    let mut report = december();
    report.notes[0].cause = Some("A flood of failed log-ins".into());
    let end = &mut report.found.outages[2].end;
    end.latest = end.latest + Millis::from_secs(30);
    let summary = revised(&report);
    let paths: Vec<&str> = summary
        .changes
        .iter()
        .map(|one| one.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "/notes/0/cause",
            "/periods/2/end/latest",
            "/periods/2/end/within_ms"
        ]
    );
    let text = letter(&summary);
    for line in [
        "Revised incident summary",
        "notes, entry 1, cause",
        "A flood of failed log-ins",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let without = Wanted {
        form: Some(Form::Revised),
        ..Wanted::default()
    };
    let refused = Summary::new(&report, &asked(&WEEKEND), without).unwrap_err();
    assert_eq!(refused, SummaryError::NoPrevious);
}

#[test]
#[expect(clippy::too_many_lines, reason = "most of it is the note")]
fn a_new_note_is_read_by_the_program_and_changes_no_figure() {
    let report = fixture::report(fixture::december());
    let wanted = || Wanted {
        form: Some(Form::First),
        ..Wanted::default()
    };
    let summary = Summary::new(&report, &asked(&WEEKEND), wanted()).unwrap();
    assert_eq!(blank::file_name(&summary), "2018-12-14-1715.md");
    let text = blank::text(&summary, "Jo \"Miller\"");
    assert_snapshot!(text, @r#"
    +++
    # Measured, for your eyes only; reports and summaries take it from the record:
    #   2018-12-14 17:14:53 to 2018-12-14 19:14:53, 2 h (1 h 59 min 40 s to 2 h 20 s)
    #   2018-12-15 22:29:53 to 2018-12-15 23:59:53, 1 h 30 min (1 h 29 min 40 s to 1 h 30 min 20 s)
    #   2018-12-16 09:59:53 to 2018-12-16 13:59:53, 4 h (3 h 59 min 40 s to 4 h 20 s)
    #   Friday 2 h · Saturday 1 h 30 min · Sunday 4 h · all 7 h 30 min (America/New_York)
    # An instant inside of each outage, which names it for good:
    incident = [
        2018-12-14T18:14:53-05:00,
        2018-12-15T23:14:53-05:00,
        2018-12-16T11:59:53-05:00,
    ]
    title = "Sign-in to Groupdesk failed for users and travelers"
    author = "Jo \"Miller\""
    # first (it has begun), update (more is known) or final (nothing more is expected):
    status = "first"
    # Why it happened, in one sentence and in plain words. Not yet known as long as this line is a comment:
    # cause = ""

    # What was seen and done, in the order of time: at, or length, or both. It is shown as reported and changes no figure.
    # [[event]]
    # at = 2018-12-14T17:15:00-05:00
    # length = "30m"
    # text = "We began to look for the reason"

    # What changes because of it, who sees to it, and until when.
    # [[action]]
    # what = ""
    # owner = ""
    # due = 2019-01-15
    +++

    ## Background

    ## What did not affect you
    "#);
    let note = Note::parse(&text, "note.md", &[]).unwrap();
    assert_eq!(
        (note.status, note.cause.as_ref(), note.events.len()),
        (Status::First, None, 0)
    );
    assert_eq!(note.author, "Jo \"Miller\"");
    let noted = report.clone().with_notes([note]);
    let again = Summary::new(&noted, &asked(&WEEKEND), wanted()).unwrap();
    assert_eq!(
        (again.notes.len(), again.total, again.periods),
        (1, summary.total, summary.periods)
    );
    // Each blank is filled by taking the mark of its comment away.
    let filled = text
        .replace("# cause = \"\"", "cause = \"A cable\"")
        .replace("# [[event]]\n# at", "[[event]]\nat")
        .replace("# length", "length")
        .replace("# text", "text")
        .replace(
            "# [[action]]\n# what = \"\"\n# owner = \"\"\n# due",
            "[[action]]\nwhat = \"x\"\nowner = \"y\"\ndue",
        );
    let note = Note::parse(&filled, "note.md", &[]).unwrap();
    assert_eq!(
        (note.events.len(), note.actions.len(), note.cause.as_deref()),
        (1, 1, Some("A cable"))
    );
}

#[test]
fn what_nobody_filled_is_not_yet_known_and_what_is_not_there_is_refused() {
    let report = fixture::report(fixture::december());
    let summary = Summary::new(&report, &asked(&["2018-12#1"]), Wanted::default()).unwrap();
    let text = letter(&summary);
    for heading in ["Background", "Cause", "What we change", "Contact"] {
        let (_, after) = text.split_once(&format!("\n{heading}\n")).unwrap();
        let body = after.lines().nth(2).unwrap();
        assert_eq!(body, "Not yet known.", "{heading}");
    }
    let said = |what: &[&str]| {
        let error = Summary::new(&report, &asked(what), Wanted::default()).unwrap_err();
        error.to_string()
    };
    assert_snapshot!(said(&["2018-12#9"]), @"there is no incident 2018-12#9; 2018-12 has 2018-12#1 from 2018-12-14 17:14:53, 2018-12#2 from 2018-12-15 22:29:53 and 2018-12#3 from 2018-12-16 09:59:53");
    assert_snapshot!(said(&["2018-12-24T12:00:00-05:00"]), @"there is no incident at 2018-12-24T12:00:00.000-05:00; 2018-12 has 2018-12#1 from 2018-12-14 17:14:53, 2018-12#2 from 2018-12-15 22:29:53 and 2018-12#3 from 2018-12-16 09:59:53");
}

#[test]
fn an_outage_over_midnight_falls_on_both_days_and_adds_up() {
    let case = months::all()
        .into_iter()
        .find(|case| case.name == "month-end");
    let report = case.unwrap().report();
    let start: Timestamp = ny("2018-12-31T23:30");
    let summary = Summary::new(&report, &[What::Instant(start)], Wanted::default()).unwrap();
    assert_snapshot!(letter(&summary).split("\nWhat did").next().unwrap(), @r#"
    First notice for Example Travel Ltd
    Sign-in to Groupdesk failed for users
    =====================================
    Service                 Groupdesk sign-in
    Times                   all by the clock of America/New_York
    As of                   2019-01-04 00:00


    Quick summary
    -------------

    Users could not sign in to Groupdesk from Monday 31 December 2018, 23:00, to
    Tuesday 1 January 2019, 01:30, for 2 h 30 min. Sign-in has worked since
    Tuesday 01:30.


    Background
    ----------

    Not yet known.


    Timeline
    --------

    Monday 31 December 2018
      23:00  sign-in fails for users                          (measured, ± 17 s)
      24:00  sign-in still fails at midnight               (measured)   down 1 h

    Tuesday 1 January 2019
      01:30  sign-in works again     (measured, ± 17 s)   down 2 h 30 min in all


    Totals
    ------

    Monday 1 h · Tuesday 1 h 30 min · all 2 h 30 min
    "#);
    let days: Millis = summary.days.iter().map(|day| day.length).sum();
    assert_eq!(days, summary.total.estimate);
}
