//! Reports of many contracts by one record: judged one after the other, held against the attempts and written on all processors.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use ledger::contract::Contract;
use ledger::name::Name;
use ledger::note::Note;
use ledger::store::{Reader, StoreError};
use ledger::tally::Terms;
use ledger::time::{Interval, Timestamp};

use crate::evidence::Proofs;
use crate::gather::{GatherError, Judge};
use crate::issue::{self, IssueError, Outcome, With};
use crate::recheck::{self, Recheck, RecheckError, Second, Seconds};
use crate::report::Report;
use crate::report::pdf::Paper;

/// Records that are kept for the next contract: the period's own, and those of what stands beside it.
const PERIODS: usize = 4;

/// One report that is to be written.
#[derive(Clone, Debug)]
pub struct Job<'t> {
    /// By what it is judged.
    pub terms: Terms<'t>,
    /// A month, quarter or year in the contract's zone.
    pub period: Interval,
    /// Where it is written to.
    pub directory: PathBuf,
}

/// One report that was written.
#[derive(Debug)]
pub struct Pressed {
    /// Whose.
    pub contract: Name,
    /// Whether it was held against the attempts.
    pub second_look: Recheck,
    /// The same of the days before its period.
    pub earlier: Recheck,
    /// What was done.
    pub outcome: Outcome,
}

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// It cannot be judged.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// Its evidence cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is not to be believed.
    #[error(transparent)]
    Recheck(#[from] RecheckError),
    /// It cannot be written.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// The first report that was not written; those before it were, and perhaps some after it.
#[derive(Debug, thiserror::Error)]
#[error("contract {contract}")]
pub struct PressError {
    /// Whose.
    pub contract: Name,
    /// Why.
    #[source]
    pub why: Why,
}

/// What all reports have in common.
#[derive(Clone, Copy, Debug)]
pub struct Press<'p> {
    /// The records.
    pub reader: &'p Reader,
    /// As of when they are judged.
    pub now: Timestamp,
    /// What people wrote about incidents.
    pub notes: &'p [Note],
    /// The size of the sheets of each PDF.
    pub paper: Paper,
}

/// A report that was judged.
struct Sheet<'t> {
    place: usize,
    job: &'t Job<'t>,
    report: Report,
    proofs: Option<Proofs>,
    second: Arc<Second>,
    /// At the days before the period, if the report tells of any.
    earlier: Option<Arc<Second>>,
}

/// What came of each job, by its place.
type Done = Mutex<Vec<(usize, Result<Pressed, Why>)>>;

impl Press<'_> {
    /// Writes all reports, each with what `prove` gives; tells what became of them, in the same order.
    ///
    /// # Errors
    /// [`PressError`] of the first that was not written. No more are begun then.
    pub fn all(
        &self,
        jobs: &[Job<'_>],
        prove: impl Fn(&Job<'_>, &Report) -> Result<Option<Proofs>, StoreError>,
    ) -> Result<Vec<Pressed>, PressError> {
        let hands = std::thread::available_parallelism().map_or(1, NonZero::get);
        let (give, take) = sync_channel(hands);
        let (take, done) = (Arc::new(Mutex::new(take)), Done::default());
        // The records stay on this thread.
        let hand = Hand {
            notes: self.notes,
            paper: self.paper,
        };
        std::thread::scope(|scope| {
            let (hand, done) = (&hand, &done);
            for _ in 0..hands {
                let take = Arc::clone(&take);
                scope.spawn(move || hand.work(&take, done));
            }
            // Only those who take hold the other end now: should all of them be gone, nobody is waited for.
            drop(take);
            self.judge(jobs, prove, (give, done));
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(place, _)| *place);
        let named = done.into_iter().map(|(place, came)| {
            let contract = jobs[place].terms.contract.id.clone();
            came.map_err(|why| PressError { contract, why })
        });
        named.collect()
    }

    /// Judges one contract after the other, and hands the reports on until one fails.
    fn judge<'t>(
        &self,
        jobs: &'t [Job<'t>],
        prove: impl Fn(&Job<'_>, &Report) -> Result<Option<Proofs>, StoreError>,
        (give, done): (SyncSender<Sheet<'t>>, &Done),
    ) {
        let contracts: Vec<&Contract> = jobs.iter().map(|job| job.terms.contract).collect();
        let seconds = Seconds::new(self.reader, &contracts, self.now);
        let judge = Judge::new(self.reader).of_many(contracts.len(), PERIODS);
        let judged = |(place, job): (usize, &'t Job<'t>)| -> Result<Sheet<'t>, Why> {
            let report = judge.report(job.terms, job.period, self.now)?;
            let report = judge.beside(job.terms, report, self.now)?;
            let before = recheck::before(&report);
            Ok(Sheet {
                place,
                job,
                proofs: prove(job, &report)?,
                report,
                second: seconds.at(job.period)?,
                earlier: before.map(|before| seconds.at(before)).transpose()?,
            })
        };
        for (place, job) in jobs.iter().enumerate() {
            let sheet = match judged((place, job)) {
                Ok(sheet) => sheet,
                Err(why) => return note(done, place, Err(why)),
            };
            let failed = |all: &Vec<(usize, Result<Pressed, Why>)>| {
                all.iter().any(|(_, came)| came.is_err())
            };
            let stop = failed(&done.lock().unwrap_or_else(PoisonError::into_inner));
            if stop || give.send(sheet).is_err() {
                return;
            }
        }
    }
}

/// Who holds judged reports against the attempts and writes them.
struct Hand<'p> {
    notes: &'p [Note],
    paper: Paper,
}

impl Hand<'_> {
    fn work(&self, take: &Mutex<Receiver<Sheet<'_>>>, done: &Done) {
        loop {
            let next = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(sheet) = next else {
                return;
            };
            let place = sheet.place;
            note(done, place, self.written(sheet));
        }
    }

    /// Nothing is written that the attempts do not say.
    fn written(&self, sheet: Sheet<'_>) -> Result<Pressed, Why> {
        let Sheet {
            job,
            report,
            proofs,
            second,
            earlier,
            ..
        } = sheet;
        let second_look = second.hold(&report.bare(), job.terms)?;
        let earlier = match earlier {
            Some(second) => second.earlier(&report, job.terms)?,
            None => Recheck::Agrees,
        };
        let report = report.with_notes(self.notes.iter().cloned());
        let paper = self.paper;
        Ok(Pressed {
            contract: report.contract.id.clone(),
            second_look,
            earlier,
            outcome: issue::write(&job.directory, report, With { proofs, paper })?,
        })
    }
}

fn note(done: &Done, place: usize, came: Result<Pressed, Why>) {
    let mut all = done.lock().unwrap_or_else(PoisonError::into_inner);
    all.push((place, came));
}
