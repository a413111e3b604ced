//! Decides what is done when. Pure: events and instants in, actions out; no clock, no network, no database.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::attempt::Kind;
use ledger::name::Name;
use ledger::plan::{Plan, Probe};
use ledger::time::{Millis, Timestamp};
use ledger::verdict::{Class, Verdict};

use super::accounts::{Accounts, Choice, Wish};
use super::action::{Action, Alarm, Miss, Reason, Start};
use super::slots::{Slot, Slots};
use super::watch::{Ended, Watch};

/// Good ticks that end doubt if no contract says otherwise (semantics §2).
const N_UP: u32 = 3;

/// Missed slots recorded one by one after a gap, over all probes; the engine sees longer gaps as such.
const MISSED_MOST: usize = 100_000;

/// The decisions of one agent.
#[derive(Debug)]
pub(crate) struct Core {
    plan: Arc<Plan>,
    region: Name,
    seed: u64,
    watches: Vec<Watch>,
    accounts: Accounts,
    n_up: u32,
    running: usize,
    most_running: usize,
    actions: Vec<Action>,
}

impl Core {
    /// Everything that `plan` wants done in `region`, jitter from `seed`, with at most `most_running` attempts in the air.
    pub(crate) fn new(plan: &Arc<Plan>, (region, seed): (Name, u64), most_running: usize) -> Self {
        let here = |probe: &Probe| probe.regions.is_empty() || probe.regions.contains(&region);
        let probes = plan.probes.iter().enumerate();
        let watches = probes.filter(|(_, probe)| here(probe)).map(|(index, of)| {
            let persona = of.persona().and_then(|name| {
                let mut personas = plan.personas.iter();
                personas.position(|persona| persona.name == *name)
            });
            Watch::new(index, persona)
        });
        let n_up = plan.contracts.iter().map(|of| of.rules.n_up).max();
        Self {
            watches: watches.collect(),
            accounts: Accounts::new(plan, &region),
            n_up: n_up.unwrap_or(N_UP),
            running: 0,
            most_running,
            actions: Vec::new(),
            plan: Arc::clone(plan),
            region,
            seed,
        }
    }

    /// Puts every probe on its own slot. `last` tells the last tick of each probe that is on record: slots between it and
    /// `now` were missed because the agent did not run.
    pub(crate) fn begin(
        &mut self,
        now: Timestamp,
        last: &BTreeMap<Name, Timestamp>,
    ) -> Vec<Action> {
        for index in 0..self.watches.len() {
            let slots = self.slots(index);
            let recorded = last.get(&slots.probe().name).copied();
            let next = recorded.and_then(|tick| slots.after(slots.of(tick)?));
            let next = next.or_else(|| slots.first(now));
            self.watches[index].next = next;
            self.watches[index].fall_back(&slots, now);
            let gap = (Class::ProberRestart, "the agent was not running");
            self.resume(index, &slots, now, gap);
        }
        self.take_actions()
    }

    /// An alarm came; if it came too late for its slot, then for the reason of `late`.
    pub(crate) fn wake(&mut self, alarm: Alarm, now: Timestamp, late: Reason) -> Vec<Action> {
        let watch = &self.watches[alarm.watch];
        match alarm.what {
            Kind::Base if alarm.number == watch.base_alarm => {
                self.base(alarm.watch, now, late);
            }
            Kind::Fast | Kind::Retry if alarm.number == watch.extra_alarm => {
                self.extra(&alarm, now);
            }
            Kind::Base | Kind::Fast | Kind::Retry => {}
        }
        self.take_actions()
    }

    /// An attempt ended at `now`.
    pub(crate) fn ended(&mut self, ended: &Ended, now: Timestamp) -> Vec<Action> {
        self.running = self.running.saturating_sub(1);
        let n_up = self.n_up;
        let watch = &mut self.watches[ended.watch];
        watch.running = watch.running.saturating_sub(1);
        watch.base_running &= ended.kind != Kind::Base;
        watch.judge(ended.kind, ended.verdict, n_up);
        watch.refused = ended
            .account
            .filter(|_| ended.class == Some(Class::Rejected));
        watch.kept = ended.account.filter(|_| ended.keeps_session);
        if let Some(account) = ended.account.filter(|_| ended.signed_in_anew) {
            self.accounts.take(account, now);
        }
        self.settle_covered(ended);
        let slots = self.slots(ended.watch);
        if !self.plan_retry(ended, &slots, now) {
            self.plan_fast(ended.watch, &slots, now);
        }
        self.take_actions()
    }

