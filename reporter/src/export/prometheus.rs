//! The figures of a period as Prometheus text (exposition format 0.0.4): gauges, seconds, ratios from 0 to 1.

use std::fmt::Write as _;

use ledger::outage::Bounds;
use ledger::sla::{Range, Ratio, Unit};
use ledger::state::State;
use ledger::time::Millis;

use crate::report::Report;
use crate::report::latency::Figures;
use crate::site::now;

/// The snapshot, metrics in a fixed order. Instants are seconds since 1970.
pub fn render(report: &Report) -> String {
    let mut page = Page {
        text: String::new(),
        contract: report.contract.id.to_string(),
    };
    time(&mut page, report);
    held(&mut page, report);
    sign_ins(&mut page, report);
    page.text
}

struct Page {
    text: String,
    contract: String,
}

impl Page {
    fn metric(&mut self, name: &str, help: &str) {
        let _ = write!(
            self.text,
            "# HELP reporter_{name} {help}\n# TYPE reporter_{name} gauge\n"
        );
    }

    /// One value; `labels` are names and values in turn, and none needs escaping.
    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: &str) {
        let _ = write!(self.text, "reporter_{name}{{contract=\"{}\"", self.contract);
        for (label, value) in labels {
            let _ = write!(self.text, ",{label}=\"{value}\"");
        }
        let _ = writeln!(self.text, "}} {value}");
    }

    fn one(&mut self, name: &str, help: &str, value: &str) {
        self.metric(name, help);
        self.value(name, &[], value);
    }

    fn bounds(&mut self, name: &str, help: &str, bounds: &Bounds) {
        self.metric(name, help);
        for (bound, length) in [
            ("lower", bounds.lower),
            ("estimate", bounds.estimate),
            ("upper", bounds.upper),
        ] {
            self.value(name, &[("bound", bound)], &seconds(length));
        }
    }

    fn range(&mut self, name: &str, help: &str, range: &Range) {
        self.metric(name, help);
        for (bound, ratio) in [
            ("lowest", range.lowest),
            ("estimate", range.estimate),
            ("highest", range.highest),
        ] {
            self.value(name, &[("bound", bound)], &decimal(ratio));
        }
    }
}

fn time(page: &mut Page, report: &Report) {
    let found = &report.found;
    let total = &found.total;
    let at = |instant: ledger::time::Timestamp| seconds(Millis(instant.0));
    page.one(
        "period_start_timestamp_seconds",
        "Start of the period.",
        &at(found.period.start),
    );
    page.one(
        "period_end_timestamp_seconds",
        "End of the period, or of the record if that is earlier.",
        &at(found.period.end),
    );
    page.metric("state", "1 for the state at the end of the period.");
    let now = now::now(&found.service, now::FRESH).map(|now| now.state);
    for (name, state) in [
        ("up", State::Up),
        ("degraded", State::Degraded),
        ("partial", State::Partial),
        ("down", State::Down),
        ("unknown", State::Unknown),
    ] {
        let is = if now == Some(state) { "1" } else { "0" };
        page.value("state", &[("state", name)], is);
    }
    page.metric(
        "time_seconds",
        "The period by state; the states add up to it.",
    );
    for (name, length) in [
        ("up", total.up),
        ("degraded", total.degraded),
        ("partial", total.partial),
        ("down", total.down),
        ("unknown", total.unknown),
        ("excluded", total.excluded),
    ] {
        page.value("time_seconds", &[("state", name)], &seconds(length));
    }
    let known = total.length - total.excluded - total.unknown;
    page.one(
        "known_seconds",
        "Time outside exclusions that is known.",
        &seconds(known),
    );
    page.bounds("down_seconds", "Downtime that counts.", &total.counted);
    page.one(
        "incidents",
        "Incidents of the period.",
        &found.incidents.len().to_string(),
    );
}

