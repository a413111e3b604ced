//! Everything that receives, shows and tells: reports, charts and the command line.

pub mod chart;
pub mod civil;
pub mod escape;
#[cfg(test)]
mod fixture;
pub mod words;
