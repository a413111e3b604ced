//! What each persona, and each persona in each region, comes to by itself.

use ledger::outage::Bounds;
use ledger::sla::Ratio;
use ledger::state::{Lane, State};
use ledger::time::Millis;

use super::Report;

/// One lane over the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// `user`, or `user · east`.
    pub name: String,
    /// Where it stands in `report.json`.
    pub at: String,
    /// Its own downtime; of a region there are no bounds but the estimate.
    pub down: Bounds,
    /// Its own unknown time.
    pub unknown: Millis,
    /// Up by known time; `None` if nothing is known.
    pub availability: Option<Ratio>,
}

/// Each persona, by name.
pub fn personas(report: &Report) -> Vec<Sum> {
    let found = &report.found;
    let lanes = found.personas.iter();
    lanes
        .map(|(name, lane)| {
            let of_days = found.days.iter().filter_map(|day| day.personas.get(name));
            let down = of_days.fold(Bounds::default(), |sum, day| Bounds {
                lower: sum.lower + day.lower,
                estimate: sum.estimate + day.estimate,
                upper: sum.upper + day.upper,
            });
            let place = (name.to_string(), format!("/personas/{name}"));
            sum(report, place, (lane, down))
        })
        .collect()
}

/// Each persona in each region, by name.
pub fn regions(report: &Report) -> Vec<Sum> {
    let personas = report.found.regions.iter();
    let lanes = personas.flat_map(|(persona, lanes)| {
        let lanes = lanes.iter();
        lanes.map(move |(region, lane)| (persona, region, lane))
    });
    lanes
        .map(|(persona, region, lane)| {
            let down = lane.of(State::Down).measure();
            let down = Bounds {
                lower: down,
                estimate: down,
                upper: down,
            };
            let name = format!("{persona} · {region}");
            let place = (name, format!("/regions/{persona}/{region}"));
            sum(report, place, (lane, down))
        })
        .collect()
}

fn sum(report: &Report, (name, at): (String, String), (lane, down): (&Lane, Bounds)) -> Sum {
    let unknown = lane.of(State::Unknown).measure();
    let known = report.found.period.length() - unknown;
    Sum {
        name,
        at,
        down,
        unknown,
        availability: Ratio::of(known - down.estimate, known),
    }
}
