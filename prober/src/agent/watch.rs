//! What the agent knows of one probe: its next slot, what runs, and whether the site is in doubt. Plain data, no task.

use ledger::attempt::Kind;
use ledger::time::{Millis, Timestamp};
use ledger::verdict::{Class, Verdict};

use super::slots::{Slot, Slots};
use crate::login_cap::AccountKey;

/// One probe of this region.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Index of the probe in the plan.
    pub(crate) probe: usize,
    /// Index of its persona, if it has one.
    pub(crate) persona: Option<usize>,
    /// The next base slot; `None` when the schedule has ended.
    pub(crate) next: Option<Slot>,
    /// Alarms of the base grid with another number are stale.
    pub(crate) base_alarm: u32,
    /// Alarms of fast ticks and retries with another number are stale.
    pub(crate) extra_alarm: u32,
    /// A retry is planned but not started.
    pub(crate) retry_planned: bool,
    /// Attempts in the air, all kinds.
    pub(crate) running: u32,
    /// A base attempt is in the air.
    pub(crate) base_running: bool,
    /// Slots that passed while an attempt was in the air: missed if that ends void.
    pub(crate) covered: Vec<Slot>,
    /// The latest tick, base or fast.
    pub(crate) latest: Slot,
    /// Retries left in it.
    pub(crate) retries_left: u32,
    /// Good ticks in a row since the last failing one; `None` while all is well.
    pub(crate) good_since_doubt: Option<u32>,
    /// The account that was refused last.
    pub(crate) refused: Option<AccountKey>,
    /// The account whose session is kept.
    pub(crate) kept: Option<AccountKey>,
}

impl Watch {
    /// A probe that nothing is known of yet.
    pub(crate) const fn new(probe: usize, persona: Option<usize>) -> Self {
        let never = Timestamp(i64::MIN);
        Self {
            probe,
            persona,
            next: None,
            base_alarm: 0,
            extra_alarm: 0,
            retry_planned: false,
            running: 0,
            base_running: false,
            covered: Vec::new(),
            latest: Slot {
                tick: never,
                due: never,
            },
            retries_left: 0,
            good_since_doubt: None,
            refused: None,
            kept: None,
        }
    }

    /// Whether the site is suspect or down in this agent's own view.
    pub(crate) const fn in_doubt(&self) -> bool {
        self.good_since_doubt.is_some()
    }

    /// Takes note of a primary attempt: a failing one raises doubt, `n_up` good ones in a row end it.
    pub(crate) fn judge(&mut self, kind: Kind, verdict: Verdict, n_up: u32) {
        if kind == Kind::Retry {
            return;
        }
        match verdict {
            Verdict::Bad | Verdict::Held => self.good_since_doubt = Some(0),
            Verdict::Good => {
                let good = self.good_since_doubt.map(|good| good + 1);
                self.good_since_doubt = good.filter(|good| *good < n_up);
            }
            Verdict::Void => {}
        }
    }

    /// Moves past all slots that are too late at `now`, and returns them; at most `most` of them, then jumps.
    pub(crate) fn catch_up(&mut self, slots: &Slots, now: Timestamp, most: usize) -> Missed {
        let latest_start = now - tolerance(slots.probe().schedule.spacing());
        let mut missed = Missed::default();
        while let Some(slot) = self.next.filter(|slot| slot.due < latest_start) {
            if missed.slots.len() == most {
                missed.cut = true;
                self.next = slots.first(latest_start);
                break;
            }
            missed.slots.push(slot);
            self.next = slots.after(slot);
        }
        missed
    }

    /// After the clock went back: keeps the planned slot unless it is now absurdly far away.
    pub(crate) fn fall_back(&mut self, slots: &Slots, now: Timestamp) {
        let nearest = slots.first(now);
        let spacing = slots.probe().schedule.spacing();
        let far = |slot: Slot| nearest.is_some_and(|near| slot.due > near.due + spacing);
        if self.next.is_some_and(far) {
            self.next = nearest;
        }
    }
}

/// Slots that were not taken.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    /// Oldest first.
    pub(crate) slots: Vec<Slot>,
    /// There were more.
    pub(crate) cut: bool,
}

/// How late an attempt may start and still stand for its slot.
fn tolerance(spacing: Millis) -> Millis {
    Millis(spacing.0 / 2).min(Millis::from_secs(5))
}

/// What the end of an attempt tells the core.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// Index of the watch.
    pub(crate) watch: usize,
    /// Why it was made.
    pub(crate) kind: Kind,
    /// Its slot.
    pub(crate) slot: Slot,
    /// What it says.
    pub(crate) verdict: Verdict,
    /// Why, unless good.
    pub(crate) class: Option<Class>,
    /// Who signed in.
    pub(crate) account: Option<AccountKey>,
    /// Whether a session is left to be kept.
    pub(crate) keeps_session: bool,
    /// Whether the account signed in although the core did not plan it.
    pub(crate) signed_in_anew: bool,
}
