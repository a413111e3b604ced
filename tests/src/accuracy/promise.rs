//! What semantics §6 promises of a schedule: whether its spans are long enough for its evidence.

use ledger::attempt::Kind;
use ledger::contract::Rules;
use ledger::time::{Interval, Intervals, Millis};

use super::agent::{Looks, Watched};
use super::schedule::Schedule;

/// What the evidence of one agent and persona looks like.
#[derive(Clone, Debug)]
struct Stretch {
    /// From its first evidence to its last.
    span: Interval,
    /// From the start of one tick's evidence to the end of the next tick's, at most; zero if there is but one tick.
    gap: Millis,
}

/// Whether every true down span exceeds `n_down` + 1 gaps of the evidence and every up span `n_up` + 1, seen from every
/// region and as every persona.
///
/// Where evidence is missing for longer than the contract's gap, time is unknown, and spans are cut there.
pub fn holds(schedule: &Schedule, watched: &Watched) -> bool {
    watched.looks.iter().all(|looks| {
        let down = schedule.world.down_in((looks.region, looks.persona));
        let stretches = stretches(looks, &schedule.design.rules, schedule.design.spacing);
        stretches
            .iter()
            .all(|stretch| is_seen(stretch, &down, &schedule.design.rules))
    })
}

/// Whether any agent's evidence has a gap that is unknown time.
pub fn has_unknown(schedule: &Schedule, watched: &Watched) -> bool {
    let rules = &schedule.design.rules;
    watched.looks.iter().any(|looks| {
        let reaches = |stretch: &Stretch| {
            let longest = rules.longest_gap(schedule.design.spacing);
            stretch.span.start - schedule.span.start <= longest
                && schedule.span.end - stretch.span.end <= longest
        };
        let found = stretches(looks, rules, schedule.design.spacing);
        found.len() != 1 || !reaches(&found[0])
    })
}

/// Whether an outage is so long that every region must see `n_down` bad ticks of it, as every persona that suffers it.
///
/// If it is longer than `n_down` gaps, so many ticks lie inside it whole: the last tick that starts before it starts less
/// than a gap before the first one inside ends, and each further one ends within a gap of the start of the one before. All
/// attempts of a tick that lies inside are bad. A tick that reaches beyond the end may have a retry that is good: that is
/// a flicker, and good for the run rules.
pub fn must_be_found(schedule: &Schedule, watched: &Watched, outage: Interval) -> bool {
    let rules = &schedule.design.rules;
    let suffers = |looks: &&Looks| {
        let down = schedule.world.down_in((looks.region, looks.persona));
        down.measure_in(outage) == outage.length()
    };
    let mut suffering = watched.looks.iter().filter(suffers).peekable();
    suffering.peek().is_some()
        && suffering.all(|looks| {
            let stretches = stretches(looks, rules, schedule.design.spacing);
            let around = stretches
                .iter()
                .find(|stretch| stretch.span.start < outage.start && outage.end < stretch.span.end);
            around.is_some_and(|stretch| stretch.is_exceeded(outage.length(), rules.n_down))
        })
}

/// The evidence of each tick that says something. A tick is one sample (semantics §3): its retries stretch it and are no
/// samples of their own, and it says nothing if its primary attempt does not, or if a retry after a bad one does not.
fn ticks(looks: &Looks) -> Vec<Interval> {
    let mut ticks: Vec<Option<Interval>> = Vec::new();
    for look in &looks.all {
        let says = look.failed.map(|_| look.evidence);
        match ticks.last_mut() {
            Some(tick) if look.kind == Kind::Retry => {
                let both = tick.zip(says);
                *tick = both.map(|(first, retry)| Interval::new(first.start, retry.end));
            }
            _ => ticks.push(says),
        }
    }
    ticks.into_iter().flatten().collect()
}

/// Evidence without a gap that is unknown time.
fn stretches(looks: &Looks, rules: &Rules, spacing: Millis) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let mut last: Option<Interval> = None;
    let mut end = None;
    for evidence in ticks(looks) {
        let continues = end.is_some_and(|end| evidence.start - end <= rules.longest_gap(spacing));
        match (found.last_mut(), last) {
            (Some(stretch), Some(last)) if continues => {
                stretch.span.end = stretch.span.end.max(evidence.end);
                stretch.gap = stretch.gap.max(evidence.end - last.start);
            }
            _ => found.push(Stretch {
                span: evidence,
                gap: Millis::ZERO,
            }),
        }
        last = Some(evidence);
        end = end.max(Some(evidence.end));
    }
    found
}

impl Stretch {
    /// Whether a length is more than so many gaps. With one tick there is no gap to measure by.
    fn is_exceeded(&self, length: Millis, gaps: u32) -> bool {
        self.gap > Millis::ZERO && length.0 > self.gap.0 * i64::from(gaps)
    }
}

fn is_seen(stretch: &Stretch, down: &Intervals, rules: &Rules) -> bool {
    let inside = down.within(stretch.span);
    let parts: Vec<Interval> = inside.iter().collect();
    let downs = parts
        .iter()
        .all(|part| stretch.is_exceeded(part.length(), rules.n_down + 1));
    let ups = parts
        .windows(2)
        .all(|pair| stretch.is_exceeded(pair[1].start - pair[0].end, rules.n_up + 1));
    downs && ups
}
