//! The stand-in seen from outside: every fault by a small client of its own, on the in-memory network and on sockets.

#[cfg(test)]
mod agent;
#[cfg(test)]
mod december;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod platform;
#[cfg(test)]
mod product;
#[cfg(test)]
mod script;
#[cfg(test)]
mod shipped_plan;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod visitor;
