//! One look at the site in words: which attempt, when, and what it saw.

use ledger::evidence::Look;
use ledger::run::{Entry, Run, Tick, TickVerdict};
use ledger::time::Millis;
use ledger::verdict::{CanaryState, SecondResolver};

use super::page::Page;
use crate::words;

/// `g  17:14:43.000 to 17:14:43.412  good: attempt 1234 of agent east, ...`.
pub(super) fn line(page: &mut Page<'_>, label: &str, look: &Look) {
    let text = format!(
        "{label}  {}  {}",
        page.span(look.evidence),
        told(page, look)
    );
    page.wrap((6, 9), &text);
}

/// What stands in the record of it.
pub(super) fn told(page: &Page<'_>, look: &Look) -> String {
    let agent = look.agent.as_ref().map_or("nobody", |agent| agent.as_str());
    match &look.row {
        Some(Entry::Tick(tick)) => of_tick(page, (agent, look), tick),
        Some(Entry::Run(run)) => of_run(page, (agent, look), run),
        None => "stands in no row of the record".into(),
    }
}

/// `attempt 1234 at 17:15:03.000`, for lists.
pub(super) fn short(page: &Page<'_>, look: &Look) -> String {
    let at = page.at(look.evidence.start);
    match &look.row {
        Some(Entry::Tick(tick)) => {
            let agent = look.agent.as_ref().map_or("nobody", |agent| agent.as_str());
            let fast = if tick.fast { " (fast)" } else { "" };
            let saw = if is_retry(look, tick) {
                format!("good at a retry, after {}", saw(tick))
            } else {
                saw(tick)
            };
            format!("{at} {saw}{fast} ({agent} {})", tick.sequence)
        }
        Some(Entry::Run(run)) => format!("{at}, first of a quiet run of {} good ticks", run.ticks),
        None => at,
    }
}

fn of_tick(page: &Page<'_>, (agent, look): (&str, &Look), tick: &Tick) -> String {
    let retried = is_retry(look, tick);
    let saw = if retried {
        format!(
            "good at the last of {} attempts, after {}",
            tick.attempts,
            saw(tick)
        )
    } else {
        saw(tick)
    };
    let mut parts = vec![format!("{saw}: attempt {} of agent {agent}", tick.sequence)];
    if tick.attempts > 1 && !retried {
        parts.push(format!("this is the first of {} attempts", tick.attempts));
    }
    let fast = if tick.fast { "fast tick" } else { "tick" };
    parts.push(format!("{fast} {}", page.at(tick.tick)));
    parts.push(format!("due {}", page.at(tick.due)));
    if let Some(account) = &tick.account {
        parts.push(format!("account {}", account.label));
    }
    if let Some(step) = &tick.step {
        parts.push(format!("step {step}"));
    }
    match tick.canary {
        CanaryState::Ok => parts.push("canary ok".into()),
        CanaryState::Failed => parts.push("canary failed".into()),
        CanaryState::Assumed => parts.push("no canary, taken as ok".into()),
        CanaryState::Unasked => {}
    }
    match tick.second_resolver {
        Some(SecondResolver::Answered) => parts.push("a second resolver answered".into()),
        Some(SecondResolver::Failed) => parts.push("a second resolver failed, too".into()),
        None => {}
    }
    if tick.clock_error > Millis::ZERO {
        parts.push(format!(
            "widened by a clock error of {} ms",
            tick.clock_error.0
        ));
    }
    if !tick.detail.as_str().is_empty() {
        parts.push(format!("\"{}\"", tick.detail));
    }
    parts.join(", ")
}

fn of_run(page: &Page<'_>, (agent, look): (&str, &Look), run: &Run) -> String {
    let which = match look.tick {
        Some(tick) if tick == run.last_tick => format!("its last tick, {}", page.at(tick)),
        Some(tick) => format!("its first tick, {}", page.at(tick)),
        None => "a tick inside it, its place known to the jitter only".into(),
    };
    let error = if run.clock_error > Millis::ZERO {
        format!(", widened by a clock error of {} ms", run.clock_error.0)
    } else {
        String::new()
    };
    format!(
        "good: quiet run of {} good ticks of agent {agent} from {} to {}, {which}{error}",
        run.ticks,
        page.at(run.first_tick),
        page.at(run.last_tick),
    )
}

/// Whether the look is the good retry of a tick that failed first.
fn is_retry(look: &Look, tick: &Tick) -> bool {
    let worked_later = tick.verdict == TickVerdict::Flicker || tick.recovered;
    let last = tick.last_evidence;
    worked_later && last != tick.evidence && look.evidence.start + tick.clock_error == last.start
}

/// The recorded verdict, its class and the status.
fn saw(tick: &Tick) -> String {
    let verdict = match (tick.verdict, tick.slow) {
        (TickVerdict::Good, true) => "good but slow",
        (verdict, _) => verdict.as_str(),
    };
    let class = tick
        .class
        .map(|class| format!(" ({})", words::class(class)));
    let status = tick.status.map(|status| format!(" {status}"));
    format!(
        "{verdict}{}{}",
        class.unwrap_or_default(),
        status.unwrap_or_default()
    )
}
