//! The picture of the budget: what was left of it at each instant.

use ledger::contract::Share;
use ledger::sla::Unit;
use ledger::state::State;
use ledger::tally::{Day, Tally};
use ledger::time::{Interval, Intervals, Timestamp};

use super::{Picture, days, scene};
use crate::chart::budget::{self, Burn};
use crate::chart::data::Data;
use crate::report::Report;
use crate::words;

pub(super) fn picture(report: &Report) -> Picture {
    let budget = &report.found.sla.budget;
    let used = words::consumed(budget);
    let desc = match (&used, budget.remaining < 0) {
        (None, _) => "The target allows nothing of what is known of this period.".into(),
        (Some(used), true) => format!(
            "{used} of the budget was used: it is overdrawn by {}.",
            words::amount(budget.unit, -budget.remaining)
        ),
        (Some(used), false) => format!(
            "{used} of the budget was used; {} of {} are left.",
            words::amount(budget.unit, budget.remaining),
            words::amount(budget.unit, budget.allowed)
        ),
    };
    let burn = burn(report);
    let unit = match budget.unit {
        Unit::Milliseconds => "downtime",
        Unit::Requests => "failing sign-ins",
    };
    let title = format!("Budget of {unit} that is left, in percent, {}", report.span);
    let mut scene = scene(report, "budget", title, desc);
    scene.window = report.asked;
    let data = data(report, &burn);
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
            rest: String::new(),
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
            .map(|one| (one.span, format!("#{}", one.number)))
            .collect(),
        rest: match rest < 0 {
            true => format!(
                "overdrawn by {}",
                words::amount(found.sla.budget.unit, -rest)
            ),
            false => format!("{} left", words::amount(found.sla.budget.unit, rest)),
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

fn data(report: &Report, burn: &Burn) -> Data {
    let unit = report.found.sla.budget.unit;
    let mut data = Data::new(
        format!("Budget by day, {}", report.span),
        ["Day", "Used", "Left"],
    );
    let mut rest = burn.allowed;
    let signed = |amount: i64| match amount < 0 {
        true => format!("−{}", words::amount(unit, -amount)),
        false => words::amount(unit, amount),
    };
    for (_, day) in days::days(report) {
        let used = used(report, &day.tally);
        rest -= used;
        data.push([
            day.date.clone().into(),
            words::amount(unit, used).into(),
            signed(rest).into(),
        ]);
    }
    data
}
