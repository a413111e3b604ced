//! What thousands of schedules come to, ours and the models beside it.

use std::collections::BTreeMap;

use ledger::contract::EdgeMode;
use ledger::tally::AssessError;
use ledger::time::Millis;
use serde::Serialize;

use super::for_each;
use super::judge::{Compared, Judged, Manner, around, judge};
use super::models::{self, Model, Site};
use super::schedule::Sort;
use super::stats::{Spread, float};

/// Everything that the made-up schedules showed.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// By sort of schedule.
    pub sorts: BTreeMap<Sort, Kept>,
    /// All of them.
    pub all: Kept,
    /// Estimate less truth in spacings, fused edges, attempts of a fiftieth of the spacing at most.
    pub brief: Spread,
    /// The same with attempts of up to four tenths of the spacing.
    pub long: Spread,
    /// The same where requests hang until their deadline.
    pub hanging: Spread,
    /// Upper less lower bound of an outage, in spacings.
    pub width: Spread,
    /// Downtime found in schedules in which nothing but agents failed, in milliseconds.
    pub own_downtime_ms: i64,
    /// Downtime per day of the first persona by kind of schedule: ours, then the models.
    pub others: Vec<(&'static str, Vec<Other>)>,
    /// What is promised and was not kept, with the number of the schedule.
    pub broken: Vec<(u64, String)>,
}

/// How often promises were met and kept.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Kept {
    /// Schedules.
    pub schedules: usize,
    /// Of them, those of which §6 promises that bounds hold.
    pub promised: usize,
    /// Days (parts of a civil day and the whole period) of promised schedules.
    pub days: usize,
    /// Of them, with the truth inside.
    pub days_inside: usize,
    /// Days of the other schedules.
    pub other_days: usize,
    /// Of them, with the truth inside.
    pub other_days_inside: usize,
    /// True outages.
    pub outages: usize,
    /// Of those in promised schedules, found as one outage, and so comparable.
    pub compared: usize,
    /// Of them, with start, end and length inside their bounds.
    pub compared_inside: usize,
    /// True outages longer than what must be found.
    pub long: usize,
    /// Of them, missed.
    pub long_missed: usize,
    /// Outages found where nothing was down.
    pub phantoms: usize,
}

/// Error of the downtime per day of one algorithm, in seconds.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    /// Whose.
    pub name: String,
    /// In which configuration.
    pub configured: String,
    /// Measured less true downtime per day.
    pub error: Spread,
    /// Share of days with downtime on which the error is above a hundredth of it, in percent.
    pub over_a_hundredth: f64,
    /// True outages of which nothing was seen, of all of them.
    pub missed: usize,
    /// True outages.
    pub outages: usize,
    /// Days without downtime for which some was told.
    pub false_days: usize,
    /// Days without downtime.
    pub quiet_days: usize,
}

/// One algorithm's answer for one schedule.
#[derive(Clone, Copy, Debug)]
struct Answer {
    truth: Millis,
    told: Millis,
    outages: usize,
    missed: usize,
}

/// Runs that many schedules.
///
/// # Errors
/// If the engine refuses a record.
pub fn run(seed: u64, schedules: u64) -> Result<Summary, AssessError> {
    let runs = for_each(schedules, |number| one(seed, number));
    let runs: Vec<(Judged, Vec<Answer>)> = runs.into_iter().collect::<Result<_, _>>()?;
    Ok(Summary::of(&runs))
}

fn one(seed: u64, number: u64) -> Result<(Judged, Vec<Answer>), AssessError> {
    let (schedule, judged) = judge(seed, number)?;
    let mut answers = vec![ours(&judged)];
    let down = schedule.world.persona_down(0, schedule.design.regions);
    let down = down.within(schedule.period);
    for (model, salt) in models::all().into_iter().zip(1..) {
        let mut site = Site::new(&schedule, seed ^ (number << 8 | salt));
        let told = model.downtime(&mut site);
        let unseen = down.iter().filter(|one| {
            let around = around(*one, schedule.design.spacing);
            told.seen.measure_in(around) == Millis::ZERO
        });
        answers.push(Answer {
            truth: judged.first_persona.truth,
            told: told.down,
            outages: down.iter().len(),
            missed: unseen.count(),
        });
    }
    Ok((judged, answers))
}

fn ours(judged: &Judged) -> Answer {
    let missed = judged.first_persona_outages.1;
    Answer {
        truth: judged.first_persona.truth,
        told: judged.first_persona.measured.estimate,
        outages: judged.first_persona_outages.0,
        missed,
    }
}

