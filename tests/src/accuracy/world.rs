//! What was true: when the site was ill and for whom, and when an agent was.

use ledger::time::{Interval, Intervals, Timestamp};

/// The truth of one schedule.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// What ailed the site; sorted, no two at once.
    pub troubles: Vec<Trouble>,
    /// What ailed an agent.
    pub own: Vec<OwnTrouble>,
}

/// The site fails everybody, or everybody in one region, or one persona.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    /// When.
    pub span: Interval,
    /// From where it shows; everywhere if `None`.
    pub region: Option<usize>,
    /// To whom it shows; everybody if `None`.
    pub persona: Option<usize>,
    /// As what.
    pub symptom: Symptom,
}

/// How a failing login looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symptom {
    /// 503 at once.
    Fails,
    /// Refused at once.
    Refuses,
    /// No answer: the attempt ends at its deadline. What is decided is decided when the request arrives.
    Hangs,
    /// 429: held.
    Throttles,
    /// The name does not resolve, at no resolver: held.
    NoName,
    /// The password is refused: held.
    Rejects,
    /// The page has no form: held.
    NoForm,
}

/// An agent is ill; the site is not.
#[derive(Clone, Copy, Debug)]
pub struct OwnTrouble {
    /// When.
    pub span: Interval,
    /// Whose agent.
    pub region: usize,
    /// What ails it.
    pub what: Own,
}

/// What ails an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Its network is dead; so are its controls.
    Network,
    /// Its resolver fails, a second one answers.
    Resolver,
    /// The process stands still or is gone, and leaves no rows.
    Silent,
    /// The process was restarted: slots are recorded as missed.
    Restart,
    /// It cannot keep up: slots are recorded as overruns.
    Overrun,
    /// Its clock is off by more than half of the spacing, and it knows.
    Clock,
    /// The site throttles this agent and no other.
    Blocked,
    /// Its first account is locked.
    Locked,
    /// A block page without a form, for this agent and no other.
    NoForm,
}

impl World {
    /// What ails the site for one persona in one region at `at`.
    pub fn trouble(&self, (region, persona): (usize, usize), at: Timestamp) -> Option<Symptom> {
        let from = self
            .troubles
            .partition_point(|trouble| trouble.span.end <= at);
        let found = self.troubles.get(from)?;
        let meets = found.span.contains(at)
            && found.region.is_none_or(|own| own == region)
            && found.persona.is_none_or(|own| own == persona);
        meets.then_some(found.symptom)
    }

    /// What ails the agent of a region at `at`.
    pub fn own(&self, region: usize, at: Timestamp) -> Option<Own> {
        let mut all = self.own.iter();
        let found = all.find(|own| own.region == region && own.span.contains(at))?;
        Some(found.what)
    }

    /// When a persona could not log in from one region.
    pub fn down_in(&self, (region, persona): (usize, usize)) -> Intervals {
        self.spans(|trouble| {
            trouble.region.is_none_or(|own| own == region)
                && trouble.persona.is_none_or(|own| own == persona)
        })
    }

    /// When a persona was down: in more than half of so many regions. Troubles are everywhere or in one region.
    pub fn persona_down(&self, persona: usize, regions: usize) -> Intervals {
        self.spans(|trouble| {
            trouble.persona.is_none_or(|own| own == persona)
                && (trouble.region.is_none() || regions == 1)
        })
    }

    /// When the service was down: for any persona.
    pub fn service_down(&self, regions: usize) -> Intervals {
        self.spans(|trouble| trouble.region.is_none() || regions == 1)
    }

    fn spans(&self, counts: impl Fn(&Trouble) -> bool) -> Intervals {
        let counted = self.troubles.iter().filter(|trouble| counts(trouble));
        counted.map(|trouble| trouble.span).collect()
    }
}
