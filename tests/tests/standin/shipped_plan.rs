//! The real prober, with the shipped plan, against the stand-in on the in-memory network.

use ledger::time::{Interval, Millis};

use crate::agent::{Place, agrees, word};
use crate::visitor::NOON;

#[tokio::test(start_paused = true)]
async fn every_shipped_probe_finds_the_stand_in_well() {
    let place = Place::new();
    let agent = place.agent("");
    for probe in &place.plan.probes {
        assert_eq!(
            word(&agent.look(probe.name.as_str()).await),
            "good",
            "{}",
            probe.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_fault_has_a_class() {
    let place = Place::new();
    for (fault, expected) in [
        ("kind = 'status'", "status at form"),
        ("kind = 'refused'", "connect at form"),
        ("kind = 'reset'", "protocol at form"),
        ("kind = 'hang'", "timeout at form"),
        ("kind = 'slow'\ndelay = '13s'", "timeout at form"),
        ("kind = 'tls_expired'", "tls at form"),
        ("kind = 'tls_wrong_host'", "tls at form"),
        ("kind = 'login_refused'", "rejected at submit"),
        ("kind = 'login_page_again'", "rejected at submit"),
        (
            "kind = 'account_locked'\naccount = 'user-1'",
            "rejected at submit",
        ),
        ("kind = 'wrong_content'", "content at form"),
        ("kind = 'truncated'", "protocol at form"),
        ("kind = 'throttled'", "throttled at form"),
    ] {
        let agent = place.agent(&format!("[[fault]]\nfrom = '+0s'\nfor = '1h'\n{fault}"));
        assert_eq!(word(&agent.look("user-login").await), expected, "{fault}");
    }
}

/// Every kind with which a script closes the login to everyone.
const BREAKING: [&str; 10] = [
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
];

#[tokio::test(start_paused = true)]
async fn evidence_never_contradicts_the_truth() {
    let place = Place::new();
    let outage = Interval::new(NOON + Millis::from_secs(1), NOON + Millis::from_secs(40));
    for fault in BREAKING {
        for edge in [outage.start, outage.end] {
            for offset in (-160..=10).step_by(10) {
                let agent =
                    place.agent(&format!("[[fault]]\nfrom = '+1s'\nuntil = '+40s'\n{fault}"));
                agent.wait_until(edge + Millis(offset)).await;
                let seen = agent.look("user-login").await;
                let told = format!("{fault}: {} begun {offset} ms from {edge}", word(&seen));
                assert!(agrees(&seen, outage), "{told}: {:?}", seen.evidence);
            }
        }
    }
}
