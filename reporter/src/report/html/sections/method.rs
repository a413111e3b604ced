//! How the figures came about, in words, with the contract's parameters.

use std::fmt::Write as _;

use ledger::contract::{CountMode, Rules, Share, UnknownAs};
use ledger::print;

use super::super::Fact;
use super::fact;
use crate::report::Report;
use crate::words;

/// The rules, one paragraph each.
pub(in super::super) fn method(report: &Report) -> Vec<Fact> {
    let rules = &report.contract.rules;
    let unknown = unknown(rules.unknown_as);
    let mut facts = vec![
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
        fact("Counted", counted(rules)),
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
    ];
    facts.extend(interpolated(report));
    facts
}

fn interpolated(report: &Report) -> Option<Fact> {
    let stretches = report.found.interpolated.len();
    (stretches > 0).then(|| {
        fact(
            "Measured less finely",
            format!(
                "In {stretches} stretches near trouble that another agent saw, single attempts are no longer kept. There quiet looks are taken as evenly spaced, which can move an edge by the jitter.",
            ),
        )
    })
}

fn unknown(mode: UnknownAs) -> &'static str {
    match mode {
        UnknownAs::Exclude => {
            "leaves the fraction: availability is one less counted downtime by known time"
        }
        UnknownAs::Up => "counts as up",
        UnknownAs::Down => "counts as down",
    }
}

fn counted(rules: &Rules) -> String {
    let mut words = match rules.count_mode {
        CountMode::Continuous => "Every millisecond of an outage outside the exclusions.".to_owned(),
        CountMode::WholeMinutes => {
            "The minutes of UTC that lie wholly inside an outage, outside the exclusions.".to_owned()
        }
        CountMode::Timeslice => format!(
            "Slices of {} from midnight UTC: one of which less than {} of the known time was good counts whole, outside the exclusions.",
            words::duration(rules.slice),
            print::share(rules.slice_target),
        ),
        CountMode::Request => "Sign-ins: availability is the share of planned ones that were good at their first attempt, of those that told anything, outside the exclusions. Downtime is shown beside it and not counted.".to_owned(),
    };
    if rules.w_partial > Share(0) {
        let _ = write!(
            words,
            " A partial outage counts {} of its length, degraded time {}.",
            print::share(rules.w_partial),
            print::share(rules.w_deg),
        );
    }
    words
}
