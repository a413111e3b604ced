//! The facts of semantics §6, measured: bias and deviation of the estimate, and the chance that an outage is seen.

use fastrand::Rng;
use ledger::tally::assess;
use ledger::time::{Interval, Millis, Timestamp};
use serde::Serialize;

use super::agent::watch;
use super::design::Design;
use super::for_each;
use super::stats::{Spread, float, size};
use super::world::{Symptom, Trouble, World};

/// How far from the stated figure a measured one may be, in multiples of its standard error.
const STANDARD_ERRORS: f64 = 4.5;

/// A stated fact and what was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is about.
    pub what: String,
    /// What semantics §6 says, in spacings or as a share.
    pub stated: f64,
    /// What was measured.
    pub measured: f64,
    /// Standard error of what was measured.
    pub error: f64,
    /// The deviation of a single outage, in spacings; zero for a chance.
    pub deviation: f64,
    /// Over so many outages.
    pub outages: usize,
    /// Whether the two agree.
    pub holds: bool,
}

/// Outages of one set-up that are all alike but for their phase.
struct Trial<'a> {
    what: &'a str,
    design: Design,
    /// Shortest and longest, in spacings.
    lengths: (f64, f64),
    symptom: Symptom,
}

/// Outages in one record.
const IN_A_RECORD: u64 = 50;

/// True length in milliseconds, and what was measured, if anything was found.
type Pair = (i64, Option<i64>);

/// All facts, each over about so many outages.
pub fn facts(seed: u64, outages: u64) -> Vec<Fact> {
    let mut facts = biases(seed, outages);
    facts.extend(deviations(seed, outages));
    facts.extend(chances(seed, outages));
    facts.extend(shares(seed, outages));
    facts
}

/// Mean of estimate less truth, in spacings.
fn biases(seed: u64, outages: u64) -> Vec<Fact> {
    let minute = || Design::plain(60);
    let two = |mut design: Design| {
        design.personas = 2;
        design
    };
    let hung = |mut design: Design| {
        design.timeout = Millis::from_secs(24);
        design
    };
    let rows = [
        ("1 region", minute(), 0.0),
        ("1 region, fast ticks", minute().fast(10), 0.0),
        ("3 regions, fused", minute().regions(3), 0.0),
        (
            "3 regions, fused, fast ticks",
            minute().regions(3).fast(10),
            0.0,
        ),
        (
            "2 personas, 3 regions, fused",
            two(minute().regions(3)),
            0.0,
        ),
        (
            "any of 2 personas, 1 region, quorum",
            two(minute().by_quorum()),
            0.5,
        ),
        (
            "any of 2 personas, 3 regions, quorum",
            two(minute().regions(3).by_quorum()),
            1.0 / 6.0,
        ),
        ("2 regions by quorum", minute().regions(2).by_quorum(), -0.5),
        ("3 regions by quorum", minute().regions(3).by_quorum(), 0.0),
    ];
    let mut facts: Vec<Fact> = rows
        .into_iter()
        .map(|(what, design, stated)| {
            let trial = Trial {
                what: &format!("bias: {what}"),
                design,
                lengths: (5.0, 15.0),
                symptom: Symptom::Fails,
            };
            bias(seed, outages, &trial, stated)
        })
        .collect();
    // A request that hangs was lost when it arrived, but speaks for all the time up to its deadline of 0.4 T.
    let hangs = Trial {
        what: "bias: 1 region, requests hang for 0.4 T",
        design: hung(minute()),
        lengths: (5.0, 15.0),
        symptom: Symptom::Hangs,
    };
    facts.push(bias(seed, outages, &hangs, 0.2));
    facts
}

