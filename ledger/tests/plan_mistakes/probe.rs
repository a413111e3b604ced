//! Probes, their times and the load that they put on accounts.

use std::fmt::Write as _;

use super::{PLAN, instead_of, said, said_of};

#[test]
fn references() {
    insta::assert_snapshot!(said("journey = \"login\"", "journey = \"logni\""), @r#"
    46: probe "user-login": journey = "logni" is no journey of this plan
      did you mean "login"?
    "#);
    insta::assert_snapshot!(said("persona = \"user\"", "persona = \"admin\""), @r#"
    47: probe "user-login": persona = "admin" is no persona of this plan
      the plan has user
    "#);
    insta::assert_snapshot!(said("persona = \"user\"", ""), @r#"
    44: probe "user-login": persona is missing
      say who takes the journey
    "#);
    insta::assert_snapshot!(said("persona = \"user\"", "persona = \"user\"\nregions = [\"north\"]"), @r#"
    48: probe "user-login": regions[0] = "north" is no region of this plan
      the plan has east, west
    "#);
    insta::assert_snapshot!(said("persona = \"user\"", "persona = \"user\"\nlayer = \"platform\""), @r#"
    48: probe "user-login": layer = "platform" is not the layer of this probe
      a journey counts; use "service"
    "#);
    let twice = "[[probe]]\nname = \"user-login\"\ncheck.tcp = \"x:1\"\nschedule = \"0 * * * * *\"\n\n[[contract]]";
    insta::assert_snapshot!(said("[[contract]]", twice), @r#"
    51: probe 2: name = "user-login" is already taken
      each needs a name of its own
    "#);
}

#[test]
fn schedules() {
    insta::assert_snapshot!(
        instead_of(
            "schedule = \"0 * * * * *\"",
            &[
                "schedule = \"* * * * *\"",
                "schedule = \"*/0 * * * * *\"",
                "schedule = \"0 61 * * * *\"",
                "schedule = \"0 0 0 30 2 ?\"",
                "schedule = \"0 0 12 * * 1\"",
                "schedule = 60",
                "every = \"60s\"",
            ],
        ),
        @r#"
    ## schedule = "* * * * *"
    48: probe "user-login": schedule = "* * * * *" is not a schedule
      write six fields, second minute hour day month weekday, such as schedule = "*/30 * * * * *" for every 30 s, in UTC
    ## schedule = "*/0 * * * * *"
    48: probe "user-login": schedule = "*/0 * * * * *" is not a schedule
      write six fields, second minute hour day month weekday, such as schedule = "*/30 * * * * *" for every 30 s, in UTC
    ## schedule = "0 61 * * * *"
    48: probe "user-login": schedule = "0 61 * * * *" is not a schedule
      write six fields, second minute hour day month weekday, such as schedule = "*/30 * * * * *" for every 30 s, in UTC
    ## schedule = "0 0 0 30 2 ?"
    48: probe "user-login": schedule = "0 0 0 30 2 ?" never comes
      no date fits it
    ## schedule = "0 0 12 * * 1"
    48: probe "user-login": schedule = "0 0 12 * * 1" names a weekday by number
      write MON to SUN; numbers mean different days in different crons
    ## schedule = 60
    48: probe "user-login": schedule is an integer, not text
      put it in quotes
    ## every = "60s"
    44: probe "user-login": schedule is missing
      such as schedule = "*/30 * * * * *" for every 30 s, in UTC
    48: probe "user-login": unknown key "every"
      known here: check, fast, fresh, jitter, journey, layer, long_timeout, name, persona, regions, retries, retry_after, schedule, session, session_max_age, slow_after, stagger, timeout
    "#
    );
}

#[test]
fn times_that_cannot_be() {
    insta::assert_snapshot!(
        instead_of(
            "schedule = \"0 * * * * *\"",
            &[
                "timeout = \"60s\"\nschedule = \"0 * * * * *\"",
                "timeout = \"90s\"\nschedule = \"0 * * * * *\"",
                "timeout = \"25s\"\nschedule = \"0 * * * * *\"",
                "timeout = \"0s\"\nschedule = \"0 * * * * *\"",
                "timeout = \"1 minute\"\nschedule = \"0 * * * * *\"",
                "timeout = 30\nschedule = \"0 * * * * *\"",
            ],
        ),
        @r#"
    ## timeout = "60s", schedule = "0 * * * * *"
    48: probe "user-login": timeout = "60s" is as long as the schedule's spacing of 1m
      attempts would overlap; use a timeout of 24s or less
    ## timeout = "90s", schedule = "0 * * * * *"
    48: probe "user-login": timeout = "90s" is longer than the schedule's spacing of 1m
      attempts would overlap; use a timeout of 24s or less
    ## timeout = "25s", schedule = "0 * * * * *"
    48: probe "user-login": timeout = "25s" is more than 0.4 of the schedule's spacing of 1m
      a retry may not fit; use 24s or less, or say long_timeout = true
    ## timeout = "0s", schedule = "0 * * * * *"
    48: probe "user-login": timeout = "0s" is too short
      use 50ms or more
    ## timeout = "1 minute", schedule = "0 * * * * *"
    48: probe "user-login": timeout = "1 minute" is not a duration
      write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
    ## timeout = 30, schedule = "0 * * * * *"
    48: probe "user-login": timeout is an integer, not a duration
      write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
    "#
    );
}

#[test]
fn retries_and_fast_ticks_that_cannot_be() {
    insta::assert_snapshot!(
        instead_of(
            "schedule = \"0 * * * * *\"",
            &[
                "retries = 3\nretry_after = \"15s\"\nschedule = \"0 * * * * *\"",
                "retries = 6\nschedule = \"0 * * * * *\"",
                "slow_after = \"2m\"\nschedule = \"0 * * * * *\"",
                "fast = \"0s\"\nschedule = \"0 * * * * *\"",
                "fast = \"1ms\"\nschedule = \"0 * * * * *\"",
                "fast = \"60s\"\nschedule = \"0 * * * * *\"",
                "jitter = \"25 %\"\nschedule = \"0 * * * * *\"",
                "jitter = 0.01\nschedule = \"0 * * * * *\"",
            ],
        ),
        @r#"
    ## retries = 3, retry_after = "15s", schedule = "0 * * * * *"
    48: probe "user-login": retries = 3 cannot fit: 3 × retry_after 15s + timeout 24s is more than the spacing of 1m
      use fewer retries, a shorter retry_after or a shorter timeout
    ## retries = 6, schedule = "0 * * * * *"
    48: probe "user-login": retries = 6 is out of range
      use 0 to 5
    ## slow_after = "2m", schedule = "0 * * * * *"
    48: probe "user-login": slow_after = "2m" is longer than the timeout of 24s
      no attempt could ever be slow; use less
    ## fast = "0s", schedule = "0 * * * * *"
    48: probe "user-login": fast = "0s" is too short
      use 50ms or more
    ## fast = "1ms", schedule = "0 * * * * *"
    48: probe "user-login": fast = "1ms" is too short
      use 50ms or more
    ## fast = "60s", schedule = "0 * * * * *"
    48: probe "user-login": fast = "60s" is not faster than the spacing of 1m
      use less, or fast = "none"
    ## jitter = "25 %", schedule = "0 * * * * *"
    48: probe "user-login": jitter = "25 %" does not fit
      use whole tenths of a percent from 0 to 20, such as "5 %"
    ## jitter = 0.01, schedule = "0 * * * * *"
    48: probe "user-login": jitter = 0.01 does not fit
      use whole tenths of a percent from 0 to 20, such as "5 %"
    "#
    );
}

#[test]
fn a_long_timeout_may_be_meant() {
    let meant = "timeout = \"25s\"\nlong_timeout = true\nschedule = \"0 * * * * *\"";
    assert_eq!(said("schedule = \"0 * * * * *\"", meant), "nothing");
}

#[test]
fn sessions() {
    insta::assert_snapshot!(
        instead_of(
            "persona = \"user\"",
            &[
                "persona = \"user\"\nsession = true",
                "persona = \"user\"\nsession_max_age = \"8h\"",
                "persona = \"user\"\nsession = true\nsession_max_age = \"0s\"",
            ],
        ),
        @r#"
    ## persona = "user", session = true
    44: probe "user-login": a session probe without session_max_age
      say how long the site keeps a session, such as session_max_age = "8h"
    ## persona = "user", session_max_age = "8h"
    48: probe "user-login": session_max_age belongs to session probes
      say session = true too
    ## persona = "user", session = true, session_max_age = "0s"
    49: probe "user-login": session_max_age = "0s" is too short
      use 1s or more
    "#
    );
    let kept = "persona = \"user\"\nsession = true\nsession_max_age = \"8h\"";
    let text = PLAN
        .replace("persona = \"user\"", kept)
        .replace("session = true\nexpect", "expect");
    insta::assert_snapshot!(said_of(&text), @r#"
    45: probe "user-login": journey = "login" has no session step
      mark the step that proves the session: session = true
    "#);
}

/// What is said of a probe with each of these checks.
fn said_of_checks(all: &[&str]) -> String {
    let mut told = String::new();
    for check in all {
        let probe = format!(
            "[[probe]]\nname = \"check\"\nschedule = \"0 * * * * *\"\n{check}\n\n[[contract]]"
        );
        let title = check.replace('\n', ", ");
        writeln!(told, "## {title}\n{}", said("[[contract]]", &probe)).expect("text takes all");
    }
    told
}

#[test]
fn checks_of_no_kind() {
    let told = said_of_checks(&[
        "",
        "check = \"tcp\"",
        "check = {}",
        "check = { tcp = \"a:1\", dns = \"a\" }",
        "check.ping = \"a\"",
        "check.tcp = \"groupdesk.test\"",
        "check.tcp = \"groupdesk.test:0\"",
        "check.tcp = \"a:1\"\ncheck.days = 3",
        "check.dns = \"https://groupdesk.test\"",
    ]);
    insta::assert_snapshot!(told, @r#"
    ## 
    50: probe "check": none of journey, check is there
      a probe has a journey and a persona, or a check
    ## check = "tcp"
    53: probe "check": check is a string, not a table such as { tcp = "host:443" }
    ## check = {}
    53: probe "check": check: none of https, self_subject_review, tcp, dns, certificate is there
      a check is one of https, self_subject_review, tcp, dns or certificate
    ## check = { tcp = "a:1", dns = "a" }
    53: probe "check": check.tcp and check.dns exclude each other
      a check is one of https, self_subject_review, tcp, dns or certificate
    ## check.ping = "a"
    53: probe "check": check: none of https, self_subject_review, tcp, dns, certificate is there
      a check is one of https, self_subject_review, tcp, dns or certificate
    ## check.tcp = "groupdesk.test"
    53: probe "check": check.tcp = "groupdesk.test" is not host:port
      write it as "host:443"
    ## check.tcp = "groupdesk.test:0"
    53: probe "check": check.tcp = "groupdesk.test:0" is not host:port
      write it as "host:443"
    ## check.tcp = "a:1", check.days = 3
    54: probe "check": unknown key "check.days"
      known here: certificate, dns, https, self_subject_review, tcp
    ## check.dns = "https://groupdesk.test"
    53: probe "check": check.dns = "https://groupdesk.test" is not a host name
      write it without scheme, port and path
    "#);
}

#[test]
fn checks_with_wrong_values() {
    let told = said_of_checks(&[
        "check = { dns = \"groupdesk.test\", addresses = [\"here\"] }",
        "check = { certificate = \"groupdesk.test:443\", days = 0 }",
        "check = { https = \"https://api.test/readyz\", bearer = \"hunter2\" }",
        "check = { self_subject_review = \"https://api.test\" }",
        "check = { self_subject_review = \"https://api.test/apis\", bearer = { env = \"T\" } }",
        "check = { tcp = \"a:1\" }\npersona = \"user\"",
        "check = { tcp = \"a:1\" }\njourney = \"login\"",
        "check = { tcp = \"a:1\" }\nlayer = \"service\"",
    ]);
    insta::assert_snapshot!(told, @r#"
    ## check = { dns = "groupdesk.test", addresses = ["here"] }
    53: probe "check": check.addresses[0] = "here" is not an address
      write it as "192.0.2.1"
    ## check = { certificate = "groupdesk.test:443", days = 0 }
    53: probe "check": check.days = 0 is out of range
      use 1 to 3650
    ## check = { https = "https://api.test/readyz", bearer = "hunter2" }
    53: probe "check": check.bearer holds a secret itself, which a plan must not
      say where it is kept: { env = "NAME" }, { file = "path" } or { credential = "name" }
    ## check = { self_subject_review = "https://api.test" }
    53: probe "check": check.bearer is missing
      a review asks who a token belongs to: check.bearer = { file = "path" }
    ## check = { self_subject_review = "https://api.test/apis", bearer = { env = "T" } }
    53: probe "check": check.self_subject_review = "https://api.test/apis" is more than an origin
      use "https://api.test"
    ## check = { tcp = "a:1" }, persona = "user"
    54: probe "check": persona belongs to journeys, not to a check
      take it away
    ## check = { tcp = "a:1" }, journey = "login"
    50: probe "check": journey and check exclude each other
      a probe has a journey and a persona, or a check
    ## check = { tcp = "a:1" }, layer = "service"
    54: probe "check": layer = "service" is not the layer of this probe
      a check is early warning and cannot count; use "platform"
    "#);
}

#[test]
fn no_plan_asks_more_of_an_account_than_the_site_allows() {
    insta::assert_snapshot!(said("schedule = \"0 * * * * *\"", "schedule = \"*/5 * * * * *\""), @r#"
    44: probe "user-login": asks account "user-2" for 12 logins a minute, more than login_cap = 6
      12 a minute × 2 regions over 2 accounts of persona "user", with its other probes; add accounts, slow the schedule, or set login_cap = 0 for a test system of your own
    "#);
    let own = PLAN.replace("schedule = \"0 * * * * *\"", "schedule = \"*/5 * * * * *\"");
    assert_eq!(
        said_of(&own.replace("[site]", "[site]\nlogin_cap = 0")),
        "nothing"
    );
    assert_eq!(
        said_of(&own.replace("[site]", "[site]\nlogin_cap = 12")),
        "nothing"
    );
    assert_ne!(
        said_of(&own.replace("[site]", "[site]\nlogin_cap = 11")),
        "nothing"
    );
}

#[test]
fn every_region_has_an_account() {
    let east = PLAN.replace("label = ", "regions = [\"east\"]\nlabel = ");
    insta::assert_snapshot!(said_of(&east), @r#"
    46: probe "user-login": persona "user" has no account in region "west"
      give an account that region, or leave out its regions
    "#);
}
