//! How long the logins of one agent through one probe took.

use std::collections::BTreeMap;

use crate::attempt::Attempt;
use crate::histogram::{
    Counts, Distribution, Key, Measure, Measured, Open, Pace, Slice, Span, View, measure,
};
use crate::name::Name;
use crate::phases::{Micros, Phase};
use crate::time::{Interval, Timestamp};

/// Login times of the hours that begin in a period.
#[derive(Clone, Debug)]
pub(super) struct Logins {
    period: Interval,
    hours: BTreeMap<Timestamp, Hour>,
    /// In the order in which steps are met.
    phases: Vec<(Name, [Counts; Phase::ALL.len()])>,
}

/// The values of a UTC hour, one by one: there are few.
#[derive(Clone, Debug, Default)]
struct Hour {
    success: Vec<Micros>,
    experienced: Vec<Micros>,
}

impl Logins {
    pub(super) const fn new(period: Interval) -> Self {
        Self {
            period,
            hours: BTreeMap::new(),
            phases: Vec::new(),
        }
    }

    /// Counts an attempt whose tick was new.
    pub(super) fn push(&mut self, attempt: &Attempt, pace: Pace) {
        let start = Slice::hour_of(attempt.tick).start;
        if !self.period.contains(start) {
            return;
        }
        let (hours, phases) = (&mut self.hours, &mut self.phases);
        measure(attempt, pace, |measured, view, latency| match measured {
            Measured::Total => {
                let hour = hours.entry(start).or_default();
                hour.of(view).push(latency);
            }
            Measured::Phase(step, phase) => of_step(phases, step)[phase as usize].push(latency),
        });
    }

    /// Adds the distributions to those of other agents.
    pub(super) fn add_to(&self, open: &mut Open, probe: &Name) {
        let mut add = |measure: Measure, (view, slice), distribution: &Distribution| {
            let key = Key {
                probe: probe.clone(),
                measure,
                view,
                slice,
            };
            open.entry(key).or_default().merge(distribution);
        };
        for (start, hour) in &self.hours {
            let slice = Slice::hour_of(*start);
            for (view, latencies) in [
                (View::Success, &hour.success),
                (View::Experienced, &hour.experienced),
            ] {
                if !latencies.is_empty() {
                    let distribution = latencies.iter().copied().collect();
                    add(Measure::Total, (view, slice), &distribution);
                }
            }
        }
        // They are told over the whole period only.
        let whole = Slice {
            span: Span::Month,
            start: self.period.start,
        };
        for (step, phases) in &self.phases {
            for (phase, counts) in Phase::ALL.into_iter().zip(phases) {
                let distribution = counts.distribution();
                if !distribution.is_empty() {
                    let measure = Measured::Phase(step, phase).into();
                    add(measure, (View::Success, whole), &distribution);
                }
            }
        }
    }
}

impl Hour {
    const fn of(&mut self, view: View) -> &mut Vec<Micros> {
        match view {
            View::Success => &mut self.success,
            View::Experienced => &mut self.experienced,
        }
    }
}

fn of_step<'l>(
    phases: &'l mut Vec<(Name, [Counts; Phase::ALL.len()])>,
    step: &Name,
) -> &'l mut [Counts; Phase::ALL.len()] {
    let known = phases.iter().position(|(known, _)| known == step);
    let at = known.unwrap_or_else(|| {
        phases.push((step.clone(), Default::default()));
        phases.len() - 1
    });
    &mut phases[at].1
}