fn bias(seed: u64, outages: u64, trial: &Trial<'_>, stated: f64) -> Fact {
    let found = run(seed, outages, trial);
    let spacing = float(trial.design.spacing.0);
    let errors = found.iter().filter_map(|(truth, measured)| {
        let measured = (*measured)?;
        Some(float(measured - truth) / spacing)
    });
    let spread = Spread::of(errors);
    let missed = found.len() - spread.count;
    Fact {
        what: trial.what.to_owned(),
        stated,
        measured: spread.mean,
        error: spread.error(),
        deviation: spread.deviation,
        outages: spread.count,
        // Attempts take 2 ms and instants are whole milliseconds: a ten-thousandth of the spacing is noise.
        holds: missed == 0
            && (spread.mean - stated).abs() <= STANDARD_ERRORS * spread.error() + 1e-4,
    }
}

/// Standard deviation of a single outage's error: T·√(f(1 − f)) with f the fraction of L/T.
fn deviations(seed: u64, outages: u64) -> Vec<Fact> {
    let rows = [(10.0, 0.0), (10.25, 0.433), (10.5, 0.5)];
    let fact = |(length, stated): (f64, f64)| {
        let trial = Trial {
            what: &format!("deviation: 1 region, L = {length} T"),
            design: Design::plain(60),
            lengths: (length, length),
            symptom: Symptom::Fails,
        };
        let fact = bias(seed, outages, &trial, 0.0);
        let error = fact.deviation / (2.0 * size(fact.outages)).sqrt();
        Fact {
            stated,
            measured: fact.deviation,
            error,
            holds: fact.holds && (fact.deviation - stated).abs() <= STANDARD_ERRORS * error + 1e-3,
            ..fact
        }
    };
    rows.into_iter().map(fact).collect()
}

/// The chance that an outage of some length is found.
fn chances(seed: u64, outages: u64) -> Vec<Fact> {
    let minute = || Design::plain(60);
    let single = |mut design: Design| {
        design.rules.n_down = 1;
        design
    };
    let clamped = |chance: f64| chance.clamp(0.0, 1.0);
    let mut rows: Vec<(String, Design, f64, f64)> = Vec::new();
    for length in [0.25, 0.5, 1.0] {
        rows.push((
            format!("1 region, one bad tick, L = {length} T"),
            single(minute()),
            length,
            length,
        ));
    }
    for length in [0.5, 1.0, 1.0 + 1.0 / 6.0] {
        let stated = clamped(length - 1.0 / 6.0);
        let what = format!("two bad, confirmed 10 s later, L = {:.0} s", length * 60.0);
        rows.push((what, minute().fast(10), length, stated));
    }
    for length in [1.5, 2.0] {
        let what = format!("two bad, confirmed T later, L = {length} T");
        rows.push((what, minute(), length, clamped(length - 1.0)));
    }
    for (regions, needed, lengths) in [(3, 2, [0.5, 2.0 / 3.0]), (5, 3, [0.5, 0.6])] {
        for length in lengths {
            let share = 1.0 / size(regions);
            let stated = clamped((length - size(needed - 1) * share) / share);
            let what = format!("{needed} of {regions} regions, L = {:.0} s", length * 60.0);
            rows.push((what, minute().regions(regions), length, stated));
        }
    }
    let rows = rows.into_iter();
    rows.map(|(what, design, length, stated)| {
        let trial = Trial {
            what: &format!("found: {what}"),
            design,
            lengths: (length, length),
            symptom: Symptom::Fails,
        };
        chance(seed, outages, &trial, stated)
    })
    .collect()
}

fn chance(seed: u64, outages: u64, trial: &Trial<'_>, stated: f64) -> Fact {
    let all = run(seed, outages, trial);
    let count = size(all.len());
    let found = all
        .iter()
        .filter(|(_, measured)| measured.is_some())
        .count();
    let measured = size(found) / count;
    let error = (stated * (1.0 - stated) / count).sqrt();
    Fact {
        what: trial.what.to_owned(),
        stated,
        measured,
        error,
        deviation: 0.0,
        outages: all.len(),
        // An outage of exactly the certain length ends where the next tick begins, hence the thousandth.
        holds: (measured - stated).abs() <= STANDARD_ERRORS * error + 1e-3,
    }
}

