//! Kept sessions through two real agents and the engine: a mass sign-out is an outage of its own kind; old age and the
//! agents' own restart are not.

use std::time::Duration;

use ledger::attempt::Attempt;
use ledger::contract::Rules;
use ledger::store::Reader;
use ledger::tally::{Assessment, assess};
use ledger::time::{Interval, Millis};
use ledger::verdict::{Class, Verdict};
use tempfile::TempDir;

use super::day::{NOON, PLAN, Stay, plan_in};

const DROPPED: &str = "[[fault]]\nkind = 'sessions_dropped'\nfrom = '+30m'\n";

/// Two regions, each with a session of an account of its own.
fn plan(max_age: &str) -> String {
    PLAN.replace("[\"east\"]", "[\"east\", \"west\"]")
        .replace("\"8h\"", &format!("{max_age:?}"))
}

/// Both agents for so many minutes from `from` minutes after noon; what the session probes recorded.
async fn look(dir: &TempDir, plan: &str, faults: &str, [from, minutes]: [i64; 2]) -> Vec<Attempt> {
    let mut all = Vec::new();
    for region in ["east", "west"] {
        let stay = Stay {
            plan,
            region,
            faults,
            from: NOON + Millis::from_mins(from),
            length: Duration::from_secs(u64::try_from(minutes).unwrap() * 60),
        };
        all.extend(stay.recorded_in(dir).await);
    }
    all.retain(|attempt| attempt.probe.as_str() == "user-session");
    all
}

fn judged(dir: &TempDir, plan: &str, minutes: i64, terms: fn(&mut Rules)) -> Assessment {
    let files = ["east", "west"].map(|region| dir.path().join(format!("{region}.db")));
    let period = Interval::new(
        NOON + Millis::from_mins(2),
        NOON + Millis::from_mins(minutes),
    );
    let record = Reader::open(&files).unwrap().record(period).unwrap();
    let mut contract = plan_in(dir, plan).contracts.remove(0);
    terms(&mut contract.rules);
    assess(&record, &contract, period, period.end).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_mass_sign_out_is_an_outage_of_the_session_kind() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan("8h");
    let seen = look(&dir, &plan, DROPPED, [0, 45]).await;
    let lost = seen
        .iter()
        .filter(|attempt| attempt.class == Some(Class::SessionLost));
    assert_eq!(lost.count(), 2, "once in each region");
    let counted = judged(&dir, &plan, 45, |_| {});
    assert_eq!(counted.incidents.len(), 1);
    assert!(counted.outages.iter().all(|outage| outage.session_only));
    let down = counted.total.counted.estimate;
    assert!(
        Millis::ZERO < down && down <= Millis::from_mins(2),
        "{down:?}"
    );
    let listed = judged(&dir, &plan, 45, |rules| rules.session_counts = false);
    assert_eq!(listed.outages, []);
    assert!(!listed.session_outages.is_empty());
    assert_eq!(listed.total.counted.upper, Millis::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_at_its_age_limit_is_no_loss() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan("20m");
    let seen = look(&dir, &plan, DROPPED, [0, 45]).await;
    let aged = seen
        .iter()
        .filter(|attempt| attempt.class == Some(Class::ProberSession));
    let aged: Vec<Verdict> = aged.map(|attempt| attempt.verdict).collect();
    assert_eq!(aged, [Verdict::Void; 2]);
    let found = judged(&dir, &plan, 45, |_| {});
    assert_eq!(
        (&found.outages[..], &found.session_outages[..]),
        (&[][..], &[][..])
    );
}

#[tokio::test(start_paused = true)]
async fn the_agents_own_restart_is_no_loss() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan("8h");
    look(&dir, &plan, "", [0, 15]).await;
    let seen = look(&dir, &plan, "", [16, 14]).await;
    let good = seen
        .iter()
        .filter(|attempt| attempt.verdict == Verdict::Good);
    assert!(good.count() >= 2 * 26, "{}", seen.len());
    assert!(
        seen.iter()
            .all(|attempt| attempt.class != Some(Class::SessionLost))
    );
    let found = judged(&dir, &plan, 30, |_| {});
    assert_eq!(
        (&found.outages[..], &found.session_outages[..]),
        (&[][..], &[][..])
    );
}
