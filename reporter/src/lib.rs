//! Everything that receives, shows and tells: reports, charts and the command line.

pub mod alarms;
pub mod audit;
#[cfg(test)]
mod browser;
pub mod chart;
pub mod civil;
pub mod cli;
pub mod days;
pub mod escape;
pub mod evidence;
pub mod explain;
pub mod export;
#[cfg(test)]
mod fixture;
pub mod gather;
pub mod hub;
pub mod incidents;
pub mod issue;
pub mod locale;
pub mod period;
pub mod press;
pub mod publish;
pub mod recheck;
pub mod report;
pub mod site;
pub mod summary;
pub mod terminal;
pub mod text;
#[cfg(feature = "pdf")]
pub mod typeset;
pub mod uptime;
pub mod verify;
pub mod words;
