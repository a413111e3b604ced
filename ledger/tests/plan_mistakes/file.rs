//! The file as a whole: no TOML, unknown keys, wrong types, missing parts.

use super::{PLAN, instead_of, said, said_of};

#[test]
fn malformed_toml_is_one_problem_with_its_line() {
    insta::assert_snapshot!(
        instead_of(
            "name = \"Groupdesk\"",
            &["name = \"Groupdesk", "name = Groupdesk", "name = \"a\"\nname = \"b\"", "name", "[site"],
        ),
        @r#"
    ## name = "Groupdesk
    4: not TOML: invalid basic string, expected `"`
    ## name = Groupdesk
    4: not TOML: string values must be quoted, expected literal string
    ## name = "a", name = "b"
    5: not TOML: duplicate key
    ## name
    4: not TOML: key with no value, expected `=`
    ## [site
    4: not TOML: unclosed table, expected `]`
    "#
    );
    let secret = said(
        "password = { file = \"secrets/user-1\" }",
        "password = hunter2",
    );
    assert!(
        secret.starts_with("16: not TOML") && !secret.contains("hunter2"),
        "{secret}"
    );
}

#[test]
fn an_empty_file_is_told_all_that_it_lacks() {
    insta::assert_snapshot!(said_of(""), @r#"
    1: regions is missing
      list where agents run, in stagger order: regions = ["east", "west"]
    1: site is missing
      add [site] with name and url
    1: canary is missing
      add [canary] with urls = [..] of two servers on networks independent of the site, or say canary = "none" above the first table
    1: no probe is planned
      add [[probe]] with name, journey, persona and schedule
    1: no contract says what was promised
      add [[contract]] with id, customer, zone and target
    "#);
}

#[test]
fn mistakes_are_told_all_at_once_in_the_order_of_the_file() {
    let text = PLAN
        .replace("name = \"Groupdesk\"", "nmae = \"Groupdesk\"")
        .replace("post = \"/login\"", "post = \"login\"")
        .replace("zone = \"America/New_York\"", "zone = \"New York\"");
    insta::assert_snapshot!(said_of(&text), @r#"
    3: site: name is missing
      say how people call the site
    4: site: unknown key "nmae"; did you mean "name"?
    34: journey "login", step "submit": post = "login" is neither a path nor a URL
      begin a path with one /, such as "/login"
    53: contract "acme": zone = "New York" is not a time zone
      use an IANA name such as "UTC", "Europe/Berlin" or "America/New_York"
    "#);
}

#[test]
fn unknown_keys_are_refused_wherever_they_stand() {
    for (old, new) in [
        ("regions = [", "rejions = 1\nregions = ["),
        ("url = \"https://g", "ulr = 1\nurl = \"https://g"),
        ("urls = ", "timeuot = \"1s\"\nurls = "),
        ("name = \"user\"", "name = \"user\"\nnmae = 1"),
        ("username = \"ana\"", "username = \"ana\"\nusernmae = 1"),
        (
            "{ file = \"secrets/user-1\" }",
            "{ file = \"secrets/user-1\", fiel = 1 }",
        ),
        ("name = \"login\"", "name = \"login\"\nstpe = 1"),
        ("get = \"/login\"", "get = \"/login\"\nfolow = 1"),
        (
            "expect.status = 200",
            "expect.status = 200\nexpect.staus = 200",
        ),
        (
            "attribute = \"value\"",
            "attribute = \"value\", atribute = 1",
        ),
        ("schedule =", "retires = 1\nschedule ="),
        ("target = 99.9", "target = 99.9\ntraget = 1"),
        ("target = 99.9", "target = 99.9\nrules = { n_dwon = 1 }"),
    ] {
        let said = said(old, new);
        assert!(
            said.contains("unknown key") && said.contains("; did you mean"),
            "{new}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    insta::assert_snapshot!(said("target = 99.9", "target = 99.9\nalarm = 1"), @r#"
    55: contract "acme": unknown key "alarm"
      known here: customer, id, locale, personas, regions, rules, service, service_hours, target, tiers, zone
    "#);
}

#[test]
fn values_of_the_wrong_type_are_not_repeated() {
    insta::assert_snapshot!(
        instead_of(
            "name = \"Groupdesk\"",
            &[
                "name = 5",
                "name = \"\"",
                "name = \"x\"\nhttp2 = \"yes\"",
                "name = \"x\"\nlogin_cap = \"6\"",
                "name = \"x\"\norigins = [1979-05-27]",
            ],
        ),
        @r#"
    ## name = 5
    4: site: name is an integer, not text
      put it in quotes
    ## name = ""
    4: site: name is empty
    ## name = "x", http2 = "yes"
    5: site: http2 is a string, not true or false
      write true or false, without quotes
    ## name = "x", login_cap = "6"
    5: site: login_cap is a string, not a whole number
    ## name = "x", origins = [1979-05-27]
    5: site: origins[0] is a datetime, not text
      put it in quotes
    "#
    );
    insta::assert_snapshot!(said("[[contract]]", "[contract]"), @"
    1: no contract says what was promised
      add [[contract]] with id, customer, zone and target
    50: contract is a table, not a list of tables
      begin each with [[contract]]
    ");
}

#[test]
fn attempts_are_kept_for_a_week_or_more_or_always() {
    let regions = "regions = [\"east\", \"west\"]";
    let keep = |value: &str| format!("{regions}\nkeep_raw = {value}");
    let values = ["\"6d\"", "\"for ever\"", "400"].map(keep);
    insta::assert_snapshot!(instead_of(regions, &values.each_ref().map(String::as_str)), @r#"
    ## regions = ["east", "west"], keep_raw = "6d"
    2: keep_raw = "6d" is too short
      use 7d or more
    ## regions = ["east", "west"], keep_raw = "for ever"
    2: keep_raw = "for ever" is not a duration
      write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
    ## regions = ["east", "west"], keep_raw = 400
    2: keep_raw is an integer, not a duration
      write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
    "#);
    for (value, kept) in [("\"30d\"", Some(30)), ("\"always\"", None)] {
        let plan = ledger::plan::Plan::parse(&PLAN.replace(regions, &keep(value)), "probes.toml");
        let days = |length: ledger::time::Millis| length.0 / 86_400_000;
        assert_eq!(plan.expect("valid").keep_raw.map(days), kept);
    }
}
