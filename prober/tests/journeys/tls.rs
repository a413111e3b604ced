//! What TLS does once and what it does every time; and HTTP/2.

use ledger::verdict::Class;

use super::hostile::failure;
use super::login::good;
use super::plan::{Eye, login_steps};
use super::site::{Site, page};

#[tokio::test(start_paused = true)]
async fn a_remembered_chain_still_expires() {
    let eye = Eye::new(Site::new(good), |_| {});
    for _ in 0..3 {
        assert!(
            eye.look().await.is_good(),
            "remembered from the second look on"
        );
    }
    // To one second before and one after the leaf's last second, 2019-01-01T00:00:00Z.
    let left = 1_546_300_800 - super::plan::NOW.0 / 1_000;
    let left = u64::try_from(left).expect("in the future");
    tokio::time::sleep(std::time::Duration::from_secs(left - 60)).await;
    assert!(eye.look().await.is_good(), "a minute before the end");
    tokio::time::sleep(std::time::Duration::from_secs(61)).await;
    let seen = eye.look().await;
    assert_eq!(failure(&seen).class, Class::Tls);
    assert_eq!(seen.certificate_days(), Some(-1));
}

#[tokio::test(start_paused = true)]
async fn options_change_how_but_not_what() {
    for (always, post_quantum, fresh) in [
        (true, false, true),
        (false, true, true),
        (false, false, false),
        (true, true, false),
    ] {
        let eye = Eye::new(Site::new(good), |plan| {
            plan.site.verify_chain_always = always;
            plan.site.post_quantum = post_quantum;
            plan.probes[0].fresh = fresh;
        });
        for _ in 0..2 {
            let seen = eye.look().await;
            assert!(seen.is_good(), "{seen:#?}");
            assert_eq!(seen.certificate_days(), Some(17), "known when resumed, too");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn http_2_is_spoken_where_it_is_offered() {
    let eye = Eye::new(Site::new(good).speaking_http2(), |plan| {
        let mut steps = login_steps();
        steps.truncate(3); // a kept-open HTTP/2 connection carries all three
        plan.journeys[0].steps = steps;
    });
    let seen = eye.look().await;
    assert!(seen.is_good(), "{seen:#?}");
    let got = eye.site.got.lock().expect("not poisoned").clone();
    assert!(
        got.iter().all(|got| got.head.starts_with("HTTP/2.0")),
        "{got:?}"
    );
    assert_eq!(eye.site.dialled.lock().expect("not poisoned").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn http_2_has_the_same_limits() {
    let headers: String = (0..2_000)
        .map(|n| format!("x{n}: {n}{n}{n}{n}\r\n"))
        .collect();
    for acts in [
        page("200 OK", "", &"x".repeat(prober::http::MAX_BODY + 1)),
        page("200 OK", &headers, ""),
    ] {
        let site = Site::new(move |got| match got.line.as_str() {
            "GET /home" => acts.clone(),
            _ => good(got),
        });
        let eye = Eye::new(site.speaking_http2(), |_| {});
        let seen = eye.look().await;
        assert_eq!(failure(&seen).class, Class::Protocol, "{seen:?}");
    }
}
