//! The stand-in Groupdesk, the demo and what whole-system tests share.
//!
//! A small web product with its own certificate authority, on real sockets or on an in-memory network, that goes wrong
//! by a script and says afterwards what was true.

pub mod accuracy;
pub mod authority;
pub mod courier;
pub mod demo;
pub mod faults;
pub mod meddler;
pub mod network;
pub mod product;
pub mod script;
pub mod server;
pub mod site;
pub mod state;
pub mod truth;
