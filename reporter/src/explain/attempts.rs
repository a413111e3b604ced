//! The single attempts of an outage, with their phases, where the records still hold them.

use ledger::attempt::{Attempt, StepPhases};
use ledger::phases::{Micros, Phases};
use ledger::record::Agent;

use super::page::Page;
use crate::words;

/// One entry each, by tick.
pub(super) fn render(page: &mut Page<'_>, attempts: &[(Agent, Attempt)]) {
    page.section("Attempts in the outage");
    for (agent, attempt) in attempts {
        entry(page, agent, attempt);
    }
    if attempts.is_empty() {
        page.row("  none is left in the records: raw attempts are kept for a time only");
    }
}

fn entry(page: &mut Page<'_>, agent: &Agent, attempt: &Attempt) {
    let class = attempt
        .class
        .map(|class| format!(" ({})", words::class(class)));
    let status = attempt.status.map(|status| format!(" {status}"));
    let total = attempt
        .total
        .map_or("no total".into(), |total| format!("total {}", took(total)));
    let account = attempt.account.as_ref();
    let account = account.map(|account| format!(", account {}", account.label));
    let detail = match attempt.detail.as_str() {
        "" => String::new(),
        detail => format!(", \"{detail}\""),
    };
    let text = format!(
        "{} {} {} {}: {}{}{}, evidence {}, {total}{}{detail}",
        agent.name,
        attempt.sequence,
        attempt.probe,
        attempt.kind.as_str(),
        attempt.verdict,
        class.unwrap_or_default(),
        status.unwrap_or_default(),
        page.span(attempt.evidence),
        account.unwrap_or_default(),
    );
    page.wrap((2, 6), &text);
    let steps = attempt.steps.iter().map(step).collect::<Vec<_>>();
    if !steps.is_empty() {
        page.wrap((6, 8), &steps.join("; "));
    }
}

fn step(step: &StepPhases) -> String {
    let Phases {
        dns,
        connect,
        tls,
        first_byte,
        body,
    } = step.phases;
    let phases = [
        ("dns", dns),
        ("connect", connect),
        ("tls", tls),
        ("first byte", first_byte),
        ("body", body),
    ];
    let phases = phases
        .into_iter()
        .filter_map(|(name, took)| Some((name, took?)));
    let phases = phases.map(|(name, time)| format!("{name} {}", took(time)));
    format!("{}: {}", step.step, phases.collect::<Vec<_>>().join(", "))
}

/// Milliseconds with their thousandths.
fn took(time: Micros) -> String {
    format!("{}.{:03}\u{a0}ms", time.get() / 1_000, time.get() % 1_000)
}
