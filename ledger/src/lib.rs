//! What was planned, observed and decided about the availability of a site.
//!
//! The ledger keeps the record (the only place with SQL) and holds the one engine that turns it into downtime with
//! bounds. It opens no socket to the site and reads no clock. Modules use only those above them in this list.

pub mod time;
pub mod name;
pub mod phases;
pub mod schedule;
pub mod contract;
pub mod plan;
pub mod verdict;
pub mod attempt;
pub mod run;
pub mod record;
pub mod assessment;
