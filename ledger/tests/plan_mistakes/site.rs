//! Site, canary, personas and secrets.

use super::{instead_of, said};

#[test]
fn addresses_of_the_site() {
    insta::assert_snapshot!(
        instead_of(
            "url = \"https://groupdesk.test\"",
            &[
                "url = \"groupdesk.test\"",
                "url = \"ftp://groupdesk.test\"",
                "url = \"https://groupdesk.test/login?x=1\"",
                "url = \"https://ana:hunter2@groupdesk.test\"",
                "url = \"ana:hunter2@groupdesk.test\"",
            ],
        ),
        @r#"
    ## url = "groupdesk.test"
    5: site: url = "groupdesk.test" is not an http or https URL
      write it as "https://host" or "https://host:port/path"
    ## url = "ftp://groupdesk.test"
    5: site: url = "ftp://groupdesk.test" is not an http or https URL
      write it as "https://host" or "https://host:port/path"
    ## url = "https://groupdesk.test/login?x=1"
    5: site: url = "https://groupdesk.test/login?x=1" is more than an origin
      use "https://groupdesk.test"
    ## url = "https://ana:hunter2@groupdesk.test"
    5: site: url carries a user name or password
      take them out; accounts belong to a [[persona]]
    ## url = "ana:hunter2@groupdesk.test"
    5: site: url is not an http or https URL
      write it as "https://host" or "https://host:port/path"
    "#
    );
}

#[test]
fn ways_of_the_site() {
    insta::assert_snapshot!(
        instead_of(
            "name = \"Groupdesk\"",
            &[
                "name = \"x\"\nallow_private = [\"10.0.0.0\", \"10.0.0.0/33\", \"::1/128\"]",
                "name = \"x\"\nsecond_resolvers = [\"one.one\", \"1.1.1.1:53\"]",
                "name = \"x\"\nlogin_cap = 601",
                "name = \"x\"\ndns = \"cached\"",
                "name = \"x\"\nuser_agent = \"a\\nb\"",
            ],
        ),
        @r#"
    ## name = "x", allow_private = ["10.0.0.0", "10.0.0.0/33", "::1/128"]
    5: site: allow_private[0] = "10.0.0.0" is not a network
      write it as "10.0.0.0/8" or "::1/128"
    5: site: allow_private[1] = "10.0.0.0/33" is not a network
      write it as "10.0.0.0/8" or "::1/128"
    ## name = "x", second_resolvers = ["one.one", "1.1.1.1:53"]
    5: site: second_resolvers[0] = "one.one" is not the address of a name server
      write it as "9.9.9.9" or "9.9.9.9:53"
    ## name = "x", login_cap = 601
    5: site: login_cap = 601 is out of range
      use 0 to 600
    ## name = "x", dns = "cached"
    5: site: dns = "cached" is unknown
      use "own" or "system"
    ## name = "x", user_agent = "a\nb"
    5: site: user_agent = "a\nb" cannot stand in a header
      use visible ASCII characters
    "#
    );
}

#[test]
fn regions() {
    insta::assert_snapshot!(
        instead_of(
            "regions = [\"east\", \"west\"]",
            &["regions = []", "regions = [\"east\", \"east\"]", "regions = [\"East\"]", ""],
        ),
        @r#"
    ## regions = []
    1: regions is empty
      list where agents run, in stagger order: regions = ["east", "west"]
    ## regions = ["east", "east"]
    1: regions[1] = "east" is already taken
      each needs a name of its own
    ## regions = ["East"]
    1: regions[0] = "East" is not a name
      use 1 to 64 of a-z, 0-9 and -
    ## 
    1: regions is missing
      list where agents run, in stagger order: regions = ["east", "west"]
    "#
    );
}

#[test]
fn canaries() {
    insta::assert_snapshot!(
        instead_of(
            "urls = [\"https://one.test\", \"https://two.test\"]",
            &[
                "urls = [\"https://one.test\"]",
                "urls = [\"https://one.test/a\", \"https://one.test/b\"]",
                "urls = [\"https://one.test\", \"https://groupdesk.test/status\"]",
                "urls = [\"https://one.test\", \"https://two.test\"]\nevery = \"0s\"",
                "urls = [\"https://one.test\", \"https://two.test\"]\nevery = \"2s\"\ntimeout = \"3s\"",
            ],
        ),
        @r#"
    ## urls = ["https://one.test"]
    8: canary: urls has 1, not two or more
      name two servers on networks independent of the site and of each other
    ## urls = ["https://one.test/a", "https://one.test/b"]
    8: canary: urls[1] = "https://one.test/b" is a server that is listed already
      controls must not fail together
    ## urls = ["https://one.test", "https://groupdesk.test/status"]
    8: canary: urls[1] = "https://groupdesk.test/status" is the site itself
      a control must answer when the site does not
    ## urls = ["https://one.test", "https://two.test"], every = "0s"
    9: canary: every = "0s" is too short
      use 1s or more
    ## urls = ["https://one.test", "https://two.test"], every = "2s", timeout = "3s"
    10: canary: timeout = "3s" is longer than the canary's every
      checks would overlap; use a shorter timeout
    "#
    );
}

