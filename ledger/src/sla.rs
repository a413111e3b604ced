//! What a tally means under a contract: availability with its range, budget, verdict and credit (semantics §9).
//!
//! Everything is compared as exact rationals; nothing is rounded before it is printed.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::contract::{Contract, CountMode, Rules, Share, UnknownAs};
use crate::evidence::Requests;
use crate::tally::Tally;
use crate::time::Millis;

/// An exact fraction; the denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// The part.
    pub numerator: i64,
    /// The whole, above zero.
    pub denominator: i64,
}

/// A share of time and what it may be at least and at most: `lowest <= estimate <= highest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// With every doubt against the service: bounds of downtime at their upper end and unknown time down.
    pub lowest: Ratio,
    /// The best estimate, over the time that is known.
    pub estimate: Ratio,
    /// With every doubt for the service.
    pub highest: Ratio,
}

/// Three-valued: a measurement may be too coarse to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlaVerdict {
    /// Even the lowest availability reaches the target.
    Met,
    /// Even the highest availability misses it.
    Missed,
    /// The range contains the target.
    Undecided,
    /// Too little is known (coverage below the contract's least), or nothing is left to judge.
    Unmeasured,
}

/// What the target allows, of what is known: downtime, or failing requests where the contract counts those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// What is counted.
    pub unit: Unit,
    /// Allowed, cut to whole units.
    pub allowed: i64,
    /// Used: what counted.
    pub used: i64,
    /// What is left; below zero if overdrawn.
    pub remaining: i64,
}

/// What a budget is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Milliseconds of downtime.
    Milliseconds,
    /// Requests that failed.
    Requests,
}

/// Shares of the fee to be credited, for each end of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Due at the highest availability: at least this.
    pub least: Share,
    /// Due at the best estimate.
    pub estimate: Share,
    /// Due at the lowest availability: at most this.
    pub most: Share,
}

/// A period held against the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sla {
    /// What was promised.
    pub target: Share,
    /// What came of it; `None` if no time is left to judge.
    pub availability: Option<Range>,
    /// Known share of the time (or of the requests) that counts; `None` if nothing does.
    pub coverage: Option<Ratio>,
    /// The verdict that the bounds allow.
    pub verdict: SlaVerdict,
    /// Whether the best estimate alone reaches the target; printed beside an undecided verdict.
    pub estimate_meets: Option<bool>,
    /// The allowance.
    pub budget: Budget,
    /// The credit; `None` if no time is left to judge.
    pub credit: Option<Credit>,
}

impl Share {
    /// The whole: one.
    pub const ONE: Self = Self(1_000_000);

    /// Whether `part` of `whole` is more than this share. Exact.
    pub fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * 1_000_000 > u128::from(self.0) * u128::from(whole)
    }

    /// Whether `part` of `whole` is at least this share. Exact.
    pub fn is_reached_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * 1_000_000 >= u128::from(self.0) * u128::from(whole)
    }

    /// This share as a fraction.
    pub fn ratio(self) -> Ratio {
        Ratio {
            numerator: i64::from(self.0),
            denominator: 1_000_000,
        }
    }
}

impl Ratio {
    /// `part / whole`, or `None` unless `whole` is positive.
    pub fn of(part: Millis, whole: Millis) -> Option<Self> {
        Self::of_counts(part.0, whole.0)
    }

    /// `part / whole`, or `None` unless `whole` is positive.
    pub fn of_counts(part: i64, whole: i64) -> Option<Self> {
        (whole > 0).then_some(Self {
            numerator: part,
            denominator: whole,
        })
    }

    /// Which of the two is larger. Exact.
    pub fn compare(self, other: Self) -> Ordering {
        let left = i128::from(self.numerator) * i128::from(other.denominator);
        left.cmp(&(i128::from(other.numerator) * i128::from(self.denominator)))
    }

    /// Whether it is at least `share`. Exact.
    pub fn reaches(self, share: Share) -> bool {
        self.compare(share.ratio()).is_ge()
    }
}

impl Tally {
    /// Length without what is excluded: *S*.
    pub fn counting(&self) -> Millis {
        self.length - self.excluded
    }

    /// Known share of the counting time, *C* = (S − U)/S; `None` if no time counts.
    pub fn coverage(&self) -> Option<Ratio> {
        Ratio::of(self.counting() - self.unknown, self.counting())
    }

    /// Availability with its range as the contract counts it (semantics §9); `None` if nothing is left to judge.
    pub fn availability(&self, rules: &Rules) -> Option<Range> {
        if rules.count_mode == CountMode::Request {
            self.requests.availability(rules.unknown_as)
        } else {
            self.by_time(rules.unknown_as)
        }
    }

