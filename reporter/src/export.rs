//! What other tools read: the contract as `OpenSLO`, the figures of a period as Prometheus text.

pub mod openslo;
pub mod prometheus;
