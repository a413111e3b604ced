//! The uptime test matrix that Grafana publishes for its synthetic monitoring, through our engine.
//!
//! Scenarios, ranges and figures are those of `docs/uptime/uptime.md` of grafana/synthetic-monitoring-app: ten scenarios,
//! four ranges, every probe exactly in its place (control) or one result in a hundred late by up to a third of the
//! spacing (blip). A point is up if any probe succeeded, so here a service is down only where all regions are.

use fastrand::Rng;
use ledger::outage::Bounds;
use ledger::tally::assess;
use ledger::time::{Interval, Millis, Timestamp};
use serde::Serialize;

use super::for_each;
use super::stats::float;

mod probes;

use probes::Chunk;

/// A range of time and its spacing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// As Grafana calls it.
    pub name: &'static str,
    /// Its length in minutes.
    minutes: i64,
    /// The spacing of its points in seconds.
    spacing: i64,
}

/// The ranges, shortest first.
pub const RANGES: [Range; 4] = [
    range("10m", 10, 15),
    range("3h", 180, 15),
    range("6M", 182 * 24 * 60, 60),
    range("1y", 365 * 24 * 60, 60),
];

/// Which probes fail when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    /// The last tenth, all probes.
    End,
    /// The last tenth of the first probe, the first tenth of the second.
    Apart,
    /// Points of their own.
    Random,
    /// The same points.
    Shared,
}

/// A scenario with the accuracy that Grafana publishes for it, in percent: control and blip, for each range.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// As Grafana calls it.
    pub name: &'static str,
    probes: usize,
    failing: Failing,
    /// Failing points of a hundred.
    percent: u64,
    /// Configurations, one after the other.
    configurations: usize,
    /// Published for the control group.
    pub control: [f64; 4],
    /// Published for the blip group.
    pub blip: [f64; 4],
}

/// Grafana's two ways to report results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    /// Every probe in its place.
    Control,
    /// One result in a hundred late.
    Blip,
}

/// One cell of the matrix: one scenario over one range.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// The scenario.
    pub scenario: &'static str,
    /// The range.
    pub range: &'static str,
    /// Whether one result in a hundred is late.
    pub blip: bool,
    /// 100 % less the error of our uptime in percent of the true one, the mean of the repetitions.
    pub accuracy: f64,
    /// The same as Grafana publishes it for its query.
    pub published: f64,
    /// Whether our uptime was the true one to the millisecond, every time.
    pub exact: bool,
    /// Whether the truth lay inside our bounds, every time.
    pub inside: bool,
}

/// Points in one record: a year of twenty probes at once would not fit in memory.
const POINTS: i64 = 3_000;

/// How often each cell is drawn anew.
const REPETITIONS: u64 = 3;

/// What one chunk comes to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    truth: Millis,
    measured: Bounds,
    inside: bool,
}

const fn range(name: &'static str, minutes: i64, spacing: i64) -> Range {
    Range {
        name,
        minutes,
        spacing,
    }
}

impl Range {
    /// How many points it has.
    fn points(self) -> i64 {
        self.minutes * 60 / self.spacing
    }
}

const ALL: [f64; 4] = [100.0; 4];

