//! How long logins took: percentiles of merged histograms, never averages of percentiles.

use std::collections::BTreeMap;

use ledger::histogram::{Distribution, Key, Measure, Quantile, View};
use ledger::name::Name;
use ledger::phases::Phase;
use ledger::plan::Plan;
use ledger::tally::Day;
use ledger::time::{Interval, Millis, Timestamp};
use serde::Serialize;

use crate::chart::heat::Column;
use crate::chart::latency::Bin;
use crate::chart::percentiles::Curve;

const HOUR: i64 = 3_600_000;

/// Login time by persona.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency(pub BTreeMap<Name, OfPersona>);

/// Login time of one persona, all regions and agents together; probes that keep a session are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfPersona {
    /// Logins that succeeded.
    pub success: Distribution,
    /// All logins; failed ones as if they had taken the whole deadline.
    pub experienced: Distribution,
    /// Succeeded, by UTC hour.
    pub hours: BTreeMap<Timestamp, Distribution>,
    /// All logins by UTC hour, failed ones as if they had taken the whole deadline.
    pub all_hours: BTreeMap<Timestamp, Distribution>,
    /// The phases, over all steps of a login that happened.
    pub phases: BTreeMap<(Name, Phase), Distribution>,
}

/// Figures of one distribution in microseconds; a percentile only where `n` supports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// How many logins.
    pub n: u64,
    /// Half were at most this long.
    pub p50_us: Option<u32>,
    /// 95 of 100 were at most this long.
    pub p95_us: Option<u32>,
    /// 99 of 100 were at most this long.
    pub p99_us: Option<u32>,
    /// The longest.
    pub max_us: Option<u32>,
}

impl Latency {
    /// Sorts histograms by persona, those of many agents in any order. Histograms of hours that begin outside `period` are left out.
    pub fn of<'d>(
        found: impl IntoIterator<Item = (&'d Key, &'d Distribution)>,
        plans: &BTreeMap<u32, Plan>,
        period: Interval,
    ) -> Self {
        let mut latency = Self::default();
        // Those of a probe stand together.
        let mut last: Option<(&Name, Option<&Name>)> = None;
        for (key, distribution) in found {
            let persona = match last {
                Some((probe, persona)) if *probe == key.probe => persona,
                _ => persona_of(&key.probe, plans),
            };
            last = Some((&key.probe, persona));
            let Some(persona) = persona else {
                continue;
            };
            if !period.contains(key.slice.start) {
                continue;
            }
            let of_persona = latency.0.entry(persona.clone()).or_default();
            match (&key.measure, key.view) {
                (Measure::Total, View::Success) => {
                    of_persona.success.merge(distribution);
                    of_persona
                        .hours
                        .entry(key.slice.start)
                        .or_default()
                        .merge(distribution);
                }
                (Measure::Total, View::Experienced) => {
                    of_persona.experienced.merge(distribution);
                    let hour = of_persona.all_hours.entry(key.slice.start).or_default();
                    hour.merge(distribution);
                }
                (Measure::Phase { step, phase }, _) => {
                    let kept = of_persona.phases.entry((step.clone(), *phase)).or_default();
                    kept.merge(distribution);
                }
            }
        }
        latency
    }

    /// The figures of each persona's successful and experienced logins.
    pub fn figures(&self) -> BTreeMap<&Name, [Figures; 2]> {
        let figures = |login: &OfPersona| [&login.success, &login.experienced].map(Figures::of);
        self.0
            .iter()
            .map(|(persona, login)| (persona, figures(login)))
            .collect()
    }
}

impl OfPersona {
    /// Equal bins of whole hours from the start of `period`, at most 200 of them; those without a login are left out.
    pub fn bins(&self, period: Interval) -> Vec<Bin> {
        let hours = period.length().0.div_euclid(3_600_000).max(1);
        let width = [1, 2, 4, 6, 12, 24, 168]
            .into_iter()
            .find(|width| hours <= 200 * width)
            .unwrap_or(744);
        let width = Millis::from_mins(60 * width);
        let mut bins: BTreeMap<i64, Distribution> = BTreeMap::new();
        for (hour, distribution) in &self.hours {
            let index = (*hour - period.start).0.div_euclid(width.0);
            bins.entry(index).or_default().merge(distribution);
        }
        bins.into_iter()
            .map(|(index, distribution)| {
                let start = period.start + Millis(index * width.0);
                let figures = Figures::of(&distribution);
                Bin {
                    interval: Interval::new(start, (start + width).min(period.end)),
                    n: figures.n,
                    percentiles: [figures.p50_us, figures.p95_us, figures.p99_us],
                }
            })
            .collect()
    }

