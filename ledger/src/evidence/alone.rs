//! One agent's series by itself, as if no other agent, region or probe were there.

use std::collections::BTreeMap;

use super::border::{Row, ServiceSeries, in_order};
use super::{EvidenceError, Stream, Track, hear};
use crate::contract::Rules;
use crate::name::Name;
use crate::plan::{Plan, Probe};
use crate::run::Series;
use crate::time::{Interval, Timestamp};

/// The probes of several plan versions, to be found fast.
#[derive(Clone, Debug, Default)]
pub struct Probes<'p>(BTreeMap<(u32, &'p Name), &'p Probe>);

impl<'p> Probes<'p> {
    /// All probes of `plans`.
    pub fn of(plans: impl IntoIterator<Item = (&'p u32, &'p Plan)>) -> Self {
        let plans = plans.into_iter();
        let probes = plans.flat_map(|(version, plan)| {
            let probes = plan.probes.iter();
            probes.map(|probe| ((*version, &probe.name), probe))
        });
        Self(probes.collect())
    }

    /// Whether a probe belongs to the platform layer wherever it is planned, so that it cannot count.
    pub fn is_platform(&self, name: &Name) -> bool {
        let mut all = self.0.iter().filter(|((_, probe), _)| *probe == name);
        all.all(|(_, probe)| Track::of(probe).is_none())
    }
}

/// What `series` says before `now`, with everything decided from its own ticks; `None` if it says nothing that counts.
///
/// A held tick has no other region and no other agent to speak for or against it here.
///
/// # Errors
/// [`EvidenceError`] if the plans do not know its probe.
pub fn hear_alone(
    series: &Series,
    probes: &Probes<'_>,
    rules: &Rules,
    now: Timestamp,
) -> Result<Option<Stream>, EvidenceError> {
    let mut own: Option<ServiceSeries<'_>> = None;
    let mut known: Option<(u32, &Probe)> = None;
    for entry in &series.entries {
        let version = entry.plan();
        let probe = match known {
            Some((same, probe)) if same == version => probe,
            _ => *probes.0.get(&(version, &series.probe)).ok_or_else(|| {
                EvidenceError::UnknownProbe {
                    agent: series.agent.clone(),
                    version,
                    probe: series.probe.clone(),
                }
            })?,
        };
        known = Some((version, probe));
        let Some(track) = Track::of(probe) else {
            continue;
        };
        let own = own.get_or_insert_with(|| ServiceSeries {
            track,
            region: &series.region,
            agent: &series.agent,
            rows: Vec::with_capacity(series.entries.len()),
        });
        own.rows.push(Row {
            entry,
            schedule: &probe.schedule,
        });
    }
    let Some(mut own) = own else {
        return Ok(None);
    };
    own.rows = in_order(own.rows);
    let nothing = Interval::new(now, now);
    let heard = hear(std::slice::from_ref(&own), rules, nothing, now);
    Ok(heard.streams.into_iter().next())
}
