//! `report.json`: every number of the report for machines; schema version 1.
//!
//! Lengths are integer milliseconds, latencies integer microseconds, instants ISO 8601 in UTC beside the zone's own,
//! ratios exact numerators and denominators as strings.

mod corrections;
mod drawn;
mod more;

use std::collections::{BTreeMap, BTreeSet};

pub use self::drawn::recent;

use ledger::name::Name;
use ledger::outage::{Bounds, Edge, Incident, Outage};
use ledger::sla::{Range, Ratio};
use ledger::tally::{Day, Detection, Tally};
use ledger::time::{Interval, Timestamp};
use ledger::verdict::Class;
use serde_json::{Value, json};

use super::{Report, Stage, incident_days, links};
use crate::civil::plus_minus;

/// The schema that [`render`] writes; a change that could break a reader raises it.
pub const SCHEMA: u32 = 1;

/// The document, indented, keys in a fixed order, ending in a line break.
///
/// # Panics
/// Never: all keys are text.
pub fn render(report: &Report) -> String {
    let text = serde_json::to_string_pretty(&document(report)).expect("all keys are text");
    text + "\n"
}

/// The document as a value.
pub fn document(report: &Report) -> Value {
    let parts = [
        head(report),
        findings(report),
        measurement(report),
        more::sums(report),
    ];
    let members = parts.into_iter().flatten();
    let mut document: serde_json::Map<String, Value> = members
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    document.insert("basis".into(), json!(report.basis));
    if let Some(revision) = &report.revision {
        document.insert("revision".into(), json!(revision));
    }
    Value::Object(document)
}

type Members = Vec<(&'static str, Value)>;

/// Who, when, under which terms, and the verdict.
fn head(report: &Report) -> Members {
    let found = &report.found;
    let stage = match report.stage {
        Stage::Final => json!({ "final": true }),
        Stage::Provisional { until } => {
            json!({ "final": false, "record_until": instant(report, until) })
        }
    };
    vec![
        ("schema", json!(SCHEMA)),
        ("contract", json!(report.contract)),
        ("name", json!(report.name)),
        ("period", interval(report, found.period)),
        ("zone", json!(found.zone)),
        ("tzdb", json!(report.tzdb)),
        ("stage", stage),
        ("agents", json!(report.agents)),
        ("hash", json!(report.hash)),
        ("verdict", more::verdict(report)),
    ]
}

fn incidents(report: &Report) -> Value {
    let incident = |(one, anchor): (&Incident, String)| {
        let days = incident_days::of(report, one);
        let days = days
            .iter()
            .map(|day| json!({ "date": day.date, "down_ms": day.length }));
        let outages = report.found.outages.iter();
        let own: Vec<&Outage> = outages
            .filter(|outage| one.outages.contains(&outage.number))
            .collect();
        json!({
            "number": one.number,
            "anchor": anchor,
            "link": links::lasting(report, one),
            "span": interval(report, one.span),
            "outages": one.outages,
            "length_ms": bounds(&one.length),
            "days": days.collect::<Value>(),
            "personas": names(own.iter().flat_map(|outage| &outage.personas)),
            "regions": names(own.iter().flat_map(|outage| &outage.regions)),
            "bad_ticks": bad_ticks(own.iter().flat_map(|outage| &outage.classes)),
            "notes": report.notes_about(one).map(corrections::headline).collect::<Value>(),
        })
    };
    let all = report.found.incidents.iter();
    all.zip(links::anchors(report)).map(incident).collect()
}

/// Each name once, sorted.
fn names<'n>(names: impl Iterator<Item = &'n Name>) -> Value {
    let names: BTreeSet<&Name> = names.collect();
    json!(names)
}

/// Bad ticks added up by class.
fn bad_ticks<'c>(classes: impl Iterator<Item = (&'c Class, &'c u32)>) -> Value {
    let mut sums: BTreeMap<&str, u32> = BTreeMap::new();
    for (class, bad) in classes {
        *sums.entry(class.as_str()).or_default() += bad;
    }
    json!(sums)
}