/// Name, probes, which of them fail, and what Grafana publishes.
type Row = (&'static str, usize, Failing, [[f64; 4]; 2]);

#[rustfmt::skip]
const ROWS: [Row; 10] = [
    ("1p_overlap", 1, Failing::End, [ALL, [100.0, 99.96, 99.96, 99.99]]),
    ("1p_random", 1, Failing::Random, [[100.0, 100.0, 99.83, 99.85], [99.91, 99.99, 99.63, 99.87]]),
    ("1p_overlap_4c", 1, Failing::End, [ALL, [99.14, 99.99, 99.99, 99.99]]),
    ("2p_overlap", 2, Failing::End, [ALL, [99.16, 99.95, 99.99, 100.0]]),
    ("2p_no_overlap", 2, Failing::Apart, [ALL, [100.0, 99.95, 99.98, 99.99]]),
    ("2p_overlap_4c", 2, Failing::End, [ALL, [100.0, 99.95, 100.0, 99.99]]),
    ("2p_random", 2, Failing::Random, [[99.9, 99.48, 99.67, 99.77], [99.16, 99.03, 98.65, 98.66]]),
    ("2p_shared_random", 2, Failing::Shared, [[100.0, 100.0, 99.7, 99.6], [100.0, 97.13, 91.7, 91.99]]),
    ("20p_random", 20, Failing::Random, [[100.0, 100.0, 100.0, 99.96], [100.0, 91.62, 100.0, 100.0]]),
    ("20p_shared_random", 20, Failing::Shared, [[100.0, 100.0, 99.42, 99.34], [99.0, 99.0, 100.0, 100.0]]),
];

/// The ten scenarios.
pub fn scenarios() -> [Scenario; 10] {
    ROWS.map(|(name, probes, failing, [control, blip])| Scenario {
        name,
        probes,
        failing,
        percent: if probes == 20 { 50 } else { 10 },
        configurations: if name.ends_with("_4c") { 4 } else { 1 },
        control,
        blip,
    })
}

/// The cells of these ranges, by scenario, range and phase; each the mean of three repetitions, as Grafana's.
pub fn matrix(seed: u64, ranges: &[Range]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for scenario in &scenarios() {
        for range in ranges {
            for group in [Group::Control, Group::Blip] {
                cells.push(cell(seed, (scenario, *range), group));
            }
        }
    }
    cells
}

fn cell(seed: u64, (scenario, range): (&Scenario, Range), group: Group) -> Cell {
    let place = RANGES.iter().position(|one| *one == range).unwrap_or(0);
    let blip = group == Group::Blip;
    let published = if blip {
        scenario.blip
    } else {
        scenario.control
    };
    let mut cell = Cell {
        scenario: scenario.name,
        range: range.name,
        blip,
        accuracy: 0.0,
        published: published[place],
        exact: true,
        inside: true,
    };
    for repetition in 0..REPETITIONS {
        let seed = seed ^ (repetition + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let sum = whole(seed, (scenario, range), group);
        let length = range.points() * range.spacing * 1_000;
        let up = float(length - sum.truth.0);
        let error = float((sum.measured.estimate - sum.truth).0.abs());
        cell.accuracy += 100.0 * (1.0 - error / up.max(1.0)) / float(REPETITIONS.cast_signed());
        cell.exact &= sum.measured.estimate == sum.truth;
        cell.inside &= sum.inside;
    }
    cell
}

/// One repetition, chunk by chunk.
fn whole(seed: u64, (scenario, range): (&Scenario, Range), group: Group) -> Sum {
    let mut pattern = Rng::with_seed(seed);
    let fails = probes::pattern(scenario, range, &mut pattern);
    let points = range.points();
    let chunks = (points + POINTS - 1) / POINTS;
    let late = Rng::with_seed(seed ^ 1).u64(..);
    let sums = for_each(chunks.cast_unsigned(), |number| {
        let from = number.cast_signed() * POINTS;
        let chunk = Chunk {
            scenario,
            range,
            fails: &fails,
            points: from..(from + POINTS).min(points),
            late: (group == Group::Blip).then_some(late),
        };
        judge(&chunk)
    });
    let first = Sum {
        inside: true,
        ..Sum::default()
    };
    sums.into_iter().fold(first, |sum, one| Sum {
        truth: sum.truth + one.truth,
        measured: sum.measured + one.measured,
        inside: sum.inside && one.inside,
    })
}

fn judge(chunk: &Chunk<'_>) -> Sum {
    let period = chunk.period();
    let end = chunk.end();
    let contract = chunk.contract();
    let assessment = assess(&chunk.record(), &contract, period, end).expect("the record is sound");
    let truth = chunk.down();
    let measured = assessment.total.counted;
    let days = assessment.days.iter().all(|day| {
        let truth = truth.measure_in(day.interval);
        day.tally.counted.lower <= truth && truth <= day.tally.counted.upper
    });
    let truth = truth.measure_in(period);
    Sum {
        truth,
        measured,
        inside: days && measured.lower <= truth && truth <= measured.upper,
    }
}

/// Where the points begin: 2018-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp(1_514_764_800_000);

/// The slot of a point: from half a spacing before it to half a spacing after it.
fn slot(point: i64, spacing: i64) -> Interval {
    let middle = BEGIN + Millis::from_secs(point * spacing);
    let half = Millis(spacing * 500);
    Interval::new(middle - half, middle + half)
}