#[test]
fn a_plan_without_canary_says_so() {
    let canary = "[canary]\nurls = [\"https://one.test\", \"https://two.test\"]\n";
    insta::assert_snapshot!(said(canary, ""), @r#"
    1: canary is missing
      add [canary] with urls = [..] of two servers on networks independent of the site, or say canary = "none" above the first table
    "#);
    let none = super::PLAN.replace(canary, "");
    assert_eq!(
        super::said_of(&format!("canary = \"none\"\n{none}")),
        "nothing"
    );
    insta::assert_snapshot!(super::said_of(&format!("canary = \"off\"\n{none}")), @r#"
    1: canary = "off" is unknown
      add [canary] with urls = [..] of two servers on networks independent of the site, or say canary = "none" above the first table
    "#);
}

#[test]
fn personas_and_accounts() {
    insta::assert_snapshot!(said("label = \"user-2\"", "label = \"user-1\""), @r#"
    19: persona "user", account 2: label = "user-1" is already taken
      each needs a name of its own
    "#);
    insta::assert_snapshot!(said("label = \"user-2\"", "label = \"User 2\""), @r#"
    19: persona "user", account 2: label = "User 2" is not a name
      use 1 to 64 of a-z, 0-9 and -
    "#);
    insta::assert_snapshot!(said("username = \"ana\"\n", "regions = [\"est\"]\n"), @r#"
    13: persona "user", account "user-1": username is missing
      say who signs in
    15: persona "user", account "user-1": regions[0] = "est" is no region of this plan
      did you mean "east"?
    "#);
    insta::assert_snapshot!(said("[[journey]]", "[[persona]]\nname = \"user\"\n\n[[journey]]"), @r#"
    23: persona 2: has no account
      add [[persona.account]] with label, username and password; better two or more
    24: persona 2: name = "user" is already taken
      each needs a name of its own
    "#);
}

#[test]
fn secrets_are_kept_elsewhere_and_never_repeated() {
    insta::assert_snapshot!(
        instead_of(
            "password = { env = \"USER_2\" }",
            &[
                "",
                "password = { file = \"a\", env = \"b\" }",
                "password = {}",
                "password = { credential = \"../user-2\" }",
                "password = { vault = \"x\" }",
            ],
        ),
        @r#"
    ## 
    18: persona "user", account "user-2": password is missing
      such as password = { file = "path" }
    ## password = { file = "a", env = "b" }
    21: persona "user", account "user-2": password.env and password.file exclude each other
      say where it is kept: { env = "NAME" }, { file = "path" } or { credential = "name" }
    ## password = {}
    21: persona "user", account "user-2": password: none of env, file, credential is there
      say where it is kept: { env = "NAME" }, { file = "path" } or { credential = "name" }
    ## password = { credential = "../user-2" }
    21: persona "user", account "user-2": password.credential = "../user-2" is not a file name
      name a file, without directories
    ## password = { vault = "x" }
    21: persona "user", account "user-2": password: none of env, file, credential is there
      say where it is kept: { env = "NAME" }, { file = "path" } or { credential = "name" }
    21: persona "user", account "user-2": unknown key "password.vault"
      known here: credential, env, file
    "#
    );
    for inline in [
        "\"hunter2\"",
        "[\"hunter2\"]",
        "{ value = \"hunter2\" }",
        "{ text = \"hunter2\", hunter = 1 }",
    ] {
        let said = said("{ env = \"USER_2\" }", inline);
        assert!(!said.contains("hunter2"), "{said}");
    }
    insta::assert_snapshot!(said("{ env = \"USER_2\" }", "\"hunter2\""), @r#"
    21: persona "user", account "user-2": password holds a secret itself, which a plan must not
      say where it is kept: { env = "NAME" }, { file = "path" } or { credential = "name" }
    "#);
}
