//! Platform checks.

use ledger::plan::{Check, SecretSource, Subject};
use ledger::verdict::{Class, SecondResolver};
use prober::observation::{Observation, Outcome};

use super::plan::Eye;
use super::site::{Act, Door, Got, Site, page};

const REVIEW: &str = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";

fn api(got: &Got) -> Vec<Act> {
    let known = got.head.contains("authorization: Bearer tok-9");
    match got.line.as_str() {
        "GET /readyz" if known => page("200 OK", "", "ok"),
        REVIEW if known && got.body.contains("\"kind\":\"SelfSubjectReview\"") => page(
            "201 Created",
            "",
            r#"{"status":{"userInfo":{"username":"robot"}}}"#,
        ),
        _ => page("401 Unauthorized", "", "who?"),
    }
}

async fn check(site: Site, check: Check) -> Observation {
    let eye = Eye::new(site, |plan| {
        plan.probes[0].subject = Subject::Platform(check);
    });
    eye.look().await
}

fn class(seen: &Observation) -> Option<Class> {
    match &seen.outcome {
        Outcome::Good => None,
        Outcome::Failed(failure) => Some(failure.class),
        Outcome::Unobserved { class, .. } => Some(*class),
    }
}

fn token() -> Option<SecretSource> {
    Some(SecretSource::Env("TOKEN".to_owned()))
}

fn ready(bearer: Option<SecretSource>, text: &str) -> Check {
    Check::Https {
        url: "https://api.test:6443/readyz".parse().expect("a URL"),
        bearer,
        ca: None,
        status: vec![200],
        text: Some(text.to_owned()),
    }
}

fn review(username: &str) -> Check {
    Check::SelfSubjectReview {
        url: "https://api.test:6443".parse().expect("a URL"),
        bearer: token(),
        ca: None,
        username: Some(username.to_owned()),
    }
}

fn certificate(host: &str, days: u32) -> Check {
    Check::Certificate {
        host: host.to_owned(),
        port: 443,
        days,
        ca: None,
    }
}

fn tcp(host: &str) -> Check {
    Check::Tcp {
        host: host.to_owned(),
        port: 22,
    }
}

fn dns(host: &str, addresses: &[&str]) -> Check {
    Check::Dns {
        host: host.to_owned(),
        addresses: addresses
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn each_check_says_what_is_wrong() {
    for (asked, expected) in [
        (ready(token(), "ok"), None),
        (ready(token(), "fine"), Some(Class::Content)),
        (ready(None, "ok"), Some(Class::Rejected)),
        (review("robot"), None),
        (review("somebody"), Some(Class::Content)),
        (certificate("api.test", 17), None),
        (certificate("api.test", 18), Some(Class::Content)),
        (certificate("unnamed.test", 1), Some(Class::Tls)),
        (tcp("api.test"), None),
        (tcp("8.8.4.4"), None),
        (tcp("10.0.0.1"), Some(Class::Dns)),
        (dns("api.test", &[]), None),
        (dns("api.test", &["8.8.8.8", "::1"]), None),
        (dns("api.test", &["9.9.9.9"]), Some(Class::Content)),
        (dns("nowhere.test", &[]), Some(Class::Dns)),
    ] {
        let seen = check(Site::new(api), asked.clone()).await;
        assert_eq!(class(&seen), expected, "{asked:?}: {seen:#?}");
        assert_eq!(seen.total.is_some(), expected.is_none(), "{asked:?}");
        assert!(!format!("{seen:?}").contains("tok-9"), "{seen:?}");
        assert_ne!(seen.second_resolver, Some(SecondResolver::Answered));
    }
}

#[tokio::test(start_paused = true)]
async fn checks_end_at_their_deadline() {
    for asked in [
        ready(token(), "ok"),
        review("robot"),
        certificate("api.test", 1),
    ] {
        let seen = check(Site::new(api).behind(Door::Silent), asked.clone()).await;
        assert_eq!(class(&seen), Some(Class::Timeout), "{asked:?}");
        let took = seen.end - seen.start;
        assert_eq!(took.to_std(), super::plan::TIMEOUT, "{asked:?}");
    }
}