fn held(page: &mut Page, report: &Report) {
    let sla = &report.found.sla;
    if let Some(range) = &sla.availability {
        page.range("availability_ratio", "Availability with its range.", range);
    }
    if let Some(coverage) = sla.coverage {
        page.one(
            "coverage_ratio",
            "The share of the period that is known.",
            &decimal(coverage),
        );
    }
    page.one(
        "target_ratio",
        "What the contract promises.",
        &decimal(sla.target.ratio()),
    );
    let budget = &sla.budget;
    let (name, amount): (_, fn(i64) -> String) = match budget.unit {
        Unit::Milliseconds => ("budget_seconds", |length| seconds(Millis(length))),
        Unit::Requests => ("budget_requests", |count| count.to_string()),
    };
    page.metric(name, "The error budget; what remains may be below zero.");
    for (part, value) in [
        ("allowed", budget.allowed),
        ("used", budget.used),
        ("remaining", budget.remaining),
    ] {
        page.value(name, &[("part", part)], &amount(value));
    }
}

fn sign_ins(page: &mut Page, report: &Report) {
    let requests = report.found.total.requests;
    page.metric("sign_ins", "Planned sign-ins by outcome.");
    for (outcome, count) in [
        ("good", requests.good),
        ("failing", requests.failing),
        ("missing", requests.missing),
    ] {
        page.value("sign_ins", &[("outcome", outcome)], &count.to_string());
    }
    page.metric(
        "sign_in_seconds",
        "Time to sign in, successful ones; a quantile only where enough support it.",
    );
    for (persona, login) in &report.latency.0 {
        let figures = Figures::of(&login.success);
        for (quantile, micros) in [
            ("0.5", figures.p50_us),
            ("0.95", figures.p95_us),
            ("0.99", figures.p99_us),
        ] {
            if let Some(micros) = micros {
                let value = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
                page.value(
                    "sign_in_seconds",
                    &[("persona", persona.as_str()), ("quantile", quantile)],
                    &value,
                );
            }
        }
    }
}

/// `27000.000`.
fn seconds(length: Millis) -> String {
    let sign = if length < Millis::ZERO { "-" } else { "" };
    let length = length.0.unsigned_abs();
    format!("{sign}{}.{:03}", length / 1_000, length % 1_000)
}

/// A ratio cut to nine decimals, so that 1 means all.
fn decimal(ratio: Ratio) -> String {
    let (part, whole) = (i128::from(ratio.numerator), i128::from(ratio.denominator));
    let cut = (part * 1_000_000_000).div_euclid(whole);
    let sign = if cut < 0 { "-" } else { "" };
    let cut = cut.unsigned_abs();
    format!("{sign}{}.{:09}", cut / 1_000_000_000, cut % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn states_add_up_and_each_metric_is_announced_once() {
        let report = fixture::report(fixture::december());
        let page = render(&report);
        let value = |start: &str| -> f64 {
            let line = page.lines().find(|line| line.starts_with(start));
            let line = line.unwrap_or_else(|| panic!("no {start}"));
            line.rsplit(' ').next().unwrap().parse().unwrap()
        };
        let states = page
            .lines()
            .filter(|line| line.starts_with("reporter_time_seconds"));
        let states: f64 = states
            .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
            .sum();
        assert!((states - 2_678_400.0).abs() < 1e-6, "{states}");
        let down = "reporter_down_seconds{contract=\"groupdesk\",bound=\"estimate\"}";
        assert!((value(down) - 27_000.0).abs() < 1e-6);
        let available = "reporter_availability_ratio{contract=\"groupdesk\",bound=\"estimate\"}";
        assert!((value(available) - 0.989_916_644).abs() < 1e-9);
        let mut helps: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("# HELP"))
            .collect();
        let count = helps.len();
        helps.dedup();
        assert_eq!(helps.len(), count);
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split('{').next().unwrap();
            assert!(page.contains(&format!("# TYPE {name} gauge\n")), "{line}");
        }
    }
}
