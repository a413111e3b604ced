//! From the evidence of an outage to its figures, with nothing but what the explanation shows.

use super::super::{LevelAccount, OutageAccount, RegionAccount, SpellAccount, Step, TrackAccount};
use super::Opening;
use crate::contract::{EdgeMode, Rollup, Rules};
use crate::evidence::{Look, Said};
use crate::run::Entry;
use crate::state::Bracket;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// Follows an outage from the ticks of each region up to the service.
pub(super) fn check(told: &OutageAccount, rules: &Rules) {
    for track in &told.tracks {
        for region in &track.regions {
            for spell in &region.spells {
                evidence(spell, rules);
            }
        }
        quorum(track, rules);
        for held in &track.held {
            assert_eq!(held.said.is_some(), held.grounds.is_some(), "{held:?}");
        }
        for fall in &track.level.falls {
            if let Some(joint) = fall.joint {
                let (start, end) = shared(&track.regions, joint.of);
                assert_eq!(joint.start, start, "{fall:?}");
                assert_eq!(joint.end, end, "{fall:?}");
                assert_eq!(fall.edges, EdgeMode::Fused);
            }
        }
    }
    let service = &told.service;
    let [fall] = &service
        .falls
        .iter()
        .filter(|fall| fall.extent.start.estimate == told.outage.start.estimate)
        .collect::<Vec<_>>()[..]
    else {
        panic!("one fall of the service is the outage");
    };
    assert_eq!(fall.extent.start, told.outage.start);
    assert_eq!(fall.extent.end, told.outage.end);
    assert_eq!(fall.extent.length, told.outage.length);
    joined(told, rules);
}

/// g, f, l and h stand in the record, and say what they are taken for.
fn evidence(spell: &SpellAccount, rules: &Rules) {
    let good = |look: &Look| match look.row.as_ref().expect("it stands in the record") {
        Entry::Run(_) => true,
        // Of a flicker it is the retry that is good.
        Entry::Tick(tick) => said(look) != Said::Bad || tick.recovered,
    };
    for look in [&spell.good_before, &spell.good_after]
        .into_iter()
        .flatten()
    {
        assert!(look.row.is_none() || good(look), "{look:?}");
    }
    for look in [&spell.first_bad, &spell.last_bad] {
        assert_ne!(said(look), Said::Good);
    }
    let (f, l) = (spell.first_bad.evidence, spell.last_bad.evidence);
    if let Some(g) = &spell.good_before {
        let g = g.evidence;
        let start = (g.end.min(f.start).0 + f.start.0).div_euclid(2);
        assert_eq!(
            spell.start_estimate,
            Timestamp(start).clamp(spell.start.earliest, f.end)
        );
        assert_eq!(
            (spell.start.earliest, spell.start.latest),
            (g.start.min(f.start), f.end)
        );
    }
    if let Some(h) = &spell.good_after {
        let h = h.evidence;
        let end = (l.end.min(h.start).0 + h.start.0).div_euclid(2);
        assert_eq!(
            spell.end_estimate,
            Timestamp(end).clamp(l.start, spell.end.latest)
        );
        assert_eq!(
            (spell.end.earliest, spell.end.latest),
            (l.start, h.end.max(l.start))
        );
        let closing: u32 = spell.closed_by.iter().map(ticks).sum();
        assert!(closing >= rules.n_up);
    } else {
        assert_eq!(spell.closed_by, []);
    }
    opening(spell, rules);
}

/// The ticks that opened it meet the rule, and f is the first of them.
fn opening(spell: &SpellAccount, rules: &Rules) {
    let opened = u32::try_from(spell.opened_by.len()).expect("few");
    match spell.opening {
        Opening::Run { ticks } => {
            assert_eq!((ticks, opened), (rules.n_down, rules.n_down));
        }
        Opening::Window { failing, of } => {
            assert_eq!(failing, opened);
            assert!(
                rules
                    .phi_down
                    .is_reached_by(u64::from(failing), u64::from(of))
            );
        }
        Opening::Seconded => {
            assert!(opened < rules.n_down);
            assert!(spell.second.is_some());
        }
    }
    assert_eq!(
        spell.opened_by[0].evidence, spell.first_bad.evidence,
        "f is the first of those that opened"
    );
}

fn ticks(look: &Look) -> u32 {
    match &look.row {
        Some(Entry::Run(run)) => run.ticks,
        _ => 1,
    }
}

