//! Lone bad ticks: blips, unless another region saw the same (semantics §4.5).

use super::bracket::Spell;
use super::region::RegionState;
use crate::name::Name;
use crate::time::{Interval, Millis};
use crate::verdict::Class;

/// A bad tick that opened nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lone {
    /// The region that saw it.
    pub region: Name,
    /// Its evidence.
    pub evidence: Interval,
    /// What was seen.
    pub class: Class,
}

/// Turns lone bad ticks into spells where another of `regions` has bad evidence within `spacing`; returns the others.
///
/// The regions are those of one track.
pub fn settle(regions: &mut [RegionState], spacing: Millis) -> Vec<Lone> {
    let bad: Vec<Vec<Interval>> = regions
        .iter()
        .map(|region| region.bad_evidence().collect())
        .collect();
    let mut blips = Vec::new();
    for (index, region) in regions.iter_mut().enumerate() {
        for (spell, class) in std::mem::take(&mut region.lone) {
            let span = Interval::new(spell.first_bad.start, spell.last_bad.end);
            let mut others = bad.iter().enumerate().filter(|(other, _)| *other != index);
            if others.any(|(_, bad)| is_near(bad, span, spacing)) {
                region.down.push(spell);
            } else {
                blips.push(Lone {
                    region: region.region.clone(),
                    evidence: spell.first_bad,
                    class,
                });
            }
        }
        region.down.sort_by_key(|spell| spell.first_bad);
    }
    blips.sort_by_key(|blip| (blip.evidence, blip.region.clone()));
    blips
}

impl RegionState {
    fn bad_evidence(&self) -> impl Iterator<Item = Interval> + '_ {
        let bad = self.failures.iter().filter(|failure| failure.bad);
        bad.map(|failure| failure.evidence)
    }
}

/// The bad evidence of another region that made a lone bad tick of `region` count.
pub fn second<'s>(
    regions: &'s [RegionState],
    region: &Name,
    spell: &Spell,
    spacing: Millis,
) -> Option<(&'s Name, Interval)> {
    let span = Interval::new(spell.first_bad.start, spell.last_bad.end);
    let others = regions.iter().filter(|other| other.region != *region);
    let mut near = others.filter_map(|other| {
        let bad: Vec<Interval> = other.bad_evidence().collect();
        nearby(&bad, span, spacing).map(|found| (&other.region, found))
    });
    near.next()
}

/// Whether any of `bad` (sorted by start) lies no further from `span` than `reach`.
fn is_near(bad: &[Interval], span: Interval, reach: Millis) -> bool {
    nearby(bad, span, reach).is_some()
}

/// The last of `bad` (sorted by start) that lies no further from `span` than `reach`.
fn nearby(bad: &[Interval], span: Interval, reach: Millis) -> Option<Interval> {
    let upto = bad.partition_point(|one| one.start <= span.end + reach);
    // Evidence is at most a deadline long, so only the last few can end late enough.
    bad[..upto]
        .iter()
        .rev()
        .take(8)
        .find(|one| one.end + reach >= span.start)
        .copied()
}
