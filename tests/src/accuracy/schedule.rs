//! A random schedule of outages: the set-up, the truth, and the time that is judged. By its seed alone.

use fastrand::Rng;
use ledger::time::{Interval, Millis, Timestamp};

use super::design::Design;
use super::world::{Own, OwnTrouble, Symptom, Trouble, World};

/// One random schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// What it is about.
    pub sort: Sort,
    /// How it is watched.
    pub design: Design,
    /// What is true.
    pub world: World,
    /// A day long, beginning at any hour.
    pub period: Interval,
    /// What is watched: more than the period at both ends.
    pub span: Interval,
}

/// What a schedule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Outages of everything, long enough and far enough apart.
    Clean,
    /// Of one region or one persona as well.
    Partial,
    /// With symptoms that only other accounts and regions can decide.
    Held,
    /// With agents that fail meanwhile.
    Own,
    /// Nothing but agents that fail.
    OwnOnly,
    /// Outages of any length, down to a second, and as near to each other.
    Flapping,
}

/// How often each sort is drawn, of twenty.
const SHARES: [(Sort, usize); 6] = [
    (Sort::Clean, 5),
    (Sort::Partial, 4),
    (Sort::Held, 3),
    (Sort::Own, 3),
    (Sort::OwnOnly, 2),
    (Sort::Flapping, 3),
];

/// Spacings in seconds; those in between are drawn more often than the ends.
const SPACINGS: [i64; 12] = [10, 15, 20, 30, 30, 60, 60, 60, 120, 180, 300, 300];

/// 2018-12-14T00:00:00Z.
const FIRST_DAY: Timestamp = Timestamp(1_544_745_600_000);

const DAY: Millis = Millis::from_mins(24 * 60);

