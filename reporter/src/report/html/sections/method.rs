//! How the figures came about, in words, with the contract's parameters.

use ledger::contract::{CountMode, UnknownAs};
use ledger::print;

use super::super::Fact;
use super::fact;
use crate::report::Report;

/// The rules, one paragraph each.
pub(in super::super) fn method(report: &Report) -> Vec<Fact> {
    let rules = &report.contract.rules;
    let unknown = match rules.unknown_as {
        UnknownAs::Exclude => {
            "leaves the fraction: availability is one less counted downtime by known time"
        }
        UnknownAs::Up => "counts as up",
        UnknownAs::Down => "counts as down",
    };
    vec![
        fact(
            "What is measured",
            "Whether people can sign in. Agents sign in as each persona, from several regions, on a fixed schedule that a hanging site cannot shift.",
        ),
        fact(
            "States",
            "Every second is up, degraded, down in part, down or unknown, or excluded by the contract; the parts add up to the period exactly.",
        ),
        fact(
            "Down",
            format!(
                "A region is down after {} failed looks in a row, or when {} of the last {} failed; it is up again after {} good ones in a row. The service is down when more than {} of the known regions are.",
                rules.n_down,
                print::share(rules.phi_down),
                rules.window,
                rules.n_up,
                print::share(rules.q_down),
            ),
        ),
        fact(
            "Unknown",
            format!(
                "Time without evidence is unknown, and so is time in which only the prober was ill. It {unknown}."
            ),
        ),
        fact(
            "Start and end",
            "An outage starts between the last good and the first bad look, and ends between the last bad and the first good one. The estimate is the middle of what can be known; the bounds hold the truth if every outage lasts longer than a few looks.",
        ),
        fact("Counted", counted(rules.count_mode)),
        fact(
            "Early warnings",
            "Checks of the machines under the service are listed and never counted.",
        ),
        fact(
            "Rounding",
            "Decisions compare exact fractions. Availability is cut, not rounded, to three decimals, so 100.000 % means no downtime at all. Tables show seconds, and their rows add up to the total.",
        ),
        fact(
            "Days",
            format!(
                "Cut at midnight in {}; a day has 23 to 25 hours where clocks change.",
                report.zone.name()
            ),
        ),
    ]
}

const fn counted(mode: CountMode) -> &'static str {
    match mode {
        CountMode::Continuous => "Every millisecond of an outage outside the exclusions.",
        CountMode::WholeMinutes => {
            "The minutes of UTC that lie wholly inside an outage, outside the exclusions."
        }
    }
}
