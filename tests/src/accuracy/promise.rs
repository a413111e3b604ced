//! What semantics §6 promises of a schedule: whether its spans are long enough for its evidence.

use ledger::contract::Rules;
use ledger::time::{Interval, Intervals, Millis};

use super::agent::{Looks, Watched};
use super::schedule::Schedule;

/// What the evidence of one agent and persona looks like.
#[derive(Clone, Debug)]
struct Stretch {
    /// From its first evidence to its last.
    span: Interval,
    /// From the start of one piece of evidence to the end of the next, at most.
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

/// Whether an outage is so long that every region must see `n_down` bad ticks of it, as every one of `personas`.
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
            around
                .is_some_and(|stretch| outage.length().0 > stretch.gap.0 * i64::from(rules.n_down))
        })
}

/// Evidence without a gap that is unknown time.
fn stretches(looks: &Looks, rules: &Rules, spacing: Millis) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let mut last: Option<Interval> = None;
    let mut end = None;
    for (evidence, _) in &looks.all {
        let continues = end.is_some_and(|end| evidence.start - end <= rules.longest_gap(spacing));
        match (found.last_mut(), last) {
            (Some(stretch), Some(last)) if continues => {
                stretch.span.end = stretch.span.end.max(evidence.end);
                stretch.gap = stretch.gap.max(evidence.end - last.start);
            }
            _ => found.push(Stretch {
                span: *evidence,
                gap: Millis::ZERO,
            }),
        }
        last = Some(*evidence);
        end = end.max(Some(evidence.end));
    }
    found
}

fn is_seen(stretch: &Stretch, down: &Intervals, rules: &Rules) -> bool {
    let exceeds = |length: Millis, ticks: u32| {
        length.0 > stretch.gap.0 * i64::from(ticks + 1) && stretch.gap > Millis::ZERO
    };
    let inside = down.within(stretch.span);
    let parts: Vec<Interval> = inside.iter().collect();
    let downs = parts
        .iter()
        .all(|part| exceeds(part.length(), rules.n_down));
    let ups = parts
        .windows(2)
        .all(|pair| exceeds(pair[1].start - pair[0].end, rules.n_up));
    downs && ups
}
