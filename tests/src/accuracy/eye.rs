//! One attempt: when each request arrives, what it meets there, and what that says.

use fastrand::Rng;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

use super::design::Design;
use super::world::{Own, Symptom, World};

/// A place from which the world is seen.
#[derive(Debug)]
pub struct Eye<'a> {
    /// How attempts are made.
    pub design: &'a Design,
    /// What they meet.
    pub world: &'a World,
    /// Region and persona.
    pub place: (usize, usize),
    /// Draws how long they take.
    pub rng: Rng,
}

/// What an attempt saw, by the true clock.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// The step that it speaks of.
    pub evidence: Interval,
    /// What it says alone.
    pub verdict: Verdict,
    /// Why, unless good.
    pub class: Option<Class>,
    /// What the control checks say.
    pub canary: CanaryState,
    /// Whether it is evidence once others were heard, and if so whether it failed.
    pub says: Option<bool>,
}

impl Seen {
    /// A slot that was not taken.
    pub fn missed(at: Timestamp, class: Class) -> Self {
        Self {
            start: at,
            end: at,
            evidence: Interval::new(at, at),
            verdict: Verdict::Void,
            class: Some(class),
            canary: CanaryState::Unasked,
            says: None,
        }
    }
}

impl Eye<'_> {
    /// Looks once, with the first account or another.
    ///
    /// Each step's request arrives half-way between being sent and being answered, and meets what is true then.
    pub fn look(&mut self, start: Timestamp, account: usize) -> Seen {
        let shortest = self.design.attempt.0.min(20);
        let length = self.rng.i64(shortest..=self.design.attempt.0);
        let steps = self.design.steps;
        let mut seen = Seen {
            start,
            end: start + Millis(length),
            evidence: Interval::new(start, start),
            verdict: Verdict::Good,
            class: None,
            canary: CanaryState::Unasked,
            says: Some(false),
        };
        for step in 0..steps {
            let sent = start + Millis(length * step / steps);
            let answered = start + Millis(length * (step + 1) / steps);
            let arrival = sent + Millis((answered - sent).0 / 2);
            seen.evidence = Interval::new(sent, answered);
            let Some(symptom) = self.meets(arrival, account) else {
                continue;
            };
            let hangs = symptom == Met::Site(Symptom::Hangs);
            seen.end = match hangs {
                true => start + self.design.timeout,
                false => answered,
            };
            seen.evidence = Interval::new(sent, seen.end);
            seen.canary = CanaryState::Ok;
            self.classify(&mut seen, symptom);
            break;
        }
        if self.world.own(self.place.0, start) == Some(Own::Clock) {
            seen.says = None;
        }
        seen
    }

    fn meets(&self, arrival: Timestamp, account: usize) -> Option<Met> {
        let own = self.world.own(self.place.0, arrival);
        let stops = own.filter(|own| match own {
            Own::Network | Own::Resolver | Own::Blocked | Own::NoForm => true,
            Own::Locked => account == 0,
            Own::Silent | Own::Restart | Own::Overrun | Own::Clock => false,
        });
        let site = || self.world.trouble(self.place, arrival).map(Met::Site);
        match stops {
            // A site that does not answer neither throttles nor refuses.
            Some(Own::Blocked | Own::Locked | Own::NoForm) => site().or(stops.map(Met::Own)),
            Some(own) => Some(Met::Own(own)),
            None => site(),
        }
    }

    /// The verdict alone (semantics §3), and whether others will make evidence of it.
    fn classify(&self, seen: &mut Seen, met: Met) {
        let several = self.design.regions > 1;
        let (verdict, class, says) = match met {
            Met::Site(Symptom::Fails) => (Verdict::Bad, Class::Status, true),
            Met::Site(Symptom::Refuses) => (Verdict::Bad, Class::Connect, true),
            Met::Site(Symptom::Hangs) => (Verdict::Bad, Class::Timeout, true),
            Met::Site(Symptom::Throttles) => (Verdict::Held, Class::Throttled, several),
            Met::Site(Symptom::NoName) => (Verdict::Held, Class::Dns, several),
            Met::Site(Symptom::Rejects) => (Verdict::Held, Class::Rejected, true),
            Met::Site(Symptom::NoForm) => (Verdict::Held, Class::Script, true),
            Met::Own(Own::Network) => (Verdict::Void, Class::ProberNet, false),
            Met::Own(Own::Resolver) => (Verdict::Void, Class::ProberDns, false),
            Met::Own(Own::Blocked) => (Verdict::Held, Class::Throttled, false),
            Met::Own(Own::Locked) => (Verdict::Held, Class::Rejected, false),
            Met::Own(Own::NoForm) => (Verdict::Held, Class::Script, false),
            Met::Own(Own::Silent | Own::Restart | Own::Overrun | Own::Clock) => {
                (Verdict::Void, Class::ProberOverrun, false)
            }
        };
        if class == Class::ProberNet {
            seen.canary = CanaryState::Failed;
        }
        (seen.verdict, seen.class) = (verdict, Some(class));
        seen.says = says.then_some(true);
    }
}

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Site(Symptom),
    Own(Own),
}
