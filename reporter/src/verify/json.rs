//! What was found, for machines.

use ledger::bundle::{AgentChecked, Flaw, LogChecked};
use serde_json::{Value, json};

use super::{Anew, Verified};

/// One JSON object.
pub fn render(verified: &Verified) -> String {
    let checked = &verified.checked;
    let object = json!({
        "schema": 1,
        "agrees": verified.agrees(),
        "contract": checked.manifest.contract,
        "month": checked.manifest.month,
        "program": checked.manifest.program,
        "hub": checked.manifest.hub,
        "hub_key_known": verified.known.hub.is_some(),
        "agents": checked.agents.iter().map(agent).collect::<Value>(),
        "log": checked.log.as_ref().map(log),
        "flaws": checked.flaws.iter().map(flaw).collect::<Value>(),
        "report": report(&verified.report),
    });
    format!("{object:#}\n")
}

fn agent(one: &AgentChecked) -> Value {
    json!({
        "agent": one.agent.name,
        "region": one.agent.region,
        "batches": one.batches,
        "attempts": one.attempts,
        "unsealed_attempts": one.unsealed,
        "signed": one.signed,
        "logged": one.logged,
        "receipted": one.receipted,
        "pruned": one.pruned,
        "gaps": one.gaps,
    })
}

fn log(log: &LogChecked) -> Value {
    let cosigned = log.cosigned.iter();
    json!({
        "hub": log.hub.as_str(),
        "size": log.size,
        "root": log.root.to_string(),
        "shown": log.shown,
        "cosigned": cosigned.map(|one| json!({ "agent": one.agent, "at_ms": one.at.0 })).collect::<Value>(),
    })
}

fn flaw(flaw: &Flaw) -> Value {
    json!({ "file": flaw.file, "what": flaw.what })
}

fn report(report: &Anew) -> Value {
    match report {
        Anew::Compared {
            figures,
            changes,
            tzdb: [then, now],
            others,
        } => {
            json!({ "figures": figures, "differences": changes, "tzdb": then, "tzdb_here": now, "not_compared": others })
        }
        Anew::Impossible(why) => json!({ "impossible": why }),
    }
}
