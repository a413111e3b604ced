//! How long outages went unnoticed: first possible alarm − start* (semantics §9, MTTD).

use super::Assessment;
use crate::outage::Outage;
use crate::time::Millis;

/// What it took to notice outages. With fewer than ten, print the list and the median, and no trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detection {
    /// How many counted outages there were, at least 1.
    pub count: u32,
    /// Mean time to detect, cut to whole milliseconds.
    pub mean: Millis,
    /// The median; of an even number the lower one of the two in the middle.
    pub median: Millis,
}

impl Outage {
    /// From its best start to the instant at which it was confirmed: no alarm could have come sooner.
    ///
    /// Whether an alarm was delivered then, and when, has no effect on it.
    pub fn detection(&self) -> Millis {
        (self.confirmed - self.start.estimate).max(Millis::ZERO)
    }
}

impl Assessment {
    /// What detection took; `None` without a counted outage.
    pub fn detection(&self) -> Option<Detection> {
        let counted = self.outages.iter();
        let counted = counted.filter(|outage| outage.counted.estimate > Millis::ZERO);
        let mut lengths: Vec<Millis> = counted.map(Outage::detection).collect();
        lengths.sort_unstable();
        let median = *lengths.get(lengths.len().checked_sub(1)? / 2)?;
        let count = u32::try_from(lengths.len()).unwrap_or(u32::MAX);
        let total: Millis = lengths.into_iter().sum();
        Some(Detection {
            count,
            mean: Millis(total.0 / i64::from(count)),
            median,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{History, contract, span};

    #[test]
    fn an_outage_is_detected_when_the_rule_is_met_and_not_when_somebody_looks() {
        let period = span("2018-12-20T00:00:00Z", "2018-12-20T06:00:00Z");
        let history = History::every(60, period)
            .fast(10)
            .down(span("2018-12-20T01:00:30Z", "2018-12-20T01:20:00Z"))
            .down(span("2018-12-20T03:00:59Z", "2018-12-20T03:30:00Z"));
        let found = history.assess(&contract("UTC"), period);
        let each: Vec<Millis> = found.outages.iter().map(Outage::detection).collect();
        // Last good at :00, first bad a minute later, so start* is half a minute before it; confirmed 10 s after it.
        assert_eq!(each, [Millis::from_secs(40), Millis::from_secs(40)]);
        let expected = Detection {
            count: 2,
            mean: Millis::from_secs(40),
            median: Millis::from_secs(40),
        };
        assert_eq!(found.detection(), Some(expected));
    }

    #[test]
    fn without_an_outage_there_is_nothing_to_detect() {
        let period = span("2018-12-20T00:00:00Z", "2018-12-20T01:00:00Z");
        let found = History::every(60, period).assess(&contract("UTC"), period);
        assert_eq!(found.detection(), None);
    }
}
