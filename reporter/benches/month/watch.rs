//! Measures and prints.

#![expect(clippy::disallowed_types, reason = "it measures real time")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

/// A line a part.
pub(crate) struct Watch {
    rounds: usize,
    block: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    cpu: Duration,
}

impl Watch {
    pub(crate) fn new() -> Self {
        let rounds = std::env::var("ROUNDS").ok();
        Self {
            rounds: rounds.map_or(5, |text| text.parse().expect("ROUNDS is a number")),
            block: vec![7; 1 << 20],
        }
    }

    pub(crate) fn head(&self) {
        println!(
            "{:<44}{:>8}{:>9}{:>9}{:>10}",
            "milliseconds, median", "goal", "wall", "CPU", "MiB SHA"
        );
    }

    /// The median of several rounds; gives what the last one made.
    pub(crate) fn part<T>(&mut self, words: &str, goal: Option<usize>, run: impl Fn() -> T) -> T {
        let mut made = black_box(run());
        let all = (0..self.rounds).map(|_| {
            let (took, new) = timed(&run);
            made = new;
            took
        });
        let mut all: Vec<Took> = all.collect();
        all.sort_by_key(|took| took.wall);
        let wall = all[all.len() / 2].wall;
        all.sort_by_key(|took| took.cpu);
        let cpu = all[all.len() / 2].cpu;
        self.line(words, goal, Took { wall, cpu });
        made
    }

    /// What is too long to be done twice.
    pub(crate) fn once<T>(&mut self, words: &str, goal: Option<usize>, run: impl FnOnce() -> T) {
        let (took, _) = timed(run);
        self.line(words, goal, took);
    }

    fn line(&self, words: &str, goal: Option<usize>, took: Took) {
        let goal = goal.map_or_else(String::new, |goal| goal.to_string());
        let millis = |length: Duration| length.as_secs_f64() * 1_000.0;
        // The machine as it is now.
        let (yardstick, _) = timed(|| {
            for _ in 0..32 {
                black_box(digest(&SHA256, &self.block));
            }
        });
        let hashed = took.cpu.as_secs_f64() / (yardstick.cpu.as_secs_f64() / 32.0);
        println!(
            "{words:<44}{goal:>8}{:>9.1}{:>9.1}{hashed:>10.1}",
            millis(took.wall),
            millis(took.cpu),
        );
    }
}

fn timed<T>(run: impl FnOnce() -> T) -> (Took, T) {
    let (start, before) = (Instant::now(), cpu());
    let made = black_box(run());
    let took = Took {
        wall: start.elapsed(),
        cpu: cpu().saturating_sub(before),
    };
    (took, made)
}

/// Processor time of this process, in user space and in the kernel.
fn cpu() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(now).expect("time goes on")
}

/// The most memory that this process ever held, in MiB.
pub(crate) fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}
