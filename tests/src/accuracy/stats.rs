//! Means, deviations and percentiles, for print. Nothing here decides anything.

use serde::Serialize;

/// What a set of numbers looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// How many.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Nearest rank: a twentieth is not above it.
    pub p5: f64,
    /// Nineteen twentieths are not above it.
    pub p95: f64,
    /// The largest distance from zero.
    pub most: f64,
}

impl Spread {
    /// Of these numbers; all zero if there are none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        if sorted.is_empty() {
            return Self::default();
        }
        sorted.sort_by(f64::total_cmp);
        let count = size(sorted.len());
        let mean = sorted.iter().sum::<f64>() / count;
        let square = sorted.iter().map(|one| (one - mean).powi(2)).sum::<f64>();
        let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
        Self {
            count: sorted.len(),
            mean,
            deviation: (square / count).sqrt(),
            p5: rank(5),
            p95: rank(95),
            most: sorted.iter().map(|one| one.abs()).fold(0.0, f64::max),
        }
    }

    /// The standard error of the mean.
    pub fn error(&self) -> f64 {
        self.deviation / size(self.count.max(1)).sqrt()
    }
}

/// For print and for ratios.
pub fn float(number: i64) -> f64 {
    // Lengths of a day and counts of outages are far below 2^52.
    number as f64
}

/// For print and for ratios.
pub fn size(number: usize) -> f64 {
    number as f64
}

/// To the nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a length of a few days in milliseconds"
)]
pub fn rounded(number: f64) -> i64 {
    number.round() as i64
}

/// `part` of `whole` in percent; 100 of nothing.
pub fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 100.0;
    }
    100.0 * size(part) / size(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_counted_by_nearest_rank() {
        let spread = Spread::of((1..=20).map(float));
        assert_eq!((spread.p5, spread.p95, spread.most), (1.0, 19.0, 20.0));
        assert!(
            (spread.mean - 10.5).abs() < 1e-9 && (spread.deviation.powi(2) - 33.25).abs() < 1e-9
        );
        assert_eq!(Spread::of([]), Spread::default());
    }
}
