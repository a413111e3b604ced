//! Why the numbers of a report can have changed, as far as the two documents tell.

use std::collections::{BTreeMap, BTreeSet};

use ledger::name::Name;
use ledger::time::{Interval, Intervals, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Change, Edit};
use crate::report::basis::{AgentBasis, Basis};

/// Why numbers can have changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// Attempts came in that were not there when the older one was made, though their time had come.
    LateEvidence(Late),
    /// The record has gone on since the older one was made, which shows how what was going on has ended.
    LaterEvidence {
        /// Up to where the older one had read.
        from: Timestamp,
        /// Up to where this one has.
        to: Timestamp,
    },
    /// The record of an agent is not there any more, or a part of it.
    MissingEvidence(Late),
    /// Something was declared, changed or taken back.
    Declared {
        /// The list in the report: `exclusions` or `corrections`.
        list: String,
        /// Which one.
        id: String,
        /// What was done.
        what: Deed,
    },
    /// The contract has other terms.
    Contract {
        /// The terms that changed, as JSON pointers.
        terms: Vec<String>,
    },
    /// Days are cut by another version of the time zone database.
    Tzdb {
        /// The version before.
        old: String,
        /// The version now.
        new: String,
    },
    /// The reports were made by two versions of the program.
    Program {
        /// The version before.
        old: String,
        /// The version now.
        new: String,
    },
    /// Nothing that the documents keep has changed.
    Unknown,
}

/// Evidence of one agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Late {
    /// The agent.
    pub agent: Name,
    /// The time that its ticks were planned for.
    pub spans: Vec<Interval>,
}

/// What was done with a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// It is new.
    Added,
    /// It is another one.
    Changed,
    /// It is gone.
    TakenBack,
}

/// The causes that two documents and what they were made of show, for `changes` between them.
pub fn causes(
    (old, new): (&Value, &Value),
    (before, now): (&Basis, &Basis),
    changes: &[Change],
) -> Vec<Cause> {
    // A contract that counts other personas is told of other probes; that is neither late nor missing evidence.
    let mut causes = match old["contract"]["personas"] == new["contract"]["personas"] {
        true => evidence(before, now),
        false => evidence(&known(before, now), &known(now, before)),
    };
    for list in ["corrections", "exclusions"] {
        causes.extend(declarations(list, old, new));
    }
    let terms = changes.iter().map(|change| &change.path);
    let terms: Vec<String> = terms
        .filter(|path| path.starts_with("/contract/"))
        .cloned()
        .collect();
    if !terms.is_empty() {
        causes.push(Cause::Contract { terms });
    }
    if let (Some(old), Some(new)) = (old["tzdb"].as_str(), new["tzdb"].as_str())
        && old != new
    {
        let (old, new) = (old.to_owned(), new.to_owned());
        causes.push(Cause::Tzdb { old, new });
    }
    if before.program != now.program {
        causes.push(Cause::Program {
            old: before.program.clone(),
            new: now.program.clone(),
        });
    }
    if causes.is_empty() {
        causes.push(Cause::Unknown);
    }
    causes
}

/// Whose ticks are held by one and not by the other.
fn evidence(before: &Basis, now: &Basis) -> Vec<Cause> {
    let nothing = AgentBasis::default();
    let agents: BTreeSet<&Name> = before.agents.keys().chain(now.agents.keys()).collect();
    let mut causes = Vec::new();
    for agent in agents {
        let old = before.agents.get(agent).unwrap_or(&nothing);
        let new = now.agents.get(agent).unwrap_or(&nothing);
        let late = |spans: Intervals| {
            let spans: Vec<Interval> = spans.iter().collect();
            let agent = agent.clone();
            (!spans.is_empty()).then_some(Late { agent, spans })
        };
        let until = Interval::new(Timestamp(i64::MIN), before.read_until);
        let came = late(beyond(new, old).within(until));
        let went = late(beyond(old, new));
        causes.extend(came.map(Cause::LateEvidence));
        causes.extend(went.map(Cause::MissingEvidence));
    }
    if before.read_until < now.read_until {
        causes.push(Cause::LaterEvidence {
            from: before.read_until,
            to: now.read_until,
        });
    }
    causes.sort();
    causes
}

/// What `one` has of the probes that `other` knows, too.
fn known(one: &Basis, other: &Basis) -> Basis {
    let mut known = one.clone();
    for (name, agent) in &mut known.agents {
        let there = other.agents.get(name);
        agent
            .held
            .retain(|probe, _| there.is_none_or(|agent| agent.held.contains_key(probe)));
    }
    known
}

/// The time of the ticks that `one` has and `other` has not, of any probe.
fn beyond(one: &AgentBasis, other: &AgentBasis) -> Intervals {
    let known = other.time();
    one.time()
        .into_iter()
        .flat_map(|(probe, held)| match known.get(probe) {
            Some(known) => held.subtract(known).iter().collect::<Vec<_>>(),
            None => held.iter().collect(),
        })
        .collect()
}

/// What was done to the entries of a list, by id. Figures of an entry (`…_ms`) are found, not declared.
fn declarations(list: &str, old: &Value, new: &Value) -> Vec<Cause> {
    let (old, new) = (declared(&old[list]), declared(&new[list]));
    let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    ids.into_iter()
        .filter_map(|id| {
            let what = match (old.get(id), new.get(id)) {
                (None, _) => Deed::Added,
                (_, None) => Deed::TakenBack,
                (old, new) if old != new => Deed::Changed,
                _ => return None,
            };
            Some(Cause::Declared {
                list: list.to_owned(),
                id: id.clone(),
                what,
            })
        })
        .collect()
}

fn declared(list: &Value) -> BTreeMap<String, Vec<Value>> {
    let mut by_id: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entry in list.as_array().into_iter().flatten() {
        let mut entry = entry.clone();
        if let Value::Object(members) = &mut entry {
            members.retain(|name, _| !name.ends_with("_ms") && name != "standing");
        }
        let id = match &entry["id"] {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        };
        by_id.entry(id).or_default().push(entry);
    }
    by_id
}

impl Change {
    /// The value before and the value after.
    pub fn sides(&self) -> (Option<&Value>, Option<&Value>) {
        match &self.edit {
            Edit::Add { value } => (None, Some(value)),
            Edit::Remove { old } => (Some(old), None),
            Edit::Replace { old, value } => (Some(old), Some(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn other_personas_bring_other_probes_and_no_late_evidence() {
        let name = |text: &str| Name::new(text).unwrap();
        let basis = |probes: &[&str]| {
            let held = probes.iter().map(|probe| (name(probe), vec![(0, 50)]));
            let agent = AgentBasis {
                held: held.collect(),
                ..AgentBasis::default()
            };
            Basis {
                read_until: Timestamp(100),
                agents: [(name("west"), agent)].into(),
                ..Basis::default()
            }
        };
        let (one, both) = (basis(&["login"]), basis(&["login", "login-of-others"]));
        let counts = |personas: &[&str]| json!({ "contract": { "personas": personas } });
        let (few, more) = (counts(&["user"]), counts(&["user", "traveler"]));
        assert_eq!(causes((&few, &more), (&one, &both), &[]), [Cause::Unknown]);
        assert_eq!(causes((&more, &few), (&both, &one), &[]), [Cause::Unknown]);
        let late = causes((&few, &few), (&one, &both), &[]);
        assert!(matches!(late[..], [Cause::LateEvidence(_)]), "{late:?}");
    }
}
