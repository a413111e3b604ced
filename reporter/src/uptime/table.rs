//! Uptime on the terminal: two lines a series, at most 80 columns.

use std::fmt::Write as _;

use ledger::histogram::{Distribution, Measure, Quantile};
use ledger::print;
use ledger::time::Millis;

use super::{Row, Uptime};
use crate::days::style::{BOLD, DIM, PLAIN, RED, YELLOW};
use crate::words;

/// The column of unknown time, at least.
const UNKNOWN: usize = 14;
/// What fits beside the figures.
const NAME: usize = 36;
/// What fits below them.
const WIDTH: usize = 69;

/// The page: heading, a row a series, and what was left out. With ANSI colours.
pub fn render(uptime: &Uptime) -> String {
    let visible = crate::escape::visible;
    let contract = &uptime.contract;
    let mut page = format!(
        "{BOLD}{}{PLAIN}, {}, each agent and probe by itself\n{DIM}contract {} of {}, months of {}{PLAIN}\n\n",
        visible(&contract.service),
        uptime.title,
        contract.id,
        visible(&contract.customer),
        contract.zone,
    );
    if uptime.rows.is_empty() {
        page.push_str("Nothing was looked at in this time.\n");
        return page;
    }
    let unknown = uptime.rows.iter().map(|row| unknown(row).chars().count());
    let wide = unknown.max().unwrap_or(0).max(UNKNOWN);
    let _ = writeln!(
        page,
        "{DIM}{:>9}  {:<15}  {:<wide$}  Agent and probe{PLAIN}",
        "Available", "Downtime", "Unknown"
    );
    for row in &uptime.rows {
        page.push_str(&series(row, wide));
    }
    page.push_str(&foot(uptime));
    page
}

fn unknown(row: &Row) -> String {
    words::duration(row.tally.unknown)
}

/// A series, with its unknown time in a column so `wide`.
fn series(row: &Row, wide: usize) -> String {
    let standing = &row.standing;
    let name = format!("{} {}", standing.agent.name, standing.probe);
    let available = row.availability.map_or_else(
        || "no data".to_owned(),
        |range| print::availability(range.estimate),
    );
    let down = words::duration(row.tally.counted.estimate);
    let unknown = unknown(row);
    let ink = |length: Millis, ink| if length > Millis::ZERO { ink } else { "" };
    let mut text = format!(
        "{available:>9}  {}{down:<15}{PLAIN}  {}{unknown:<wide$}{PLAIN}  ",
        ink(row.tally.counted.estimate, RED),
        ink(row.tally.unknown, YELLOW),
    );
    let short = name.chars().count() + wide <= NAME + UNKNOWN;
    text.push_str(if short { &name } else { "" });
    let mut text = format!("{}\n", text.trim_end());
    if !short {
        let _ = writeln!(text, "           {name}");
    }
    if let Some(doubt) = doubt(row) {
        let _ = writeln!(text, "           {DIM}{doubt}{PLAIN}");
    }
    text.push_str(&latency(row));
    text
}

/// The ranges, where there is any doubt, and how much is known, where that is not all.
fn doubt(row: &Row) -> Option<String> {
    let range = row.availability?;
    let [low, high] = [range.lowest, range.highest].map(print::availability);
    let mut parts = Vec::new();
    if let Some(down) = words::range(&row.tally.counted) {
        parts.push(down);
    }
    if low != high {
        parts.push(format!("{low} to {high}"));
    }
    let coverage = format!("{} known", print::percent(row.tally.coverage()?, 1));
    let room = WIDTH - coverage.chars().count();
    let line = parts.join(", ");
    if row.tally.unknown > Millis::ZERO && line.chars().count() + 2 <= room {
        parts.push(coverage);
    }
    let line = parts.join(", ");
    (!line.is_empty()).then_some(line)
}

fn latency(row: &Row) -> String {
    if row.latency.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "           {DIM}{:<26}{:>9}{:>8}{:>8}{:>8}{:>9}{PLAIN}\n",
        "step and phase", "n", "p50", "p90", "p99", "p99.9"
    );
    for (measure, distribution) in &row.latency {
        let name = match measure {
            Measure::Total => "all of it".to_owned(),
            Measure::Phase { step, phase } => format!("{step} {}", phase.as_str()),
        };
        let name: String = name.chars().take(25).collect();
        let [p50, p90, p99, p999] = percentiles(distribution)
            .map(|found| found.map_or_else(|| "–".to_owned(), words::latency_axis));
        let n = distribution.count();
        let _ = writeln!(
            text,
            "           {name:<26}{n:>9}{p50:>8}{p90:>8}{p99:>8}{p999:>9}"
        );
    }
    text
}

/// p50, p90, p99 and p99.9, each only where there are enough values.
pub(super) fn percentiles(distribution: &Distribution) -> [Option<u32>; 4] {
    [
        Quantile::MEDIAN,
        Quantile::P90,
        Quantile::P99,
        Quantile::P999,
    ]
    .map(|q| distribution.quantile(q).map(ledger::phases::Micros::get))
}

fn foot(uptime: &Uptime) -> String {
    let (reaching, judged) = uptime.reaching;
    let mut text = format!(
        "\n{reaching} of {judged} series reach {}.",
        print::share(uptime.contract.target),
    );
    let hidden = uptime.count - uptime.rows.len();
    if hidden > 0 {
        let _ = write!(
            text,
            " Shown are the worst {}; --top {} shows all.",
            uptime.rows.len(),
            uptime.count
        );
    }
    text.push('\n');
    text
}
