//! Burn rates: how fast the allowed downtime is used up (semantics §9, §12).

use super::condition::{Condition, Conditions, Truth};
use super::event::Facts;
use super::key::Alarm;
use super::rules::BurnRule;
use super::walk::Seen;
use crate::contract::Share;
use crate::evidence;
use crate::print;
use crate::sla::Ratio;
use crate::state::State;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// What a burn rate is made of: downtime, and time that nobody knows or that does not count.
#[derive(Clone, Debug)]
pub(super) struct Burning {
    pub(super) down: Intervals,
    pub(super) unknown: Intervals,
}

impl Burning {
    /// (down share of the known time in the window before `at`) / (1 − target); `None` if nothing is known or nothing
    /// may be down.
    pub(super) fn rate(&self, at: Timestamp, window: Millis, target: Share) -> Option<Ratio> {
        let span = Interval::new(at - window, at);
        let known = window - self.unknown.measure_in(span);
        let allowed = i64::from(Share::ONE.0.saturating_sub(target.0));
        let down = self.down.measure_in(span);
        (known > Millis::ZERO && allowed > 0).then(|| Ratio {
            numerator: down.0.saturating_mul(i64::from(Share::ONE.0)),
            denominator: known.0.saturating_mul(allowed),
        })
    }

    /// Whether both windows are over the factor.
    pub(super) fn is_over(&self, rule: &BurnRule, at: Timestamp, target: Share) -> bool {
        let limit = Ratio {
            numerator: i64::from(rule.tenths),
            denominator: 10,
        };
        [rule.long, rule.short].into_iter().all(|window| {
            let rate = self.rate(at, window, target);
            rate.is_some_and(|rate| rate.compare(limit).is_gt())
        })
    }
}

/// Adds one condition per rule.
pub(super) fn add(now: &Seen<'_>, conditions: &mut Conditions) {
    let found = now.found;
    let excluded = found.excluded();
    let burning = Burning {
        down: found.service.of(State::Down).subtract(&excluded),
        unknown: found.service.of(State::Unknown).union(&excluded),
    };
    for rule in &now.rules.burn {
        let holds = burning.is_over(rule, now.at, found.sla.target)
            && now.ticks_within(rule.short) >= BurnRule::TICKS;
        let truth = Truth::from(holds);
        let facts = Facts::said(told(now, &burning, (rule, truth)));
        let condition = Condition::new(truth, rule.severity, facts);
        conditions
            .all
            .insert(now.key(Alarm::BurnRate, rule.scope), condition);
    }
}

fn told(now: &Seen<'_>, burning: &Burning, (rule, truth): (&BurnRule, Truth)) -> String {
    let [(long, over_long), (short, over_short)] = [rule.long, rule.short].map(|window| {
        let rate = burning.rate(now.at, window, now.found.sla.target);
        let rate = rate.map_or_else(|| "an unknown number of".to_owned(), tenths);
        (print::table(window), rate)
    });
    let speed = match truth {
        Truth::Yes => "too fast",
        Truth::No | Truth::Unsure => "no longer too fast",
    };
    format!(
        "{} uses up its allowed downtime {speed}: {over_long} times as fast as its target allows over {long}, \
         {over_short} times over {short}; the limit is {}.{}",
        now.service(),
        rule.tenths / 10,
        rule.tenths % 10,
    )
}

/// A ratio cut to one decimal.
fn tenths(ratio: Ratio) -> String {
    let tenths = i128::from(ratio.numerator) * 10 / i128::from(ratio.denominator.max(1));
    format!("{}.{}", tenths / 10, tenths % 10)
}

impl Seen<'_> {
    /// Base ticks of the last `window` that said something.
    fn ticks_within(&self, window: Millis) -> u64 {
        let span = Interval::new(self.at - window, self.at);
        let Ok((service, _)) = evidence::split(self.recent) else {
            return 0;
        };
        let heard = evidence::hear(&service, &self.terms.contract.rules, span, self.at);
        let said = heard.obtained.values();
        said.map(|said| said.good + said.flicker + said.bad).sum()
    }
}
