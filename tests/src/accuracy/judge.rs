//! Holds what the engine says of a schedule against its truth.

use ledger::contract::EdgeMode;
use ledger::outage::{Bounds, Edge, Outage};
use ledger::state::State;
use ledger::tally::{AssessError, Assessment, assess};
use ledger::time::{Interval, Intervals, Millis, Timestamp};

use super::agent::{Watched, watch};
use super::promise;
use super::schedule::{Schedule, Sort};
use super::world::Symptom;

/// What came of one schedule.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What it was about.
    pub sort: Sort,
    /// *T*.
    pub spacing: Millis,
    /// How long attempts take.
    pub manner: Manner,
    /// Whether §6 promises anything of it.
    pub promised: bool,
    /// Whether any evidence was missing for longer than the contract's gap.
    pub unknown: bool,
    /// The civil days that it touches, then the whole of it.
    pub days: Vec<Held>,
    /// Its true outages.
    pub outages: Vec<Compared>,
    /// Outages that the engine found where nothing was.
    pub phantoms: Vec<Millis>,
    /// Downtime of the first persona, true and measured, for comparison with what others would say.
    pub first_persona: Held,
    /// Its true outages in the period, and how many of them it was up or unknown all through by the engine.
    pub first_persona_outages: (usize, usize),
}

/// How long attempts take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A fiftieth of the spacing at most.
    Brief,
    /// Up to four tenths of it.
    Long,
    /// In outages, all the time up to the deadline.
    Hangs,
}

/// A length, true and measured.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// What was true.
    pub truth: Millis,
    /// What the engine says.
    pub measured: Bounds,
    /// Time that it calls unknown, which may have been down as well.
    pub unknown: Millis,
}

/// A true outage and what was found of it.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// When it was.
    pub truth: Interval,
    /// Whether it was so long that the engine must find it.
    pub must_be_found: bool,
    /// Whether anything of it was found.
    pub found: bool,
    /// The one outage that was found of it, and of nothing else, unless unknown time cuts it off.
    pub alone: Option<Found>,
}

/// What was found of one true outage.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Its length.
    pub length: Bounds,
    /// Whether start, end and length lie inside their bounds.
    pub inside: bool,
    /// How its edges were made.
    pub edges: EdgeMode,
}

impl Held {
    /// Whether the truth lies inside the bounds, where unknown time may be either.
    pub fn holds(&self) -> bool {
        let most = self.measured.upper + self.unknown;
        self.measured.lower <= self.truth && self.truth <= most
    }

    /// Estimate less truth.
    pub fn error(&self) -> Millis {
        self.measured.estimate - self.truth
    }
}

impl Judged {
    /// What §6 promises and the engine does not keep, in words.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let days = self.days.iter().chain([&self.first_persona]);
        for day in days.filter(|day| self.promised && !day.holds()) {
            broken.push(format!("{} ms of a day in {:?}", day.truth.0, day.measured));
        }
        for outage in &self.outages {
            let alone = outage.alone.as_ref();
            if self.promised && alone.is_some_and(|found| !found.inside) {
                broken.push(format!("{:?} in {alone:?}", outage.truth));
            }
            if self.promised && !self.unknown && alone.is_none() {
                broken.push(format!("{:?} is not one outage", outage.truth));
            }
            if outage.must_be_found && !outage.found {
                broken.push(format!("{:?} was missed", outage.truth));
            }
        }
        if self.sort != Sort::Flapping && !self.phantoms.is_empty() {
            broken.push(format!("nothing was down for {:?}", self.phantoms));
        }
        broken
    }
}

/// Draws, watches and judges the schedule of that number.
///
/// # Errors
/// If the engine refuses the record.
pub fn judge(seed: u64, number: u64) -> Result<(Schedule, Judged), AssessError> {
    let (schedule, mut rng) = Schedule::draw(seed, number);
    let watched = watch(&schedule.design, &schedule.world, schedule.span, &mut rng);
    let assessment = assess(
        &watched.record,
        &schedule.design.contract(),
        schedule.period,
        schedule.span.end,
    )?;
    let judged = compare(&schedule, &watched, &assessment);
    Ok((schedule, judged))
}

/// Holds an assessment against the truth.
pub fn compare(schedule: &Schedule, watched: &Watched, assessment: &Assessment) -> Judged {
    let regions = schedule.design.regions;
    let down = schedule.world.service_down(regions);
    // What unknown time does beyond the period is not told.
    let margin = Millis(schedule.design.spacing.0 * 2);
    let whole = |truth: &Interval| {
        assessment.period.start + margin <= truth.start
            && truth.end + margin <= assessment.period.end
    };
    let outages = down.iter().filter(whole);
    Judged {
        sort: schedule.sort,
        spacing: schedule.design.spacing,
        manner: manner(schedule),
        promised: promise::holds(schedule, watched),
        unknown: promise::has_unknown(schedule, watched),
        days: days(&down, assessment),
        outages: outages
            .map(|truth| Compared {
                truth,
                must_be_found: promise::must_be_found(schedule, watched, truth),
                found: assessment
                    .outages
                    .iter()
                    .any(|outage| touches(reach(outage), truth)),
                alone: alone(truth, &down, assessment),
            })
            .collect(),
        phantoms: phantoms(&down, &assessment.outages),
        first_persona: first_persona(schedule, assessment),
        first_persona_outages: first_persona_outages(schedule, assessment),
    }
}

