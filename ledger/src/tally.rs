//! What a period comes to: every second in exactly one state, and the figures made of them (semantics §7, §9).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evidence::Requests;
use crate::name::Name;
use crate::outage::{Bounds, Incident, Outage};
use crate::record::Interpolated;
use crate::sla::Sla;
use crate::state::Lane;
use crate::time::{Interval, Millis};
use crate::verdict::Class;

mod assess;
mod case;
mod corrected;
mod counted;
mod coverage;
mod detection;
mod docket;
mod excluded;
mod measures;
#[cfg(test)]
pub(crate) mod tests;
mod warnings;

pub(crate) use assess::Judged;
pub use assess::assess;
pub(crate) use case::Case;
pub use case::{AssessError, Terms};
pub use corrected::{Corrected, Fate, Measured, Moved};
pub(crate) use corrected::{Settled, settle};
pub use counted::Least;
pub(crate) use counted::Part as CountedPart;
pub use detection::Detection;
pub use docket::Docket;
pub use excluded::Excluded;
pub use measures::{Measures, Repairs, WINDOWS};

/// A period under a contract, fully judged. The one source of every number that is shown anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The contract's identifier.
    pub contract: Name,
    /// The period, cut where the record ends.
    pub period: Interval,
    /// The contract's zone, in which days are cut.
    pub zone: String,
    /// The service over time, best estimate, raw (exclusions not applied).
    pub service: Lane,
    /// Each persona over time.
    pub personas: BTreeMap<Name, Lane>,
    /// Each persona in each region over time: persona, then region.
    pub regions: BTreeMap<Name, BTreeMap<Name, Lane>>,
    /// Outages that touch the period, by time, each whole.
    pub outages: Vec<Outage>,
    /// Stretches in which only kept sessions were lost, listed but not counted; empty if the contract counts them,
    /// as they are outages then.
    pub session_outages: Vec<Outage>,
    /// The same outages as people count them.
    pub incidents: Vec<Incident>,
    /// One entry per civil day that the period touches, oldest first.
    pub days: Vec<Day>,
    /// The whole period. Its parts are the sums of the days' parts.
    pub total: Tally,
    /// Downtime that would count if nothing were excluded: `observed - counted` is what exclusions removed.
    pub observed: Bounds,
    /// Declared windows that touch the period, by start, also those that leave nothing out.
    pub exclusions: Vec<Excluded>,
    /// Time outside the contract's service hours; its length and that of what `exclusions` remove add up to the excluded
    /// time of the total.
    pub outside_hours: Vec<Interval>,
    /// Corrections that concern the period, in the order in which they were written, also those without effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Corrected>,
    /// The figures without corrections; `None` if they are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// The total held against the contract.
    pub sla: Sla,
    /// What the platform layer showed; counted nowhere.
    pub early_warnings: Vec<EarlyWarning>,
    /// Lone bad ticks that opened no outage.
    pub blips: Vec<Blip>,
    /// Unknown time by region and the prober's reason, as observed per agent.
    pub prober_trouble: Vec<ProberTrouble>,
    /// Planned and obtained base ticks per region.
    pub coverage: BTreeMap<Name, TickCount>,
    /// Where an agent's quiet ticks near others' trouble are known from its runs only; by agent, probe and time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interpolated: Vec<Interpolated>,
    /// Ticks that are there although they were planned for when the record ends, or later: some clock was ahead. They
    /// are kept, and say nothing before their time.
    pub from_the_future: u64,
}

/// One civil day of the contract's zone, clipped to the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The date, `YYYY-MM-DD`.
    pub date: String,
    /// The part of the day inside the period; 23 to 25 hours for a whole one, empty for a date that the zone skipped.
    pub interval: Interval,
    /// Length of the whole civil day, wherever the period cuts it; zero for a date that the zone skipped.
    pub day_length: Millis,
    /// What it comes to.
    pub tally: Tally,
    /// Numbers of the outages that touch it.
    pub outages: Vec<u32>,
    /// Each persona's own downtime, before roll-up.
    pub personas: BTreeMap<Name, Bounds>,
}

/// A stretch of time, parted without rest: `up + degraded + partial + down + unknown + excluded = length`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The whole.
    pub length: Millis,
    /// Worked.
    pub up: Millis,
    /// Worked slowly or not always.
    pub degraded: Millis,
    /// Down for some regions or personas only.
    pub partial: Millis,
    /// Down, best estimate, counted or not.
    pub down: Millis,
    /// Nobody could look.
    pub unknown: Millis,
    /// Left out by the contract.
    pub excluded: Millis,
    /// Downtime that counts, with its bounds.
    pub counted: Bounds,
    /// Base ticks of logins whose instant lies in it and is not excluded.
    pub requests: Requests,
}

/// Trouble in the platform layer: early warning, never downtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyWarning {
    /// The platform probe.
    pub probe: Name,
    /// From the first bad tick's evidence to the first good one after it.
    pub interval: Interval,
    /// Bad ticks in it.
    pub bad: u32,
    /// The most frequent class.
    pub class: Class,
    /// Regions that saw it.
    pub regions: Vec<Name>,
    /// Whether all personas stayed up from 15 minutes before to two hours after its start.
    pub no_customer_impact: bool,
}

impl EarlyWarning {
    /// Whether it is one bad tick of one agent, good again at the next: worth a count, hardly a line.
    pub fn is_single(&self) -> bool {
        self.bad == 1
    }
}

/// A lone bad tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blip {
    /// Who was affected.
    pub persona: Name,
    /// Where.
    pub region: Name,
    /// The probe.
    pub probe: Name,
    /// When it was seen.
    pub evidence: Interval,
    /// What was seen.
    pub class: Class,
}

/// Time in which an agent could not look, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProberTrouble {
    /// The agent.
    pub agent: Name,
    /// Its region.
    pub region: Name,
    /// From its last useful evidence to its next.
    pub interval: Interval,
    /// The prober's reason; `None` if there is simply no data.
    pub class: Option<Class>,
}

/// How many base ticks were planned, and how many of them said something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickCount {
    /// Planned by the schedule.
    pub planned: u64,
    /// Good, flicker or bad.
    pub obtained: u64,
    /// Good among them, at the first attempt.
    pub good: u64,
    /// Good among them, but only at a retry.
    pub flicker: u64,
}
