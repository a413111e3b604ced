//! One agent as its operator knows it: told to stop, started twice, without a network, without a disk.

mod disk;
mod life;
mod network;
mod pause;
