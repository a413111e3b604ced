//! Corrections of ticks, laid over a copy of the record before anything is decided from it (semantics §7, §8).

use crate::correction::{Become, ClockSpan, Reclassify, Ticks, What};
use crate::plan::{Probe, Subject};
use crate::record::Record;
use crate::run::{self, Entry, Run, Series, Tick, TickVerdict, doubtful_clock};
use crate::schedule::Schedule;
use crate::time::{Interval, Millis, Timestamp};

/// The record as `what` has it, and how many ticks that changed; `None` if it changes no tick.
///
/// Repeated rows of a tick count once, so the number does not depend on how often a row came.
pub fn amend(record: &Record, what: &What) -> Option<(Record, u64)> {
    let (mut changed, mut touched) = (record.clone(), 0);
    for series in &mut changed.series {
        if !concerns(what, series) {
            continue;
        }
        let mut entries = Vec::with_capacity(series.entries.len());
        for entry in run::assemble(std::mem::take(&mut series.entries)) {
            let plan = record.plans.get(&entry.plan());
            match plan.and_then(|plan| plan.probe(&series.probe)) {
                Some(probe) => touched += changed_into(what, probe, entry, &mut entries),
                // The engine will say that the record does not hold together.
                None => entries.push(entry),
            }
        }
        series.entries = entries;
    }
    (touched > 0).then_some((changed, touched))
}

fn concerns(what: &What, series: &Series) -> bool {
    match what {
        What::Reclassify(Reclassify { ticks, .. }) => ticks.are_in(series),
        What::Clock(span) => span.agent == series.agent,
        What::Edge(_) | What::Cause(_) | What::Withdraw(_) => false,
    }
}

/// Pushes what becomes of an entry, and says how many ticks of it changed.
fn changed_into(what: &What, probe: &Probe, entry: Entry, into: &mut Vec<Entry>) -> u64 {
    let before = into.len();
    let touched = match (what, entry) {
        (What::Reclassify(new), entry) if !new.ticks.are_of(probe) => {
            into.push(entry);
            0
        }
        (What::Reclassify(new), Entry::Tick(mut tick)) => {
            let touched = new.tick(&mut tick);
            into.push(Entry::Tick(tick));
            touched
        }
        (What::Reclassify(new), Entry::Run(run)) => new.run(run, &probe.schedule, into),
        (What::Clock(span), Entry::Tick(mut tick)) => {
            let touched = span.tick(&mut tick);
            into.push(Entry::Tick(tick));
            touched
        }
        (What::Clock(span), Entry::Run(run)) => span.run(run, &probe.schedule, into),
        (What::Edge(_) | What::Cause(_) | What::Withdraw(_), entry) => {
            into.push(entry);
            0
        }
    };
    debug_assert!(into.len() > before, "no entry is lost");
    touched
}

impl Ticks {
    fn are_in(&self, series: &Series) -> bool {
        self.region.as_ref().is_none_or(|one| *one == series.region)
            && self.agent.as_ref().is_none_or(|one| *one == series.agent)
            && self.probe.as_ref().is_none_or(|one| *one == series.probe)
    }

    /// The platform is meant only where its probe is named.
    fn are_of(&self, probe: &Probe) -> bool {
        match &probe.subject {
            Subject::Journey { persona, .. } => {
                self.persona.as_ref().is_none_or(|one| one == persona)
            }
            Subject::Platform(_) => self.probe.is_some() && self.persona.is_none(),
        }
    }
}

impl Reclassify {
    /// A tick that was not taken stays so: nobody saw anything.
    fn tick(&self, tick: &mut Tick) -> u64 {
        let chosen = self.ticks.span.contains(tick.tick)
            && self
                .ticks
                .class
                .is_none_or(|class| tick.class == Some(class));
        if !chosen || tick.verdict == TickVerdict::Missed {
            return 0;
        }
        let (verdict, class) = match self.into {
            Become::Good => (TickVerdict::Good, None),
            Become::Bad(class) => (TickVerdict::Bad, Some(class)),
            Become::Void(class) => (TickVerdict::Void, Some(class)),
        };
        if (tick.verdict, tick.class) == (verdict, class) {
            return 0;
        }
        (tick.verdict, tick.class, tick.recovered) = (verdict, class, false);
        tick.slow &= verdict == TickVerdict::Good;
        1
    }