    /// The schedule's clock was moved, forwards (the host slept, or the clock was set) or back; it shows `now`.
    pub(crate) fn shifted(&mut self, now: Timestamp) -> Vec<Action> {
        for index in 0..self.watches.len() {
            let slots = self.slots(index);
            let watch = &mut self.watches[index];
            watch.extra_alarm += 1;
            watch.retry_planned = false;
            watch.latest.due = watch.latest.due.min(now);
            watch.fall_back(&slots, now);
            let gap = (Class::ProberSuspended, "the clocks jumped past this slot");
            self.resume(index, &slots, now, gap);
            self.plan_fast(index, &slots, now);
        }
        self.take_actions()
    }

    /// Takes the base slot that is due, or says why not, and plans the next one.
    fn base(&mut self, index: usize, now: Timestamp, late: Reason) {
        let slots = self.slots(index);
        let due = self.miss_late(index, &slots, now, late);
        if let Some(slot) = due.filter(|slot| slot.due <= now) {
            self.watches[index].next = slots.after(slot);
            self.take_base(index, &slots, slot, now);
        }
        self.arm_base(index);
    }

    fn take_base(&mut self, index: usize, slots: &Slots, slot: Slot, now: Timestamp) {
        let watch = &mut self.watches[index];
        // A base slot goes before fast ticks and retries; only a kept session cannot be in two attempts.
        watch.extra_alarm += 1;
        watch.retry_planned = false;
        let session = slots.probe().is_session();
        if watch.base_running || (session && watch.running > 0) {
            watch.covered.push(slot);
            return;
        }
        if self.running >= self.most_running {
            let why = "too many attempts in the air";
            self.miss(index, slot, (Class::ProberOverrun, why));
            return;
        }
        watch.latest = slot;
        watch.retries_left = slots.probe().retries;
        self.start(index, slot, Kind::Base, now);
    }

    /// Makes a fast tick or a retry whose time has come.
    fn extra(&mut self, alarm: &Alarm, now: Timestamp) {
        let watch = &mut self.watches[alarm.watch];
        watch.retry_planned = false;
        if self.running >= self.most_running {
            return;
        }
        let due = alarm.due;
        let tick = if alarm.what == Kind::Retry {
            watch.latest.tick
        } else {
            watch.latest = Slot { tick: due, due };
            watch.retries_left = 0;
            due
        };
        self.start(alarm.watch, Slot { tick, due }, alarm.what, now);
    }

    fn start(&mut self, index: usize, slot: Slot, kind: Kind, now: Timestamp) {
        let watch = &self.watches[index];
        let kept = watch.kept;
        let choice = watch.persona.filter(|_| kept.is_none()).map(|persona| {
            let next_base = watch.next.map_or(now, |next| next.due);
            self.accounts.choose(&Wish {
                persona,
                kind,
                now,
                next_base,
                not: watch.refused,
            })
        });
        let (account, page_only) = match choice {
            None => (kept, false),
            Some(Choice::Login(account)) => (Some(account), false),
            Some(Choice::PageOnly(account)) => (Some(account), true),
            Some(Choice::LeaveOut) if kind == Kind::Retry => return,
            Some(Choice::LeaveOut) => {
                let why = "no account of the persona may be used here";
                return self.miss(index, slot, (Class::ProberAccount, why));
            }
        };
        let watch = &mut self.watches[index];
        watch.running += 1;
        watch.base_running |= kind == Kind::Base;
        self.running += 1;
        self.actions.push(Action::Start(Start {
            watch: index,
            probe: watch.probe,
            slot,
            kind,
            account,
            page_only,
        }));
    }

