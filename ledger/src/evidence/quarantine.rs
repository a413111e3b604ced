//! Self-doubt: an agent that fails while its neighbour in the same region passes is not believed (semantics §4.7).

use super::{Evidence, Said};
use crate::time::{Interval, Intervals, Timestamp};

/// Base ticks over which two agents of a region are compared.
const TICKS: usize = 20;

/// Voids the ticks of agents that fail at least half of [`TICKS`] ticks while another passes at least nine in ten.
///
/// All ticks of every such window are void, fast ones too. Returns these windows, agent by agent.
pub(super) fn apply(agents: &mut [Vec<Evidence>]) -> Vec<Intervals> {
    let doubtful = doubtful(agents);
    for (evidence, spans) in agents.iter_mut().zip(&doubtful) {
        if !spans.is_empty() {
            evidence.retain(|one| !spans.contains(one.first.start));
        }
    }
    doubtful
}

/// Where each of the agents of a region is not believed; nowhere where one is alone.
pub(super) fn doubtful(agents: &[Vec<Evidence>]) -> Vec<Intervals> {
    if agents.len() < 2 {
        return vec![Intervals::default(); agents.len()];
    }
    (0..agents.len())
        .map(|index| doubtful_spans(agents, index))
        .collect()
}

fn doubtful_spans(agents: &[Vec<Evidence>], suspect: usize) -> Intervals {
    let base: Vec<&Evidence> = agents[suspect].iter().filter(|one| one.base > 0).collect();
    let mut failing = 0;
    let mut spans = Vec::new();
    for (index, newest) in base.iter().enumerate() {
        failing += usize::from(newest.is_failing());
        if index >= TICKS {
            failing -= usize::from(base[index - TICKS].is_failing());
        }
        // A quiet stretch in the window stands for more ticks than one, so the window then holds no majority of failures.
        if index + 1 < TICKS || failing * 2 < TICKS {
            continue;
        }
        let window = &base[index + 1 - TICKS..=index];
        if window.iter().any(|one| one.ticks > 1) {
            continue;
        }
        let span = Interval::new(window[0].first.start, newest.end());
        let mut others = agents
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != suspect);
        if others.any(|(_, other)| passes(other, span)) {
            spans.push(span);
        }
    }
    spans.into_iter().collect()
}

/// Whether the last [`TICKS`] base ticks up to the end of `span` lie about inside it and nine in ten passed.
fn passes(evidence: &[Evidence], span: Interval) -> bool {
    let upto = evidence.partition_point(|one| one.first.start < span.end);
    let slack = span.length() + span.length();
    let (mut ticks, mut failing, mut oldest) = (0, 0, span.end);
    for one in evidence[..upto].iter().rev().filter(|one| one.base > 0) {
        ticks += usize::try_from(one.base).unwrap_or(TICKS);
        failing += usize::from(one.is_failing());
        oldest = oldest_needed(one, span);
        if ticks >= TICKS {
            break;
        }
    }
    ticks >= TICKS && failing * 10 <= TICKS && oldest + slack >= span.end
}

/// Where the evidence begins, or where the span does if a quiet stretch reaches over it.
fn oldest_needed(one: &Evidence, span: Interval) -> Timestamp {
    if one.said == Said::Good && one.ticks > 1 {
        one.last.start.min(span.start).max(one.first.start)
    } else {
        one.first.start
    }
}
