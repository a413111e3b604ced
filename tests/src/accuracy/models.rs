//! Models of the published algorithms of others, given the same sites to look at.
//!
//! They are written after the sources named in each file and are not the products. Each looks with our login as its
//! check, from every region, at the spacing of the schedule and in the configuration that serves its downtime figure
//! best, which [`Model::configured`] names.

use fastrand::Rng;
use ledger::time::{Interval, Intervals, Millis, Timestamp};

use super::eye::Eye;
use super::schedule::Schedule;
use super::world::Own;

mod blackbox;
mod gatus;
mod openstatus;
mod upptime;
mod uptime_kuma;

/// A published algorithm.
pub trait Model: Sync {
    /// Whose.
    fn name(&self) -> &'static str;

    /// In which configuration.
    fn configured(&self) -> &'static str;

    /// What it makes of one schedule.
    fn downtime(&self, site: &mut Site<'_>) -> Told;
}

/// What a model says of a period.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// How long the first persona was down in the period.
    pub down: Millis,
    /// Instants at which it took the site for down.
    pub seen: Intervals,
}

/// A site as a model's probes meet it: as the first persona, with one account that is never locked.
#[derive(Debug)]
pub struct Site<'a> {
    /// What happens.
    pub schedule: &'a Schedule,
    rng: Rng,
}

/// What one check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It worked.
    Up,
    /// It failed.
    Down,
    /// It failed because the prober's own network, name resolution or clock did.
    OwnDown,
    /// The prober did not run.
    Nothing,
}

/// The models, in the order in which they are printed.
pub fn all() -> [&'static dyn Model; 6] {
    [
        &gatus::Gatus,
        &uptime_kuma::UptimeKuma { retries: 0 },
        &uptime_kuma::UptimeKuma { retries: 3 },
        &blackbox::Blackbox,
        &openstatus::OpenStatus,
        &upptime::Upptime,
    ]
}

impl<'a> Site<'a> {
    /// A site whose checks are drawn by `seed`.
    pub fn new(schedule: &'a Schedule, seed: u64) -> Self {
        Self {
            schedule,
            rng: Rng::with_seed(seed),
        }
    }

    /// The regions that it is looked at from.
    pub fn regions(&self) -> usize {
        self.schedule.design.regions
    }

    /// One check from a region, and when it ended.
    pub fn check(&mut self, region: usize, at: Timestamp) -> (Check, Timestamp) {
        let own = self.schedule.world.own(region, at);
        if matches!(own, Some(Own::Silent | Own::Restart | Own::Overrun)) {
            return (Check::Nothing, at);
        }
        let mut eye = Eye {
            design: &self.schedule.design,
            world: &self.schedule.world,
            place: (region, 0),
            rng: self.rng.fork(),
        };
        let seen = eye.look(at, 1);
        let dead = matches!(
            self.schedule.world.own(region, seen.evidence.start),
            Some(Own::Network | Own::Resolver)
        );
        let check = match (seen.class, dead) {
            (None, _) => Check::Up,
            (Some(_), true) => Check::OwnDown,
            (Some(_), false) => Check::Down,
        };
        (check, seen.end)
    }

    /// The instants of a plain loop with that interval, from a phase of the region's own.
    pub fn instants(&mut self, interval: Millis) -> impl Iterator<Item = Timestamp> + use<> {
        let period = self.schedule.period;
        let first = period.start + Millis(self.rng.i64(0..interval.0));
        let next = move |at: &Timestamp| Some(*at + interval);
        std::iter::successors(Some(first), next).take_while(move |at| *at < period.end)
    }
}

/// Checks that failed and checks that counted, as ratio models keep them.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    failed: i64,
    all: i64,
}

impl Counts {
    /// The share that failed, of the period; nothing counted is no downtime.
    fn of(self, period: Interval) -> i64 {
        match self.all {
            0 => 0,
            all => period.length().0 * self.failed / all,
        }
    }
}

/// The mean of several regions' downtime.
fn mean(downs: &[i64]) -> Millis {
    let count = i64::try_from(downs.len().max(1)).unwrap_or(1);
    Millis(downs.iter().sum::<i64>() / count)
}

/// Marks an instant as seen down.
fn instant(at: Timestamp) -> Interval {
    Interval::new(at, at + Millis(1))
}
