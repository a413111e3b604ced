//! The product as its users run it: real processes, real sockets, real time, files on disk.

#[cfg(test)]
mod agent;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod hub;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kill_hub;
#[cfg(test)]
mod kill_loop;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod power;
#[cfg(test)]
mod real_time;
#[cfg(test)]
mod regions;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod uplink;
