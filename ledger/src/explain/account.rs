//! How a stretch of time was parted, what of it counts, and the formula with its values.

use serde::Serialize;

use crate::contract::{CountMode, Rollup, UnknownAs};
use crate::evidence::Requests;
use crate::name::Name;
use crate::outage::{Bounds, Outage};
use crate::sla::{Range, Ratio};
use crate::state::State;
use crate::tally::{Assessment, CountedPart as Set, Judged, Least, ProberTrouble, Tally};
use crate::time::{Interval, Intervals, Millis};

/// How the figures of a day or a period came about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Account {
    /// The partition: its parts add up to its length.
    pub tally: Tally,
    /// Every stretch that was not up, by time; the rest was up.
    pub stretches: Vec<Stretch>,
    /// Downtime that counts, as sets of time.
    pub counted: Vec<Part>,
    /// What their weights are a share of: the sum of weight times length, by this and cut to whole milliseconds, is *D*.
    pub whole: i64,
    /// Availability, as a formula with its values.
    pub formula: Formula,
}

/// A stretch that was not up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stretch {
    /// Where it lies.
    #[serde(flatten)]
    pub interval: Interval,
    /// What it is in the partition.
    pub kind: Kind,
    /// The outage, of down time.
    pub outage: Option<u32>,
    /// What left it out, of excluded time; `None` outside the service hours.
    pub exclusion: Option<Name>,
    /// Which personas were not up from which regions, and for how long; not told of down and excluded time.
    pub places: Vec<Place>,
    /// Agents that said nothing in it, of unknown time.
    pub silences: Vec<ProberTrouble>,
}

/// What time is in the partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Slow, or not always.
    Degraded,
    /// Down for some only.
    Partial,
    /// Down, counted or not.
    Down,
    /// Nobody could look.
    Unknown,
    /// Left out by the contract.
    Excluded,
}

/// A persona in a region, not up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// Who.
    pub persona: Name,
    /// Where.
    pub region: Name,
    /// How it was.
    pub state: State,
    /// For how long.
    pub time: Millis,
}

/// Downtime that counts: of the service, or of one persona under a weighted contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Whose it is; `None` for the service.
    pub persona: Option<Name>,
    /// How bad the time is at least.
    pub least: Least,
    /// Its weight.
    pub weight: i64,
    /// What is certain.
    pub lower: Vec<Piece>,
    /// The best estimate.
    pub estimate: Vec<Piece>,
    /// What is possible.
    pub upper: Vec<Piece>,
}

/// A piece of counted downtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Where it lies.
    #[serde(flatten)]
    pub interval: Interval,
    /// The outage that it belongs to; `None` for what may have been down beside any outage.
    pub outage: Option<u32>,
}

/// The values of the formula of availability (semantics §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Formula {
    /// How it is counted: by time, or by requests.
    pub count_mode: CountMode,
    /// What unknown time counts as.
    pub unknown_as: UnknownAs,
    /// *S*: the length outside exclusions.
    pub counting: Millis,
    /// *U*: the unknown time in it.
    pub unknown: Millis,
    /// *D*: the counted downtime.
    pub down: Bounds,
    /// The logins that were good, failed, or told nothing.
    pub requests: Requests,
    /// What comes of it; `None` if no time is left to judge.
    pub availability: Option<Range>,
    /// *C*: the known share of *S*.
    pub coverage: Option<Ratio>,
}

impl Account {
    pub(super) fn new(
        judged: &Judged<'_, '_>,
        found: &Assessment,
        window: Interval,
        tally: &Tally,
    ) -> Self {
        Self {
            tally: *tally,
            stretches: stretches(found, window),
            counted: Part::all(judged, &found.outages, window),
            whole: judged.counted.whole(),
            formula: Formula {
                count_mode: judged.contract.rules.count_mode,
                unknown_as: judged.contract.rules.unknown_as,
                counting: tally.counting(),
                unknown: tally.unknown,
                down: tally.counted,
                requests: tally.requests,
                availability: tally.availability(&judged.contract.rules),
                coverage: tally.coverage(),
            },
        }
    }
}

