//! Burn rates: how fast the allowed downtime is used up (semantics §9, §12).

use super::condition::{Condition, Conditions, Truth};
use super::event::Facts;
use super::key::Alarm;
use super::rules::BurnRule;
use super::walk::Seen;
use crate::evidence;
use crate::print;
use crate::sla::Ratio;
use crate::tally::Assessment;
use crate::time::{Interval, Millis, Timestamp};

/// Whether both windows before `at` are over the factor.
pub(super) fn is_over(rule: &BurnRule, found: &Assessment, at: Timestamp) -> bool {
    let limit = Ratio {
        numerator: i64::from(rule.tenths),
        denominator: 10,
    };
    [rule.long, rule.short].into_iter().all(|window| {
        let rate = found.burn_rate(Interval::new(at - window, at), found.sla.target);
        rate.is_some_and(|rate| rate.compare(limit).is_gt())
    })
}

/// Adds one condition per rule.
pub(super) fn add(now: &Seen<'_>, conditions: &mut Conditions) {
    for rule in &now.rules.burn {
        let holds =
            is_over(rule, now.found, now.at) && now.ticks_within(rule.short) >= BurnRule::TICKS;
        let truth = Truth::from(holds);
        let facts = Facts::said(told(now, rule, truth));
        let condition = Condition::new(truth, rule.severity, facts);
        let key = now.key(Alarm::BurnRate, rule.scope);
        conditions.all.insert(key, condition);
    }
}

fn told(now: &Seen<'_>, rule: &BurnRule, truth: Truth) -> String {
    let [(long, over_long), (short, over_short)] = [rule.long, rule.short].map(|window| {
        let span = Interval::new(now.at - window, now.at);
        let rate = now.found.burn_rate(span, now.found.sla.target);
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