    /// The known share of what counts; `None` if nothing does.
    fn known(&self, rules: &Rules) -> Option<Ratio> {
        if rules.count_mode == CountMode::Request {
            self.requests.known()
        } else {
            self.coverage()
        }
    }

    /// Availability of time with its range; `None` if no time is left to judge.
    ///
    /// With D the counted downtime: `exclude` gives A = 1 − D/(S − U), from 1 − (upper D + U)/S to 1 − (lower D)/S.
    /// `up` and `down` say what unknown time is, so that only the edges leave doubt: A = 1 − D/S, or 1 − (D + U)/S,
    /// each with the bounds of D.
    fn by_time(&self, unknown_as: UnknownAs) -> Option<Range> {
        let (whole, unknown) = (self.counting(), self.unknown);
        let (known, low, middle, high) = match unknown_as {
            UnknownAs::Exclude => (whole - unknown, unknown, Millis::ZERO, Millis::ZERO),
            UnknownAs::Up => (whole, Millis::ZERO, Millis::ZERO, Millis::ZERO),
            UnknownAs::Down => (whole, unknown, unknown, unknown),
        };
        Some(Range {
            estimate: Ratio::of(known - self.counted.estimate - middle, known)?,
            lowest: Ratio::of(whole - self.counted.upper - low, whole)?,
            highest: Ratio::of(whole - self.counted.lower - high, whole)?,
        })
    }
}

impl Requests {
    /// The share of good requests with its range, as [`Tally::availability`] does for time: what is missing may have been
    /// good or bad.
    pub fn availability(&self, unknown_as: UnknownAs) -> Option<Range> {
        let [good, failing, missing] = [self.good, self.failing, self.missing].map(signed);
        let (known, all) = (good + failing, good + failing + missing);
        let (least, part, whole, most) = match unknown_as {
            UnknownAs::Exclude => (good, good, known, good + missing),
            UnknownAs::Up => (good + missing, good + missing, all, good + missing),
            UnknownAs::Down => (good, good, all, good),
        };
        Some(Range {
            lowest: Ratio::of_counts(least, all)?,
            estimate: Ratio::of_counts(part, whole)?,
            highest: Ratio::of_counts(most, all)?,
        })
    }

    /// The share of planned requests that said something; `None` if none was planned.
    pub fn known(&self) -> Option<Ratio> {
        let known = signed(self.obtained());
        Ratio::of_counts(known, known + signed(self.missing))
    }
}

impl Budget {
    /// What `target` allows of `total`.
    fn of(total: &Tally, contract: &Contract) -> Self {
        let allowance = Share::ONE.0.saturating_sub(contract.target.0);
        let (unit, whole, used) = if contract.rules.count_mode == CountMode::Request {
            let requests = &total.requests;
            let (whole, failing) = (signed(requests.obtained()), signed(requests.failing));
            (Unit::Requests, whole, failing)
        } else {
            let known = total.counting() - total.unknown;
            (Unit::Milliseconds, known.0, total.counted.estimate.0)
        };
        let allowed = share_of(allowance, whole);
        Self {
            unit,
            allowed,
            used,
            remaining: allowed - used,
        }
    }

    /// What was used of what is allowed: above one if overdrawn; `None` if nothing is allowed.
    pub fn consumed(&self) -> Option<Ratio> {
        Ratio::of_counts(self.used, self.allowed)
    }
}

impl Sla {
    /// Holds `total` against `contract`.
    pub fn judge(total: &Tally, contract: &Contract) -> Self {
        let rules = &contract.rules;
        let availability = total.availability(rules);
        let coverage = total.known(rules);
        let covered = coverage.is_some_and(|coverage| coverage.reaches(rules.cov_min));
        Self {
            target: contract.target,
            availability,
            coverage,
            verdict: match availability.map(|range| decide(&range, contract.target)) {
                None => SlaVerdict::Unmeasured,
                Some(SlaVerdict::Undecided) if !covered => SlaVerdict::Unmeasured,
                Some(decided) => decided,
            },
            estimate_meets: availability.map(|range| range.estimate.reaches(contract.target)),
            budget: Budget::of(total, contract),
            credit: availability.map(|range| Credit {
                least: credit_at(range.highest, contract),
                estimate: credit_at(range.estimate, contract),
                most: credit_at(range.lowest, contract),
            }),
        }
    }
}

/// The credit due at exactly `availability`; an availability on a boundary takes the better tier.
pub fn credit_at(availability: Ratio, contract: &Contract) -> Share {
    if availability.reaches(contract.target) {
        return Share(0);
    }
    let tier = contract
        .tiers
        .iter()
        .find(|tier| availability.reaches(tier.from));
    tier.or(contract.tiers.last())
        .map_or(Share(0), |tier| tier.credit)
}

