//! What the uplink does next. Pure: what happened and when in, what to do out; no clock, no network, no disk.
//!
//! Each action is a job that ends in one event, and there is one job at a time: so there is never more than one request
//! on its way.

use std::time::Duration;

use super::wait::{Backoff, Bucket, Dice};

/// Batches that are sent in a second at most, unless the operator says otherwise.
pub(crate) const RATE: u32 = 50;
/// The most records in one upload ...
pub(super) const MOST: usize = 128;
/// ... and their bytes, unless one record alone has more.
pub(crate) const BYTES: usize = 1 << 20;
/// An agent that has nothing to send asks so often where the hub stands, and what time it is.
const ASK: Duration = Duration::from_secs(300);
/// An agent that the hub does not want asks so often whether that is over.
const HALTED: Duration = Duration::from_secs(300);

/// What the driver is to do. All but the last are jobs that end in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Ask the journal for what waits.
    Load(Wanted),
    /// Send what was loaded, or a question if that is nothing.
    Send,
    /// Have the journal write down what the hub answered.
    Settle,
    /// Have the journal write down that the hub cannot read the one record that was sent.
    Refuse,
    /// Nothing, until that long after the start or until something happens.
    Rest(Duration),
    /// Go on with the job in hand.
    GoOn,
}

/// What to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The newest batch goes first; then the others in order.
    pub(crate) live: bool,
    /// So many at most; 0: a question.
    pub(crate) most: usize,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The rest is over.
    Rested,
    /// A batch was sealed.
    Sealed,
    /// What is known of the agent's or the hub's past may be wrong: the clocks jumped, as they do when a machine is
    /// set back to a snapshot.
    Doubted,
    /// The agent leaves: what waits should go now.
    Leaving,
    /// The journal gave so many batches.
    Loaded(usize),
    /// The journal gave so many plans, which go before all batches.
    Planned(usize),
    /// The hub answered, and it was the hub.
    Answered,
    /// The request has no answer that could be believed.
    Failed(Failure),
    /// The journal has written it down.
    Settled(Settled),
    /// The journal has no time or no disk.
    Busy,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It may work later: the network, a server that is busy, a stranger's answer; and how long the server asks for.
    Passing(Option<Duration>),
    /// The hub does not want this agent.
    Unwanted,
    /// The hub cannot read what was sent.
    Unreadable,
}

/// What the hub said, once it is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// More waits.
    pub(crate) more: bool,
    /// Some of it is to be sent again later: too much waits past a gap, or the agent has sent more than its share.
    pub(crate) later: bool,
    /// The hub has put the agent in quarantine, or another one claims its place.
    pub(crate) unwanted: bool,
}

/// The decisions of an uplink.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Core {
    job: Job,
    bucket: Bucket,
    backoff: Backoff,
    /// The hub has said where it stands since the last doubt.
    met: bool,
    /// The newest batch is news.
    live: bool,
    /// One record at a time, because the hub could not read several.
    single: bool,
    /// Records on their way.
    sent: usize,
    asked: Option<Duration>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    /// Nothing, until then.
    Rest(Duration, Why),
    Load,
    Send,
    Settle,
}

/// Why nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// There is nothing to do.
    Idle,
    /// It did not work, and is not to be tried again too soon.
    Failed,
    /// It must not be disturbed.
    Told,
}

impl Core {
    /// Sends at most so many batches a second; `seed` decides the jitter.
    pub(crate) fn new(per_second: u32, seed: u64) -> Self {
        Self {
            job: Job::Rest(Duration::ZERO, Why::Told),
            bucket: Bucket::new(per_second),
            backoff: Backoff::new(Dice::new(seed)),
            met: false,
            live: true,
            single: false,
            sent: 0,
            asked: None,
        }
    }

    /// Whether a request is on its way.
    #[cfg(test)]
    pub(crate) fn is_sending(&self) -> bool {
        self.job == Job::Send
    }

