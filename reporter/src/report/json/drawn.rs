//! What charts draw and no other member holds: the last ninety days, causes, what is left of the budget, worst windows.

use serde_json::{Map, Value, json};

use super::{interval, ratio};
use crate::report::recent::{self, Lost, OneDay, Sum};
use crate::report::{Report, pictures};

/// Up to ninety days until the end of the period.
pub fn recent(report: &Report) -> Value {
    let days = report.recent();
    let sum = |sum: Sum| {
        json!({
            "down_ms": sum.down,
            "availability": sum.availability.map(ratio),
            "days_down": sum.days_down,
        })
    };
    let personas = report.found.personas.keys().map(|persona| {
        let own = |day: &OneDay| day.personas.get(persona).copied().unwrap_or_default();
        (persona.to_string(), sum(recent::sum(&days, own)))
    });
    json!({
        "days": days.iter().map(|day| one_day(report, day)).collect::<Value>(),
        "service": sum(recent::sum(&days, |day| day.service)),
        "personas": personas.collect::<Map<_, _>>(),
    })
}

fn one_day(report: &Report, day: &OneDay) -> Value {
    let lost = |lost: Lost| json!({ "down_ms": lost.down, "unknown_ms": lost.unknown });
    let personas = day.personas.iter();
    let personas = personas.map(|(persona, one)| (persona.to_string(), lost(*one)));
    json!({
        "date": day.date,
        "span": interval(report, day.interval),
        "day_length_ms": day.day_length,
        "excluded_ms": day.excluded,
        "service": lost(day.service),
        "personas": personas.collect::<Map<_, _>>(),
    })
}

/// Sums and curves.
pub(super) fn drawn(report: &Report) -> Value {
    let causes = pictures::parts(report);
    let causes = causes.iter().map(
        |(class, down)| json!({ "class": class.map(ledger::verdict::Class::as_str), "down_ms": down }),
    );
    let left = pictures::left(report);
    let days = left.days.iter();
    let days = days.map(|(date, used, left)| json!({ "date": date, "used": used, "left": left }));
    let windows = pictures::worst(report);
    let windows = windows
        .iter()
        .map(|(length, worst)| json!({ "window_ms": length, "availability": ratio(*worst) }));
    let found = pictures::findings(report);
    let stretches = pictures::counted(report);
    let stretches = stretches.iter().map(|(window, outages, warnings)| {
        json!({ "window": interval(report, *window), "outages": outages, "warnings": warnings })
    });
    let known = pictures::known(&report.found);
    let unlooked = known.0.iter();
    let unlooked = unlooked.map(|region| (region.name.clone(), json!(region.blind.measure())));
    json!({
        "days_down": found.down,
        "days_below_target": found.below,
        "weekend_down_ms": found.weekend,
        "causes": causes.collect::<Value>(),
        "budget": { "allowed": left.allowed, "left": left.rest, "days": days.collect::<Value>() },
        "worst_by_window": windows.collect::<Value>(),
        "stretches": stretches.collect::<Value>(),
        "unlooked_ms": unlooked.collect::<Map<_, _>>(),
    })
}
