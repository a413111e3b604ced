//! Uptime for machines: exact milliseconds and fractions.

use ledger::histogram::{Distribution, Measure};
use ledger::outage::Bounds;
use ledger::sla::Ratio;
use serde_json::{Value, json};

use super::{Row, Uptime, table::percentiles};

/// One JSON object.
pub fn render(uptime: &Uptime) -> String {
    let source = match uptime.kept {
        kept if kept == uptime.count => "kept days",
        0 => "runs and ticks",
        _ => "kept days, and runs and ticks for the rest",
    };
    let object = json!({
        "schema": 1,
        "contract": uptime.contract.id,
        "zone": uptime.contract.zone,
        "start_ms": uptime.period.start.0,
        "end_ms": uptime.period.end.0,
        "source": source,
        "count": uptime.count,
        "series": uptime.rows.iter().map(series).collect::<Value>(),
    });
    format!("{object:#}\n")
}

fn series(row: &Row) -> Value {
    let tally = &row.tally;
    let mut object = json!({
        "agent": row.standing.agent.name,
        "region": row.standing.agent.region,
        "probe": row.standing.probe,
        "availability": row.availability.map(|range| json!({
            "lowest": ratio(range.lowest),
            "estimate": ratio(range.estimate),
            "highest": ratio(range.highest),
        })),
        "coverage": tally.coverage().map(ratio),
        "length_ms": tally.length.0,
        "up_ms": tally.up.0,
        "degraded_ms": tally.degraded.0,
        "down_ms": bounds(&tally.counted),
        "unknown_ms": tally.unknown.0,
        "kept": row.standing.kept,
    });
    if !row.latency.is_empty() {
        object["latency"] = row.latency.iter().map(latency).collect();
    }
    object
}

fn latency((measure, distribution): (&Measure, &Distribution)) -> Value {
    let (step, phase) = match measure {
        Measure::Total => (None, "total"),
        Measure::Phase { step, phase } => (Some(step), phase.as_str()),
    };
    let [p50, p90, p99, p999] = percentiles(distribution);
    json!({
        "step": step,
        "phase": phase,
        "n": distribution.count(),
        "p50_us": p50,
        "p90_us": p90,
        "p99_us": p99,
        "p99_9_us": p999,
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