fn first_persona(schedule: &Schedule, assessment: &Assessment) -> Held {
    let name = schedule.design.persona(0);
    let own = assessment
        .days
        .iter()
        .filter_map(|day| day.personas.get(&name));
    let down = schedule.world.persona_down(0, schedule.design.regions);
    let lane = assessment.personas.get(&name);
    Held {
        truth: down.measure_in(assessment.period),
        measured: own.fold(Bounds::default(), |sum, day| sum + *day),
        unknown: lane.map_or(Millis::ZERO, |lane| lane.of(State::Unknown).measure()),
    }
}

fn first_persona_outages(schedule: &Schedule, assessment: &Assessment) -> (usize, usize) {
    let down = schedule.world.persona_down(0, schedule.design.regions);
    let down = down.within(assessment.period);
    let lane = assessment.personas.get(&schedule.design.persona(0));
    let seen = lane.map(|lane| lane.of(State::Down)).unwrap_or_default();
    let unseen = |one: &Interval| {
        let around = around(*one, schedule.design.spacing);
        seen.measure_in(around) == Millis::ZERO
    };
    (down.iter().len(), down.iter().filter(unseen).count())
}

/// Where something of an outage may be told: what is told of a short one may lie beside it, by a spacing.
pub fn around(outage: Interval, spacing: Millis) -> Interval {
    Interval::new(outage.start - spacing, outage.end + spacing)
}

fn manner(schedule: &Schedule) -> Manner {
    let mut troubles = schedule.world.troubles.iter();
    if troubles.any(|trouble| trouble.symptom == Symptom::Hangs) {
        Manner::Hangs
    } else if schedule.design.attempt.0 * 50 <= schedule.design.spacing.0 {
        Manner::Brief
    } else {
        Manner::Long
    }
}

/// From its earliest start to its latest end.
pub(super) fn reach(outage: &Outage) -> Interval {
    Interval::new(outage.start.earliest, outage.end.latest)
}

pub(super) fn touches(one: Interval, other: Interval) -> bool {
    one.start < other.end && other.start < one.end
}

/// The days and the whole period, true and measured.
pub(super) fn days(down: &Intervals, assessment: &Assessment) -> Vec<Held> {
    let days = assessment.days.iter().map(|day| (day.interval, day.tally));
    let all = days.chain([(assessment.period, assessment.total)]);
    all.map(|(span, tally)| Held {
        truth: down.measure_in(span),
        measured: tally.counted,
        unknown: tally.unknown,
    })
    .collect()
}

/// The outage found of this one, if it is one, found of nothing else, and no unknown time touches it.
pub(super) fn alone(truth: Interval, down: &Intervals, assessment: &Assessment) -> Option<Found> {
    let outages = assessment.outages.iter();
    let mut found = outages.filter(|outage| touches(reach(outage), truth));
    let outage = found.next()?;
    let reach = reach(outage);
    let beside = Interval::new(reach.start - Millis(1), reach.end + Millis(1));
    let unknown = assessment.service.of(State::Unknown);
    let period = assessment.period;
    let several = found.next().is_some()
        || beside.start < period.start
        || period.end < beside.end
        || down.iter().filter(|one| touches(*one, reach)).count() > 1
        || unknown.measure_in(beside) > Millis::ZERO
        || unknown.measure_in(truth) > Millis::ZERO;
    let holds = |edge: Edge, at: Timestamp| edge.earliest <= at && at <= edge.latest;
    (!several).then_some(Found {
        length: outage.length,
        inside: holds(outage.start, truth.start)
            && holds(outage.end, truth.end)
            && outage.length.lower <= truth.length()
            && truth.length() <= outage.length.upper,
        edges: outage.edges,
    })
}

/// How long the outages were that no true one touches.
pub(super) fn phantoms(down: &Intervals, outages: &[Outage]) -> Vec<Millis> {
    let nothing = outages.iter().filter(|outage| is_phantom(down, outage));
    nothing.map(|outage| outage.length.estimate).collect()
}

/// Where they were told, from the earliest start to the latest end.
pub(super) fn phantom_reaches(down: &Intervals, outages: &[Outage]) -> Vec<Interval> {
    let nothing = outages.iter().filter(|outage| is_phantom(down, outage));
    nothing.map(reach).collect()
}

fn is_phantom(down: &Intervals, outage: &Outage) -> bool {
    !down.iter().any(|truth| touches(truth, reach(outage)))
}
