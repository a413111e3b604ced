//! The tables of the accuracy run, 80 columns wide.

use std::fmt::Write as _;

use super::estimators::Fact;
use super::grafana::Cell;
use super::real::Real;
use super::schedule::Sort;
use super::stats::{Spread, percent};
use super::summary::{Kept, Other, Summary};

/// What was promised of the made-up schedules, and what was kept.
pub fn promises(summary: &Summary) -> String {
    let mut out = String::from(
        "Truth inside its bounds (semantics §6)\n\n\
         schedules       drawn  promised      days inside   outages inside   other days\n",
    );
    for (sort, kept) in &summary.sorts {
        line(&mut out, &format!("{sort:?}"), kept);
    }
    line(&mut out, "all", &summary.all);
    let all = &summary.all;
    let flapping = summary.sorts.get(&Sort::Flapping);
    let phantoms = all.phantoms - flapping.map_or(0, |kept| kept.phantoms);
    push(&mut out, "\nOutages in all", &all.outages.to_string());
    push(
        &mut out,
        "  long enough that they must be found",
        &all.long.to_string(),
    );
    push(&mut out, "  of them missed", &all.long_missed.to_string());
    push(
        &mut out,
        "Outages found where nothing was down",
        &phantoms.to_string(),
    );
    let own = format!("{} ms", summary.own_downtime_ms);
    push(&mut out, "Downtime from agents' own faults alone", &own);
    out.push_str("\nEstimate less truth of an outage, in spacings\n\n");
    out.push_str(
        "                                       outages     mean    +/-      sd    most\n",
    );
    error(&mut out, "fused, attempts up to T/50", &summary.brief);
    error(&mut out, "fused, attempts up to 0.4 T", &summary.long);
    error(&mut out, "fused, requests that hang", &summary.hanging);
    error(&mut out, "upper less lower bound", &summary.width);
    for (number, what) in summary.broken.iter().take(20) {
        let _ = writeln!(out, "BROKEN  schedule {number}: {what}");
    }
    out
}

fn line(out: &mut String, name: &str, kept: &Kept) {
    let of = |inside: usize, all: usize| format!("{inside} of {all}");
    let other = percent(kept.other_days_inside, kept.other_days);
    let other = match kept.other_days {
        0 => "-".to_owned(),
        _ => format!("{other:.1} %"),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{name:<13} {:>7} {:>9} {:>16} {:>16} {other:>12}",
        kept.schedules,
        kept.promised,
        of(kept.days_inside, kept.days),
        of(kept.compared_inside, kept.compared),
    );
}

fn push(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name:<45} {value:>12}");
}

fn error(out: &mut String, name: &str, spread: &Spread) {
    let _ = writeln!(
        out,
        "{name:<37} {:>8} {:>+8.4} {:>6.4} {:>7.3} {:>7.3}",
        spread.count,
        spread.mean,
        spread.error(),
        spread.deviation,
        spread.most,
    );
}

/// What the real agents' records came to.
pub fn real(real: &Real) -> String {
    let mut out = String::from("Real agents on the in-memory network, truth inside its bounds\n\n");
    let of = |inside: usize, all: usize| format!("{inside} of {all}");
    push(&mut out, "Schedules", &real.schedules.to_string());
    push(&mut out, "Agents", &real.agents.to_string());
    push(&mut out, "Base ticks", &real.ticks.to_string());
    push(&mut out, "Days inside", &of(real.days_inside, real.days));
    push(
        &mut out,
        "Outages inside, whole",
        &of(real.inside, real.outages),
    );
    push(
        &mut out,
        "Outages cut by unknown time",
        &real.cut.to_string(),
    );
    push(
        &mut out,
        "Outages found where nothing was down",
        &real.phantoms.to_string(),
    );
    for (number, what) in real.broken.iter().take(20) {
        let _ = writeln!(out, "BROKEN  schedule {number}: {what}");
    }
    out
}

/// The facts of semantics §6, stated and measured.
pub fn facts(facts: &[Fact]) -> String {
    let mut out = String::from(
        "Facts of semantics §6, in spacings or as a chance\n\n\
         fact                                               stated measured    +/-  holds\n",
    );
    for fact in facts {
        let holds = if fact.holds { "yes" } else { "NO" };
        let _ = writeln!(
            out,
            "{:<49} {:>+8.3} {:>+8.4} {:>6.4}  {holds}",
            fact.what, fact.stated, fact.measured, fact.error
        );
    }
    out
}

/// Downtime per day: error of every algorithm on the same schedules.
pub fn others(kinds: &[(&str, Vec<Other>)]) -> String {
    let mut out =
        String::from("Downtime per day, measured less true, in seconds, on the same schedules\n");
    for (kind, others) in kinds {
        let _ = writeln!(
            out,
            "\n{kind:<27} {:>7} {:>6} {:>6} {:>6} {:>6} {:>4} {:>6} {:>6}",
            "mean", "sd", "p5", "p95", "most", ">1%", "missed", "false"
        );
        for other in others {
            let missed = percent_of_some(other.missed, other.outages);
            let falsely = percent_of_some(other.false_days, other.quiet_days);
            let error = &other.error;
            let _ = writeln!(
                out,
                "{:<27} {:>+7.1} {:>6.0} {:>+6.0} {:>+6.0} {:>6.0} {:>3.0}% {missed:>6} {falsely:>6}",
                other.name,
                error.mean,
                error.deviation,
                error.p5,
                error.p95,
                error.most,
                other.over_a_hundredth,
            );
        }
        let some = others.first();
        let counts = some.map(|one| (one.error.count, one.outages, one.quiet_days));
        let (days, outages, quiet) = counts.unwrap_or_default();
        let _ = writeln!(
            out,
            "  {days} days, {outages} outages, {quiet} days without any"
        );
    }
    out.push_str(
        "\n>1%: days on which the error is above a hundredth of the downtime; missed: outages of\n\
        which nothing was seen; false: days without downtime for which some was told.\n\n",
    );
    for other in kinds
        .first()
        .map_or(&[][..], |(_, others)| others.as_slice())
    {
        let _ = writeln!(out, "{}:\n    {}", other.name, other.configured);
    }
    out
}

fn percent_of_some(part: usize, whole: usize) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{:.1}%", percent(part, whole)),
    }
}

/// Grafana's matrix.
pub fn matrix(cells: &[Cell]) -> String {
    let mut out = String::from(
        "Grafana's uptime test matrix: accuracy in percent, Grafana's published figure beside it\n",
    );
    for (blip, title) in [
        (false, "every probe in its place"),
        (
            true,
            "one result in a hundred late by up to a third of the spacing",
        ),
    ] {
        let _ = writeln!(out, "\n{title}\n");
        let mut scenario = "";
        for cell in cells.iter().filter(|cell| cell.blip == blip) {
            if cell.scenario != scenario {
                scenario = cell.scenario;
                let _ = writeln!(out, "{scenario}");
            }
            let exact = if cell.exact { "exact" } else { "" };
            let inside = if cell.inside { "inside" } else { "OUTSIDE" };
            let _ = writeln!(
                out,
                "    {:<4} ours {:>8.4}  {exact:<6} Grafana {:>7.2}   truth {inside} our bounds",
                cell.range, cell.accuracy, cell.published
            );
        }
    }
    out
}
