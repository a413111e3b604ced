//! From a record to conditions, and along the alarm clock from the last step to now.

use super::as_of::observed;
use super::condition::Conditions;
use super::event::Event;
use super::rules::AlarmRules;
use super::state::AlarmState;
use super::{budget, burn, lookers, machine, platform, service};
use crate::calendar;
use crate::record::Record;
use crate::tally::{AssessError, Assessment, Terms, assess};
use crate::time::{Interval, Millis, Timestamp};

/// Evidence is looked at this far before a window, for outages that reach into it.
const AROUND: Millis = Millis::from_mins(7 * 24 * 60);
/// What agents do is looked at this far back: twenty ticks of five minutes, and the time in which HELD is decided.
const RECENT: Millis = Millis::from_mins(180);

/// What is watched, and by which rules.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'w> {
    /// What the agents recorded.
    pub record: &'w Record,
    /// What was promised, and what was declared beside it.
    pub terms: Terms<'w>,
    /// When alarms are raised.
    pub rules: &'w AlarmRules,
}

/// Everything that conditions are made of, as of one instant.
pub(super) struct Seen<'a> {
    pub(super) at: Timestamp,
    pub(super) found: &'a Assessment,
    /// What had been observed.
    pub(super) known: &'a Record,
    /// The last hours of it.
    pub(super) recent: &'a Record,
    pub(super) terms: Terms<'a>,
    pub(super) rules: &'a AlarmRules,
    pub(super) month: &'a Month,
}

/// The calendar month of an instant, in the contract's zone.
pub(super) struct Month {
    /// `2018-12`.
    pub(super) name: String,
    pub(super) interval: Interval,
}

/// The part of a record that is needed to judge `now`: the month so far, the longest window, and a week before them.
///
/// # Errors
/// [`AssessError`] if the contract's zone is unknown.
pub fn needed(
    terms: Terms<'_>,
    rules: &AlarmRules,
    now: Timestamp,
) -> Result<Interval, AssessError> {
    // Steps may be taken for some time before now, and those may lie in the month before.
    let first = judged(terms, rules, now - rules.oldest)?;
    Ok(Interval::new(first.start - AROUND, now + Millis(1)))
}

/// Takes every step of the alarm clock since the last one, up to `now`, each as of what had been observed by then.
///
/// Steps older than [`AlarmRules::oldest`] are left out: what is over by then is told to nobody. Apart from that,
/// evaluating once or at every step comes to the same, if all that was observed by a step is in the record when it is
/// taken.
///
/// # Errors
/// [`AssessError`] if the record lacks a plan or the zone is unknown.
pub fn advance(
    watched: &Watched<'_>,
    before: &AlarmState,
    now: Timestamp,
) -> Result<(Vec<Event>, AlarmState), AssessError> {
    let step = watched.rules.step.0.max(1);
    let floor = |at: Timestamp| Timestamp(at.0.div_euclid(step) * step);
    let newest = floor(now);
    let oldest = floor(now - watched.rules.oldest);
    // A last step far in the future was taken by a clock that was wrong: go on from now.
    let last = before.at.filter(|last| *last <= now + watched.rules.oldest);
    let mut at = last.map_or(newest, |last| floor(last) + Millis(step));
    at = at.max(oldest);
    let mut state = before.clone();
    let mut events = Vec::new();
    while at <= newest {
        let found = conditions(watched, &state, at)?;
        let (told, next) = machine::step(&state, &found, watched.rules);
        events.extend(told);
        state = next;
        at = at + Millis(step);
    }
    Ok((events, state))
}

/// What holds at `at`, from what had been observed by then.
///
/// # Errors
/// [`AssessError`] if the record lacks a plan or the zone is unknown.
pub fn conditions(
    watched: &Watched<'_>,
    before: &AlarmState,
    at: Timestamp,
) -> Result<Conditions, AssessError> {
    let Watched {
        record,
        terms,
        rules,
    } = *watched;
    let period = judged(terms, rules, at)?;
    let known = observed(record, Interval::new(period.start - AROUND, at));
    let found = assess(&known, terms, period, at)?;
    let recent = observed(&known, Interval::new(at - RECENT, at));
    let now = Seen {
        at,
        found: &found,
        known: &known,
        recent: &recent,
        terms,
        rules,
        month: &Month::of(&terms.contract.zone, at)?,
    };
    let mut conditions = Conditions {
        at,
        excluded: found.excluded().contains(Timestamp(at.0 - 1)),
        ..Conditions::default()
    };
    service::add(&now, &before.seen, &mut conditions);
    burn::add(&now, &mut conditions);
    budget::add(&now, &mut conditions);
    lookers::add(&now, &mut conditions);
    platform::add(&now, &mut conditions);
    Ok(conditions)
}

/// The period that conditions at `at` are read from.
fn judged(terms: Terms<'_>, rules: &AlarmRules, at: Timestamp) -> Result<Interval, AssessError> {
    let month = Month::of(&terms.contract.zone, at)?;
    let start = month.interval.start.min(at - rules.longest());
    Ok(Interval::new(start, at))
}

impl Month {
    fn of(zone: &str, at: Timestamp) -> Result<Self, AssessError> {
        // An instant on the border belongs to the time before it, as all that is judged then does.
        let instant = Interval::new(Timestamp(at.0 - 1), at);
        let days = calendar::days(zone, instant)?;
        let day = days.iter().find(|day| !day.interval.is_empty());
        let date = day.map_or_else(String::new, |day| day.date.to_string());
        let name: String = date.chars().take(7).collect();
        let interval = calendar::month(zone, &name)?;
        Ok(Self { name, interval })
    }
}
