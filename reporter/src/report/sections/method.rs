//! How the figures came about, in words, with the contract's parameters.

use ledger::contract::{CountMode, Rules, Share, UnknownAs};
use ledger::print;

use super::measures;
use super::section as make;
use crate::report::Report;
use crate::report::figures::{length, number};
use crate::report::page::{Block, Fact, Section};
use crate::text::{Text, say};

/// The rules, one paragraph each, and the figures that decide nothing.
pub(super) fn section(report: &Report) -> Section {
    let about = "Other measures of the time outside the exclusions. They decide nothing.";
    let facts = measures::facts(report);
    let mut blocks = vec![Block::Terms(terms(report))];
    if !facts.is_empty() {
        blocks.push(Block::Words(about.into()));
        blocks.push(Block::Facts(facts));
    }
    make("method", "Method", blocks)
}

fn terms(report: &Report) -> Vec<Fact> {
    let rules = &report.contract.rules;
    let term = |label: &str, words: Text| Fact::new(label, words);
    let mut terms = vec![
        term("What is measured", "Whether people can sign in. Agents sign in as each persona, from several regions, on a fixed schedule that a hanging site cannot shift.".into()),
        term("States", "Every second is up, degraded, down in part, down or unknown, or excluded by the contract; the parts add up to the period exactly.".into()),
        term("Down", down(rules)),
        term("Unknown", say![
            "Time without evidence is unknown, and so is time in which only the prober was ill. It ",
            unknown(rules.unknown_as),
            ".",
        ]),
        term("Start and end", "An outage starts between the last good and the first bad look, and ends between the last bad and the first good one. The estimate is the middle of what can be known; the bounds hold the truth if every outage lasts longer than a few looks.".into()),
        term("Counted", counted(rules)),
        term("Early warnings", "Checks of the machines under the service are listed and never counted.".into()),
        term("Rounding", "Decisions compare exact fractions. Availability is cut, not rounded, to three decimals, so 100.000 % means no downtime at all. Tables show seconds, and their rows add up to the total.".into()),
        term("Days", format!("Cut at midnight in {}; a day has 23 to 25 hours where clocks change.", report.zone.name()).into()),
    ];
    terms.extend(interpolated(report));
    terms
}

fn down(rules: &Rules) -> Text {
    let at = |part: &str| format!("/contract/rules/{part}");
    say![
        "A region is down after ",
        number(rules.n_down, &at("n_down")),
        " failed looks in a row, or when ",
        Text::figure(print::share(rules.phi_down), at("phi_down")),
        " of the last ",
        number(rules.window, &at("window")),
        " failed; it is up again after ",
        number(rules.n_up, &at("n_up")),
        " good ones in a row. The service is down when more than ",
        Text::figure(print::share(rules.q_down), at("q_down")),
        " of the known regions are.",
    ]
}

fn interpolated(report: &Report) -> Option<Fact> {
    let stretches = report.found.interpolated.len();
    (stretches > 0).then(|| {
        Fact::new(
            "Measured less finely",
            say![
                "In ",
                number(stretches, "/interpolated"),
                " stretches near trouble that another agent saw, single attempts are no longer kept. There quiet looks are taken as evenly spaced, which can move an edge by the jitter.",
            ],
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

fn counted(rules: &Rules) -> Text {
    let at = |part: &str| format!("/contract/rules/{part}");
    let words = match rules.count_mode {
        CountMode::Continuous => "Every millisecond of an outage outside the exclusions.".into(),
        CountMode::WholeMinutes => {
            "The minutes of UTC that lie wholly inside an outage, outside the exclusions.".into()
        }
        CountMode::Timeslice => say![
            "Slices of ",
            length(rules.slice, &at("slice")),
            " from midnight UTC: one of which less than ",
            Text::figure(print::share(rules.slice_target), at("slice_target")),
            " of the known time was good counts whole, outside the exclusions.",
        ],
        CountMode::Request => "Sign-ins: availability is the share of planned ones that were good at their first attempt, of those that told anything, outside the exclusions. Downtime is shown beside it and not counted.".into(),
    };
    if rules.w_partial == Share(0) {
        return words;
    }
    say![
        words,
        " A partial outage counts ",
        Text::figure(print::share(rules.w_partial), at("w_partial")),
        " of its length, degraded time ",
        Text::figure(print::share(rules.w_deg), at("w_deg")),
        ".",
    ]
}
