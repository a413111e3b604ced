//! Personas, regions, login times and the quality of the measurement.

use ledger::contract::{EdgeMode, Rollup};
use ledger::outage::Bounds;
use ledger::print;
use ledger::sla::Ratio;
use ledger::state::{Lane, State};
use ledger::time::Millis;

use super::super::table::{Cell, Row, Table};
use super::incidents::span;
use crate::report::Report;
use crate::report::latency::Figures;
use crate::words;

/// How personas and regions become the service's state.
pub(in super::super) fn rollup(report: &Report) -> String {
    let personas = match report.contract.rules.rollup {
        Rollup::Any => "if any persona is",
        Rollup::All => "if all personas are",
        Rollup::Weighted => "by the weighted mean of its personas where they are",
    };
    let edges = match report.contract.rules.edges {
        EdgeMode::Fused => "edges seen by several regions are intersected where all agree",
        EdgeMode::Quorum => "edges are those of the quorum",
    };
    format!(
        "The service is down {personas} down in a quorum of the regions; {edges}. Figures below are each lane's own, before that."
    )
}

/// Each persona's own availability, worst first.
pub(in super::super) fn personas(report: &Report) -> Table {
    let found = &report.found;
    let mut lanes: Vec<_> = found
        .personas
        .iter()
        .map(|(name, lane)| {
            let of_days = found.days.iter().filter_map(|day| day.personas.get(name));
            let down = of_days.fold(Bounds::default(), |sum, day| Bounds {
                lower: sum.lower + day.lower,
                estimate: sum.estimate + day.estimate,
                upper: sum.upper + day.upper,
            });
            (name, lane, down)
        })
        .collect();
    lanes.sort_by_key(|(name, _, down)| (-down.estimate.0, (*name).clone()));
    let rows = lanes.iter().map(|(name, lane, down)| {
        let (unknown, available) = of_lane(lane, down.estimate, found.period.length());
        Row::new([
            Cell::new(name.to_string()),
            Cell::new(words::duration(down.estimate))
                .note(words::range(down))
                .down(),
            Cell::new(words::duration(unknown)),
            Cell::new(available),
        ])
        .marked(down.estimate > Millis::ZERO)
    });
    Table {
        caption: "Personas, worst first".into(),
        heads: vec!["Persona", "Downtime", "Unknown", "Availability"],
        rows: rows.collect(),
        total: None,
    }
}

/// Each persona in each region, worst first.
pub(in super::super) fn regions(report: &Report) -> Table {
    let found = &report.found;
    let mut lanes: Vec<_> = found
        .regions
        .iter()
        .flat_map(|(persona, lanes)| {
            lanes
                .iter()
                .map(move |(region, lane)| (persona, region, lane))
        })
        .map(|(persona, region, lane)| (persona, region, lane, lane.of(State::Down).measure()))
        .collect();
    lanes
        .sort_by_key(|(persona, region, _, down)| (-down.0, (*persona).clone(), (*region).clone()));
    let rows = lanes.iter().map(|(persona, region, lane, down)| {
        let (unknown, available) = of_lane(lane, *down, found.period.length());
        Row::new([
            Cell::new(format!("{persona} · {region}")),
            Cell::new(words::duration(*down)).down(),
            Cell::new(words::duration(unknown)),
            Cell::new(available),
        ])
        .marked(*down > Millis::ZERO)
    });
    Table {
        caption: "Personas by region, worst first".into(),
        heads: vec!["Persona and region", "Downtime", "Unknown", "Availability"],
        rows: rows.collect(),
        total: None,
    }
}

fn of_lane(lane: &Lane, down: Millis, length: Millis) -> (Millis, String) {
    let unknown = lane.of(State::Unknown).measure();
    let known = length - unknown;
    let available = Ratio::of(known - down, known);
    (
        unknown,
        available.map_or_else(|| "no data".into(), print::availability),
    )
}

/// Login time by persona over the period, as it succeeded and as it was experienced.
pub(in super::super) fn latency(report: &Report) -> Table {
    let rows = report.latency.0.iter().flat_map(|(persona, login)| {
        [
            ("successful", &login.success),
            ("experienced", &login.experienced),
        ]
        .into_iter()
        .filter(|(_, distribution)| !distribution.is_empty())
        .map(move |(view, distribution)| {
            row(format!("{persona}, {view}"), Figures::of(distribution))
        })
    });
    Table {
        caption: "Time to sign in; failed sign-ins are experienced as the whole deadline".into(),
        heads: vec!["Sign-ins", "Number", "p50", "p95", "p99", "Longest"],
        rows: rows.collect(),
        total: None,
    }
}

/// The phases of each step, longest median first, at most twelve.
pub(in super::super) fn phases(report: &Report) -> Table {
    let mut phases: Vec<(String, Figures)> = report
        .latency
        .0
        .iter()
        .flat_map(|(persona, login)| {
            login
                .phases
                .iter()
                .map(move |((step, phase), distribution)| {
                    let name = format!("{persona}, {step}: {}", phase.as_str().replace('_', " "));
                    (name, Figures::of(distribution))
                })
        })
        .collect();
    phases.sort_by(|a, b| b.1.p50_us.cmp(&a.1.p50_us).then_with(|| a.0.cmp(&b.0)));
    phases.truncate(12);
    Table {
        caption: "Where the time goes: phases of each step, longest first".into(),
        heads: vec!["Step and phase", "Number", "p50", "p95", "p99", "Longest"],
        rows: phases
            .into_iter()
            .map(|(name, figures)| row(name, figures))
            .collect(),
        total: None,
    }
}

fn row(name: String, figures: Figures) -> Row {
    let cell =
        |micros: Option<u32>| Cell::new(micros.map_or_else(|| "–".into(), words::latency_axis));
    Row::new([
        Cell::new(name),
        Cell::new(figures.n.to_string()),
        cell(figures.p50_us),
        cell(figures.p95_us),
        cell(figures.p99_us),
        cell(figures.max_us),
    ])
}

/// Planned and obtained ticks by region.
pub(in super::super) fn coverage(report: &Report) -> Table {
    let share = |part: u64, whole: u64| {
        let (part, whole) = (i64::try_from(part), i64::try_from(whole));
        match (part, whole) {
            (Ok(numerator), Ok(denominator)) if denominator > 0 => print::availability(Ratio {
                numerator,
                denominator,
            }),
            _ => "no data".into(),
        }
    };
    let rows = report.found.coverage.iter().map(|(region, ticks)| {
        Row::new([
            Cell::new(region.to_string()),
            Cell::new(ticks.planned.to_string()),
            Cell::new(ticks.obtained.to_string()),
            Cell::new(share(ticks.obtained, ticks.planned)),
            Cell::new(share(ticks.good, ticks.obtained)),
        ])
    });
    Table {
        caption: "Scheduled looks by region".into(),
        heads: vec![
            "Region",
            "Planned",
            "Obtained",
            "Obtained of planned",
            "Good at once of obtained",
        ],
        rows: rows.collect(),
        total: None,
    }
}

/// When agents could not look, and why.
pub(in super::super) fn troubles(report: &Report) -> Table {
    let rows = report.found.prober_trouble.iter().map(|trouble| {
        Row::new([
            Cell::new(span(&report.zone, trouble.interval)),
            Cell::new(words::duration(trouble.interval.length())),
            Cell::new(trouble.agent.to_string()),
            Cell::new(trouble.class.map_or("no data", words::class)),
        ])
    });
    Table {
        caption: "Agents' own trouble: unknown, never downtime".into(),
        heads: vec!["When", "Length", "Agent*", "Why*"],
        rows: rows.collect(),
        total: None,
    }
}