    /// Cuts a run at the span; the ticks inside become ticks of their own. All of a run is good and has no class.
    fn run(&self, run: Run, schedule: &Schedule, into: &mut Vec<Entry>) -> u64 {
        if self.into == Become::Good || self.ticks.class.is_some() {
            into.push(Entry::Run(run));
            return 0;
        }
        let [before, inside, after] = run.cut(self.ticks.span, schedule);
        into.extend(before.map(Entry::Run));
        let mut touched = 0;
        if let Some(run) = inside {
            for at in schedule.within(run.ticks_span()) {
                let mut tick = run.tick_at(at);
                touched += self.tick(&mut tick);
                into.push(Entry::Tick(Box::new(tick)));
            }
        }
        into.extend(after.map(Entry::Run));
        touched
    }
}

impl ClockSpan {
    fn tick(&self, tick: &mut Tick) -> u64 {
        if !self.span.contains(tick.tick) {
            return 0;
        }
        let moved = [tick.evidence, tick.last_evidence].map(|one| self.clock.moved(one));
        let was = (tick.evidence, tick.clock_error);
        [tick.evidence, tick.last_evidence] = moved;
        tick.clock_error = self.clock.error;
        u64::from(was != (tick.evidence, tick.clock_error))
    }

    fn run(&self, run: Run, schedule: &Schedule, into: &mut Vec<Entry>) -> u64 {
        let [before, inside, after] = run.cut(self.span, schedule);
        into.extend(before.map(Entry::Run));
        let mut touched = 0;
        match inside {
            // A run has no tick by a clock that cannot be trusted.
            Some(run) if doubtful_clock(self.clock.error, schedule.spacing()) => {
                for at in schedule.within(run.ticks_span()) {
                    let mut tick = run.tick_at(at);
                    touched += self.tick(&mut tick);
                    into.push(Entry::Tick(Box::new(tick)));
                }
            }
            Some(run) => {
                let moved = self.moved(&run);
                if moved != run {
                    touched += u64::from(run.ticks);
                }
                into.push(Entry::Run(moved));
            }
            None => {}
        }
        into.extend(after.map(Entry::Run));
        touched
    }

    fn moved(&self, run: &Run) -> Run {
        let error = self.clock.error;
        Run {
            first: self.clock.moved(run.first),
            last: self.clock.moved(run.last),
            clock_error: error,
            first_error: error,
            last_error: error,
            ..run.clone()
        }
    }
}

impl Run {
    fn ticks_span(&self) -> Interval {
        Interval::new(self.first_tick, self.last_tick + Millis(1))
    }

    /// The parts before, inside and after `span`, by scheduled instant.
    fn cut(self, span: Interval, schedule: &Schedule) -> [Option<Self>; 3] {
        let own = self.ticks_span();
        if own.intersect(span) == Some(own) {
            return [None, Some(self), None];
        }
        let parts = [
            Interval::new(own.start, span.start.min(own.end)),
            Interval::new(span.start.max(own.start), span.end.min(own.end)),
            Interval::new(span.end.max(own.start), own.end),
        ];
        parts.map(|part| self.part(part, schedule))
    }

    fn part(&self, part: Interval, schedule: &Schedule) -> Option<Self> {
        let (mut first, mut last, mut ticks) = (None, None, 0_u32);
        for tick in schedule.within(part) {
            first = first.or(Some(tick));
            last = Some(tick);
            ticks += 1;
        }
        let (first_tick, last_tick) = (first?, last?);
        let (first, first_error) = self.evidence_at(first_tick);
        let (last, last_error) = self.evidence_at(last_tick);
        Some(Self {
            first_tick,
            last_tick,
            ticks,
            first,
            last,
            first_error,
            last_error,
            ..self.clone()
        })
    }

    /// One of its ticks as a row of its own. What a run does not keep (the account, the sequence number) is not known.
    fn tick_at(&self, at: Timestamp) -> Tick {
        let (evidence, clock_error) = self.evidence_at(at);
        Tick {
            plan: self.plan,
            tick: at,
            due: evidence.start,
            fast: false,
            verdict: TickVerdict::Good,
            recovered: false,
            slow: false,
            class: None,
            step: None,
            status: None,
            account: None,
            evidence,
            last_evidence: evidence,
            attempts: 1,
            sequence: 0,
            clock_error,
            canary: crate::verdict::CanaryState::Unasked,
            second_resolver: None,
            detail: crate::attempt::Detail::default(),
        }
    }
}