impl Schedule {
    /// The schedule of that number.
    pub fn draw(seed: u64, number: u64) -> (Self, Rng) {
        let mut rng = Rng::with_seed(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let sort = sort(&mut rng);
        let mut design = design(&mut rng);
        if sort == Sort::Held {
            // With one region most of these are void by semantics §3, and their time unknown.
            design.regions = design.regions.max(2);
        }
        let start = FIRST_DAY + Millis(rng.i64(0..DAY.0));
        let period = Interval::new(start, start + DAY);
        let margin = Millis(design.spacing.0 * 8).0.max(Millis::from_mins(30).0);
        let span = Interval::new(period.start - Millis(margin), period.end + Millis(margin));
        let mut world = World::default();
        if sort != Sort::OwnOnly {
            troubles(&mut world, (sort, &design), span, &mut rng);
        }
        if matches!(sort, Sort::Own | Sort::OwnOnly) {
            own(&mut world, &design, span, &mut rng);
        }
        let schedule = Self {
            sort,
            design,
            world,
            period,
            span,
        };
        (schedule, rng)
    }
}

fn sort(rng: &mut Rng) -> Sort {
    let mut drawn = rng.usize(..SHARES.iter().map(|(_, share)| share).sum::<usize>());
    for (sort, share) in SHARES {
        if drawn < share {
            return sort;
        }
        drawn -= share;
    }
    Sort::Clean
}

fn design(rng: &mut Rng) -> Design {
    let seconds = SPACINGS[rng.usize(..SPACINGS.len())];
    let spacing = Millis::from_secs(seconds);
    let longest = spacing.0 * 2 / 5;
    let mut design = Design::plain(seconds);
    design.timeout = Millis(longest.min(30_000));
    // Most sites answer in a moment, the others take what they may.
    design.attempt = match rng.usize(..4) {
        0 => Millis(rng.i64(20..=design.timeout.0)),
        _ => Millis(rng.i64(20..=spacing.0 / 50)),
    };
    design.fast = (seconds > 10 && rng.bool()).then_some(Millis::from_secs(10));
    design.regions = rng.usize(1..=5);
    design.personas = rng.usize(1..=2);
    design.retries = rng.u32(0..=1);
    design.steps = rng.i64(1..=3);
    design.clock_permille = 20;
    design.stagger = rng.usize(..8) > 0;
    design.jitter_permille = match rng.usize(..4) {
        0 => 0,
        _ => 50,
    };
    design
}

/// Troubles one after the other over all of `span`, but its first and last stretch.
fn troubles(world: &mut World, (sort, design): (Sort, &Design), span: Interval, rng: &mut Rng) {
    let flapping = sort == Sort::Flapping;
    // Evidence to evidence: a slot, its jitter both ways, and the longest attempt.
    let gap = design.spacing.0 * 11 / 10 + design.timeout.0.max(design.attempt.0);
    let shortest = |ticks: u32| match flapping {
        true => 1_000,
        false => gap * i64::from(ticks + 1) + 1_000,
    };
    let up = shortest(design.rules.n_up);
    let down = shortest(design.rules.n_down);
    let many = rng.i64(1..=24);
    let mean_up = DAY.0 / many;
    let mean_down = if flapping {
        design.spacing.0 * 2
    } else {
        mean_up / 6
    };
    let symptom = symptom(sort, rng);
    // In some schedules outages hang, in the others none does.
    let hang = (rng.usize(..4) == 0).then_some(Symptom::Hangs);
    let mut at = span.start + Millis(gap * 5 + exponential(mean_up, rng));
    loop {
        let length = down + exponential(mean_down, rng);
        let end = at + Millis(length);
        if end + Millis(gap * 5) >= span.end {
            return;
        }
        let (region, persona) = whom(sort, design, rng);
        world.troubles.push(Trouble {
            span: Interval::new(at, end),
            region,
            persona,
            symptom: symptom.unwrap_or_else(|| {
                let plain = plain_symptom(rng);
                hang.unwrap_or(plain)
            }),
        });
        // Flaps come in bursts.
        let near = flapping && rng.usize(..4) > 0;
        let mean = if near { design.spacing.0 * 2 } else { mean_up };
        at = end + Millis(up + exponential(mean, rng));
    }
}

/// Held schedules have one symptom of that kind throughout, so that it is never taken for an agent's own.
fn symptom(sort: Sort, rng: &mut Rng) -> Option<Symptom> {
    let held = [
        Symptom::Throttles,
        Symptom::NoName,
        Symptom::Rejects,
        Symptom::NoForm,
    ];
    (sort == Sort::Held).then(|| held[rng.usize(..held.len())])
}

fn plain_symptom(rng: &mut Rng) -> Symptom {
    match rng.bool() {
        true => Symptom::Refuses,
        false => Symptom::Fails,
    }
}

fn whom(sort: Sort, design: &Design, rng: &mut Rng) -> (Option<usize>, Option<usize>) {
    if !matches!(sort, Sort::Partial | Sort::Flapping) {
        return (None, None);
    }
    match rng.usize(..3) {
        0 => (Some(rng.usize(..design.regions)), None),
        1 => (None, Some(rng.usize(..design.personas))),
        _ => (None, None),
    }
}

/// Up to eight troubles of agents. What others might confirm (a block, a lock, a page without a form) befalls one
/// region only.
fn own(world: &mut World, design: &Design, span: Interval, rng: &mut Rng) {
    let agents = [
        Own::Network,
        Own::Resolver,
        Own::Silent,
        Own::Restart,
        Own::Overrun,
        Own::Clock,
    ];
    let doubtful = rng.usize(..design.regions);
    let mut alone = vec![Own::Blocked, Own::Locked];
    if design.regions > 2 {
        alone.push(Own::NoForm);
    }
    let doubt = alone[rng.usize(..alone.len())];
    for _ in 0..rng.usize(1..=8) {
        let mut region = rng.usize(..design.regions);
        let mut what = agents[rng.usize(..agents.len())];
        let mut length = exponential(Millis::from_mins(25).0, rng) + design.spacing.0;
        if rng.usize(..4) == 0 {
            (region, what) = (doubtful, doubt);
            // A lock shorter than twice 15 minutes looks like intermittent sign-in, and is judged so.
            length += Millis::from_mins(40).0;
        }
        let start = span.start + Millis(rng.i64(0..span.length().0));
        world.own.push(OwnTrouble {
            span: Interval::new(start, start + Millis(length)),
            region,
            what,
        });
    }
    // The only witness of a page without a form must not be the region that has it.
    if doubt == Own::NoForm {
        world
            .own
            .retain(|own| own.what == Own::NoForm || own.region == doubtful);
    }
}

/// Exponential with that mean, in whole milliseconds, cut at eight times the mean.
fn exponential(mean: i64, rng: &mut Rng) -> i64 {
    let share = -(1.0 - rng.f64()).ln();
    super::stats::rounded(share.min(8.0) * super::stats::float(mean))
}
