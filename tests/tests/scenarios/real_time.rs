//! A site that nobody can reach for 20 seconds, watched by three agents once a second: how long was it down?

use ledger::time::Millis;
use serde_json::Value;

use crate::support::program::{self, Program};
use crate::support::record;
use crate::support::town::{REGIONS, Town};

/// The outage begins when all agents have looked for a while.
const OUTAGE: &str = "[[fault]]\nkind = 'refused'\nfrom = '+12s'\nfor = '20s'\n";

/// By then each agent has seen it end.
const SEEN: i64 = 12 + 20 + 6;

/// How far the estimate may be from the truth.
const TOLERANCE: Millis = Millis::from_secs(2);

#[test]
fn three_agents_measure_a_20_s_outage() {
    let town = Town::new(OUTAGE);
    town.plan("probes.toml", include_str!("support/plan.toml"));
    let mut agents = REGIONS.map(|(region, _)| (region, town.agent(region)));
    for (region, agent) in &mut agents {
        // Each acknowledgement is a reason to look at the record again.
        let file = town.record(region);
        while record::end(&file).is_none_or(|end| end < town.second(SEEN)) {
            agent.out.until(|line| line.starts_with("ack "));
        }
    }
    for (region, agent) in agents {
        let ended = agent.leave();
        assert!(ended.status.success(), "{region}: {}", ended.err);
    }
    let report = report(&town);
    let (truth, started) = truth(town);
    let counted = &report["total"]["counted_down_ms"];
    let bound = |name: &str| counted[name].as_i64().expect("milliseconds");
    let said = format!("truth {truth} ms from {started}, counted {counted}");
    assert!(
        bound("lower") <= truth && truth <= bound("upper"),
        "outside its bounds: {said}"
    );
    let error = Millis((bound("estimate") - truth).abs());
    assert!(error <= TOLERANCE, "too far off: {said}");
    let outages = report["outages"].as_array().expect("a list");
    assert_eq!(outages.len(), 1, "{outages:#?}");
    println!("{said}");
}

/// What the reporter says of the days that the test ran in: one, or two around midnight.
fn report(town: &Town) -> Value {
    let date = |second| town.second(second).to_string()[..10].to_owned();
    let (from, to) = (date(0), date(SEEN + 60));
    let records = REGIONS.map(|(region, _)| format!("data/{region}.db"));
    let mut reporter = town.command("reporter days --json");
    reporter.args(["--from", &from, "--to", &to]).args(records);
    let ended = program::run(&mut reporter);
    assert!(ended.status.success(), "{}", ended.err);
    serde_json::from_str(&ended.out).expect("JSON")
}

/// How long it was down, in milliseconds, and from when, by the stand-in's own account.
fn truth(town: Town) -> (i64, String) {
    let path = town.dir().join("truth.json");
    let Town {
        site, dir: _dir, ..
    } = town;
    assert!(Program::leave(site).status.success());
    let truth: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let down = truth["down"].as_array().expect("a list");
    for way in down {
        assert_eq!(way["outages"], down[0]["outages"], "all ways were closed");
    }
    let outage = &down[0]["outages"][0];
    let length = down[0]["total_ms"].as_i64().expect("milliseconds");
    (length, outage["start"].as_str().expect("text").to_owned())
}
