//! Sums that people read and that follow from the rest of the document: lanes, months, burn rates, other periods.

use ledger::histogram::Quantile;
use ledger::name::Name;
use ledger::phases::Micros;
use ledger::sla::Sla;
use ledger::tally::{EarlyWarning, TickCount};
use serde_json::{Map, Value, json};

use super::{bounds, instant, interval, range, ratio, tally};
use crate::report::compared::Compared;
use crate::report::lanes::{self, Sum};
use crate::report::latency::{Figures, OfPersona};
use crate::report::warnings::{followed_by, grouped};
use crate::report::{Report, burn, months, quality};

/// Each persona, and each persona in each region, by itself.
pub(super) fn lanes(report: &Report) -> [Value; 2] {
    let mut regions: Map<String, Value> = Map::new();
    for (sum, (persona, region)) in lanes::regions(report).iter().zip(pairs(report)) {
        let of_persona = regions
            .entry(persona.to_string())
            .or_insert_with(|| json!({}));
        of_persona[region.as_str()] = lane(sum);
    }
    let personas = lanes::personas(report);
    let personas = personas.iter().map(|sum| (sum.name.clone(), lane(sum)));
    [Value::Object(personas.collect()), Value::Object(regions)]
}

/// In the order of [`lanes::regions`].
fn pairs(report: &Report) -> impl Iterator<Item = (&Name, &Name)> {
    let personas = report.found.regions.iter();
    personas.flat_map(|(persona, lanes)| lanes.keys().map(move |region| (persona, region)))
}

fn lane(sum: &Sum) -> Value {
    json!({
        "down_ms": bounds(&sum.down),
        "unknown_ms": sum.unknown,
        "availability": sum.availability.map(ratio),
    })
}

/// The civil months, where the period is longer than one.
pub(super) fn months(report: &Report) -> Value {
    let rules = &report.contract.rules;
    let months = months::of(report);
    if months.len() < 2 {
        return json!([]);
    }
    let months = months.iter().map(|one| {
        json!({
            "month": one.name,
            "tally": tally(&one.tally),
            "availability": one.tally.availability(rules).map(range),
            "outages": one.outages,
            "incidents": one.incidents,
        })
    });
    months.collect()
}

/// The worst window of each burn alarm.
pub(super) fn burn(report: &Report) -> Value {
    let burns = burn::of(report);
    let burns = burns.iter().map(|one| {
        json!({
            "window_ms": one.window,
            "limit_tenths": one.limit_tenths,
            "rate": ratio(one.rate),
            "alarm": one.is_over(),
        })
    });
    burns.collect()
}

/// Other periods.
pub(super) fn compared(report: &Report) -> Value {
    let one = |one: &Compared| {
        json!({
            "name": one.name,
            "period": interval(report, one.period),
            "total": tally(&one.total),
            "verdict": one.sla.verdict,
            "availability": one.sla.availability.map(range),
            "incidents": one.incidents,
        })
    };
    report.compared.iter().map(one).collect()
}

/// Planned and obtained looks by region, with their shares.
pub(super) fn coverage(report: &Report) -> Value {
    let region = |ticks: &TickCount| {
        let [obtained, good] = quality::shares(ticks).map(|share| share.map(ratio));
        json!({
            "planned": ticks.planned,
            "obtained": ticks.obtained,
            "good": ticks.good,
            "flicker": ticks.flicker,
            "obtained_share": obtained,
            "good_share": good,
        })
    };
    let regions = report.found.coverage.iter();
    let regions = regions.map(|(name, ticks)| (name.to_string(), region(ticks)));
    Value::Object(regions.collect())
}

/// How far the clock of each agent can have been off; null where nobody measured it.
pub(super) fn clocks(report: &Report) -> Value {
    let clocks = report.clocks.iter();
    let clocks = clocks.map(|one| {
        json!({
            "agent": one.agent,
            "region": one.region,
            "error_ms": one.error,
        })
    });
    clocks.collect()
}

