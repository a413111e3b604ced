//! The ways in which a site refuses a login, and what each is called.

use ledger::plan::{Body, Capture, Expectation};
use ledger::verdict::Class;
use prober::looker::SetupError;

use super::hostile::failure;
use super::login::{FORM, good};
use super::plan::{Eye, get, login_steps, template};
use super::site::{Act, Got, Site, page};

#[tokio::test(start_paused = true)]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn every_refusal_has_its_class() {
    let found = |to: &str| page("302 Found", &format!("location: {to}\r\n"), "");
    for (what, line, acts, class, step) in [
        (
            "503",
            "GET /login",
            page("503 Service Unavailable", "", "sorry"),
            Class::Status,
            "form",
        ),
        (
            "404",
            "GET /login",
            page("404 Not Found", "", ""),
            Class::Status,
            "form",
        ),
        (
            "429",
            "GET /login",
            page("429 Too Many Requests", "", ""),
            Class::Throttled,
            "form",
        ),
        (
            "block page",
            "GET /login",
            page("403 Forbidden", "", "no"),
            Class::Throttled,
            "form",
        ),
        (
            "captcha",
            "GET /login",
            page("200 OK", "", "Solve the CAPTCHA"),
            Class::Script,
            "form",
        ),
        (
            "no form",
            "GET /login",
            page("200 OK", "", "<p>hi</p>"),
            Class::Script,
            "form",
        ),
        (
            "401",
            "POST /login",
            page("401 Unauthorized", "", ""),
            Class::Rejected,
            "submit",
        ),
        (
            "403",
            "POST /login",
            page("403 Forbidden", "", "bad login"),
            Class::Rejected,
            "submit",
        ),
        (
            "the form again",
            "POST /login",
            page("200 OK", "", FORM),
            Class::Rejected,
            "submit",
        ),
        (
            "back to it",
            "POST /login",
            found("/login?error=1"),
            Class::Rejected,
            "submit",
        ),
        (
            "429 at login",
            "POST /login",
            page("429 Slow Down", "", ""),
            Class::Throttled,
            "submit",
        ),
        (
            "robot check",
            "POST /login",
            page("403 Forbidden", "", "Are you a robot?"),
            Class::Throttled,
            "submit",
        ),
        (
            "500 at login",
            "POST /login",
            page("500 Oops", "", FORM),
            Class::Status,
            "submit",
        ),
        (
            "elsewhere",
            "POST /login",
            found("/terms"),
            Class::Content,
            "submit",
        ),
        (
            "not let in",
            "GET /home",
            found("/login"),
            Class::Rejected,
            "landing",
        ),
        (
            "wrong page",
            "GET /home",
            page("200 OK", "", "<h1>Hi</h1>"),
            Class::Content,
            "landing",
        ),
        (
            "502",
            "GET /home",
            page("502 Bad Gateway", "", ""),
            Class::Status,
            "landing",
        ),
    ] {
        let site = Site::new(move |got| match got.line == line {
            true => acts.clone(),
            false => good(got),
        });
        let eye = Eye::new(site, |_| {});
        let seen = eye.look().await;
        let failure = failure(&seen);
        assert_eq!(failure.class, class, "{what}: {failure:?}");
        assert_eq!(failure.step.as_str(), step, "{what}: {failure:?}");
        let left = eye
            .site
            .lines()
            .contains(&"app.test GET /logout".to_owned());
        let inside = step == "landing"
            || what == "elsewhere"
            || what == "500 at login"
            || what == "429 at login"
            || what == "robot check";
        assert_eq!(
            left, inside,
            "{what}: signed out wherever a session may be left"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn json_logins_carry_their_token_to_their_origin() {
    let site = Site::new(|got: &Got| match got.line.as_str() {
        "POST /api/login" if got.body == r#"{"user":"ann@x","word":"pä ss&w=rd\"%"}"# => page(
            "200 OK",
            "x-trace: 7\r\n",
            r#"{"token":"tok-123","n":{"id":42}}"#,
        ),
        "GET /api/me/42" if got.head.contains("authorization: Bearer tok-123") => {
            page("200 OK", "", r#"{"name":"ann@x"}"#)
        }
        _ => page("401 Unauthorized", "", "{}"),
    });
    let eye = Eye::new(site, |plan| {
        let mut login = get("login", "/api/login");
        login.request.method = ledger::plan::Method::Post;
        login.request.body =
            Body::Json(serde_json::json!({"user": "{{username}}", "word": "{{password}}"}));
        for (name, capture) in [
            ("token", Capture::Json("$.token".into())),
            ("id", Capture::Json("$.n.id".into())),
            ("trace", Capture::Header("X-Trace".into())),
            ("all", Capture::Regex("tok-([0-9]+)".into())),
        ] {
            login.take.insert(name.to_owned(), capture);
        }
        let mut me = get("me", "/api/me/{{id}}");
        me.request.bearer = Some(template("{{token}}"));
        me.expect.push(Expectation::Json {
            path: "$.name".to_owned(),
            value: Some(serde_json::json!("{{username}}")),
        });
        plan.journeys[0].steps = vec![login, me];
    });
    let seen = eye.look().await;
    assert!(seen.is_good(), "{seen:#?}");
    assert_eq!(seen.captured, ["all", "id", "token", "trace"]);
}

#[test]
fn journeys_that_cannot_run_are_refused_before_the_first_tick() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    let with = |change: &dyn Fn(&mut ledger::plan::Step)| {
        let site = Site::new(|_: &Got| Vec::<Act>::new());
        let refused = Eye::try_new(site, |plan| {
            let mut steps = login_steps();
            change(&mut steps[0]);
            plan.journeys[0].steps = steps;
        });
        let error: SetupError = refused.err().expect("refused");
        error.to_string()
    };
    let url = |text: &'static str| {
        with(&move |step| step.request.target = ledger::plan::Target::Url(template(text)))
    };
    for (said, expected) in [
        (
            url("/?p={{password}}"),
            "{{password}} may not stand in a URL",
        ),
        (
            url("/{{nothing}}"),
            "{{nothing}} is neither username, password nor taken by an earlier step",
        ),
        (
            url("https://evil.test/"),
            "https://evil.test is neither the site nor in site.origins",
        ),
        (
            url("ftp://app.test/"),
            "scheme \"ftp\" is neither http nor https",
        ),
        (
            with(&|step| step.expect.push(Expectation::Element("p[".into()))),
            "\"p[\" is not a CSS selector",
        ),
    ] {
        let place = "journey login, step form: ";
        assert_eq!(said, format!("{place}{expected}"));
    }
}