impl Part {
    /// What counts in `window`, by the outages it belongs to.
    pub(super) fn all(judged: &Judged<'_, '_>, outages: &[Outage], window: Interval) -> Vec<Self> {
        let personas: Vec<&Name> = match judged.contract.rules.rollup {
            Rollup::Weighted => judged.survey.personas.keys().collect(),
            Rollup::Any | Rollup::All => Vec::new(),
        };
        let sets = judged.counted.parts();
        let kinds = (sets.len() / personas.len().max(1)).max(1);
        let pieces = |set: &Intervals| -> Vec<Piece> {
            let inside = set.within(window);
            inside.iter().map(|one| Piece::of(one, outages)).collect()
        };
        let part = |(index, set): (usize, &Set)| Self {
            persona: personas.get(index / kinds).copied().cloned(),
            least: set.least,
            weight: set.weight,
            lower: pieces(&set.lower),
            estimate: pieces(&set.estimate),
            upper: pieces(&set.upper),
        };
        sets.iter().enumerate().map(part).collect()
    }

    /// The sum of `pieces`.
    pub fn length(pieces: &[Piece]) -> Millis {
        pieces.iter().map(|piece| piece.interval.length()).sum()
    }
}

impl Piece {
    fn of(interval: Interval, outages: &[Outage]) -> Self {
        let meets = |span: Interval| span.intersect(interval).is_some();
        let best = outages.iter().find(|one| meets(one.estimate()));
        let near = || outages.iter().find(|one| meets(one.outer()));
        Self {
            interval,
            outage: best.or_else(near).map(|one| one.number),
        }
    }
}

impl Outage {
    /// From the earliest start to the latest end.
    pub(crate) fn outer(&self) -> Interval {
        Interval::new(self.start.earliest, self.end.latest)
    }
}

/// The stretches of `window` that were not up, exclusions laid over them.
fn stretches(found: &Assessment, window: Interval) -> Vec<Stretch> {
    let excluded = found.excluded();
    let mut stretches = Vec::new();
    for segment in &found.service.0 {
        let Some(kind) = Kind::of(segment.state) else {
            continue;
        };
        let left = Intervals::from_iter(segment.interval.intersect(window)).subtract(&excluded);
        stretches.extend(left.iter().map(|interval| stretch(found, interval, kind)));
    }
    for exclusion in &found.exclusions {
        let removed = exclusion
            .removes
            .iter()
            .filter_map(|one| one.intersect(window));
        stretches.extend(removed.map(|interval| Stretch {
            exclusion: Some(exclusion.id.clone()),
            ..stretch(found, interval, Kind::Excluded)
        }));
    }
    let declared: Intervals = found
        .exclusions
        .iter()
        .flat_map(|one| one.removes.iter().copied())
        .collect();
    let hours: Intervals = found.outside_hours.iter().copied().collect();
    let hours = hours.subtract(&declared).within(window);
    stretches.extend(hours.iter().map(|one| stretch(found, one, Kind::Excluded)));
    stretches.sort_by_key(|one| one.interval);
    stretches
}

fn stretch(found: &Assessment, interval: Interval, kind: Kind) -> Stretch {
    let touched = |other: Interval| other.intersect(interval).is_some();
    let mut outages = found.outages.iter();
    let outage = outages.find(|one| kind == Kind::Down && touched(one.estimate()));
    let silences = found.prober_trouble.iter().filter_map(|one| {
        let inside = one.interval.intersect(interval)?;
        (kind == Kind::Unknown).then(|| ProberTrouble {
            interval: inside,
            ..one.clone()
        })
    });
    Stretch {
        interval,
        kind,
        outage: outage.map(|one| one.number),
        exclusion: None,
        places: match kind {
            Kind::Down | Kind::Excluded => Vec::new(),
            Kind::Degraded | Kind::Partial | Kind::Unknown => places(found, interval),
        },
        silences: silences.collect(),
    }
}

fn places(found: &Assessment, interval: Interval) -> Vec<Place> {
    let mut places = Vec::new();
    for (persona, regions) in &found.regions {
        for (region, lane) in regions {
            for state in [State::Degraded, State::Down, State::Unknown] {
                let time = lane.of(state).measure_in(interval);
                if time > Millis::ZERO {
                    places.push(Place {
                        persona: persona.clone(),
                        region: region.clone(),
                        state,
                        time,
                    });
                }
            }
        }
    }
    places
}

impl Kind {
    /// `None` for up.
    fn of(state: State) -> Option<Self> {
        Some(match state {
            State::Up => return None,
            State::Degraded => Self::Degraded,
            State::Partial => Self::Partial,
            State::Down => Self::Down,
            State::Unknown => Self::Unknown,
        })
    }
}
