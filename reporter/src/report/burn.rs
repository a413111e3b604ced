//! How fast the budget burnt at worst, beside the pace at which alarms are raised.

use ledger::alarm::AlarmRules;
use ledger::contract::Share;
use ledger::sla::Ratio;
use ledger::time::Millis;

use super::Report;

/// The worst window of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    /// The length.
    pub window: Millis,
    /// An alarm is raised from so many tenths of the allowed pace on.
    pub limit_tenths: u32,
    /// How many times the allowed pace it was at worst; 1 uses up exactly the budget.
    pub rate: Ratio,
}

impl Burn {
    /// Whether an alarm was due.
    pub fn is_over(&self) -> bool {
        let limit = i128::from(self.limit_tenths) * i128::from(self.rate.denominator);
        i128::from(self.rate.numerator) * 10 >= limit
    }

    /// `1000.0`, `0.3`: to a tenth, halves upwards.
    pub fn times(ratio: Ratio) -> String {
        let (part, whole) = (i128::from(ratio.numerator), i128::from(ratio.denominator));
        let tenths = (part * 20 + whole).div_euclid(whole * 2);
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// The windows of the burn alarms that fit in the period; none where the target allows nothing.
pub fn of(report: &Report) -> Vec<Burn> {
    let target = report.found.sla.target;
    let allowance = i64::from(Share::ONE.0.saturating_sub(target.0));
    let rules = AlarmRules::default().burn;
    let worst = rules.into_iter().filter_map(|rule| {
        let availability = report.found.worst_window(rule.long)?;
        let down = availability.denominator - availability.numerator;
        let rate = Ratio::of_counts(
            down.checked_mul(i64::from(Share::ONE.0))?,
            availability.denominator.checked_mul(allowance)?,
        )?;
        Some(Burn {
            window: rule.long,
            limit_tenths: rule.tenths,
            rate,
        })
    });
    worst.collect()
}