/// Downtime by the share of failing base ticks, for outages shorter than the spacing: measured by true downtime.
fn shares(seed: u64, outages: u64) -> Vec<Fact> {
    let rows = [
        ("20 s of 60 s", Design::plain(60)),
        ("20 s of 60 s, fast ticks", Design::plain(60).fast(10)),
    ];
    let fact = |(what, design): (&str, Design)| {
        let trial = Trial {
            what,
            design,
            lengths: (1.0 / 3.0, 1.0 / 3.0),
            symptom: Symptom::Fails,
        };
        let records = outages.div_ceil(IN_A_RECORD);
        let all = for_each(records, |number| failing_share(&trial, seed, number));
        let spread = Spread::of(all);
        Fact {
            what: format!("share of failing ticks: {what}"),
            stated: 1.0,
            measured: spread.mean,
            error: spread.error(),
            deviation: 0.0,
            outages: spread.count * usize::try_from(IN_A_RECORD).unwrap_or(1),
            holds: (spread.mean - 1.0).abs() <= STANDARD_ERRORS * spread.error(),
        }
    };
    rows.into_iter().map(fact).collect()
}

fn failing_share(trial: &Trial<'_>, seed: u64, number: u64) -> f64 {
    let (world, span, mut rng) = trial.draw(seed, number);
    let watched = watch(&trial.design, &world, span, &mut rng);
    let assessment = assess(&watched.record, &trial.design.contract(), span, span.end)
        .expect("the record is sound");
    let counts = assessment.coverage.values();
    let (failing, all) = counts.fold((0, 0), |(failing, all), count| {
        (failing + count.obtained - count.good, all + count.obtained)
    });
    let down = world.service_down(1).measure();
    let (failing, all) = (
        i64::try_from(failing).unwrap_or(0),
        i64::try_from(all).unwrap_or(1),
    );
    float(failing) / float(all) * float(span.length().0) / float(down.0)
}

/// True and measured lengths of about so many outages.
fn run(seed: u64, outages: u64, trial: &Trial<'_>) -> Vec<Pair> {
    let records = outages.div_ceil(IN_A_RECORD);
    for_each(records, |number| pairs(trial, seed, number)).concat()
}

fn pairs(trial: &Trial<'_>, seed: u64, number: u64) -> Vec<Pair> {
    let (world, span, mut rng) = trial.draw(seed, number);
    let watched = watch(&trial.design, &world, span, &mut rng);
    let assessment = assess(&watched.record, &trial.design.contract(), span, span.end)
        .expect("the record is sound");
    let truths = world.troubles.iter().map(|trouble| {
        let truth = trouble.span;
        let reach = Millis(trial.design.spacing.0 * 2);
        let around = Interval::new(truth.start - reach, truth.end + reach);
        let mut near = assessment
            .outages
            .iter()
            .filter(|outage| outage.estimate().intersect(around).is_some());
        (
            truth.length().0,
            near.next().map(|outage| outage.length.estimate.0),
        )
    });
    truths.collect()
}

impl Trial<'_> {
    /// Outages well apart, each at a phase of its own.
    fn draw(&self, seed: u64, number: u64) -> (World, Interval, Rng) {
        let mut rng = Rng::with_seed(seed ^ (number + 1).wrapping_mul(0xD1B5_4A32_D192_ED03));
        let spacing = self.design.spacing.0;
        let begin = Timestamp(1_544_745_600_000);
        let mut at = begin + Millis(spacing * 10);
        let mut world = World::default();
        for _ in 0..IN_A_RECORD {
            let (least, most) = self.lengths;
            let length =
                super::stats::rounded((least + (most - least) * rng.f64()) * float(spacing));
            let start = at + Millis(rng.i64(0..spacing));
            let span = Interval::new(start, start + Millis(length));
            world.troubles.push(Trouble {
                span,
                region: None,
                persona: None,
                symptom: self.symptom,
            });
            // Whole spacings, so that every phase is as likely as any other.
            at = at + Millis((length / spacing + 12) * spacing);
        }
        (world, Interval::new(begin, at + Millis(spacing * 10)), rng)
    }
}
