//! The record of several agents, as the engine reads it. Made by the store, or by hand in tests.

use std::collections::BTreeMap;

use crate::name::Name;
use crate::plan::Plan;
use crate::run::Series;

/// Everything that decides downtime: what was planned and what was observed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The agents, by name.
    pub agents: Vec<Agent>,
    /// The plan versions met, by version number.
    pub plans: BTreeMap<u32, Plan>,
    /// The series, sorted by agent and probe; each pair at most once.
    pub series: Vec<Series>,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agent {
    /// Its name.
    pub name: Name,
    /// Where it runs.
    pub region: Name,
}
