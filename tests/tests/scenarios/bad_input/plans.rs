//! Plans, secrets and command lines.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::files::{directory, spoilt_plan};
use super::told;

#[test]
fn a_plan_with_a_mistake_is_refused_with_a_way_out() {
    let dir = directory();
    let spoilt = [
        ("malformed.toml", ("[site]", "[site")),
        ("key.toml", ("login_cap = 0", "login_cup = 0")),
        ("cron.toml", ("\"* * * * * *\"", "\"every second\"")),
        ("timeout.toml", ("timeout = \"900ms\"", "timeout = \"3s\"")),
        (
            "inline.toml",
            ("{ file = \"site/passwords/user-1\" }", "\"hunter2\""),
        ),
    ];
    for (file, change) in spoilt {
        spoilt_plan(dir.path(), file, change);
    }
    let said = told(
        dir.path(),
        &[
            "prober check malformed.toml",
            "prober check key.toml",
            "prober agent --region east --plan cron.toml",
            "prober check timeout.toml",
            "prober check inline.toml",
        ],
    );
    assert_snapshot!(said, @r#"
    $ prober check malformed.toml
    prober: malformed.toml:4: not TOML: unclosed table, expected `]`
    -> 78
    $ prober check key.toml
    prober: key.toml:9: site: unknown key "login_cup"; did you mean "login_cap"?
    key.toml:48: probe "user-login": asks account "user-2" for 90 logins a minute, more than login_cap = 6
      60 a minute × 3 regions over 2 accounts of persona "user", with its other probes; add accounts, slow the schedule, or set login_cap = 0 for a test system of your own
    key.toml:59: probe "traveler-app": asks account "traveler-2" for 90 logins a minute, more than login_cap = 6
      60 a minute × 3 regions over 2 accounts of persona "traveler", with its other probes; add accounts, slow the schedule, or set login_cap = 0 for a test system of your own
    -> 78
    $ prober agent --region east --plan cron.toml
    prober: cron.toml:52: probe "user-login": schedule = "every second" is not a schedule
      write six fields, second minute hour day month weekday, such as schedule = "*/30 * * * * *" for every 30 s, in UTC
    -> 78
    $ prober check timeout.toml
    prober: timeout.toml:54: probe "user-login": timeout = "3s" is longer than the schedule's spacing of 1s
      attempts would overlap; use a timeout of 400ms or less
    -> 78
    $ prober check inline.toml
    prober: inline.toml:20: persona "user", account "user-1": password holds a secret itself, which a plan must not
      say where it is kept: { env = "NAME" }, { file = "path" } or { credential = "name" }
    -> 78
    "#);
    assert!(!dir.path().join("data").exists(), "nothing was begun");
}

#[test]
fn a_plan_that_cannot_be_read_is_named() {
    let dir = directory();
    fs::write(dir.path().join("binary.toml"), [0xff, 0xfe, 0]).unwrap();
    let said = told(
        dir.path(),
        &[
            "prober check binary.toml",
            "prober check missing.toml",
            "prober check site",
        ],
    );
    assert_snapshot!(said, @r#"
    $ prober check binary.toml
    prober: cannot read the plan binary.toml: stream did not contain valid UTF-8
    -> 74
    $ prober check missing.toml
    prober: cannot read the plan missing.toml: No such file or directory (os error 2)
    -> 74
    $ prober check site
    prober: cannot read the plan site: Is a directory (os error 21)
    -> 74
    "#);
}

#[test]
fn a_secret_that_cannot_be_had_is_named_and_not_shown() {
    let dir = directory();
    let file = "{ file = \"site/passwords/user-1\" }";
    for (plan, source) in [
        ("env.toml", "{ env = \"GROUPDESK_PASSWORD_OF_NOBODY\" }"),
        ("file.toml", "{ file = \"site/passwords/nobody\" }"),
        ("credential.toml", "{ credential = \"user-1\" }"),
        ("open.toml", "{ file = \"site/open\" }"),
        ("empty.toml", "{ file = \"site/empty\" }"),
    ] {
        spoilt_plan(dir.path(), plan, (file, source));
    }
    for (name, text, mode) in [("open", "hunter2", 0o644), ("empty", "\n", 0o600)] {
        let path = dir.path().join("site").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let said = told(
        dir.path(),
        &[
            "prober agent --region east --plan env.toml",
            "prober agent --region east --plan file.toml",
            "prober agent --region east --plan credential.toml",
            "prober try user-login --plan open.toml",
            "prober try user-login --plan empty.toml",
        ],
    );
    assert_snapshot!(said, @r#"
    $ prober agent --region east --plan env.toml
    prober: persona user, account user-1: environment variable GROUPDESK_PASSWORD_OF_NOBODY is not set
    -> 78
    $ prober agent --region east --plan file.toml
    prober: persona user, account user-1: site/passwords/nobody: No such file or directory (os error 2)
    -> 78
    $ prober agent --region east --plan credential.toml
    prober: persona user, account user-1: credential "user-1" is asked for, but $CREDENTIALS_DIRECTORY is not set
    -> 78
    $ prober try user-login --plan open.toml
    prober: persona user, account user-1: site/open has mode 0644; others could read it, use chmod 600
    -> 78
    $ prober try user-login --plan empty.toml
    prober: persona user, account user-1: the secret is empty
    -> 78
    "#);
    assert!(!said.contains("hunter2"));
}

#[test]
fn a_command_line_that_asks_for_what_there_is_not() {
    let dir = directory();
    let said = told(
        dir.path(),
        &[
            "prober agent --region mars",
            "prober agent --region east --name East!",
            "prober agent --region east --for soon",
            "prober agent",
            "prober try nobody-login",
            "prober try user-login --account user-9",
            "prober next nobody-login",
            "prober look",
        ],
    );
    assert_snapshot!(said, @r#"
    $ prober agent --region mars
    prober: region "mars" is not in the plan; it has east, central, west
    -> 64
    $ prober agent --region east --name East!
    prober: "East!" is not a name; use 1 to 64 of a-z, 0-9 and -
    -> 64
    $ prober agent --region east --for soon
    error: invalid value 'soon' for '--for <DURATION>': failed to parse input in the "friendly" duration format: expected duration to start with a unit value (a decimal integer) after an optional sign, but no integer was found

    For more information, try '--help'.
    -> 64
    $ prober agent
    prober: say with --region where this agent runs; none is enrolled in data
    -> 64
    $ prober try nobody-login
    prober: probe "nobody-login" is not in the plan; it has user-login, traveler-app
    -> 64
    $ prober try user-login --account user-9
    prober: account "user-9" is not in persona user; it has user-1, user-2
    -> 64
    $ prober next nobody-login
    prober: probe "nobody-login" is not in the plan; it has user-login, traveler-app
    -> 64
    $ prober look
    error: unrecognized subcommand 'look'

    Usage: prober [OPTIONS] <COMMAND>

    For more information, try '--help'.
    -> 64
    "#);
}

#[test]
fn the_stand_in_and_the_demo_say_what_they_do_not_know() {
    let dir = directory();
    let said = told(
        dir.path(),
        &[
            "groupdesk --script missing.toml --state site",
            "groupdesk --region west",
            "demo --fast",
        ],
    );
    assert_snapshot!(said, @r#"
    $ groupdesk --script missing.toml --state site
    groupdesk: missing.toml: No such file or directory (os error 2)
    -> 74
    $ groupdesk --region west
    error: invalid value 'west' for '--region <NAME=ADDRESS>': expected NAME=ADDRESS, such as west=127.0.0.2

    For more information, try '--help'.
    -> 64
    $ demo --fast
    error: unexpected argument '--fast' found

    Usage: demo [OPTIONS]

    For more information, try '--help'.
    -> 64
    "#);
}