    /// Before anything else is sent, the hub must say where it stands.
    pub(crate) fn doubt(&mut self) {
        self.met = false;
    }

    /// Failures in a row.
    pub(crate) fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    /// What to do about `event`, so long after the start.
    pub(crate) fn on(&mut self, now: Duration, event: Event) -> Action {
        match event {
            Event::Sealed => self.live = true,
            Event::Doubted => self.met = false,
            _ => {}
        }
        match (self.job, event) {
            (Job::Rest(until, _), _) if now >= until => self.next(now),
            (Job::Rest(_, Why::Idle), Event::Sealed | Event::Doubted)
            | (Job::Rest(_, Why::Idle | Why::Failed), Event::Leaving) => self.next(now),
            (Job::Rest(until, _), _) => Action::Rest(until),
            (Job::Load, Event::Loaded(records)) => self.loaded(now, records),
            (Job::Load, Event::Planned(records)) => self.send(records),
            (Job::Send, Event::Answered) => {
                self.asked = Some(now);
                self.met = true;
                self.job = Job::Settle;
                Action::Settle
            }
            (Job::Send, Event::Failed(failure)) => self.failed(now, failure),
            (Job::Settle, Event::Settled(settled)) => self.settled(now, settled),
            (Job::Load | Job::Settle, Event::Busy) => self.wait(now, None),
            _ => Action::GoOn,
        }
    }

    fn next(&mut self, now: Duration) -> Action {
        let mut most = self.bucket.holds(now).min(MOST);
        // News wait for nobody; a backlog goes in uploads that are worth their signature and their commit.
        let least = if self.live || self.single {
            1
        } else {
            self.bucket.half()
        };
        if !self.met {
            most = 0;
        } else if most < least {
            return self.rest(now + self.bucket.wait(least), Why::Told);
        } else if self.single {
            most = 1;
        }
        self.job = Job::Load;
        Action::Load(Wanted {
            live: self.live,
            most,
        })
    }

    fn loaded(&mut self, now: Duration, records: usize) -> Action {
        if records == 0 && self.met {
            self.live = false;
            let due = self.asked.map_or(now, |asked| asked + ASK);
            if now < due {
                return self.rest(due, Why::Idle);
            }
        }
        if records > 0 {
            self.live = false;
        }
        self.bucket.take(records);
        self.send(records)
    }

    const fn send(&mut self, records: usize) -> Action {
        self.sent = records;
        self.job = Job::Send;
        Action::Send
    }

    fn failed(&mut self, now: Duration, failure: Failure) -> Action {
        self.live = true;
        match failure {
            Failure::Passing(asked) => self.wait(now, asked),
            Failure::Unwanted => {
                // Where the hub stands decides what is sent once it is over.
                self.met = false;
                let until = now + self.backoff.about(HALTED);
                self.rest(until, Why::Told)
            }
            Failure::Unreadable if self.sent == 1 => {
                self.job = Job::Settle;
                Action::Refuse
            }
            Failure::Unreadable => {
                self.single = true;
                self.wait(now, None)
            }
        }
    }

    fn settled(&mut self, now: Duration, settled: Settled) -> Action {
        if settled.unwanted {
            return self.failed(now, Failure::Unwanted);
        }
        if settled.later {
            return self.wait(now, None);
        }
        self.backoff.reset();
        self.single &= settled.more;
        if settled.more || self.live {
            return self.next(now);
        }
        self.rest(now + ASK, Why::Idle)
    }

    fn wait(&mut self, now: Duration, asked: Option<Duration>) -> Action {
        let until = now + self.backoff.next(asked);
        let why = asked.map_or(Why::Failed, |_| Why::Told);
        self.rest(until, why)
    }

    fn rest(&mut self, until: Duration, why: Why) -> Action {
        self.job = Job::Rest(until, why);
        Action::Rest(until)
    }
}

#[cfg(test)]
mod tests;
