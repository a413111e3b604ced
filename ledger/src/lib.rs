//! What was planned, observed and decided about the availability of a site.
//!
//! The ledger keeps the record (the only place with SQL) and holds the one engine that turns it into downtime with
//! bounds. It opens no socket to the site and reads no clock. A module uses only those to its left in
//! time, clock, calendar, hours, name, identity, phases, schedule, contract, exclusion, verdict, correction, note, plan, attempt, run, record, histogram, wire, merkle, checkpoint, bundle, intake, store, evidence,
//! state, rollup, outage, tally and sla, explain, lookout, `own_view`, print, alarm.

pub mod alarm;
pub mod attempt;
pub mod bundle;
pub mod calendar;
pub mod checkpoint;
pub mod clock;
pub mod contract;
pub mod correction;
pub mod evidence;
pub mod exclusion;
pub mod explain;
pub mod histogram;
pub mod hours;
pub mod identity;
pub mod intake;
pub mod lookout;
pub mod merkle;
pub mod name;
pub mod note;
pub mod outage;
pub mod own_view;
pub mod phases;
pub mod plan;
pub mod print;
pub mod record;
pub mod rollup;
pub mod run;
pub mod schedule;
pub mod sla;
pub mod state;
pub mod store;
pub mod tally;
pub mod time;
pub mod verdict;
pub mod wire;

#[cfg(test)]
mod testing;
