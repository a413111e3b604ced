//! The service and each persona by itself: how it is now, today, in this month and in the last days.

use ledger::name::Name;
use ledger::sla::{Ratio, SlaVerdict};
use ledger::state::{Lane, State};
use ledger::tally::Day;
use ledger::time::{Millis, Timestamp};

use super::Service;
use super::now::{FRESH, Now, now};
use crate::report::Report;

/// Whose figures these are, and the figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The persona; `None` for the service.
    pub persona: Option<Name>,
    /// How it is.
    pub now: Now,
    /// Today so far.
    pub today: Part,
    /// This month so far.
    pub month: Part,
    /// The last days.
    pub days: Part,
}

/// What a stretch of time comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Downtime that counts, best estimate; of a persona before roll-up.
    pub down: Millis,
    /// Nobody could look.
    pub unknown: Millis,
    /// Of the time that is known; `None` if none is.
    pub availability: Option<Ratio>,
    /// Held against the contract's target.
    pub verdict: SlaVerdict,
}

/// A region: how it is now for whom it is worst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name.
    pub name: Name,
    /// How it is as seen from there; unknown if any persona could not look.
    pub state: State,
    /// When somebody looked from there last; `None` if nobody has.
    pub seen: Option<Timestamp>,
}

/// The service, then its personas by name.
pub fn subjects(service: &Service) -> Vec<Subject> {
    let found = &service.recent.found;
    let longest = found.personas.keys().map(|name| fresh(service, name)).max();
    let whole = Subject {
        persona: None,
        now: at_end(&found.service, longest.unwrap_or(FRESH), &service.recent),
        today: found.days.last().map_or(Part::NOTHING, of_day),
        month: of_service(&service.month),
        days: of_service(&service.recent),
    };
    let personas = found.personas.iter().map(|(name, lane)| Subject {
        persona: Some(name.clone()),
        now: at_end(lane, fresh(service, name), &service.recent),
        today: found.days.last().map_or(Part::NOTHING, |day| {
            of_persona(&service.recent, name, std::slice::from_ref(day))
        }),
        month: of_persona(&service.month, name, &service.month.found.days),
        days: of_persona(&service.recent, name, &found.days),
    });
    [whole].into_iter().chain(personas).collect()
}

/// By name.
pub fn regions(service: &Service) -> Vec<Region> {
    let found = &service.recent.found;
    let mut regions: Vec<Region> = Vec::new();
    for (persona, lanes) in &found.regions {
        for (name, lane) in lanes {
            let now = at_end(lane, fresh(service, persona), &service.recent);
            match regions.iter_mut().find(|one| one.name == *name) {
                // Unknown is the greatest state.
                Some(region) => {
                    region.state = region.state.max(now.state);
                    region.seen = region.seen.max(now.seen);
                }
                None => regions.push(Region {
                    name: name.clone(),
                    state: now.state,
                    seen: now.seen,
                }),
            }
        }
    }
    regions.sort_by(|a, b| a.name.cmp(&b.name));
    regions
}

fn fresh(service: &Service, persona: &Name) -> Millis {
    service.fresh.get(persona).copied().unwrap_or(FRESH)
}

fn at_end(lane: &Lane, fresh: Millis, report: &Report) -> Now {
    now(lane, fresh).unwrap_or(Now {
        state: State::Unknown,
        since: report.found.period.start,
        at_least: true,
        seen: None,
    })
}

impl Part {
    const NOTHING: Self = Self {
        down: Millis::ZERO,
        unknown: Millis::ZERO,
        availability: None,
        verdict: SlaVerdict::Unmeasured,
    };
}

fn of_service(report: &Report) -> Part {
    let found = &report.found;
    let known = found.total.unknown < found.total.counting();
    let range = found.sla.availability.filter(|_| known);
    Part {
        down: found.total.counted.estimate,
        unknown: found.total.unknown,
        availability: range.map(|range| range.estimate),
        verdict: match range {
            Some(_) => found.sla.verdict,
            None => SlaVerdict::Unmeasured,
        },
    }
}

fn of_day(day: &Day) -> Part {
    Part {
        down: day.tally.counted.estimate,
        unknown: day.tally.unknown,
        ..Part::NOTHING
    }
}

/// A persona's own time, as bars of many days show it.
fn of_persona(report: &Report, persona: &Name, days: &[Day]) -> Part {
    let found = &report.found;
    let length: Millis = days.iter().map(|day| day.interval.length()).sum();
    let excluded: Millis = days.iter().map(|day| day.tally.excluded).sum();
    let counting = length - excluded;
    let own = |state: State| {
        let lane = found.personas.get(persona)?;
        let own = lane.of(state).subtract(&found.excluded());
        Some(days.iter().map(|day| own.measure_in(day.interval)).sum())
    };
    let down: Millis = own(State::Down).unwrap_or_default();
    let unknown = own(State::Unknown).unwrap_or(counting);
    let availability = Ratio::of(counting - unknown - down, counting - unknown);
    let target = report.contract.target;
    let lowest = Ratio::of(counting - unknown - down, counting);
    let highest = Ratio::of(counting - down, counting);
    let verdict = match (availability, lowest, highest) {
        (Some(_), Some(lowest), _) if lowest.reaches(target) => SlaVerdict::Met,
        (Some(_), _, Some(highest)) if !highest.reaches(target) => SlaVerdict::Missed,
        (Some(_), ..) => SlaVerdict::Undecided,
        (None, ..) => SlaVerdict::Unmeasured,
    };
    Part {
        down,
        unknown,
        availability,
        verdict,
    }
}
