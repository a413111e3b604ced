//! What one series comes to by itself: one agent, one probe, nobody else asked.
//!
//! The rules are the engine's own ([`crate::evidence`], [`crate::state`]); what the contract makes of several regions and
//! personas, exclusions and least lengths are left out. It is [`crate::tally::assess`] of that series alone, without what
//! a report needs beside the sums, so that ten thousand series are judged in seconds.

mod kept;
mod standing;

use std::collections::BTreeMap;

use crate::calendar::CalendarError;
use crate::contract::{Contract, Rules};
use crate::evidence::{self, EvidenceError, Probes, Stream};
use crate::name::Name;
use crate::outage::Bounds;
use crate::plan::Plan;
use crate::rollup::{Member, Timeline, View};
use crate::run::{Grid, Series};
use crate::state::{self, State};
use crate::store::{StoreError, Sums};
use crate::time::{Interval, Intervals, Millis, Timestamp};

pub use kept::Keeper;
pub use standing::{Asked, Standing, standings};

/// The version of the engine: another one judges everything anew.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Why series cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum LookoutError {
    /// The record does not hold together.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Days cannot be cut.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The record cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A series over time, as it alone tells it.
#[derive(Clone, Debug)]
pub struct Lookout {
    up: Intervals,
    degraded: Intervals,
    down: Intervals,
    surely: Intervals,
    maybe: Intervals,
    /// Up, and not one tick that failed or was slow.
    calm: Intervals,
    /// Its first evidence.
    first: Timestamp,
}

impl Lookout {
    /// Judges a series from `from` on, or from its first evidence if that is earlier, up to `now`; `None` if it says
    /// nothing.
    ///
    /// # Errors
    /// [`EvidenceError`] if the plans do not know its probe.
    pub fn of(
        series: &Series,
        probes: &Probes<'_>,
        rules: &Rules,
        (from, now): (Timestamp, Timestamp),
    ) -> Result<Option<Self>, EvidenceError> {
        let stream = evidence::hear_alone(series, probes, rules, now)?;
        let first = stream.as_ref().and_then(|stream| stream.evidence.first());
        let Some((stream, first)) = stream.as_ref().zip(first.map(|one| one.first.start)) else {
            return Ok(None);
        };
        let span = Interval::new(from.min(first), now);
        let region = state::observe(stream, rules, span);
        let member = Member::new(stream.region.clone(), 1, Some(&region), span);
        Ok(Some(Self::new(&member.timeline(span), stream, first)))
    }

    fn new(timeline: &Timeline<View>, stream: &Stream, first: Timestamp) -> Self {
        let of = |state: State| timeline.when(|view| view.state == state);
        let up = of(State::Up);
        let trouble = stream.evidence.iter().filter(|one| !one.is_quiet());
        let instant = |at: Interval| Interval::new(at.start, at.end + Millis(1));
        let trouble: Intervals = trouble
            .map(|one| instant(Interval::new(one.first.start, one.end())))
            .collect();
        Self {
            calm: up.subtract(&trouble),
            up,
            degraded: of(State::Degraded),
            down: timeline.down(),
            surely: timeline.surely(),
            maybe: timeline.maybe(),
            first,
        }
    }

    /// What it comes to in `window`. All time in which nothing is known is unknown.
    pub fn sums(&self, window: Interval) -> Sums {
        let [up, degraded, down, lower, upper] = [
            &self.up,
            &self.degraded,
            &self.down,
            &self.surely,
            &self.maybe,
        ]
        .map(|set| set.measure_in(window));
        Sums {
            up,
            degraded,
            down: [lower, down, upper],
            unknown: window.length() - up - degraded - down,
        }
    }

    /// The last instant with `reach` of calm on both sides: nothing that comes can change what lies before it.
    fn border(&self, reach: Millis) -> Option<Timestamp> {
        let long = |calm: &Interval| calm.length() >= reach + reach;
        let last = self.calm.iter().filter(long).last();
        last.map(|calm| calm.end - reach)
    }
}

impl Sums {
    /// Downtime with its bounds.
    pub fn bounds(&self) -> Bounds {
        let [lower, estimate, upper] = self.down;
        Bounds {
            lower,
            estimate,
            upper,
        }
    }
}

/// The terms of a contract that decide what a series alone comes to on which day, as a hash: equal terms share their days.
///
/// # Panics
/// Never: rules are texts and numbers, so they serialise.
pub fn terms(contract: &Contract) -> String {
    let rules = Rules {
        n_down: contract.rules.n_down,
        n_up: contract.rules.n_up,
        window: contract.rules.window,
        phi_down: contract.rules.phi_down,
        phi_part: contract.rules.phi_part,
        gap_tenths: contract.rules.gap_tenths,
        n_slow: contract.rules.n_slow,
        slow_of: contract.rules.slow_of,
        bridge_unknown: contract.rules.bridge_unknown,
        ..Rules::default()
    };
    let bytes =
        serde_json::to_vec(&(PROGRAM, &contract.zone, rules)).expect("texts and numbers are JSON");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let first = hash.as_ref().iter().take(8);
    first.map(|byte| format!("{byte:02x}")).collect()
}

/// How far around an instant a series must be calm for it to part what was from what comes, by probe.
fn reaches(plan: &Plan) -> BTreeMap<&Name, Millis> {
    let all = Grid::all(plan);
    all.map(|(probe, grid)| (&probe.name, grid.context() + grid.disorder()))
        .collect()
}

#[cfg(test)]
mod tests;
