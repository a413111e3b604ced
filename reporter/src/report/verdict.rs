//! The verdict in words.

use ledger::print;
use ledger::sla::SlaVerdict;
use ledger::time::Millis;

use super::figures::{availability, count, instant, prose};
use super::{Report, Stage};
use crate::text::{Text, say};

/// `Met`, `Missed`, `Undecided by measurement` or `Not measured`.
pub const fn word(verdict: SlaVerdict) -> &'static str {
    match verdict {
        SlaVerdict::Met => "Met",
        SlaVerdict::Missed => "Missed",
        SlaVerdict::Undecided => "Undecided by measurement",
        SlaVerdict::Unmeasured => "Not measured",
    }
}

/// The finding of the whole report in one or two sentences.
pub fn sentence(report: &Report) -> String {
    text(report).plain()
}

/// The same with the places of its figures.
pub(crate) fn text(report: &Report) -> Text {
    let found = &report.found;
    let target = Text::figure(print::share(found.sla.target), "/verdict/target");
    let Some(range) = found.sla.availability else {
        return "No time is left to judge: everything was excluded or unknown.".into();
    };
    let down = found.total.counted;
    let lost = if down.upper == Millis::ZERO {
        "No downtime was measured".into()
    } else {
        say![
            "Sign-in did not work for ",
            prose(down.estimate, "/total/counted_down_ms/estimate"),
            " in ",
            count(found.incidents.len(), "incident", "/incidents"),
        ]
    };
    let held = match found.sla.verdict {
        SlaVerdict::Met => say!["the target of ", target, " is met"],
        SlaVerdict::Missed => say!["the target of ", target, " is missed"],
        SlaVerdict::Undecided => say![
            "whether that meets ",
            target,
            " the measurement cannot tell"
        ],
        SlaVerdict::Unmeasured => say!["too little is known to hold it against ", target],
    };
    say![
        lost,
        ": availability ",
        availability(range.estimate, "/verdict/availability/estimate"),
        ", ",
        held,
        ".",
        unseen(report),
        so_far(report),
    ]
}

/// ` For 24 h nobody could look.` where that is more than the contract takes lightly.
fn unseen(report: &Report) -> Text {
    let least = report.contract.rules.cov_min;
    match report.found.sla.coverage {
        Some(coverage) if !coverage.reaches(least) => {
            let unknown = prose(report.found.total.unknown, "/total/unknown_ms");
            say![" For ", unknown, " nobody could look."]
        }
        _ => Text::default(),
    }
}

/// ` Provisional: …` for a report that more data may change.
fn so_far(report: &Report) -> Text {
    match report.stage {
        Stage::Final => Text::default(),
        Stage::Provisional { until } => say![
            " Provisional: the record ends ",
            instant(&report.zone, until, "/stage/record_until"),
            "."
        ],
    }
}
