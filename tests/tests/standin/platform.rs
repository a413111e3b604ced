//! The Kubernetes-style API, the controls, and what goes wrong there.

use std::time::Duration;

use http::header::AUTHORIZATION;

use crate::visitor::{Town, Visitor};

const REVIEW: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

async fn review(visitor: &Visitor, token: &str) -> String {
    let mut line = match visitor.call("platform.groupdesk.test").await {
        Ok(line) => line,
        Err(wrong) => return wrong,
    };
    let ready = line
        .ask("GET", "/readyz", &[], "")
        .await
        .map_or_else(|wrong| wrong, |answer| answer.body);
    let bearer = format!("Bearer {token}");
    match line
        .ask("POST", REVIEW, &[(AUTHORIZATION.as_str(), &bearer)], "{}")
        .await
    {
        Err(wrong) => wrong,
        Ok(answer) => {
            let value: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            let word = value["status"]["userInfo"]["username"]
                .as_str()
                .or(value["reason"].as_str());
            format!("{ready} {} {}", answer.status, word.unwrap())
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_platform_knows_its_token() {
    let town = Town::new("");
    let visitor = town.visitor("us-east");
    assert_eq!(
        review(&visitor, town.accounts.platform_token()).await,
        "ok 201 system:serviceaccount:monitoring:prober"
    );
    assert_eq!(review(&visitor, "guess").await, "ok 401 Unauthorized");
}

#[tokio::test(start_paused = true)]
async fn platform_trouble_stays_there() {
    let town = Town::new(
        "
        [[fault]]
        kind = 'platform_down'
        from = '+10s'
        for = '10s'
        [[fault]]
        kind = 'platform_auth'
        status = 500
        from = '+20s'
        for = '10s'
        ",
    );
    let visitor = town.visitor("us-east");
    let token = town.accounts.platform_token();
    for (second, expected) in [
        (0, "ok 201 system:serviceaccount:monitoring:prober"),
        (10, "ConnectionRefused"),
        (20, "ok 500 InternalError"),
        (30, "ok 201 system:serviceaccount:monitoring:prober"),
    ] {
        town.wait_until(Duration::from_secs(second)).await;
        assert_eq!(review(&visitor, token).await, expected, "second {second}");
        assert_eq!(visitor.log_in("user-1").await, "ok", "second {second}");
    }
}

#[tokio::test(start_paused = true)]
async fn authentication_fails_now_and_then_and_equally_for_the_same_seed() {
    let script = "
        seed = 5
        [[fault]]
        kind = 'platform_auth'
        share = 0.25
        from = '+0s'
        for = '1h'
        ";
    let run = async || {
        let town = Town::new(script);
        let visitor = town.visitor("us-east");
        let mut failed = Vec::new();
        for number in 0..100_u64 {
            town.wait_until(Duration::from_secs(number * 10)).await;
            if review(&visitor, town.accounts.platform_token()).await == "ok 401 Unauthorized" {
                failed.push(number);
            }
        }
        failed
    };
    let failed = run().await;
    assert!((10..45).contains(&failed.len()), "{} of 100", failed.len());
    assert_eq!(run().await, failed);
}

#[tokio::test(start_paused = true)]
async fn controls_answer_whatever_the_product_does() {
    let town = Town::new("[[fault]]\nkind = 'refused'\nfrom = '+0s'\nfor = '1h'\n");
    let visitor = town.visitor("us-east");
    assert_eq!(visitor.log_in("user-1").await, "ConnectionRefused");
    for control in ["control-a.test", "control-b.test"] {
        let answer = visitor
            .call(control)
            .await
            .unwrap()
            .ask("GET", "/", &[], "")
            .await
            .unwrap();
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, "ok\n"),
            "{control}"
        );
    }
}