/// Days, outages and incidents.
fn findings(report: &Report) -> Members {
    let found = &report.found;
    let blips = found.blips.iter().map(|one| {
        json!({
            "persona": one.persona,
            "region": one.region,
            "probe": one.probe,
            "span": interval(report, one.evidence),
            "class": one.class.as_str(),
        })
    });
    let exclusions = found.exclusions.iter().map(|one| {
        json!({
            "id": one.id,
            "window": interval(report, one.window),
            "author": one.author,
            "reason": one.reason,
            "announced": instant(report, one.announced),
            "notice_ms": one.notice,
            "standing": one.standing,
            "removed_ms": one.removed,
            "downtime_ms": bounds(&one.downtime),
            "beyond_cap_ms": one.beyond_cap,
        })
    });
    let outages = |outages: &[Outage]| {
        outages
            .iter()
            .map(|one| outage(report, one))
            .collect::<Value>()
    };
    vec![
        ("total", tally(&found.total)),
        ("observed_down_ms", bounds(&found.observed)),
        ("measures", measures(report)),
        (
            "outside_hours",
            found
                .outside_hours
                .iter()
                .map(|part| interval(report, *part))
                .collect(),
        ),
        ("exclusions", exclusions.collect()),
        ("corrections", corrections::entries(report)),
        ("measured", corrections::measured(report)),
        ("notes", corrections::notes(report)),
        (
            "days",
            found.days.iter().map(|one| day(report, one)).collect(),
        ),
        ("outages", outages(&found.outages)),
        ("session_outages", outages(&found.session_outages)),
        ("incidents", incidents(report)),
        ("blips", blips.collect()),
    ]
}

/// What the platform showed, how well the agents could look, and how long logins took.
fn measurement(report: &Report) -> Members {
    let found = &report.found;
    let trouble = found.prober_trouble.iter().map(|one| {
        json!({
            "agent": one.agent,
            "region": one.region,
            "span": interval(report, one.interval),
            "class": one.class.map(Class::as_str),
        })
    });
    let interpolated = found.interpolated.iter().map(|one| {
        json!({
            "agent": one.agent,
            "probe": one.probe,
            "span": interval(report, one.interval),
        })
    });
    let [personas, regions] = more::lanes(report);
    vec![
        ("personas", personas),
        ("regions", regions),
        ("months", more::months(report)),
        ("burn", more::burn(report)),
        ("compared", more::compared(report)),
        ("recent", recent(report)),
        ("drawn", drawn::drawn(report)),
        ("detection", found.detection().map(detection).into()),
        ("early_warnings", more::early_warnings(report)),
        ("single_warnings", more::single_warnings(report)),
        ("prober_trouble", trouble.collect()),
        ("trouble_by_cause", more::trouble_by_cause(report)),
        ("coverage", more::coverage(report)),
        ("clocks", more::clocks(report)),
        ("interpolated", interpolated.collect()),
        ("from_the_future", json!(found.from_the_future)),
        ("latency", more::latency(report)),
    ]
}

fn instant(report: &Report, at: Timestamp) -> Value {
    json!({ "ms": at.0, "utc": at.to_string(), "local": report.zone.iso(at) })
}

fn interval(report: &Report, interval: Interval) -> Value {
    json!({
        "start": instant(report, interval.start),
        "end": instant(report, interval.end),
        "length_ms": interval.length().0,
    })
}

fn bounds(bounds: &Bounds) -> Value {
    json!({ "lower": bounds.lower.0, "estimate": bounds.estimate.0, "upper": bounds.upper.0 })
}

fn ratio(ratio: Ratio) -> Value {
    json!({
        "numerator": ratio.numerator.to_string(),
        "denominator": ratio.denominator.to_string(),
    })
}

fn range(range: Range) -> Value {
    json!({
        "lowest": ratio(range.lowest),
        "estimate": ratio(range.estimate),
        "highest": ratio(range.highest),
    })
}

