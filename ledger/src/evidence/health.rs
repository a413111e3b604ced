//! How the agents themselves are: what they could not say, and who is not believed. For alarms, never for figures.

use std::collections::BTreeMap;

use super::border::ServiceSeries;
use super::held::Court;
use super::stream::Track;
use super::{Evidence, quarantine};
use crate::contract::Rules;
use crate::name::Name;
use crate::time::{Interval, Intervals, Timestamp};
use crate::verdict::Class;

/// One agent's own trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Ticks of the service layer that say nothing, all probes together, by time, each with the prober's reason.
    pub voids: Vec<(Timestamp, Class)>,
    /// Where it failed while its neighbours passed, so that it is not believed.
    pub quarantined: Intervals,
}

/// The agents that look at the same from the same region, each with what it saw.
type Neighbours<'r> = Vec<(&'r Name, Vec<Evidence>)>;

/// The health of each agent, by region and name, from ticks before `now`.
pub fn health<'r>(
    series: &'r [ServiceSeries<'r>],
    rules: &Rules,
    now: Timestamp,
) -> BTreeMap<(&'r Name, &'r Name), Health> {
    let court = Court::summon(series);
    let nothing = Interval::new(now, now);
    let mut found: BTreeMap<(&Name, &Name), Health> = BTreeMap::new();
    let mut neighbours: BTreeMap<(&Track, &Name), Neighbours<'_>> = BTreeMap::new();
    for one in series {
        let decided = one.decide(&court, rules, nothing);
        let own = found.entry((one.region, one.agent)).or_default();
        let voids = decided.voids.into_iter().filter(|(at, _)| *at < now);
        own.voids.extend(voids);
        let key = (&one.track, one.region);
        let agents = neighbours.entry(key).or_default();
        agents.push((one.agent, decided.evidence));
    }
    for ((_, region), agents) in neighbours {
        let (names, evidence): (Vec<&Name>, Vec<Vec<Evidence>>) = agents.into_iter().unzip();
        for (agent, doubtful) in names.into_iter().zip(quarantine::doubtful(&evidence)) {
            let own = found.entry((region, agent)).or_default();
            own.quarantined = own.quarantined.union(&doubtful);
        }
    }
    for own in found.values_mut() {
        own.voids.sort_unstable();
    }
    found
}
