//! Sites that break rules: each reply has one class, ends in time, and leaks nothing.

use std::time::Duration;

use ledger::phases::Micros;
use ledger::plan::Expectation;
use ledger::time::Millis;
use ledger::verdict::Class;
use prober::observation::{Failure, Observation, Outcome};

use super::login::{FORM, good};
use super::plan::{Eye, NOW, PASSWORD, TIMEOUT, template};
use super::site::{Act, Door, Got, Shown, Site, page};

pub(crate) fn failure(seen: &Observation) -> &Failure {
    match &seen.outcome {
        Outcome::Failed(failure) => failure,
        Outcome::Good | Outcome::Unobserved { .. } => panic!("no failure: {seen:#?}"),
    }
}

/// What the site answers to one request; everything else is as it should be.
async fn answering(line: &'static str, acts: Vec<Act>) -> (Eye, Observation) {
    let eye = Eye::new(
        Site::new(move |got| match got.line == line {
            true => acts.clone(),
            false => good(got),
        }),
        |_| {},
    );
    let seen = eye.look().await;
    (eye, seen)
}

fn raw(text: &str) -> Vec<Act> {
    vec![Act::Send(text.as_bytes().to_vec()), Act::Close]
}

fn endless(head: &str, again: &str) -> Vec<Act> {
    vec![
        Act::Send(head.as_bytes().to_vec()),
        Act::Forever(again.as_bytes().to_vec()),
    ]
}

