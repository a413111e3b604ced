//! Many power cuts at random places of a recording, each looked at after the reboot.

use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use fastrand::Rng;

use super::disk::{Disk, Faith, Luck, Remains};
use super::log::{Event, Log};

/// How many wrongs are told in full.
const TOLD: usize = 10;

/// What is to be tried.
#[derive(Clone, Copy)]
pub(crate) struct Cuts {
    pub(crate) states: usize,
    pub(crate) seed: u64,
    pub(crate) faith: Faith,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) states: usize,
    /// How many states were wrong.
    pub(crate) wrong: usize,
    /// The first of them.
    pub(crate) told: Vec<String>,
}

/// Looks at a directory after a power cut, and at the highest number that had been acknowledged before; says what is wrong.
/// Chance says how closely.
pub(crate) type Look<'a> = dyn Fn(&Path, u64, &mut Rng) -> Result<(), String> + Sync + 'a;

/// A state to be looked at.
struct Case {
    event: usize,
    luck: Luck,
    seed: u64,
    acknowledged: u64,
    remains: Remains,
}

impl Cuts {
    /// Cuts the power, and looks.
    pub(crate) fn try_all(self, log: &Log, look: &Look<'_>) -> Outcome {
        let outcome = Mutex::new(Outcome::default());
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let (cases, taken) = mpsc::sync_channel::<Case>(2 * workers);
        let taken = Mutex::new(taken);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    loop {
                        let case = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok(case) = case else { break };
                        let found = case.look(look);
                        outcome.lock().unwrap().note(found);
                    }
                });
            }
            self.walk(log, &cases);
            drop(cases);
        });
        outcome.into_inner().unwrap()
    }

    /// Makes the states, in the order of the log.
    fn walk(self, log: &Log, cases: &mpsc::SyncSender<Case>) {
        let mut chance = Rng::with_seed(self.seed);
        let matters =
            |event: &Event| !matches!(event, Event::Open { made: false, .. } | Event::Close(_));
        let places: Vec<usize> = (0..log.events.len())
            .filter(|at| matters(&log.events[*at]))
            .collect();
        let mut cuts = vec![0_usize; log.events.len()];
        for _ in 0..self.states {
            cuts[places[chance.usize(..places.len())]] += 1;
        }
        let mut disk = Disk::new(log, self.faith);
        for (event, count) in cuts.into_iter().enumerate() {
            disk.step(event);
            for _ in 0..count {
                let luck = match chance.u8(..8) {
                    0 => Luck::Nothing,
                    1 => Luck::All,
                    _ => Luck::Torn(chance.u64(..)),
                };
                let case = Case {
                    event,
                    luck,
                    seed: chance.u64(..),
                    acknowledged: disk.acknowledged,
                    remains: disk.cut(luck),
                };
                // The workers end only when this one does.
                cases.send(case).expect("somebody looks");
            }
        }
    }
}

impl Case {
    fn look(&self, look: &Look<'_>) -> Result<(), String> {
        let dir = scratch();
        self.remains.lay(dir.path());
        look(
            dir.path(),
            self.acknowledged,
            &mut Rng::with_seed(self.seed),
        )
        .map_err(|what| {
            let (event, luck, acknowledged) = (self.event, self.luck, self.acknowledged);
            format!("after event {event}, {luck:?}, {acknowledged} acknowledged: {what}")
        })
    }
}

impl Outcome {
    fn note(&mut self, found: Result<(), String>) {
        self.states += 1;
        if let Err(what) = found {
            self.wrong += 1;
            if self.told.len() < TOLD {
                self.told.push(what);
            }
        }
    }
}

/// A directory in memory where there is one: a million states should wear out no disk.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}