    /// Slots that an attempt outlasted are overruns only if it told nothing; otherwise its evidence covers them.
    fn settle_covered(&mut self, ended: &Ended) {
        let covered = std::mem::take(&mut self.watches[ended.watch].covered);
        if ended.verdict != Verdict::Void {
            return;
        }
        for slot in covered {
            let why = "an earlier attempt still ran, and told nothing";
            self.miss(ended.watch, slot, (Class::ProberOverrun, why));
        }
    }

    /// Plans another try inside the tick if it can end before the next base slot. True if one is planned.
    fn plan_retry(&mut self, ended: &Ended, slots: &Slots, now: Timestamp) -> bool {
        let watch = &mut self.watches[ended.watch];
        let failing = matches!(ended.verdict, Verdict::Bad | Verdict::Held);
        let current = ended.slot.tick == watch.latest.tick && ended.kind != Kind::Fast;
        if !failing || !current || watch.retries_left == 0 || watch.running > 0 {
            return false;
        }
        watch.retries_left -= 1;
        let due = now + slots.probe().retry_after;
        let fits = |next: Slot| due + slots.probe().timeout <= next.due;
        if !watch.next.is_none_or(fits) {
            return false;
        }
        watch.retry_planned = true;
        self.arm_extra(ended.watch, Kind::Retry, due);
        true
    }

    /// Plans a faster tick while in doubt: one fast spacing after the latest tick or now, whichever is later, unless the base
    /// slot comes about then anyway.
    fn plan_fast(&mut self, index: usize, slots: &Slots, now: Timestamp) {
        let watch = &self.watches[index];
        let Some(fast) = slots.probe().fast else {
            return;
        };
        if !watch.in_doubt() || watch.running > 0 || watch.retry_planned {
            return;
        }
        let due = now.max(watch.latest.due + fast);
        let near = due + Millis(fast.0 / 2);
        if watch.next.is_none_or(|next| near <= next.due) {
            self.arm_extra(index, Kind::Fast, due);
        }
    }

    /// Misses what is too late, then plans the next base slot.
    fn resume(&mut self, index: usize, slots: &Slots, now: Timestamp, gap: Reason) {
        self.miss_late(index, slots, now, gap);
        self.arm_base(index);
    }

    /// Records the slots that are too late at `now`; the next one that is not.
    fn miss_late(
        &mut self,
        index: usize,
        slots: &Slots,
        now: Timestamp,
        gap: Reason,
    ) -> Option<Slot> {
        let most = MISSED_MOST.saturating_sub(self.actions.len());
        let missed = self.watches[index].catch_up(slots, now, most);
        for slot in missed.slots {
            self.miss(index, slot, gap);
        }
        if missed.cut {
            tracing::warn!(probe.name = %slots.probe().name, "missed more slots than are recorded one by one");
        }
        self.watches[index].next
    }

    fn miss(&mut self, index: usize, slot: Slot, (class, why): Reason) {
        let probe = self.watches[index].probe;
        self.actions.push(Action::Miss(Miss {
            probe,
            slot,
            class,
            why,
        }));
    }

    fn arm_base(&mut self, index: usize) {
        let watch = &mut self.watches[index];
        watch.base_alarm += 1;
        if let Some(slot) = watch.next {
            let alarm = Alarm {
                watch: index,
                number: watch.base_alarm,
                what: Kind::Base,
                due: slot.due,
            };
            self.actions.push(Action::Wake(slot.due, alarm));
        }
    }

    fn arm_extra(&mut self, index: usize, what: Kind, due: Timestamp) {
        let watch = &mut self.watches[index];
        watch.extra_alarm += 1;
        let alarm = Alarm {
            watch: index,
            number: watch.extra_alarm,
            what,
            due,
        };
        self.actions.push(Action::Wake(due, alarm));
    }

    fn slots(&self, index: usize) -> Slots {
        Slots {
            plan: Arc::clone(&self.plan),
            region: self.region.clone(),
            seed: self.seed,
            probe: self.watches[index].probe,
        }
    }

    fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }
}
