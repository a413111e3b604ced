//! The agent's own network.

use serde_json::Value;

use crate::support::program::run;
use crate::support::record;
use crate::support::town::{REGIONS, Town};

/// West sees nothing of the world for 12 seconds.
const DEAD: &str =
    "[[fault]]\nkind = 'agent_network'\nregion = 'west'\nfrom = '+6s'\nfor = '12s'\n";

/// By then all have seen that it is over.
const SEEN: i64 = 6 + 12 + 5;

#[test]
fn a_dead_network_of_one_agent_is_unknown_there_and_downtime_nowhere() {
    let town = Town::new(DEAD);
    town.plan("probes.toml", include_str!("../support/plan.toml"));
    let mut agents = REGIONS.map(|(region, _)| (region, town.agent(region)));
    for (region, agent) in &mut agents {
        let file = town.record(region);
        while record::end(&file).is_none_or(|end| end < town.second(SEEN)) {
            agent.out.until(|line| line.starts_with("ack "));
        }
    }
    for (region, agent) in agents {
        let ended = agent.leave();
        assert!(ended.status.success(), "{region}: {}", ended.err);
    }
    let days = format!("reporter days --json --from {}", town.today());
    let ended = run(&mut town.command(&days));
    assert!(ended.status.success(), "{}", ended.err);
    let report: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(report["outages"], Value::Array(Vec::new()));
    let counted = &report["total"]["counted_down_ms"];
    assert_eq!(
        (&counted["lower"], &counted["estimate"]),
        (&0.into(), &0.into()),
        "{counted}"
    );
    let trouble = report["prober_trouble"].as_array().expect("a list");
    let dead = |one: &&Value| one["class"] == "prober.net";
    let regions: Vec<_> = trouble
        .iter()
        .filter(dead)
        .map(|one| &one["region"])
        .collect();
    assert!(
        !regions.is_empty() && regions.iter().all(|region| **region == "west"),
        "{trouble:#?}"
    );
}
