//! Journeys and steps.

use super::{PLAN, instead_of, said, said_of};

#[test]
fn a_journey_without_expectations_could_never_fail() {
    let mut text = PLAN
        .replace("expect.status = 200\n", "")
        .replace("session = true\n", "");
    text = text.replace("expect.redirect = \"/home\"\n", "");
    text = text.replace("expect = { status = 200, element = \"#who\" }\n", "");
    insta::assert_snapshot!(said_of(&text), @r#"
    23: journey "login": expects nothing, so it could never fail
      add an expectation to a step, such as expect.status = 200
    "#);
}

#[test]
fn requests() {
    insta::assert_snapshot!(
        instead_of(
            "post = \"/login\"",
            &[
                "",
                "post = \"/login\"\nput = \"/login\"",
                "get = \"/login\"",
                "post = \"login\"",
                "post = \"//evil.test/\"",
                "post = \"https://evil.test/login\"",
                "post = \"https://ana:hunter2@groupdesk.test/\"",
                "post = \"/login\"\njson = { a = 1 }",
                "post = \"/login\"\nfollow = 9",
                "post = \"/login\"\nheaders = { Authorization = \"Bearer hunter2\", Cookie = \"a=b\", \"a b\" = \"c\" }",
                "post = \"/login\"\nbearer = \"hunter2\"",
            ],
        ),
        @r#"
    ## 
    32: journey "login", step "submit": none of get, post, put, delete, submit is there
      give a step one of get, post, put, delete (a path or URL) or submit (the CSS selector of a form)
    ## post = "/login", put = "/login"
    32: journey "login", step "submit": post and put exclude each other
      give a step one of get, post, put, delete (a path or URL) or submit (the CSS selector of a form)
    ## get = "/login"
    34: journey "login", step "submit": get = "/login" carries a body
      send it with post or put
    ## post = "login"
    34: journey "login", step "submit": post = "login" is neither a path nor a URL
      begin a path with one /, such as "/login"
    ## post = "//evil.test/"
    34: journey "login", step "submit": post = "//evil.test/" is neither a path nor a URL
      begin a path with one /, such as "/login"
    ## post = "https://evil.test/login"
    34: journey "login", step "submit": post = "https://evil.test/login" leaves the site
      list the origin in [site]: origins = ["https://evil.test"]
    ## post = "https://ana:hunter2@groupdesk.test/"
    34: journey "login", step "submit": post carries a user name or password
      take them out; accounts belong to a [[persona]]
    ## post = "/login", json = { a = 1 }
    36: journey "login", step "submit": form and json exclude each other
      send one of them
    ## post = "/login", follow = 9
    35: journey "login", step "submit": follow = 9 is out of range
      use 0 to 5
    ## post = "/login", headers = { Authorization = "Bearer hunter2", Cookie = "a=b", "a b" = "c" }
    35: journey "login", step "submit": headers.Authorization is set by bearer
      use bearer = "{{token}}" with a token that an earlier step takes
    35: journey "login", step "submit": headers.Cookie is set by the prober
      take the header away
    35: journey "login", step "submit": headers.a b is not a header name
    ## post = "/login", bearer = "hunter2"
    35: journey "login", step "submit": bearer holds a secret itself, which a plan must not
      use {{password}} or something that an earlier step takes
    "#
    );
}

#[test]
fn templates_name_what_an_earlier_step_takes() {
    insta::assert_snapshot!(
        instead_of(
            "csrf = \"{{csrf}}\"",
            &["csrf = \"{{crsf}}\"", "csrf = \"{{token}}\"", "csrf = \"{{csrf\"", "csrf = \"{{}}\""],
        ),
        @r#"
    ## csrf = "{{crsf}}"
    35: journey "login", step "submit": form.csrf uses {{crsf}}, which no earlier step takes
      did you mean {{csrf}}?
    ## csrf = "{{token}}"
    35: journey "login", step "submit": form.csrf uses {{token}}, which no earlier step takes
      usable here: username, password, csrf
    ## csrf = "{{csrf"
    35: journey "login", step "submit": form.csrf opens {{ without }}
      write it as {{name}}
    ## csrf = "{{}}"
    35: journey "login", step "submit": form.csrf uses {{}}, which no earlier step takes
      usable here: username, password, csrf
    "#
    );
    insta::assert_snapshot!(said("get = \"/login\"", "get = \"/login?{{csrf}}\""), @r#"
    28: journey "login", step "form": get uses {{csrf}}, which no earlier step takes
      usable here: username, password
    "#);
    insta::assert_snapshot!(said("password = \"{{password}}\"", "password = \"hunter2\""), @r#"
    35: journey "login", step "submit": form.password holds a secret itself, which a plan must not
      use {{password}} or something that an earlier step takes
    "#);
}

#[test]
fn captures() {
    insta::assert_snapshot!(
        instead_of(
            "take.csrf = { css = \"input[name=csrf]\", attribute = \"value\" }",
            &[
                "take = { csrf = \"input\" }",
                "take = { csrf = {} }",
                "take.csrf = { css = \"a\", header = \"b\" }",
                "take.csrf = { header = \"a\", attribute = \"b\" }",
                "take.csrf = { header = \"a b\" }",
                "take.csrf = { json = \"token\" }",
                "take = { csrf = { cookie = \"a\" }, password = { cookie = \"b\" }, \"a b\" = { cookie = \"c\" } }",
            ],
        ),
        @r#"
    ## take = { csrf = "input" }
    30: journey "login", step "form": take.csrf is a string, not a table such as { css = "input[name=csrf]" }
    ## take = { csrf = {} }
    30: journey "login", step "form": take.csrf: none of css, header, cookie, json, regex is there
      take by one of css (with attribute), header, cookie, json or regex
    ## take.csrf = { css = "a", header = "b" }
    30: journey "login", step "form": take.csrf.css and take.csrf.header exclude each other
      take by one of css (with attribute), header, cookie, json or regex
    ## take.csrf = { header = "a", attribute = "b" }
    30: journey "login", step "form": take.csrf.attribute belongs to css only
      take it away
    ## take.csrf = { header = "a b" }
    30: journey "login", step "form": take.csrf.header = "a b" is not a header name
    ## take.csrf = { json = "token" }
    30: journey "login", step "form": take.csrf.json = "token" is not a JSONPath
      begin it with $, such as "$.user.name"
    ## take = { csrf = { cookie = "a" }, password = { cookie = "b" }, "a b" = { cookie = "c" } }
    30: journey "login", step "form": take.password hides the account's own
      take it under another name, such as "session_user"
    30: journey "login", step "form": take.a b is not a name
      use 1 to 64 of a-z, A-Z, 0-9, _ and -
    "#
    );
}

#[test]
fn expectations() {
    insta::assert_snapshot!(
        instead_of(
            "expect.redirect = \"/home\"",
            &[
                "expect = {}",
                "expect = 200",
                "expect.status = []",
                "expect.status = [200, 99]",
                "expect.json = { value = 1 }",
                "expect.json = { path = \"user\" }",
                "expect.header = \"Content-Type\"",
                "expect.certificate_days = 0",
            ],
        ),
        @r#"
    ## expect = {}
    36: journey "login", step "submit": expect is empty
      name what must hold, such as status = 200
    ## expect = 200
    36: journey "login", step "submit": expect is an integer, not a table such as { status = 200 }
    ## expect.status = []
    36: journey "login", step "submit": expect.status is empty
      name the status codes that are fine
    ## expect.status = [200, 99]
    36: journey "login", step "submit": expect.status[1] = 99 is out of range
      use 100 to 599
    ## expect.json = { value = 1 }
    36: journey "login", step "submit": expect.json.path is missing
      say where, such as path = "$.ok"
    ## expect.json = { path = "user" }
    36: journey "login", step "submit": expect.json.path = "user" is not a JSONPath
      begin it with $, such as "$.user.name"
    ## expect.header = "Content-Type"
    36: journey "login", step "submit": expect.header is a string, not a table such as { name = "Content-Type" }
    ## expect.certificate_days = 0
    36: journey "login", step "submit": expect.certificate_days = 0 is out of range
      use 1 to 3650
    "#
    );
}

#[test]
fn order_of_steps() {
    insta::assert_snapshot!(said("expect.redirect = \"/home\"", "logout = true"), @r#"
    38: journey "login", step "home": comes after a logout step
      move the logout to the end
    "#);
    insta::assert_snapshot!(said("expect.redirect = \"/home\"", "expect.status = 303\nsession = true"), @r#"
    39: journey "login", step "home": is the second session step
      one step proves the session
    "#);
    insta::assert_snapshot!(said("get = \"/login\"", "get = \"/login\"\nsession = true"), @r#"
    26: journey "login", step "form": proves no session
      let earlier steps sign in, and expect something that only a session gets
    39: journey "login", step "home": is the second session step
      one step proves the session
    "#);
    insta::assert_snapshot!(said("session = true", "logout = true"), @r#"
    38: journey "login", step "home": is a logout, whose answer never counts
      take away its expect and take, or logout = true
    "#);
    insta::assert_snapshot!(said("name = \"submit\"", "name = \"form\""), @r#"
    33: journey "login", step 2: name = "form" is already taken
      each needs a name of its own
    "#);
}

#[test]
fn other_languages_are_checked_by_who_speaks_them() {
    let languages = ledger::plan::Languages {
        css: |text| {
            if text.contains("[[") {
                Err("unexpected [".to_owned())
            } else {
                Ok(())
            }
        },
        ..ledger::plan::Languages::UNCHECKED
    };
    let text = PLAN.replace("input[name=csrf]", "input[[name=csrf]");
    let problems =
        ledger::plan::Plan::parse_with(&text, "probes.toml", languages).expect_err("refused");
    insta::assert_snapshot!(problems.to_string(), @r#"
    probes.toml:30: journey "login", step "form": take.csrf.css = "input[[name=csrf]" cannot be read
      unexpected [
    "#);
}