impl Summary {
    fn of(runs: &[(Judged, Vec<Answer>)]) -> Self {
        let mut sorts: BTreeMap<Sort, Kept> = BTreeMap::new();
        let mut all = Kept::default();
        let mut broken = Vec::new();
        let mut own_downtime_ms = 0;
        for ((judged, _), number) in runs.iter().zip(0..) {
            sorts.entry(judged.sort).or_default().add(judged);
            all.add(judged);
            broken.extend(judged.broken().into_iter().map(|what| (number, what)));
            if judged.sort == Sort::OwnOnly {
                let found: Millis = judged.phantoms.iter().copied().sum();
                own_downtime_ms += found.0;
            }
        }
        let fused = |manner: Manner| {
            let errors = comparable(runs).filter(move |(judged, _, edges)| {
                *edges == EdgeMode::Fused && judged.manner == manner
            });
            Spread::of(errors.filter_map(|(judged, outage, _)| {
                let error = outage.alone?.length.estimate - outage.truth.length();
                Some(float(error.0) / float(judged.spacing.0))
            }))
        };
        let width = comparable(runs).filter_map(|(judged, outage, _)| {
            let length = outage.alone?.length;
            Some(float((length.upper - length.lower).0) / float(judged.spacing.0))
        });
        Self {
            sorts,
            all,
            brief: fused(Manner::Brief),
            long: fused(Manner::Long),
            hanging: fused(Manner::Hangs),
            width: Spread::of(width),
            own_downtime_ms,
            others: KINDS
                .iter()
                .map(|(kind, fits)| (*kind, others(runs, *fits)))
                .collect(),
            broken,
        }
    }
}

/// Outages of promised schedules that were found as one.
fn comparable(
    runs: &[(Judged, Vec<Answer>)],
) -> impl Iterator<Item = (&Judged, &Compared, EdgeMode)> {
    let promised = runs
        .iter()
        .map(|(judged, _)| judged)
        .filter(|judged| judged.promised);
    promised.flat_map(|judged| {
        let found = judged.outages.iter();
        found.filter_map(move |outage| Some((judged, outage, outage.alone?.edges)))
    })
}

/// A kind of schedule: its name, and which belong to it.
type Kind = (&'static str, fn(&Judged) -> bool);

/// How the comparison is cut.
const KINDS: [Kind; 5] = [
    ("outages of everything", |judged| {
        matches!(judged.sort, Sort::Clean | Sort::Held) && judged.manner != Manner::Hangs
    }),
    ("the same, requests hang", |judged| {
        matches!(judged.sort, Sort::Clean | Sort::Held) && judged.manner == Manner::Hangs
    }),
    ("one region or persona, too", |judged| {
        judged.sort == Sort::Partial
    }),
    ("agents ill as well", |judged| {
        matches!(judged.sort, Sort::Own | Sort::OwnOnly)
    }),
    ("flapping", |judged| judged.sort == Sort::Flapping),
];

fn others(runs: &[(Judged, Vec<Answer>)], fits: fn(&Judged) -> bool) -> Vec<Other> {
    let ours = "every slot, all regions, midpoints of the last and next evidence";
    let mut names = vec![("this product".to_owned(), ours.to_owned())];
    names.extend(models::all().map(|model: &dyn Model| {
        (
            format!("model: {}", model.name()),
            model.configured().to_owned(),
        )
    }));
    let other = |(place, (name, configured)): (usize, (String, String))| {
        let answers = || {
            let mine = runs.iter().filter(move |(judged, _)| fits(judged));
            mine.filter_map(move |(_, answers)| answers.get(place))
        };
        let with_downtime = || answers().filter(|answer| answer.truth > Millis::ZERO);
        let quiet = || answers().filter(|answer| answer.truth == Millis::ZERO);
        let over = with_downtime().filter(|answer| answer.error().0.abs() * 100 > answer.truth.0);
        Other {
            name,
            configured,
            error: Spread::of(answers().map(|answer| float(answer.error().0) / 1_000.0)),
            over_a_hundredth: super::stats::percent(over.count(), with_downtime().count()),
            missed: answers().map(|answer| answer.missed).sum(),
            outages: answers().map(|answer| answer.outages).sum(),
            false_days: quiet().filter(|answer| answer.told > Millis::ZERO).count(),
            quiet_days: quiet().count(),
        }
    };
    names.into_iter().enumerate().map(other).collect()
}

impl Answer {
    fn error(&self) -> Millis {
        self.told - self.truth
    }
}

impl Kept {
    fn add(&mut self, judged: &Judged) {
        let inside = judged.days.iter().filter(|day| day.holds()).count();
        self.schedules += 1;
        if judged.promised {
            self.promised += 1;
            self.days += judged.days.len();
            self.days_inside += inside;
        } else {
            self.other_days += judged.days.len();
            self.other_days_inside += inside;
        }
        self.outages += judged.outages.len();
        let found = || judged.outages.iter().filter_map(|outage| outage.alone);
        if judged.promised {
            self.compared += found().count();
            self.compared_inside += found().filter(|found| found.inside).count();
        }
        let long = || judged.outages.iter().filter(|outage| outage.must_be_found);
        self.long += long().count();
        self.long_missed += long().filter(|outage| !outage.found).count();
        self.phantoms += judged.phantoms.len();
    }
}
