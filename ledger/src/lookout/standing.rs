//! What every series of some records comes to in a period: from the kept days as far as they go, from runs and ticks beyond.

use super::{Lookout, LookoutError, terms};
use crate::contract::Contract;
use crate::evidence::Probes;
use crate::name::Name;
use crate::record::Agent;
use crate::run::Series;
use crate::store::{Reader, Sums, Wanted};
use crate::time::{Interval, Millis, Timestamp};

/// Evidence is read this far around what is judged, as for any report.
const AROUND: Millis = Millis::from_mins(7 * 24 * 60);

/// What is asked of the records.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// By whose rules, and in which zone.
    pub contract: &'a Contract,
    /// When: whole months of the zone, the last of which `now` may cut.
    pub period: Interval,
    /// Where the record ends.
    pub now: Timestamp,
    /// Judge everything from runs and ticks, whatever is kept.
    pub afresh: bool,
}

/// What a series comes to in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who looked.
    pub agent: Agent,
    /// Through what.
    pub probe: Name,
    /// The period, parted without rest.
    pub sums: Sums,
    /// Whether it was kept; else some of it, or all, was judged from runs and ticks.
    pub kept: bool,
}

/// What each series comes to that has anything in the period, by agent and probe.
///
/// # Errors
/// [`LookoutError`] if a file is damaged or the zone unknown.
pub fn standings(reader: &Reader, asked: &Asked<'_>) -> Result<Vec<Standing>, LookoutError> {
    let Asked {
        contract, period, ..
    } = asked;
    let period = Interval::new(period.start, period.end.min(asked.now));
    let hash = if asked.afresh {
        String::new()
    } else {
        terms(contract)
    };
    let mut kept = reader.kept((&hash, &contract.zone), period)?;
    // What came after `now` decided these: whoever asks as of then must not hear of it.
    for one in kept.iter_mut().filter(|one| one.settled > asked.now) {
        (one.until, one.sums) = (Timestamp(i64::MIN), None);
    }
    let now = asked.now.min(period.end + AROUND);
    let mut judged = judge_rest(reader, contract, (period, now), &kept)?.into_iter();
    let mut standings = Vec::with_capacity(kept.len());
    for one in kept {
        let whole = one.until >= period.end;
        let rest = if whole { None } else { judged.next().flatten() };
        if one.sums.is_none() && rest.is_none() {
            continue;
        }
        let mut sums = one.sums.unwrap_or_default();
        sums += rest.unwrap_or_default();
        sums.unknown = period.length() - sums.known();
        standings.push(Standing {
            agent: one.agent,
            probe: one.probe,
            sums,
            kept: whole,
        });
    }
    Ok(standings)
}

/// What is not kept of each series, judged; `None` for one that nothing was planned of in the rest of the period.
fn judge_rest(
    reader: &Reader,
    contract: &Contract,
    (period, now): (Interval, Timestamp),
    kept: &[crate::store::Kept],
) -> Result<Vec<Option<Sums>>, LookoutError> {
    let rest = kept.iter().filter(|one| one.until < period.end);
    let rest: Vec<(Wanted, Interval)> = rest
        .map(|one| {
            let own = Interval::new(one.until.max(period.start), period.end);
            let around = Interval::new(own.start - AROUND, own.end + AROUND);
            let wanted = Wanted {
                agent: one.agent.name.clone(),
                probe: one.probe.clone(),
                period: around,
            };
            (wanted, own)
        })
        .collect();
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let plans = reader.plans()?;
    let probes = Probes::of(plans.iter().map(|(version, plan)| (version, *plan)));
    let (wanted, own): (Vec<Wanted>, Vec<Interval>) = rest.into_iter().unzip();
    let judge = |place: usize, series: &Series| {
        let own = own[place];
        if !series
            .entries
            .iter()
            .any(|entry| entry.span().end >= own.start && entry.tick() < own.end)
        {
            return Ok(None);
        }
        let rules = &contract.rules;
        let lookout = Lookout::of(series, &probes, rules, (own.start, now))?;
        Ok(lookout.map(|lookout| lookout.sums(own)))
    };
    let judged: Result<Vec<Option<Sums>>, crate::evidence::EvidenceError> =
        reader.each(&wanted, judge)?.into_iter().collect();
    Ok(judged?)
}
