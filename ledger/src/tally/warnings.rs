//! The platform layer: early warnings, listed beside the figures and counted in none of them (semantics §12).

use std::collections::{BTreeMap, BTreeSet};

use super::EarlyWarning;
use crate::contract::Contract;
use crate::evidence::PlatformSeries;
use crate::name::Name;
use crate::rollup::Survey;
use crate::run::{Entry, Tick, TickVerdict};
use crate::state::State;
use crate::time::{Interval, Intervals, Millis};
use crate::verdict::Class;

/// Customers are looked at from this long before a warning ...
const BEFORE: Millis = Millis::from_mins(15);
/// ... to this long after.
const AFTER: Millis = Millis::from_mins(120);

/// Stretches of platform trouble that touch `period`, by time. Stretches of one probe nearer than the contract's
/// `merge_gap` are one warning.
pub(super) fn early_warnings(
    series: &[PlatformSeries<'_>],
    survey: &Survey,
    contract: &Contract,
    period: Interval,
) -> Vec<EarlyWarning> {
    let mut by_probe: BTreeMap<&Name, Vec<Stretch<'_>>> = BTreeMap::new();
    for one in series {
        by_probe
            .entry(one.probe)
            .or_default()
            .extend(stretches(one));
    }
    let personas = survey.personas.values();
    let up: Vec<Intervals> = personas
        .map(|level| level.timeline.when(|view| view.state == State::Up))
        .collect();
    let mut warnings = Vec::new();
    for (probe, mut stretches) in by_probe {
        stretches.sort_by_key(|stretch| (stretch.interval, stretch.region));
        let mut merged: Vec<Vec<Stretch<'_>>> = Vec::new();
        let mut end = None;
        for stretch in stretches {
            let near =
                end.is_some_and(|end| stretch.interval.start - end < contract.rules.merge_gap);
            end = end.max(Some(stretch.interval.end));
            match merged.last_mut() {
                Some(last) if near => last.push(stretch),
                _ => merged.push(vec![stretch]),
            }
        }
        let all = merged.iter().map(|parts| warning(probe, parts, &up));
        warnings.extend(all.filter(|warning| warning.interval.intersect(period).is_some()));
    }
    warnings.sort_by(|a, b| (a.interval, &a.probe).cmp(&(b.interval, &b.probe)));
    warnings
}

/// Bad ticks of one agent, up to the next good one.
struct Stretch<'r> {
    region: &'r Name,
    interval: Interval,
    classes: Vec<Class>,
}

fn stretches<'r>(series: &PlatformSeries<'r>) -> Vec<Stretch<'r>> {
    let mut found: Vec<Stretch<'r>> = Vec::new();
    let mut open = false;
    for entry in &series.entries {
        match entry {
            Entry::Tick(tick) if is_bad(tick) => {
                if !open {
                    found.push(Stretch {
                        region: series.region,
                        interval: tick.evidence,
                        classes: Vec::new(),
                    });
                }
                if let Some(stretch) = found.last_mut() {
                    stretch.interval.end = stretch.interval.end.max(tick.last_evidence.end);
                    stretch.classes.push(tick.class.unwrap_or(Class::Protocol));
                }
                open = tick.verdict != TickVerdict::Flicker;
            }
            Entry::Tick(tick) if tick.verdict != TickVerdict::Good => {}
            Entry::Tick(_) | Entry::Run(_) => {
                if let (true, Some(stretch)) = (open, found.last_mut()) {
                    stretch.interval.end = stretch.interval.end.max(entry.span().start);
                }
                open = false;
            }
        }
    }
    found
}

/// A held tick warns, too: nothing hangs on it but attention.
fn is_bad(tick: &Tick) -> bool {
    matches!(
        tick.verdict,
        TickVerdict::Bad | TickVerdict::Flicker | TickVerdict::Held
    )
}

fn warning(probe: &Name, parts: &[Stretch<'_>], up: &[Intervals]) -> EarlyWarning {
    let interval = Interval::new(
        parts[0].interval.start,
        parts
            .iter()
            .map(|part| part.interval.end)
            .max()
            .unwrap_or(parts[0].interval.end),
    );
    let mut counts: BTreeMap<Class, u32> = BTreeMap::new();
    for class in parts.iter().flat_map(|part| &part.classes) {
        *counts.entry(*class).or_default() += 1;
    }
    let regions: BTreeSet<&Name> = parts.iter().map(|part| part.region).collect();
    let most = counts.values().copied().max();
    let class = counts.iter().find(|(_, count)| Some(**count) == most);
    EarlyWarning {
        probe: probe.clone(),
        interval,
        bad: counts.values().sum(),
        class: class.map_or(Class::Protocol, |(class, _)| *class),
        regions: regions.into_iter().cloned().collect(),
        no_customer_impact: all_stayed_up(up, interval),
    }
}

/// Whether every persona was up around the warning; not known, so false, before the time after it has passed.
fn all_stayed_up(personas: &[Intervals], warning: Interval) -> bool {
    let around = Interval::new(warning.start - BEFORE, warning.start + AFTER);
    let mut personas = personas.iter();
    personas.all(|up| up.measure_in(around) == around.length())
}