/// A tally as it stands in the document.
pub(crate) fn tally(tally: &Tally) -> Value {
    json!({
        "length_ms": tally.length.0,
        "up_ms": tally.up.0,
        "degraded_ms": tally.degraded.0,
        "partial_ms": tally.partial.0,
        "down_ms": tally.down.0,
        "unknown_ms": tally.unknown.0,
        "excluded_ms": tally.excluded.0,
        "counted_down_ms": bounds(&tally.counted),
        "requests": tally.requests,
    })
}

/// Figures beside availability.
fn measures(report: &Report) -> Value {
    let measures = report.found.measures();
    let windows = measures.windows.iter();
    json!({
        "repairs": measures.repairs.map(|repairs| json!({
            "count": repairs.count,
            "mean_ms": repairs.mean.0,
            "median_ms": repairs.median.0,
            "between_ms": repairs.between.0,
        })),
        "worst_windows": windows.map(|(length, worst)| json!({ "window_ms": length.0, "availability": ratio(*worst) }))
            .collect::<Value>(),
        "requests": measures.requests.map(range),
        "pairs": measures.pairs.map(ratio),
    })
}

fn day(report: &Report, day: &Day) -> Value {
    let rules = &report.contract.rules;
    json!({
        "date": day.date,
        "span": interval(report, day.interval),
        "day_length_ms": day.day_length.0,
        "tally": tally(&day.tally),
        "availability": day.tally.availability(rules).map(range),
        "outages": day.outages,
        "incidents": incident_days::touching(report, day),
        "personas": day.personas.iter().map(|(persona, down)| (persona.to_string(), bounds(down)))
            .collect::<serde_json::Map<_, _>>(),
    })
}

fn detection(detection: Detection) -> Value {
    json!({
        "outages": detection.count,
        "median_ms": detection.median.0,
        "mean_ms": detection.mean.0,
    })
}

fn outage(report: &Report, outage: &Outage) -> Value {
    let edge = |edge: Edge| {
        json!({
            "earliest": instant(report, edge.earliest),
            "estimate": instant(report, edge.estimate),
            "latest": instant(report, edge.latest),
            "doubt_ms": plus_minus(edge),
        })
    };
    json!({
        "number": outage.number,
        "start": edge(outage.start),
        "end": edge(outage.end),
        "open": outage.open,
        "length_ms": bounds(&outage.length),
        "counted_ms": bounds(&outage.counted),
        "edges": outage.edges,
        "confirmed": instant(report, outage.confirmed),
        "detection_ms": outage.detection().0,
        "borderline": outage.borderline,
        "session_only": outage.session_only,
        "causes": report.found.causes(outage.number).collect::<Vec<_>>(),
        "personas": outage.personas,
        "regions": outage.regions,
        "bad_ticks": bad_ticks(outage.classes.iter()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn days_add_up_to_the_total_and_ratios_are_exact() {
        let report = fixture::report(fixture::december());
        let parsed: Value = serde_json::from_str(&render(&report)).unwrap();
        for part in ["up_ms", "down_ms", "unknown_ms", "length_ms"] {
            let days = parsed["days"].as_array().unwrap();
            let sum: i64 = days
                .iter()
                .map(|day| day["tally"][part].as_i64().unwrap())
                .sum();
            assert_eq!(Some(sum), parsed["total"][part].as_i64(), "{part}");
        }
        let estimate = &parsed["verdict"]["availability"]["estimate"];
        assert_eq!(
            estimate["numerator"], "2650680000",
            "744 h less 12 min unknown less 7 h 30 min"
        );
        assert_eq!(estimate["denominator"], "2677680000");
        assert_eq!(
            parsed["outages"][0]["start"]["estimate"]["local"],
            "2018-12-14T17:14:53.000-05:00"
        );
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let once = render(&fixture::report(fixture::december()));
        assert_eq!(once, render(&fixture::report(fixture::december())));
    }
}
