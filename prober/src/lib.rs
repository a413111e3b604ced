//! Everything that looks at the site: journeys over real TLS and HTTP, on a schedule, journaled before they count.

pub mod agent;
pub mod canary;
mod check;
pub mod classify;
pub mod cli;
pub mod clock;
mod cookies;
pub mod dial;
pub mod fault;
mod form;
pub mod http;
pub mod journal;
mod journey;
mod judge;
pub mod languages;
mod login_cap;
pub mod looker;
pub mod observation;
pub mod origin;
mod page;
pub mod script;
pub mod secret;
pub mod session;
pub mod template;
pub mod ticker;
pub mod tls;
pub mod waterfall;
