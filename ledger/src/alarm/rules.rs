//! The defaults of semantics §12. None of them can change a figure: the tally never sees them.

use super::event::Severity;
use crate::contract::Share;
use crate::time::Millis;

/// When alarms are raised and when they keep quiet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmRules {
    /// The alarm clock: conditions are looked at on multiples of this since 1970.
    pub step: Millis,
    /// Nothing that is over and older than this is announced (semantics §8).
    pub oldest: Millis,
    /// So many openings ...
    pub flap_opens: usize,
    /// ... within this time are one notice of instability,
    pub flap_within: Millis,
    /// and silence until one state has held for this long.
    pub flap_settles: Millis,
    /// Regions and personas come back one after the other: for so long after an outage they are no partial one.
    pub aftermath: Millis,
    /// Whether an alarm keeps quiet while another one says the same already.
    pub inhibits: bool,
    /// An agent is silent after so many spacings without a row.
    pub silent_spacings: u32,
    /// An agent's own trouble is told from so many void ticks on ...
    pub prober_ticks: usize,
    /// ... within this time.
    pub prober_within: Millis,
    /// Shares of a month's allowed downtime that are told, in percent.
    pub budget_percents: Vec<u32>,
    /// Burn rates.
    pub burn: Vec<BurnRule>,
}

/// Downtime that comes in faster than the target allows, over a long and a short window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurnRule {
    /// Its name, after the long window.
    pub scope: &'static str,
    /// The window that says that it matters.
    pub long: Millis,
    /// The window that says that it still goes on.
    pub short: Millis,
    /// How many tenths of the allowed rate are too many.
    pub tenths: u32,
    /// How urgent it is.
    pub severity: Severity,
}

impl BurnRule {
    /// Least base ticks in the short window.
    pub const TICKS: u64 = 5;

    const fn new(scope: &'static str, [long, short]: [i64; 2], tenths: u32) -> Self {
        Self {
            scope,
            long: Millis::from_mins(long),
            short: Millis::from_mins(short),
            tenths,
            severity: Severity::Page,
        }
    }

    const fn as_ticket(mut self) -> Self {
        self.severity = Severity::Ticket;
        self
    }

    /// Whether even a total outage cannot burn that fast: the burn rate is at most 1/(1 − target).
    pub fn is_out_of_reach(&self, target: Share) -> bool {
        let allowed = u64::from(Share::ONE.0.saturating_sub(target.0));
        u64::from(self.tenths) * allowed >= u64::from(Share::ONE.0) * 10
    }
}

impl Default for AlarmRules {
    fn default() -> Self {
        Self {
            step: Millis::from_secs(30),
            oldest: Millis::from_mins(15),
            flap_opens: 3,
            flap_within: Millis::from_mins(60),
            flap_settles: Millis::from_mins(30),
            aftermath: Millis::from_mins(5),
            inhibits: true,
            silent_spacings: 3,
            prober_ticks: 2,
            prober_within: Millis::from_mins(15),
            budget_percents: vec![50, 75, 100],
            burn: vec![
                BurnRule::new("1h", [60, 5], 144),
                BurnRule::new("6h", [360, 30], 60),
                BurnRule::new("1d", [1_440, 120], 30).as_ticket(),
                BurnRule::new("3d", [4_320, 360], 10).as_ticket(),
            ],
        }
    }
}

impl AlarmRules {
    /// The longest window that is looked at.
    pub fn longest(&self) -> Millis {
        let windows = self.burn.iter().map(|rule| rule.long);
        windows.max().unwrap_or(Millis::ZERO)
    }
}