#[tokio::test(start_paused = true)]
async fn broken_http_is_a_protocol_failure() {
    let many_headers = format!(
        "HTTP/1.1 200 OK\r\n{}\r\n",
        (0..100).map(|n| format!("x{n}: y\r\n")).collect::<String>()
    );
    let long_header = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1024 * 1024));
    let ok = "HTTP/1.1 200 OK\r\n";
    for (what, acts) in [
        (
            "truncated",
            raw(&format!("{ok}content-length: 100\r\n\r\nhalf")),
        ),
        (
            "truncated chunk",
            raw(&format!("{ok}transfer-encoding: chunked\r\n\r\n10\r\nhalf")),
        ),
        (
            "too large",
            page("200 OK", "", &"x".repeat(prober::http::MAX_BODY + 1)),
        ),
        (
            "endless body",
            endless(&format!("{ok}\r\n"), &"x".repeat(60_000)),
        ),
        (
            "endless headers",
            endless(ok, &format!("x: {}\r\n", "y".repeat(1_000))),
        ),
        ("many headers", raw(&many_headers)),
        ("a long header", raw(&long_header)),
        ("no HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n")),
        ("nothing", vec![Act::Close]),
    ] {
        let (_, seen) = answering("GET /home", acts).await;
        let failure = failure(&seen);
        assert_eq!(failure.class, Class::Protocol, "{what}: {failure:?}");
        assert_eq!(failure.step.as_str(), "landing", "{what}");
        assert!(seen.total.is_none(), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_hangs_ends_at_the_deadline() {
    let half = Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec());
    let informational = b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec();
    for (what, acts) in [
        ("no answer", vec![Act::Hang]),
        ("half a body", vec![half, Act::Hang]),
        ("endless 1xx", vec![Act::Forever(informational)]),
        (
            "a byte at a time",
            endless("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", "."),
        ),
    ] {
        let (_, seen) = answering("POST /login", acts).await;
        assert_eq!(failure(&seen).class, Class::Timeout, "{what}");
        assert_eq!(failure(&seen).step.as_str(), "submit", "{what}");
        let after = Millis::from_std(TIMEOUT);
        assert_eq!(seen.end, NOW + after, "{what}");
        assert_eq!(seen.evidence.start, NOW + Millis(23), "{what}");
        assert_eq!(seen.evidence.end, NOW + after + Millis(1), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn doors_that_do_not_open() {
    for (door, class) in [
        (Door::Refused, Class::Connect),
        (Door::Silent, Class::Timeout),
    ] {
        let eye = Eye::new(Site::new(good).behind(door), |_| {});
        let seen = eye.look().await;
        assert_eq!(failure(&seen).class, class, "{door:?}");
        let first = seen.steps[0].phases;
        assert!(first.dns.is_some() && first.tls.is_none(), "{door:?}");
        assert_eq!(first.connect.is_some(), door == Door::Silent);
    }
    for (url, class) in [
        ("https://nowhere.test", Class::Dns),
        ("https://inner.test", Class::Dns),
        ("https://127.0.0.1", Class::Dns),
        ("https://[::ffff:10.0.0.1]", Class::Dns),
    ] {
        let eye = Eye::new(Site::new(good), |plan| {
            plan.site.url = url.parse().expect("a URL");
        });
        let seen = eye.look().await;
        assert_eq!(failure(&seen).class, class, "{url}");
        assert!(
            eye.site.dialled.lock().expect("not poisoned").is_empty(),
            "{url}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn refused_certificates_still_tell_their_expiry() {
    let names = vec!["app.test"];
    for (shown, said, days) in [
        (
            Shown {
                names: names.clone(),
                years: (2017, 2018),
            },
            "certificate expired",
            -348,
        ),
        (
            Shown {
                names: names.clone(),
                years: (2019, 2020),
            },
            "certificate not valid yet",
            382,
        ),
        (
            Shown {
                names: vec!["other.test"],
                years: (2018, 2019),
            },
            "not valid for name",
            17,
        ),
    ] {
        let eye = Eye::new(Site::showing(&shown, good), |_| {});
        let seen = eye.look().await;
        let failure = failure(&seen);
        assert_eq!((failure.class, failure.certificate), (Class::Tls, true));
        assert!(failure.detail.as_str().contains(said), "{failure:?}");
        assert_eq!(seen.certificate_days(), Some(days), "{said}");
    }
    let other = Site::new(good);
    let eye = Eye::new(Site::new(good), |plan| {
        plan.site.ca = Some(other.ca.clone());
    });
    let seen = eye.look().await;
    assert_eq!(failure(&seen).class, Class::Tls, "an unknown authority");
    assert_eq!(seen.certificate_days(), Some(17));
}

#[tokio::test(start_paused = true)]
async fn redirects_never_take_anything_elsewhere() {
    let to = |target: &str| page("302 Found", &format!("location: {target}\r\n"), "");
    for (target, said) in [
        (
            "https://evil.test/home",
            "to another origin, https://evil.test",
        ),
        ("//evil.test/home", "to another origin, https://evil.test"),
        (
            "https://app.test:8443/",
            "to another origin, https://app.test:8443",
        ),
        ("http://app.test/home", "from https to http"),
        (
            "https://a:b@app.test/",
            "the URL carries a user name or password",
        ),
        (
            "file:///etc/passwd",
            "scheme \"file\" is neither http nor https",
        ),
        (
            "javascript:alert(1)",
            "scheme \"javascript\" is neither http nor https",
        ),
        ("/home", "more than 3 redirects"),
    ] {
        let acts = to(target);
        let site = Site::new(move |got| match got.line.as_str() {
            "GET /home" => acts.clone(),
            _ => good(got),
        });
        let eye = Eye::new(site, |plan| plan.journeys[0].steps[2].follow = 3);
        let seen = eye.look().await;
        let failure = failure(&seen);
        assert_eq!(failure.class, Class::Content, "{target}");
        assert!(
            failure.detail.as_str().contains(said),
            "{target}: {failure:?}"
        );
        let lines = eye.site.lines();
        assert!(
            lines.iter().all(|line| line.starts_with("app.test ")),
            "{lines:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_password_is_never_posted_elsewhere() {
    let again = "location: https://other.test/login\r\n";
    let elsewhere = FORM.replace("action=/login", "action=https://other.test/login");
    let in_clear = FORM.replace("action=/login", "action=http://app.test/login");
    for (what, line, acts) in [
        (
            "307",
            "POST /login",
            page("307 Temporary Redirect", again, ""),
        ),
        (
            "308",
            "POST /login",
            page("308 Permanent Redirect", again, ""),
        ),
        ("action", "GET /login", page("200 OK", "", &elsewhere)),
        ("in clear", "GET /login", page("200 OK", "", &in_clear)),
    ] {
        let site = Site::new(move |got| match got.line == line {
            true => acts.clone(),
            false => good(got),
        });
        let eye = Eye::new(site, |plan| {
            plan.site.origins = vec![
                "https://other.test".parse().expect("a URL"),
                "http://app.test".parse().expect("a URL"),
            ];
            plan.journeys[0].steps[1].follow = 5;
        });
        let seen = eye.look().await;
        assert_eq!(failure(&seen).class, Class::Content, "{what}: {seen:?}");
        let got = eye.site.got.lock().expect("not poisoned").clone();
        let strayed: Vec<&Got> = got.iter().filter(|got| got.host != "app.test").collect();
        assert!(strayed.is_empty(), "{what}: {strayed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_listed_origin_gets_neither_cookies_nor_headers_of_ours() {
    let site = Site::new(|got: &Got| match (got.host.as_str(), got.line.as_str()) {
        ("app.test", "GET /home") => page(
            "302 Found",
            "location: https://other.test/hello
",
            "",
        ),
        ("other.test", "GET /hello") => page("200 OK", "", "Hello ann@x"),
        _ => good(got),
    });
    let eye = Eye::new(site, |plan| {
        plan.site.origins = vec!["https://other.test".parse().expect("a URL")];
        let landing = &mut plan.journeys[0].steps[2];
        landing.follow = 1;
        landing.request.bearer = Some(template("key-{{username}}"));
        let headers = &mut landing.request.headers;
        headers.insert("x-key".to_owned(), template("secret"));
    });
    let seen = eye.look().await;
    assert!(seen.is_good(), "{seen:#?}");
    let got = eye.site.got.lock().expect("not poisoned").clone();
    let home = got
        .iter()
        .find(|got| got.line == "GET /home")
        .expect("asked");
    let other = got
        .iter()
        .find(|got| got.host == "other.test")
        .expect("asked");
    for ours in [
        "cookie: ",
        "x-key: secret",
        "authorization: Bearer key-ann@x",
    ] {
        assert!(home.head.contains(ours), "{home:?}");
        assert!(!other.head.contains(ours), "{other:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn encodings_are_not_asked_for_and_not_undone() {
    let zipped = page("200 OK", "content-encoding: gzip\r\n", "\x1f\u{8b}\u{8}");
    let (eye, seen) = answering("GET /home", zipped).await;
    assert_eq!(failure(&seen).class, Class::Content);
    let got = eye.site.got.lock().expect("not poisoned").clone();
    assert!(
        got.iter()
            .all(|got| got.head.contains("accept-encoding: identity"))
    );
}

#[tokio::test(start_paused = true)]
async fn details_hold_no_secret_and_no_control_characters() {
    let echo = format!("<title>\x1b[31m{PASSWORD} ann@x</title>wrong");
    let (_, seen) = answering("GET /home", page("200 OK", "", &echo)).await;
    let detail = failure(&seen).detail.as_str().to_owned();
    assert_eq!(
        detail,
        "text \"Hello {{username}}\" is absent (page titled \"\\x1b[31m[password] [username]\")"
    );
    let said = format!("{seen:?}");
    assert!(!said.contains("w=rd") && !said.contains("ann@x"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_ends_soon_can_be_asked_for() {
    for (days, good_enough) in [(17, true), (18, false)] {
        let eye = Eye::new(Site::new(good), |plan| {
            let expect = &mut plan.journeys[0].steps[0].expect;
            expect.push(Expectation::CertificateDays(days));
        });
        assert_eq!(eye.look().await.is_good(), good_enough, "{days}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_was_closed_is_opened_again() {
    let site = Site::new(|got: &Got| {
        let mut acts = good(got);
        if got.line == "GET /login" {
            acts.push(Act::Close);
        }
        acts
    });
    let eye = Eye::new(site, |_| {});
    let seen = eye.look().await;
    assert!(seen.is_good(), "{seen:#?}");
    assert_eq!(eye.site.dialled.lock().expect("not poisoned").len(), 2);
    assert!(
        seen.steps[1].phases.connect.is_some(),
        "and that is recorded"
    );
    let whole = Duration::from_millis(23 + 23 + 100);
    assert_eq!(seen.total, Some(Micros::measured(whole)));
}
