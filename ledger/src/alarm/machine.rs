//! One step of the alarm clock: what holds against what was announced.

use std::collections::BTreeSet;

use super::condition::{Condition, Conditions, Truth};
use super::event::{Event, Facts, Phase, Severity};
use super::key::{Alarm, Key};
use super::rules::AlarmRules;
use super::state::{AlarmState, KeyState, Opened};
use super::words::{SERVICE, in_region};
use crate::print;

/// What has to be told at the instant of `found`, and what is then announced.
///
/// Per key, events alternate strictly: an open one, a close one, and so on, numbered from 1.
pub fn step(
    before: &AlarmState,
    found: &Conditions,
    rules: &AlarmRules,
) -> (Vec<Event>, AlarmState) {
    let mut machine = Machine {
        state: before.clone(),
        found,
        rules,
        events: Vec::new(),
    };
    // In the order of keys, in which alarms that silence others come before them.
    let known = before.keys.keys().chain(found.all.keys());
    let keys: BTreeSet<&Key> = known.filter(|key| key.alarm != Alarm::Unstable).collect();
    for key in keys {
        machine.take(key);
    }
    let mut state = machine.state;
    state.at = Some(found.at);
    state.seen.clone_from(&found.seen);
    // A key that has had an event is kept for good: its numbers must not begin again.
    state.keys.retain(|_, one| *one != KeyState::default());
    (machine.events, state)
}

struct Machine<'a> {
    state: AlarmState,
    found: &'a Conditions,
    rules: &'a AlarmRules,
    events: Vec<Event>,
}

/// What is to be told of a key, if anything is.
struct Telling<'a> {
    key: &'a Key,
    severity: Severity,
    facts: &'a Facts,
    quiet: bool,
}

impl Machine<'_> {
    fn take(&mut self, key: &Key) {
        let condition = self.found.all.get(key);
        let gone = Facts::said(if key.alarm.is_of_a_month() {
            format!("{} {}: the month is over", key.alarm, key.scope)
        } else {
            format!("{} {} is watched no more", key.alarm, key.scope)
        });
        let telling = Telling {
            key,
            severity: condition.map_or(Severity::Notify, |condition| condition.severity),
            facts: condition.map_or(&gone, |condition| &condition.facts),
            quiet: self.is_inhibited(key, condition),
        };
        if key.alarm == Alarm::Outage && !self.state.holds(key) {
            for [opened, closed] in &self.found.missed {
                self.turn(key, Phase::Open);
                self.speak(&telling.with(opened));
                self.turn(key, Phase::Close);
                self.speak(&telling.with(closed));
            }
        }
        let holds = self.holds(key, condition);
        self.turn(key, Phase::from(holds));
        self.speak(&telling);
    }

    /// Whether the condition holds now; in doubt it is as it was.
    fn holds(&mut self, key: &Key, condition: Option<&Condition>) -> bool {
        let at = self.found.at;
        let own = self.own(key);
        let goes_on = own.holds && own.until.is_some_and(|until| at < until);
        match condition.map_or(Truth::No, |condition| condition.truth) {
            Truth::Yes => {
                own.until = condition.and_then(|condition| condition.until);
                true
            }
            Truth::Unsure => own.holds,
            Truth::No => goes_on,
        }
    }

    /// The condition holds from now on, or does not.
    fn turn(&mut self, key: &Key, now: Phase) {
        let holds = now == Phase::Open;
        let (at, rules) = (self.found.at, self.rules);
        let own = self.own(key);
        own.opens.retain(|opened| at - *opened < rules.flap_within);
        if own.holds != holds {
            (own.holds, own.since) = (holds, at);
            if holds {
                own.opens.push(at);
                own.unstable |= own.opens.len() >= rules.flap_opens;
            }
        } else if own.unstable && at - own.since >= rules.flap_settles {
            own.unstable = false;
            own.opens.clear();
        }
    }

    /// Tells what changed, unless it has to keep quiet.
    fn speak(&mut self, telling: &Telling<'_>) {
        let own = self.own(telling.key);
        let (holds, unstable) = (own.holds, own.unstable);
        let notice = telling.key.unstable();
        if unstable || self.state.keys.contains_key(&notice) {
            let phase = Phase::from(unstable);
            let facts = self.flapping(telling, phase);
            let telling = Telling {
                key: &notice,
                facts: &facts,
                ..*telling
            };
            self.announce(&telling, phase);
        }
        let quiet = telling.quiet || unstable;
        self.announce(&Telling { quiet, ..*telling }, Phase::from(holds));
    }

    fn flapping(&self, telling: &Telling<'_>, phase: Phase) -> Facts {
        let Key { alarm, scope, .. } = telling.key;
        let settles = print::table(self.rules.flap_settles);
        telling.facts.clone().saying(if phase == Phase::Open {
            let (opens, within) = (self.rules.flap_opens, self.rules.flap_within);
            format!(
                "{alarm} of {scope} opened {opens} times within {}; silent until one state has held for {settles}",
                print::table(within),
            )
        } else {
            format!("{alarm} of {scope} has been steady for {settles}")
        })
    }

    /// Says that it opens or closes, unless that was said already or it has to keep quiet.
    fn announce(&mut self, telling: &Telling<'_>, phase: Phase) {
        let at = self.found.at;
        let own = self.own(telling.key);
        if telling.quiet || own.open.is_some() == (phase == Phase::Open) {
            return;
        }
        own.events += 1;
        let number = own.events;
        let severity = match own.open.take() {
            Some(opened) => opened.severity,
            None => {
                own.open = Some(Opened {
                    at,
                    severity: telling.severity,
                    facts: telling.facts.clone(),
                });
                telling.severity
            }
        };
        self.events.push(Event {
            key: telling.key.clone(),
            number,
            phase,
            severity,
            at,
            facts: telling.facts.clone(),
        });
    }

    /// Whether another alarm says the same already, or the time is left out by the contract.
    fn is_inhibited(&self, key: &Key, condition: Option<&Condition>) -> bool {
        let outage = key.alarm == Alarm::Outage;
        if (outage || key.alarm.yields_to_outage()) && self.found.excluded {
            return true;
        }
        if !self.rules.inhibits {
            return false;
        }
        let holds = |alarm, scope: &str| self.state.holds(&Key::new(&key.contract, alarm, scope));
        let region = condition.and_then(|condition| condition.region.as_ref());
        let dark = || region.is_some_and(|region| holds(Alarm::RegionDark, &in_region(region)));
        match key.alarm {
            Alarm::RegionDark => holds(Alarm::NoResult, SERVICE),
            Alarm::AgentSilent => holds(Alarm::NoResult, SERVICE) || dark(),
            Alarm::Prober => dark(),
            alarm if alarm.yields_to_outage() => {
                let outage = Key::new(&key.contract, Alarm::Outage, SERVICE);
                let after = alarm == Alarm::Partial && self.has_just_ended(&outage);
                self.state.is_active(&outage) || after || dark()
            }
            _ => false,
        }
    }

    fn has_just_ended(&self, key: &Key) -> bool {
        let own = self.state.keys.get(key);
        own.is_some_and(|own| !own.holds && self.found.at - own.since < self.rules.aftermath)
    }

    fn own(&mut self, key: &Key) -> &mut KeyState {
        self.state.keys.entry(key.clone()).or_default()
    }
}

impl<'a> Telling<'a> {
    fn with(&self, facts: &'a Facts) -> Self {
        Self { facts, ..*self }
    }
}