/// Unknown time by region and cause.
pub(super) fn trouble_by_cause(report: &Report) -> Value {
    let causes = quality::by_cause(report);
    let causes = causes.iter().map(|one| {
        json!({
            "region": one.region,
            "class": one.class.map(ledger::verdict::Class::as_str),
            "times": one.times,
            "length_ms": one.length,
        })
    });
    causes.collect()
}

/// What the platform showed, and which incident came after it.
pub(super) fn early_warnings(report: &Report) -> Value {
    let warning = |one: &EarlyWarning| {
        let followed = followed_by(report, one);
        json!({
            "probe": one.probe,
            "span": interval(report, one.interval),
            "bad_ticks": one.bad,
            "class": one.class.as_str(),
            "regions": one.regions,
            "no_customer_impact": one.no_customer_impact,
            "incident": followed.map(|(place, _)| report.found.incidents[place].number),
            "lead_ms": followed.map(|(_, lead)| lead),
        })
    };
    report.found.early_warnings.iter().map(warning).collect()
}

/// How many single failures each platform probe had.
pub(super) fn single_warnings(report: &Report) -> Value {
    let (_, single) = grouped(&report.found.early_warnings);
    let single = single.into_iter();
    Value::Object(
        single
            .map(|(probe, count)| (probe.to_string(), json!(count)))
            .collect(),
    )
}

/// Login times of each persona.
pub(super) fn latency(report: &Report) -> Value {
    let personas = report.latency.0.iter();
    let personas =
        personas.map(|(persona, login)| (persona.to_string(), of_persona(report, login)));
    Value::Object(personas.collect())
}

fn of_persona(report: &Report, login: &OfPersona) -> Value {
    let phases = login.phases.iter().map(|((step, phase), distribution)| {
        json!({ "step": step, "phase": phase.as_str(), "figures": Figures::of(distribution) })
    });
    let days = login.days(&report.found.days);
    let days = days.iter().zip(&report.found.days);
    let days = days.map(|((date, figures), day)| {
        let column = login.column(day.interval);
        let least = column.counts.first().map(|(micros, _)| *micros);
        json!({
            "date": date,
            "figures": figures,
            "experienced": login.all_within(day.interval),
            "failed": column.failed,
            "min_us": least,
        })
    });
    let quantile = |q| login.success.quantile(q).map(Micros::get);
    json!({
        "failed": login.column(report.found.period).failed,
        "min_us": login.success.min().map(Micros::get),
        "p90_us": quantile(Quantile::P90),
        "p999_us": quantile(Quantile::P999),
        "success": Figures::of(&login.success),
        "experienced": Figures::of(&login.experienced),
        "days": days.collect::<Value>(),
        "phases": phases.collect::<Value>(),
    })
}

/// What is held against the contract.
pub(super) fn verdict(report: &Report) -> Value {
    let sla: &Sla = &report.found.sla;
    json!({
        "verdict": sla.verdict,
        "sentence": crate::report::verdict::sentence(report).replace('\u{a0}', " "),
        "target": ratio(sla.target.ratio()),
        "availability": sla.availability.map(range),
        "coverage": sla.coverage.map(ratio),
        "budget": sla.budget,
        "budget_consumed": sla.budget.consumed().map(ratio),
        "credit": sla.credit,
    })
}

/// Sums of lists, and when it was made.
pub(super) fn sums(report: &Report) -> Vec<(&'static str, Value)> {
    let found = &report.found;
    let outside: ledger::time::Millis = found.outside_hours.iter().map(|one| one.length()).sum();
    let outages = found.outages.iter();
    let whole: ledger::time::Millis = outages.clone().map(|one| one.length.estimate).sum();
    vec![
        ("terms", json!(report.terms())),
        ("read_until", instant(report, report.basis.read_until)),
        ("outside_hours_ms", json!(outside)),
        (
            "excluded_down_ms",
            json!(found.observed.estimate - found.total.counted.estimate),
        ),
        ("obtained_requests", json!(found.total.requests.obtained())),
        ("outage_length_ms", json!(whole)),
        (
            "borderline_outages",
            json!(outages.filter(|one| one.borderline).count()),
        ),
    ]
}
