//! The accuracy run: what the engine says, held against the truth, over thousands of random schedules of outages.
//!
//! The schedules, the sites and the agents are made up here; the fold and the engine are those of the product. What
//! semantics §6 promises is checked, its stated biases are measured, and the published algorithms of others are given
//! the same sites to look at. By the seed alone: the same figures each time.

pub mod agent;
pub mod close;
pub mod design;
pub mod estimators;
pub mod eye;
pub mod grafana;
pub mod judge;
pub mod models;
pub mod print;
pub mod promise;
pub mod real;
pub mod schedule;
pub mod stats;
pub mod summary;
pub mod world;

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Does `work` for every number below `count` on all processors; the results come in the order of the numbers.
///
/// # Panics
/// If `work` does.
pub fn for_each<T: Send>(count: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let next = AtomicU64::new(0);
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let mut done: Vec<(u64, T)> = thread::scope(|scope| {
        let work = &work;
        let next = &next;
        let running: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(move || {
                    let mut own = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return own;
                        }
                        own.push((number, work(number)));
                    }
                })
            })
            .collect();
        let all = running.into_iter();
        all.flat_map(|worker| worker.join().expect("no worker panics"))
            .collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
