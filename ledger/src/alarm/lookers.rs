//! Alarms about the agents: absence is an alarm, and so is an agent that cannot look. None of it is the customer's concern.

use std::collections::BTreeMap;

use super::condition::{Condition, Conditions, Truth};
use super::event::{Facts, Severity};
use super::key::Alarm;
use super::walk::Seen;
use super::words::{SERVICE, in_region, utc};
use crate::evidence;
use crate::name::Name;
use crate::plan::{Layer, Probe};
use crate::record::Agent;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// The agent's own trouble that somebody can mend. Restarts, kept sessions and the login cap are as they should be.
const TROUBLE: [Class; 7] = [
    Class::ProberNet,
    Class::ProberDns,
    Class::ProberClock,
    Class::ProberBlocked,
    Class::ProberAccount,
    Class::ProberOverrun,
    Class::ProberDisk,
];

/// Adds silence, by agent, region and all together, and what ails agents that are not silent.
pub(super) fn add(now: &Seen<'_>, conditions: &mut Conditions) {
    let alive = silence(now, conditions);
    dark(now, &alive, conditions);
    health(now, conditions);
}

/// One condition per agent; gives those that are there, with their regions.
fn silence<'a>(now: &Seen<'a>, conditions: &mut Conditions) -> BTreeMap<&'a Agent, bool> {
    let mut alive = BTreeMap::new();
    for agent in &now.known.agents {
        let last = now.last_sign(&agent.name);
        let silent = now.is_silent(agent, last);
        alive.insert(agent, !silent);
        let since = last.map_or_else(String::new, |(at, _)| format!(" since {}", utc(at)));
        let summary = if silent {
            format!(
                "agent {} in {} has recorded nothing{since}",
                agent.name, agent.region
            )
        } else {
            format!("agent {} in {} records again", agent.name, agent.region)
        };
        let facts = Facts {
            regions: vec![agent.region.clone()],
            ..Facts::said(summary)
        };
        let condition = Condition::new(Truth::from(silent), Severity::Notify, facts);
        let key = now.key(Alarm::AgentSilent, agent.name.to_string());
        let condition = condition.in_region(&agent.region);
        conditions.all.insert(key, condition);
    }
    alive
}

/// A region of the contract without an agent that records, and all of them together.
fn dark(now: &Seen<'_>, alive: &BTreeMap<&Agent, bool>, conditions: &mut Conditions) {
    let terms = now.terms.contract.regions.iter();
    let mut regions: Vec<&Name> = terms
        .filter(|term| term.weight > 0)
        .map(|term| &term.name)
        .collect();
    if regions.is_empty() {
        regions.extend(alive.keys().map(|agent| &agent.region));
    }
    for region in regions {
        let lit = alive
            .iter()
            .any(|(agent, alive)| agent.region == *region && *alive);
        let facts = Facts {
            regions: vec![region.clone()],
            ..Facts::said(if lit {
                format!("region {region} has an agent that records again")
            } else {
                format!("no agent of region {region} records anything")
            })
        };
        let condition = Condition::new(Truth::from(!lit), Severity::Notify, facts);
        let key = now.key(Alarm::RegionDark, in_region(region));
        conditions.all.insert(key, condition);
    }
    let any = alive.values().any(|alive| *alive);
    let facts = Facts::said(if any {
        "agents record again"
    } else {
        "no agent records anything; nobody looks at the site"
    });
    let condition = Condition::new(Truth::from(!any), Severity::Page, facts);
    let key = now.key(Alarm::NoResult, SERVICE);
    conditions.all.insert(key, condition);
}

/// Void ticks of the last minutes by agent and reason, and agents that are not believed.
fn health(now: &Seen<'_>, conditions: &mut Conditions) {
    let Ok((service, _)) = evidence::split(now.recent) else {
        return;
    };
    let health = evidence::health(&service, &now.terms.contract.rules, now.at);
    let recent = Interval::new(now.at - now.rules.prober_within, now.at);
    for ((region, agent), own) in health {
        for class in TROUBLE {
            let voids = own.voids.iter();
            let voids = voids.filter(|(at, why)| recent.contains(*at) && *why == class);
            let count = voids.count();
            let ails = count >= now.rules.prober_ticks;
            let facts = Facts {
                regions: vec![region.clone()],
                causes: Vec::from_iter(
                    ails.then(|| (class, u32::try_from(count).unwrap_or(u32::MAX))),
                ),
                ..Facts::said(if ails {
                    format!(
                        "agent {agent} in {region} cannot look: {class} in {count} ticks of the last {}",
                        crate::print::table(now.rules.prober_within)
                    )
                } else {
                    format!("agent {agent} in {region} looks again: no {class} any more")
                })
            };
            let condition = Condition::new(Truth::from(ails), Severity::Notify, facts);
            let key = now.key(Alarm::Prober, format!("{agent}:{class}"));
            conditions.all.insert(key, condition.in_region(region));
        }
        let doubted = own.quarantined.within(recent).measure() > Millis::ZERO;
        let facts = Facts::said(if doubted {
            format!("agent {agent} in {region} is not believed: it fails while its neighbours pass")
        } else {
            format!("agent {agent} in {region} is believed again")
        });
        let condition = Condition::new(Truth::from(doubted), Severity::Notify, facts);
        let key = now.key(Alarm::Prober, format!("{agent}:quarantine"));
        conditions.all.insert(key, condition.in_region(region));
    }
}

impl Seen<'_> {
    /// When the agent last recorded anything, good or not, and under which plan.
    fn last_sign(&self, agent: &Name) -> Option<(Timestamp, u32)> {
        let own = self.known.series.iter().filter(|one| one.agent == *agent);
        own.flat_map(|series| &series.entries)
            .map(|entry| (entry.span().end, entry.plan()))
            .max()
    }

    /// Whether more ticks of its densest probe have passed without a row than an agent may be silent for.
    ///
    /// Ticks are counted and not only time, so that a planned silence is none.
    fn is_silent(&self, agent: &Agent, last: Option<(Timestamp, u32)>) -> bool {
        let Some((last, version)) = last else {
            return true;
        };
        let Some(plan) = self.known.plans.get(&version) else {
            return false;
        };
        let runs_there = |probe: &&Probe| {
            probe.layer() == Layer::Service
                && (probe.regions.is_empty() || probe.regions.contains(&agent.region))
        };
        let own = plan.probes.iter().filter(runs_there);
        let Some(schedule) = own
            .map(|probe| &probe.schedule)
            .min_by_key(|schedule| schedule.spacing())
        else {
            return false;
        };
        let spacings = self.rules.silent_spacings;
        let longest = Millis(schedule.spacing().0 * i64::from(spacings));
        let enough = usize::try_from(spacings).unwrap_or(usize::MAX);
        let missed = || schedule.within(Interval::new(last, self.at)).take(enough);
        self.at - last > longest && missed().count() >= enough
    }
}
