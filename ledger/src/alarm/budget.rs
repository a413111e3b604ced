//! A month's allowance: shares of it that are used up, and credits that come into reach.
//!
//! The allowance is that of the whole month, the time to come taken as known and up; otherwise the first minute of
//! downtime on the first day would be a catastrophe.

use super::condition::{Condition, Conditions, Truth};
use super::event::{Facts, Severity};
use super::key::Alarm;
use super::walk::Seen;
use crate::contract::{CountMode, Share, Tier};
use crate::outage::Bounds;
use crate::print;
use crate::sla::{Ratio, credit_at};
use crate::tally::Tally;
use crate::time::Millis;

/// Adds a condition per threshold and tier of the month of the instant. Each holds until the month is over.
///
/// Where a contract counts sign-ins and not time there is none: how many are still to come nobody knows.
pub(super) fn add(now: &Seen<'_>, conditions: &mut Conditions) {
    if now.terms.contract.rules.count_mode == CountMode::Request {
        return;
    }
    let days = now.found.days.iter();
    let mut total = Tally::default();
    for day in days.filter(|day| day.date.starts_with(&now.month.name)) {
        total += day.tally;
    }
    let to_come = now.month.interval.end - now.at;
    let whole = total.counting() - total.unknown + to_come;
    thresholds(now, whole, &total.counted, conditions);
    credits(now, whole, &total.counted, conditions);
}

fn thresholds(now: &Seen<'_>, whole: Millis, used: &Bounds, conditions: &mut Conditions) {
    let allowance = Share::ONE.0.saturating_sub(now.terms.contract.target.0);
    let allowed = i128::from(whole.0) * i128::from(allowance) / i128::from(Share::ONE.0);
    for percent in &now.rules.budget_percents {
        let down = i128::from(used.estimate.0);
        let holds = down > 0 && down * 100 >= allowed * i128::from(*percent);
        let summary = format!(
            "{} has been down for {} in {}: {percent} % of the {} that the target of {} allows in the month are used up",
            now.service(),
            super::words::length(used.estimate),
            now.month.name,
            super::words::length(Millis(i64::try_from(allowed).unwrap_or(i64::MAX))),
            print::share(now.terms.contract.target),
        );
        let facts = Facts {
            length: Some(*used),
            ..Facts::said(summary)
        };
        let scope = format!("{}:{percent}%", now.month.name);
        insert(now, Alarm::Budget, (scope, holds, facts), conditions);
    }
}

/// Tiers that the month comes to with nothing but up time from now on: by the best estimate, or only by its bound.
fn credits(now: &Seen<'_>, whole: Millis, used: &Bounds, conditions: &mut Conditions) {
    let contract = now.terms.contract;
    let due = |down: Millis| {
        let availability = Ratio::of(whole - down, whole);
        availability.map_or(Share(0), |availability| credit_at(availability, contract))
    };
    let (likely, possible) = (due(used.estimate), due(used.upper));
    let tiers = contract.tiers.iter().filter(|tier| tier.credit > Share(0));
    for Tier { credit, .. } in tiers {
        let share = print::share(*credit).replace('\u{a0}', "");
        let facts = |sure: &str| Facts {
            length: Some(*used),
            ..Facts::said(format!(
                "{} {sure} a credit of {share} for {}: down for {} ({} to {}) so far",
                now.service(),
                now.month.name,
                super::words::length(used.estimate),
                super::words::length(used.lower),
                super::words::length(used.upper),
            ))
        };
        let scope = format!("{}:{share}", now.month.name);
        let found = (scope.clone(), likely >= *credit, facts("comes to"));
        insert(now, Alarm::Credit, found, conditions);
        let only_possible = likely < *credit && possible >= *credit;
        let found = (
            format!("{scope}:possible"),
            only_possible,
            facts("may come to"),
        );
        insert(now, Alarm::Credit, found, conditions);
    }
}

fn insert(
    now: &Seen<'_>,
    alarm: Alarm,
    (scope, holds, facts): (String, bool, Facts),
    conditions: &mut Conditions,
) {
    // One that does not hold is left out: it would only be remembered for nothing.
    if holds {
        let mut condition = Condition::new(Truth::Yes, Severity::Ticket, facts);
        condition.until = Some(now.month.interval.end);
        conditions.all.insert(now.key(alarm, scope), condition);
    }
}
