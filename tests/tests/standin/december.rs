//! The shipped scenario says what the facts say.

use groupdesk::faults::Faults;
use groupdesk::product::Persona;
use groupdesk::script::Script;
use groupdesk::truth::{Span, Truth};
use insta::assert_snapshot;
use ledger::time::{Millis, Timestamp};

use crate::agent::{Place, agrees, word};

fn script() -> Script {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/december-2018.toml");
    Script::parse(path, &std::fs::read_to_string(path).unwrap()).unwrap()
}

fn december() -> Truth {
    let script = script();
    let faults = Faults::new(&script, script.start.unwrap());
    Truth::of(&faults, faults.window())
}

fn line(label: &str, span: &Span) -> String {
    let civil = |at: Timestamp| at.to_jiff().in_tz("America/New_York").unwrap();
    let (start, end) = (span.interval().start, span.interval().end);
    let minutes = (end - start).0 / Millis::from_mins(1).0;
    let [start, end] = [start, end].map(|at| civil(at).strftime("%a %d %H:%M:%S").to_string());
    format!("{label:<24} {start} .. {end} {minutes:>5} min\n")
}

#[test]
fn the_truth_of_the_december_weekend() {
    let truth = december();
    let mut table = String::new();
    for down in &truth.down {
        let label = format!("{} {}", down.persona.as_str(), down.way);
        table.extend(down.outages.iter().map(|span| line(&label, span)));
    }
    for event in truth.platform.iter().chain(&truth.agent_network) {
        let label = format!("{} of {}", event.kind, event.share);
        table.extend(event.times.iter().map(|span| line(&label, span)));
    }
    assert_snapshot!(table, @r#"
    user page                Fri 14 17:15:00 .. Fri 14 19:15:00   120 min
    user page                Sat 15 22:30:00 .. Sun 16 00:00:00    90 min
    user page                Sun 16 10:00:00 .. Sun 16 14:00:00   240 min
    traveler page            Fri 14 17:15:00 .. Fri 14 19:15:00   120 min
    traveler page            Sat 15 22:30:00 .. Sun 16 00:00:00    90 min
    traveler page            Sun 16 10:00:00 .. Sun 16 14:00:00   240 min
    traveler api             Fri 14 17:15:00 .. Fri 14 19:15:00   120 min
    traveler api             Sat 15 22:30:00 .. Sun 16 00:00:00    90 min
    traveler api             Sun 16 10:00:00 .. Sun 16 14:00:00   240 min
    platform_auth of 0.003   Fri 07 14:00:00 .. Sun 16 14:00:00 12960 min
    platform_auth of 0.001   Fri 07 14:00:00 .. Sun 16 14:00:00 12960 min
    platform_down of 1       Fri 14 18:15:00 .. Fri 14 18:35:00    20 min
    platform_down of 1       Sat 15 01:45:00 .. Sat 15 01:51:00     6 min
    platform_down of 1       Sat 15 15:00:00 .. Sat 15 15:07:00     7 min
    platform_down of 1       Sat 15 22:30:00 .. Sun 16 00:00:00    90 min
    platform_down of 1       Sun 16 10:00:00 .. Sun 16 14:00:00   240 min
    agent_network of 1       Sun 16 03:20:00 .. Sun 16 03:40:00    20 min
    "#);
    assert!(truth.regional.is_empty(), "no region is down alone");
    let [users, travelers] =
        [Persona::User, Persona::Traveler].map(|persona| truth.down_for(persona));
    assert_eq!(users, travelers);
    assert_eq!(users.measure(), Millis::from_mins(120 + 90 + 240));
}

#[tokio::test(start_paused = true)]
async fn every_login_of_the_weekend_sees_what_was_true() {
    const MARGIN: Millis = Millis::from_mins(15);
    let (place, script) = (Place::new(), script());
    let (mut attempts, mut noise) = (0, Vec::new());
    for outage in december().down_for(Persona::User).iter() {
        let agent = place.agent_from(outage.start - MARGIN, &script);
        let mut at = outage.start - MARGIN;
        while at < outage.end + MARGIN {
            agent.wait_until(at).await;
            let looks =
                ["user-login", "traveler-login", "traveler-app"].map(|probe| agent.look(probe));
            for seen in futures_util::future::join_all(looks).await {
                attempts += 1;
                if !agrees(&seen, outage) {
                    let told = format!("{} at {at}", word(&seen));
                    assert!(!outage.contains(at), "a login that got through: {told}");
                    noise.push(told);
                }
            }
            at = at + Millis::from_secs(61);
        }
    }
    assert!(attempts > 1_500, "{attempts}");
    assert!(noise.len() < 10, "single failures are single: {noise:#?}");
}
