//! The record of several agents, as the engine reads it. Made by the store, or by hand in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::plan::Plan;
use crate::run::Series;
use crate::time::Interval;

/// Everything that decides downtime: what was planned and what was observed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The agents, by name.
    pub agents: Vec<Agent>,
    /// The plan versions met, by version number.
    pub plans: BTreeMap<u32, Plan>,
    /// The series, sorted by agent and probe; each pair at most once.
    pub series: Vec<Series>,
    /// Where single ticks were needed, and only the run that they were part of is left; by agent, probe and time.
    pub interpolated: Vec<Interpolated>,
}

/// Quiet time near another agent's trouble in which the ticks of one agent lie where its run lets them lie evenly,
/// because the batches that held them are pruned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interpolated {
    /// The agent.
    pub agent: Name,
    /// The probe.
    pub probe: Name,
    /// When.
    pub interval: Interval,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agent {
    /// Its name.
    pub name: Name,
    /// Where it runs.
    pub region: Name,
}
