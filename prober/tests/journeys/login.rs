//! A login as it should be.

use std::time::Duration;

use ledger::attempt::Family;
use ledger::phases::Micros;
use ledger::plan::{Body, Method};
use ledger::time::{Interval, Millis, Timestamp};

use super::plan::{Eye, NOW, get, submit};
use super::site::{Act, Got, Site, page};

pub(crate) const FORM: &str = r#"<form id=login method=post action=/login>
    <input type=hidden name=csrf value="t&amp;1"><input name=user><input name=pass type=password></form>"#;

/// A site at which everything works.
pub(crate) fn good(got: &Got) -> Vec<Act> {
    let signed_in = got.head.contains("sid=s1");
    match got.line.as_str() {
        "GET /login" => page("200 OK", "set-cookie: pre=p; Path=/\r\n", FORM),
        "POST /login" if got.body.contains("csrf=t%261") && got.head.contains("pre=p") => page(
            "303 See Other",
            "location: /home\r\nset-cookie: sid=s1; Path=/; Secure; HttpOnly\r\n",
            "",
        ),
        "GET /home" if signed_in => {
            let mut acts = vec![Act::Wait(Duration::from_millis(100))];
            let date = "date: Fri, 14 Dec 2018 22:15:01 GMT\r\n";
            acts.extend(page("200 OK", date, "<h1>Hello ann@x</h1>"));
            acts
        }
        "GET /logout" if signed_in => page("200 OK", "", "bye"),
        _ => page("404 Not Found", "", "what?"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_is_one_connection_and_four_requests() {
    let eye = Eye::new(Site::new(good), |_| {});
    let seen = eye.look().await;
    assert!(seen.is_good(), "{seen:#?}");
    assert_eq!(
        eye.site.lines(),
        [
            "app.test GET /login",
            "app.test POST /login",
            "app.test GET /home",
            "app.test GET /logout",
        ]
    );
    assert_eq!(eye.site.dialled.lock().expect("not poisoned").len(), 1);
    let got = eye.site.got.lock().expect("not poisoned").clone();
    assert_eq!(
        got[1].body,
        "csrf=t%261&user=ann%40x&pass=p%C3%A4+ss%26w%3Drd%22%25"
    );
}

#[tokio::test(start_paused = true)]
async fn phases_are_exact_and_the_logout_is_not_counted() {
    let eye = Eye::new(Site::new(good), |_| {});
    let seen = eye.look().await;
    let millis = |millis| Some(Micros::measured(Duration::from_millis(millis)));
    let steps: Vec<&str> = seen.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(steps, ["form", "submit", "landing"]);
    let first = seen.steps[0].phases;
    assert_eq!((first.dns, first.connect), (millis(3), millis(20)));
    assert_eq!(
        first.tls,
        millis(0),
        "no time passes in memory; 1 µs is the least"
    );
    let last = seen.steps[2].phases;
    assert_eq!((last.dns, last.connect, last.tls), (None, None, None));
    assert_eq!(last.first_byte, millis(100));
    assert_eq!(seen.total, millis(123));
    assert_eq!(seen.family, Some(Family::V4));
    assert_eq!(seen.status, Some(200));
    let landing = Interval::new(NOW + Millis(23), NOW + Millis(124));
    assert_eq!(seen.evidence, landing, "the last step");
    assert_eq!(seen.end, NOW + Millis(123));
    let date = seen.server_date.expect("the landing page has one");
    assert_eq!(date.date, Timestamp(NOW.0 + 1_000));
    assert_eq!(date.received, NOW + Millis(123));
    assert_eq!(seen.certificate_days(), Some(17), "until 2019-01-01");
    assert_eq!(seen.account.expect("one signed in").label.as_str(), "ann");
}

#[tokio::test(start_paused = true)]
async fn a_form_says_which_page_it_came_from_as_browsers_do() {
    // Django, among others, refuses a form over HTTPS without these.
    let eye = Eye::new(
        Site::new(|got| match got.line.as_str() {
            "GET /login?next=/home" => page("200 OK", "set-cookie: pre=p; Path=/\r\n", FORM),
            "GET /search" => page("200 OK", "", "<form id=login action=/found></form>"),
            "GET /found?" => page("200 OK", "", "found"),
            _ => good(got),
        }),
        |plan| {
            let steps = &mut plan.journeys[0].steps;
            steps[0] = get("form", "/login?next=/home#form");
            steps[1].follow = 1;
            steps[1].expect.clear();
            let mut find = submit();
            find.request.method = Method::Get;
            find.request.body = Body::None;
            find.expect.clear();
            steps.splice(2.., [get("search", "/search"), find]);
        },
    );
    let seen = eye.look().await;
    assert!(seen.is_good(), "{seen:#?}");
    let got = eye.site.got.lock().expect("not poisoned").clone();
    let said: Vec<String> = got.iter().map(origin_and_referer).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    GET /login?next=/home
    POST /login  referer: https://app.test/login?next=/home, origin: https://app.test
    GET /home  referer: https://app.test/login?next=/home
    GET /search
    GET /found?  referer: https://app.test/search
    ");
}

fn origin_and_referer(got: &Got) -> String {
    let fields = got.head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default();
        name.eq_ignore_ascii_case("origin") || name.eq_ignore_ascii_case("referer")
    });
    let fields: Vec<&str> = fields.collect();
    let said = format!("{}  {}", got.line, fields.join(", "));
    said.trim_end().to_owned()
}
