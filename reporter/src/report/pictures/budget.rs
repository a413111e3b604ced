//! The picture of the budget: what was left of it at each instant.

use ledger::contract::Share;
use ledger::sla::Unit;
use ledger::state::State;
use ledger::tally::{Day, Tally};
use ledger::time::{Interval, Intervals, Timestamp};

use super::{Picture, days, scene};
use crate::chart::budget::{self, Burn};
use crate::chart::data::{Data, Datum};
use crate::report::Report;
use crate::report::figures::{amount, number};
use crate::text::{Text, say};
use crate::words;

pub(super) fn picture(report: &Report) -> Picture {
    let budget = &report.found.sla.budget;
    let used = words::consumed(budget);
    let used = used.map(|used| Text::figure(used, "/verdict/budget_consumed"));
    let part = |value, part: &str| amount(budget, value, &format!("/verdict/budget/{part}"));
    let desc = match (used, budget.remaining < 0) {
        (None, _) => "The target allows nothing of what is known of this period.".into(),
        (Some(used), true) => say![
            used,
            " of the budget was used: it is overdrawn by ",
            part(-budget.remaining, "remaining"),
            ".",
        ],
        (Some(used), false) => say![
            used,
            " of the budget was used; ",
            part(budget.remaining, "remaining"),
            " of ",
            part(budget.allowed, "allowed"),
            " are left.",
        ],
    };
    let burn = burn(report);
    let unit = match budget.unit {
        Unit::Milliseconds => "downtime",
        Unit::Requests => "failing sign-ins",
    };
    let title = format!("Budget of {unit} that is left, in percent, {}", report.span);
    let mut scene = scene(report, "budget", title, desc);
    scene.window = report.asked;
    let data = data(report);
    Picture::new(data, |format| budget::draw(&burn, &scene, format))
}

/// What is left at the ends of days is exact; within a day it falls where the service was down.
fn burn(report: &Report) -> Burn {
    let found = &report.found;
    let allowed = whole(report);
    if allowed <= 0 {
        return Burn {
            allowed,
            left: Vec::new(),
            incidents: Vec::new(),
            rest: Text::default(),
        };
    }
    let excluded = found.excluded();
    let down = found.service.of(State::Down).subtract(&excluded);
    let mut rest = allowed;
    let mut left = vec![(found.period.start, rest)];
    for (_, day) in days::days(report) {
        let used = used(report, &day.tally);
        left.extend(within(day, &down, (rest, used)));
        rest -= used;
        left.push((day.interval.end, rest));
    }
    left.dedup_by_key(|(at, rest)| (*at, *rest));
    Burn {
        allowed,
        left,
        incidents: found
            .incidents
            .iter()
            .enumerate()
            .map(|(index, one)| {
                let at = format!("/incidents/{index}/number");
                (one.span, say!["#", number(one.number, &at)])
            })
            .collect(),
        rest: match rest < 0 {
            true => say![
                "overdrawn by ",
                amount(&found.sla.budget, -rest, "/drawn/budget/left")
            ],
            false => say![
                amount(&found.sla.budget, rest, "/drawn/budget/left"),
                " left"
            ],
        },
    }
}

/// What the target allows in the whole period that was asked for: of what is known, and of the time to come.
fn whole(report: &Report) -> i64 {
    let budget = &report.found.sla.budget;
    let to_come = (report.asked.end - report.found.period.end).0.max(0);
    let allowance = i64::from(Share::ONE.0.saturating_sub(report.contract.target.0));
    match budget.unit {
        Unit::Milliseconds => budget.allowed + to_come / i64::from(Share::ONE.0) * allowance,
        Unit::Requests => budget.allowed,
    }
}

fn used(report: &Report, tally: &Tally) -> i64 {
    match report.found.sla.budget.unit {
        Unit::Milliseconds => tally.counted.estimate.0,
        Unit::Requests => i64::try_from(tally.requests.failing).unwrap_or(i64::MAX),
    }
}

/// What is left at the edges of down time in a day of which `used` is used: in proportion to its length.
fn within(day: &Day, down: &Intervals, (rest, used): (i64, i64)) -> Vec<(Timestamp, i64)> {
    let inside = down.within(day.interval);
    let whole = i128::from(inside.measure().0.max(1));
    let mut passed = 0;
    let mut points = Vec::new();
    let mut point = |at: Timestamp, passed: i64| {
        let part = i128::from(used) * i128::from(passed) / whole;
        points.push((at, rest - i64::try_from(part).unwrap_or(used)));
    };
    for Interval { start, end } in inside.iter() {
        point(start, passed);
        passed += (end - start).0;
        point(end, passed);
    }
    points
}

/// What was used on each day and what was left at its end.
pub(in crate::report) struct Left {
    /// What the target allows in the whole period.
    pub(in crate::report) allowed: i64,
    /// Date, used, left.
    pub(in crate::report) days: Vec<(String, i64, i64)>,
    /// What is left in the end.
    pub(in crate::report) rest: i64,
}

/// The budget by day.
pub(in crate::report) fn left(report: &Report) -> Left {
    let allowed = whole(report).max(0);
    let mut rest = allowed;
    let days = days::days(report).map(|(_, day)| {
        let used = used(report, &day.tally);
        rest -= used;
        (day.date.clone(), used, rest)
    });
    let days = days.collect();
    Left {
        allowed,
        days,
        rest,
    }
}

fn data(report: &Report) -> Data {
    let unit = report.found.sla.budget.unit;
    let mut data = Data::new(
        format!("Budget by day, {}", report.span),
        ["Day", "Used", "Left"],
    );
    let signed = |amount: i64| match amount < 0 {
        true => format!("−{}", words::amount(unit, -amount)),
        false => words::amount(unit, amount),
    };
    for (index, (date, used, rest)) in left(report).days.into_iter().enumerate() {
        let at = |part: &str| format!("/drawn/budget/days/{index}/{part}");
        data.push([
            Datum::at(date, at("date")),
            Datum::at(words::amount(unit, used), at("used")),
            Datum::at(signed(rest), at("left")),
        ]);
    }
    data
}