    /// Equal columns of whole hours over all of `period`, at most 62 of them, also where nobody signed in.
    pub fn columns(&self, period: Interval) -> Vec<Column> {
        let hours = (period.length().0 + HOUR - 1).div_euclid(HOUR).max(1);
        let width = [1, 2, 3, 4, 6, 8, 12, 24, 48, 168]
            .into_iter()
            .find(|width| hours <= 62 * width)
            .unwrap_or(744);
        (0..hours.div_euclid(width) + i64::from(hours % width > 0))
            .map(|index| {
                let start = period.start + Millis(index * width * HOUR);
                let end = (start + Millis(width * HOUR)).min(period.end);
                self.column(Interval::new(start, end))
            })
            .collect()
    }

    /// The hours that begin in `span`.
    pub fn column(&self, span: Interval) -> Column {
        let merged = self.merged(span);
        let tried = self.all_hours.range(span.start..span.end);
        let tried: u64 = tried.map(|(_, all)| all.count()).sum();
        Column {
            interval: span,
            failed: tried.saturating_sub(merged.count()),
            counts: merged.iter().map(|(at, count)| (at.get(), count)).collect(),
        }
    }

    /// Login time of each span: the hours that begin in it.
    pub fn within(&self, span: Interval) -> Figures {
        Figures::of(&self.merged(span))
    }

    /// The same of all logins, failed ones as if they had taken the whole deadline.
    pub fn all_within(&self, span: Interval) -> Figures {
        Figures::of(&merged(&self.all_hours, span))
    }

    fn merged(&self, span: Interval) -> Distribution {
        merged(&self.hours, span)
    }

    /// Each day with its figures: the UTC hours that begin on it.
    pub fn days<'d>(&self, days: &'d [Day]) -> Vec<(&'d str, Figures)> {
        let of_day = |day: &'d Day| (&*day.date, self.within(day.interval));
        days.iter().map(of_day).collect()
    }

    /// The distribution as a curve.
    pub fn curve(&self, name: &Name) -> Curve {
        let mut below = 0;
        let steps = self.success.iter().map(|(latency, count)| {
            below += count;
            (below, latency.get())
        });
        Curve {
            name: name.to_string(),
            steps: steps.collect(),
            at: format!("/latency/{name}/success/n"),
        }
    }
}

/// Whose logins a probe makes; one that keeps a session makes none.
fn persona_of<'p>(probe: &Name, plans: &'p BTreeMap<u32, Plan>) -> Option<&'p Name> {
    let probe = plans.values().rev().find_map(|plan| plan.probe(probe))?;
    probe.persona().filter(|_| !probe.is_session())
}

/// The hours that begin in `span` as one.
fn merged(hours: &BTreeMap<Timestamp, Distribution>, span: Interval) -> Distribution {
    let mut merged = Distribution::default();
    for (_, distribution) in hours.range(span.start..span.end) {
        merged.merge(distribution);
    }
    merged
}

impl Figures {
    /// The figures of a distribution.
    pub fn of(distribution: &Distribution) -> Self {
        let quantile = |q| distribution.quantile(q).map(ledger::phases::Micros::get);
        Self {
            n: distribution.count(),
            p50_us: quantile(Quantile::MEDIAN),
            p95_us: quantile(Quantile::P95),
            p99_us: quantile(Quantile::P99),
            max_us: distribution.max().map(ledger::phases::Micros::get),
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger::phases::Micros;

    use super::*;

    fn hours(count: i64) -> OfPersona {
        let of_hour = |hour: i64| {
            let latencies =
                (0..100).map(|n| Micros::cut(1_000 * u32::try_from(hour + n + 1).unwrap()));
            (Timestamp(hour * 3_600_000), latencies.collect())
        };
        OfPersona {
            hours: (0..count).map(of_hour).collect(),
            ..OfPersona::default()
        }
    }

    #[test]
    fn bins_merge_histograms_and_leave_gaps_out() {
        let mut login = hours(744);
        login.hours.remove(&Timestamp(0));
        for hour in 4..8 {
            login.hours.remove(&Timestamp(hour * 3_600_000));
        }
        let month = Interval::new(Timestamp(0), Timestamp(744 * 3_600_000));
        let bins = login.bins(month);
        assert_eq!(bins.len(), 185, "186 bins of 4 h, one of them empty");
        assert_eq!((bins[0].n, bins[1].n), (300, 400));
        assert_eq!(bins[1].interval.start, Timestamp(8 * 3_600_000));
    }

    #[test]
    fn a_percentile_needs_logins_enough() {
        let figures = hours(1).within(Interval::new(Timestamp(0), Timestamp(1)));
        assert_eq!(
            (figures.n, figures.p99_us),
            (100, Some(Micros::cut(99_000).get()))
        );
        let few: Distribution = (0..19).map(|_| Micros::cut(5)).collect();
        assert_eq!(Figures::of(&few).p95_us, None);
    }
}
