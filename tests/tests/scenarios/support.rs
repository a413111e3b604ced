//! What the scenarios share: programs, a town with a site and its agents, and what is on record afterwards.

#[path = "../../../ledger/src/testing/cluster.rs"]
pub(crate) mod cluster;
pub(crate) mod disk;
pub(crate) mod gate;
pub(crate) mod hub;
pub(crate) mod program;
pub(crate) mod record;
pub(crate) mod streets;
pub(crate) mod town;
pub(crate) mod wait;
