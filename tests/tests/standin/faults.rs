//! Every fault of the product as a visitor on the in-memory network meets it.

use std::time::Duration;

use groupdesk::product::Persona;
use http::header::COOKIE;

use crate::visitor::{NOON, Town, Visitor};

/// What comes of logins that begin at second 0, 15 and 60 of a fault that lasts from second 10 to 50.
async fn before_within_after(fault: &str, account: &str) -> [String; 3] {
    let town = Town::new(&format!(
        "[[fault]]\nfrom = '+10s'\nuntil = '+50s'\n{fault}"
    ));
    let visitor = town.visitor("us-east");
    let mut found = Vec::new();
    for second in [0, 15, 60] {
        town.wait_until(Duration::from_secs(second)).await;
        found.push(visitor.log_in(account).await);
    }
    found.try_into().unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_kind_breaks_logins_in_its_own_way_and_only_while_it_lasts() {
    for (fault, expected) in [
        ("kind = 'status'", "503 at /login"),
        (
            "kind = 'status'\nstatus = 500\npath = '/home'",
            "500 at /home",
        ),
        ("kind = 'refused'", "ConnectionRefused"),
        ("kind = 'reset'", "ConnectionReset"),
        ("kind = 'hang'", "timeout"),
        ("kind = 'hang'\npath = '/home'", "timeout"),
        ("kind = 'slow'\ndelay = '31s'", "timeout"),
        ("kind = 'slow'\ndelay = '1s'\njitter = '1s'", "ok"),
        (
            "kind = 'tls_expired'",
            "tls: InvalidCertificate ExpiredContext ",
        ),
        (
            "kind = 'tls_wrong_host'",
            "tls: InvalidCertificate NotValidForNameContext ",
        ),
        ("kind = 'new_certificate'", "ok"),
        ("kind = 'login_refused'", "401 at POST /login"),
        ("kind = 'login_page_again'", "200 at POST /login"),
        (
            "kind = 'account_locked'\naccount = 'user-1'",
            "401 at POST /login",
        ),
        ("kind = 'account_locked'\naccount = 'user-2'", "ok"),
        ("kind = 'sessions_dropped'", "303 at /home"),
        ("kind = 'wrong_content'", "no form at /login"),
        ("kind = 'wrong_content'\npath = '/home'", "wrong /home"),
        (
            "kind = 'truncated'\npath = '/home'",
            "body: stream error received: unexpected internal error encountered",
        ),
        ("kind = 'throttled'", "429 at /login"),
        ("kind = 'drip'", "timeout"),
        ("kind = 'redirect_loop'", "302 at /login"),
        ("kind = 'redirect_away'", "307 at /login"),
        (
            "kind = 'agent_network'\nregion = 'us-east'",
            "dns: resolver failed: network is unreachable",
        ),
        ("kind = 'status'\nregion = 'eu-west'", "ok"),
        (
            "kind = 'status'\nregion = ['eu-west', 'us-east']",
            "503 at /login",
        ),
        ("kind = 'status'\npersona = 'traveler'", "ok"),
        ("kind = 'platform_down'", "ok"),
    ] {
        let found = before_within_after(fault, "user-1").await;
        assert_eq!(found, ["ok", expected, "ok"], "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn travelers_have_troubles_of_their_own() {
    for (fault, expected) in [
        (
            "kind = 'status'\npersona = 'traveler'",
            "503 at /traveler/login",
        ),
        ("kind = 'login_page_again'", "200 at POST /traveler/login"),
        ("kind = 'status'\npersona = 'user'", "ok"),
        ("kind = 'status'\npath = '/api/*'", "ok"),
    ] {
        let found = before_within_after(fault, "traveler-1").await;
        assert_eq!(found, ["ok", expected, "ok"], "{fault}");
    }
    let town = Town::new("[[fault]]\nkind = 'login_refused'\nfrom = '+10s'\nfor = '10s'\n");
    let visitor = town.visitor("us-east");
    assert!(visitor.log_in_by_api("traveler-1").await.is_ok());
    town.wait_until(Duration::from_secs(10)).await;
    assert_eq!(
        visitor.log_in_by_api("traveler-1").await.unwrap_err(),
        "401 at POST /api/traveler/login"
    );
}

#[tokio::test(start_paused = true)]
async fn a_truncated_body_over_http_1_is_shorter_than_announced() {
    let town = Town::new("[[fault]]\nkind = 'truncated'\nfrom = '+0s'\nfor = '1m'\n");
    let visitor = town.visitor("us-east").old_fashioned();
    let mut line = visitor.call("groupdesk.test").await.unwrap();
    let found = line.ask("GET", "/login", &[], "").await.err().unwrap();
    assert_eq!(found, "body: UnexpectedEof");
}

#[tokio::test(start_paused = true)]
async fn hostile_answers_are_what_they_say() {
    let kinds = ["huge_headers", "endless_body", "form_away", "garbage"];
    let faults = kinds.map(|kind| {
        format!(
            "[[fault]]\nkind = '{kind}'\nfrom = '+0s'\nfor = '1h'\nregion = '{}'\n",
            kind.replace('_', "-")
        )
    });
    let town = Town::new(&faults.concat());
    let call = async |region: &str| {
        town.visitor(region)
            .old_fashioned()
            .call("groupdesk.test")
            .await
            .unwrap()
    };

    let refused = call("huge-headers")
        .await
        .ask("GET", "/login", &[], "")
        .await;
    assert_eq!(
        refused.err().unwrap(),
        "message head is too large",
        "hyper's own limit of 100 headers"
    );
    let endless = call("endless-body")
        .await
        .read_some("/login", 1 << 20)
        .await;
    assert!(endless >= 1 << 20, "{endless} bytes and no end");
    let away = call("form-away")
        .await
        .ask("GET", "/login", &[], "")
        .await
        .unwrap();
    assert!(
        away.body
            .contains("action=\"https://groupdesk.example.net/collect\"")
            && away.hidden("csrf").is_some()
    );
    let garbage = call("garbage").await.read_some("/login", 1 << 20).await;
    assert!((100..1_000).contains(&garbage), "{garbage} bytes");
}

#[tokio::test(start_paused = true)]
async fn visitors_who_leave_are_let_go() {
    for fault in [
        "kind = 'hang'",
        "kind = 'hang'\npath = '*'",
        "kind = 'slow'\ndelay = '59m'",
        "kind = 'drip'",
    ] {
        let town = Town::new(&format!("[[fault]]\nfrom = '+0s'\nfor = '1h'\n{fault}"));
        for visitor in [town.visitor("east"), town.visitor("east").old_fashioned()] {
            assert_eq!(visitor.log_in("user-1").await, "timeout", "{fault}");
        }
        // What is left of a connection learns of its end one way later.
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(std::sync::Arc::strong_count(&town.site), 1, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_sessions_are_gone_and_new_ones_hold() {
    let town = Town::new("[[fault]]\nkind = 'sessions_dropped'\nfrom = '+10s'\n");
    let visitor = town.visitor("us-east");
    let mut line = visitor.call("groupdesk.test").await.unwrap();
    let old = visitor.log_in_on(&mut line, "user-1").await.unwrap();
    let mut home = async |cookie: &str| {
        line.ask("GET", "/home", &[(COOKIE.as_str(), cookie)], "")
            .await
            .unwrap()
            .status
    };
    assert_eq!(home(&old).await, 200);
    town.wait_until(Duration::from_secs(10)).await;
    assert_eq!(home(&old).await, 303, "all sessions ended");
    assert_eq!(visitor.log_in("user-1").await, "ok", "and can be had again");
    assert_eq!(home(&old).await, 303, "but not the old one");
}

#[tokio::test(start_paused = true)]
async fn flapping_comes_and_goes() {
    let town = Town::new(
        "[[fault]]\nkind = 'status'\nfrom = '+10s'\nfor = '40s'\nperiod = '20s'\non = '5s'\n",
    );
    let visitor = town.visitor("us-east");
    let mut found = String::new();
    for second in (0..60).step_by(2) {
        town.wait_until(Duration::from_secs(second)).await;
        found.push(if visitor.log_in("user-1").await == "ok" {
            '.'
        } else {
            'x'
        });
    }
    assert_eq!(found, ".....xxx.......xxx............");
}

#[tokio::test(start_paused = true)]
async fn one_agents_dead_network_reaches_nothing_and_nobody_else() {
    let town = Town::new(
        "[[fault]]\nkind = 'agent_network'\nregion = 'eu-west'\nfrom = '+10s'\nfor = '10s'\n",
    );
    let (here, there) = (town.visitor("eu-west"), town.visitor("us-east"));
    let mut open = here.call("control-a.test").await.unwrap();
    assert_eq!(open.ask("GET", "/", &[], "").await.unwrap().status, 200);
    town.wait_until(Duration::from_secs(10)).await;
    assert_eq!(
        open.ask("GET", "/", &[], "").await.err().unwrap(),
        "NetworkUnreachable"
    );
    assert_eq!(
        here.call("control-a.test").await.err().unwrap(),
        "dns: resolver failed: network is unreachable"
    );
    assert_eq!(there.log_in("user-1").await, "ok");
    town.wait_until(Duration::from_secs(20)).await;
    assert_eq!(here.log_in("user-1").await, "ok");
    let truth = town.site.truth(NOON);
    assert!(truth.down_for(Persona::User).is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_runs_with_one_seed_are_alike_to_the_millisecond() {
    let script = "
        seed = 9
        [[fault]]
        kind = 'slow'
        delay = '5ms'
        jitter = '400ms'
        from = '+0s'
        for = '1h'
        [[fault]]
        kind = 'reset'
        share = 0.1
        from = '+0s'
        for = '1h'
        ";
    let run = async || {
        let town = Town::new(script);
        let begun = ["east", "central", "west"].iter().flat_map(|region| {
            let accounts = ["user-1", "user-2", "traveler-1"].iter();
            accounts.map(|account| (*account, town.visitor_at(region, Duration::from_millis(40))))
        });
        let attempts = begun.map(async |(account, visitor)| {
            let mut told = Vec::new();
            for _ in 0..10 {
                told.push((visitor.log_in(account).await, town.started.elapsed()));
            }
            told
        });
        futures_util::future::join_all(attempts).await
    };
    let first = run().await;
    let failed = first
        .iter()
        .flatten()
        .filter(|(word, _)| word == "ConnectionReset")
        .count();
    assert!((5..60).contains(&failed), "{failed} of 90 logins reset");
    assert_eq!(run().await, first);
}

/// Every kind that closes the login to everyone, as december-2018.toml and others use them.
const BREAKING: [&str; 11] = [
    "kind = 'status'",
    "kind = 'refused'",
    "kind = 'reset'",
    "kind = 'hang'",
    "kind = 'slow'\ndelay = '30s'",
    "kind = 'tls_expired'",
    "kind = 'tls_wrong_host'",
    "kind = 'login_refused'",
    "kind = 'login_page_again'",
    "kind = 'sessions_dropped'",
    "kind = 'throttled'",
];

/// A login that is under way at an edge of an outage, sent in steps of one connection; says when its last request was
/// sent, and whether all went well.
async fn log_in_and_tell(town: &Town, visitor: &Visitor) -> (i64, bool) {
    let mut last = 0;
    let attempt = async {
        last = elapsed(town);
        let mut line = visitor.call("groupdesk.test").await?;
        last = elapsed(town);
        let cookie = visitor.log_in_on(&mut line, "user-1").await?;
        last = elapsed(town);
        line.ask("GET", "/home", &[(COOKIE.as_str(), &cookie)], "")
            .await
            .and_then(|home| {
                if home.status == 200 {
                    Ok(())
                } else {
                    Err(home.status.to_string())
                }
            })
    };
    let good = matches!(
        tokio::time::timeout(Duration::from_secs(29), attempt).await,
        Ok(Ok(()))
    );
    (last, good)
}

fn elapsed(town: &Town) -> i64 {
    i64::try_from(town.started.elapsed().as_millis()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_edges_of_an_outage_are_sharp_to_the_millisecond() {
    const FROM: i64 = 1_000;
    const UNTIL: i64 = 61_000;
    for fault in BREAKING {
        let script = format!("[[fault]]\nfrom = '+{FROM}ms'\nuntil = '+{UNTIL}ms'\n{fault}");
        // A login takes 10 ms a way and several ways: all phases of it meet each edge.
        for edge in [FROM, UNTIL] {
            for offset in (-170..=10_i64).step_by(6) {
                let (town, begin) = (Town::new(&script), edge + offset);
                let visitor = town.visitor("us-east");
                town.wait_until(Duration::from_millis(u64::try_from(begin).unwrap()))
                    .await;
                let (last, good) = log_in_and_tell(&town, &visitor).await;
                if good {
                    assert!(
                        last < FROM || elapsed(&town) >= UNTIL,
                        "{fault}: good within, begun at {begin}"
                    );
                } else {
                    assert!(
                        begin < UNTIL && elapsed(&town) >= FROM,
                        "{fault}: bad without, begun at {begin}"
                    );
                }
            }
        }
    }
}