fn said(look: &Look) -> Said {
    match look.row.as_ref().expect("it stands in the record") {
        Entry::Run(_) => Said::Good,
        Entry::Tick(tick) => match tick.verdict {
            crate::run::TickVerdict::Good => Said::Good,
            crate::run::TickVerdict::Flicker => Said::Flicker,
            _ => Said::Bad,
        },
    }
}

/// The sums of the weights give the level of the track, all three answers.
fn quorum(track: &TrackAccount, rules: &Rules) {
    let outer = |set: &[Interval]| set.iter().copied().collect::<Intervals>();
    let steps = |fits: fn(&Step, &Rules) -> bool| -> Intervals {
        let fitting = track.steps.iter().filter(|step| fits(step, rules));
        fitting.map(|step| step.interval).collect()
    };
    let known = steps(|step, rules| {
        let weights = step.weights;
        weights.known_regions >= weights.regions.min(2)
            && rules.k_min.is_reached_by(weights.known, weights.all)
    });
    let down = steps(|step, rules| {
        rules
            .q_down
            .is_exceeded_by(step.weights.down, step.weights.known)
    });
    let surely = steps(|step, rules| {
        rules
            .q_down
            .is_exceeded_by(step.weights.surely, step.weights.all)
    });
    let maybe = steps(|step, rules| {
        rules
            .q_down
            .is_exceeded_by(step.weights.maybe, step.weights.all)
    });
    let span = track
        .steps
        .first()
        .zip(track.steps.last())
        .expect("regions have steps");
    let inner = Interval::new(
        span.0.interval.start + Millis(1),
        span.1.interval.end - Millis(1),
    );
    for (by_hand, told) in [
        (down, &track.level.down),
        (surely, &track.level.surely),
        (maybe, &track.level.maybe),
    ] {
        assert_eq!(
            by_hand.intersect(&known).within(inner),
            outer(told).within(inner)
        );
    }
}

/// The brackets of all regions that fell in `of`, intersected.
fn shared(regions: &[RegionAccount], of: Interval) -> (Option<Bracket>, Option<Bracket>) {
    let estimate = |spell: &SpellAccount| Interval::new(spell.start_estimate, spell.end_estimate);
    let fallen: Vec<Vec<&SpellAccount>> = regions
        .iter()
        .map(|region| {
            let spells = region.spells.iter();
            spells
                .filter(|spell| estimate(spell).intersect(of).is_some())
                .collect()
        })
        .filter(|spells: &Vec<&SpellAccount>| !spells.is_empty())
        .collect();
    let fuse = |brackets: Vec<Bracket>| {
        let first = *brackets.first()?;
        brackets.into_iter().try_fold(first, Bracket::fuse)
    };
    let first = || fallen.iter().map(|spells| spells[0]);
    let last = || fallen.iter().map(|spells| spells[spells.len() - 1]);
    let mut start = fuse(
        first()
            .filter(|one| one.good_before.is_some())
            .map(|one| one.start)
            .collect(),
    );
    let mut end = fuse(
        last()
            .filter(|one| one.good_after.is_some())
            .map(|one| one.end)
            .collect(),
    );
    if let Some(start) = &mut start {
        let seen = first().map(|one| one.start.latest).min();
        start.latest = start.latest.min(seen.expect("some fell"));
    }
    if let Some(end) = &mut end {
        let seen = last().map(|one| one.end.earliest).max();
        end.earliest = end.earliest.max(seen.expect("some fell"));
    }
    (start, end)
}

/// `any` is the union of the personas, `all` their intersection; the estimate may be narrowed to shared edges.
fn joined(told: &OutageAccount, rules: &Rules) {
    let sets = |part: fn(&LevelAccount) -> &[Interval]| {
        let of_persona = |level| -> Intervals { part(level).iter().copied().collect() };
        let mut sets = told.personas.iter().map(of_persona);
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |all, one| match rules.rollup {
            Rollup::All => all.intersect(&one),
            Rollup::Any | Rollup::Weighted => all.union(&one),
        })
    };
    let service: Intervals = told.service.surely.iter().copied().collect();
    let joint = told.service.falls.iter().any(|fall| fall.joint.is_some());
    if !joint {
        assert_eq!(
            sets(|level| &level.surely).subtract(&service),
            Intervals::default()
        );
        let down: Intervals = told.service.down.iter().copied().collect();
        assert_eq!(
            sets(|level| &level.down).subtract(&down),
            Intervals::default()
        );
    }
}