fn decide(range: &Range, target: Share) -> SlaVerdict {
    if range.lowest.reaches(target) {
        SlaVerdict::Met
    } else if range.highest.reaches(target) {
        SlaVerdict::Undecided
    } else {
        SlaVerdict::Missed
    }
}

/// `millionths` of `whole`, cut to whole units.
fn share_of(millionths: u32, whole: i64) -> i64 {
    let exact = i128::from(whole) * i128::from(millionths) / 1_000_000;
    i64::try_from(exact).expect("a share of a whole is no larger than the whole")
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::outage::Bounds;
    use crate::testing::contract;

    /// A month with this much counted downtime and unknown time, in milliseconds.
    fn month(down: [i64; 3], unknown: i64) -> Tally {
        let [lower, estimate, upper] = down.map(Millis);
        Tally {
            length: Millis(744 * 3_600_000),
            unknown: Millis(unknown),
            counted: Bounds {
                lower,
                estimate,
                upper,
            },
            ..Tally::default()
        }
    }

    #[test]
    fn p30_tiers_take_the_better_side_of_their_edges() {
        let contract = contract("UTC");
        let at = |numerator: i64| {
            let ratio = Ratio {
                numerator,
                denominator: 1_000_000_000,
            };
            credit_at(ratio, &contract).0
        };
        for (availability, credit) in [
            (1_000_000_000, 0),
            (999_000_000, 0),
            (998_999_999, 100_000),
            (990_000_000, 100_000),
            (989_999_999, 250_000),
            (950_000_000, 250_000),
            (949_999_999, 500_000),
            (0, 500_000),
        ] {
            assert_eq!(at(availability), credit, "{availability}");
        }
    }

    #[test]
    fn p28_the_verdict_is_exact_a_millisecond_beside_the_target() {
        let contract = contract("UTC");
        let allowed = 744 * 3_600;
        let verdict = |down: [i64; 3]| Sla::judge(&month(down, 0), &contract).verdict;
        assert_eq!(verdict([allowed; 3]), SlaVerdict::Met);
        assert_eq!(verdict([allowed + 1; 3]), SlaVerdict::Missed);
        assert_eq!(
            verdict([allowed, allowed, allowed + 1]),
            SlaVerdict::Undecided
        );
    }

    #[test]
    fn unknown_time_counts_as_the_contract_says() {
        let hour = 3_600_000;
        let tally = month([0, hour, 2 * hour], 44 * hour);
        for (unknown_as, estimate, lowest, highest) in [
            (UnknownAs::Exclude, (699, 700), (698, 744), (744, 744)),
            (UnknownAs::Up, (743, 744), (742, 744), (744, 744)),
            (UnknownAs::Down, (699, 744), (698, 744), (700, 744)),
        ] {
            let range = tally.by_time(unknown_as).expect("time is left");
            let hours = |(numerator, denominator)| Ratio {
                numerator: numerator * hour,
                denominator: denominator * hour,
            };
            let expected = [estimate, lowest, highest].map(hours);
            assert_eq!(
                [range.estimate, range.lowest, range.highest],
                expected,
                "{unknown_as:?}"
            );
        }
    }

    #[test]
    fn nothing_to_judge_is_no_verdict_and_not_a_hundred_percent() {
        let mut tally = month([0; 3], 0);
        tally.excluded = tally.length;
        let sla = Sla::judge(&tally, &contract("UTC"));
        assert_eq!(
            (sla.verdict, sla.availability, sla.credit),
            (SlaVerdict::Unmeasured, None, None)
        );
    }

    #[test]
    fn too_little_coverage_is_no_verdict_unless_the_bounds_agree() {
        let contract = contract("UTC");
        let hour = 3_600_000;
        let verdict = |down, unknown| Sla::judge(&month(down, unknown), &contract).verdict;
        assert_eq!(verdict([0; 3], 300 * hour), SlaVerdict::Unmeasured);
        assert_eq!(verdict([9 * hour; 3], 300 * hour), SlaVerdict::Missed);
    }

    proptest! {
        #[test]
        fn p27_what_is_left_of_the_budget_is_never_clamped(down in 0..=2_678_400_000_i64) {
            let sla = Sla::judge(&month([down; 3], 0), &contract("UTC"));
            prop_assert_eq!(sla.budget.remaining + sla.budget.used, sla.budget.allowed);
            prop_assert_eq!(sla.budget.allowed, 2_678_400);
            prop_assert_eq!(sla.budget.remaining < 0, sla.verdict == SlaVerdict::Missed);
        }
    }
}
