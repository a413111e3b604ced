//! Journeys against a site made of scripts: real TLS and HTTP code over an in-memory network, on paused time.

mod checks;
mod hostile;
mod login;
mod plan;
mod refusals;
mod sessions;
mod site;
mod tls;
