//! The verdict in words.

use ledger::print;
use ledger::sla::SlaVerdict;
use ledger::time::Millis;

use super::{Report, Stage};
use crate::words;

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
    let found = &report.found;
    let target = print::share(found.sla.target);
    let Some(range) = found.sla.availability else {
        return "No time is left to judge: everything was excluded or unknown.".into();
    };
    let down = found.total.counted;
    let availability = print::availability(range.estimate);
    let lost = if down.upper == Millis::ZERO {
        "No downtime was measured".to_owned()
    } else {
        format!(
            "Sign-in did not work for {} in {}",
            words::prose(down.estimate),
            words::count(found.incidents.len(), "incident")
        )
    };
    let held = match found.sla.verdict {
        SlaVerdict::Met => format!("the target of {target} is met"),
        SlaVerdict::Missed => format!("the target of {target} is missed"),
        SlaVerdict::Undecided => format!("whether that meets {target} the measurement cannot tell"),
        SlaVerdict::Unmeasured => format!("too little is known to hold it against {target}"),
    };
    let unseen = unseen(report);
    format!(
        "{lost}: availability {availability}, {held}.{unseen}{}",
        so_far(report)
    )
}

/// ` For 24 h nobody could look.` where that is more than the contract takes lightly.
fn unseen(report: &Report) -> String {
    let least = report.contract.rules.cov_min;
    match report.found.sla.coverage {
        Some(coverage) if !coverage.reaches(least) => {
            let unknown = words::prose(report.found.total.unknown);
            format!(" For {unknown} nobody could look.")
        }
        _ => String::new(),
    }
}

/// ` So far: …` for a report that more data may change.
fn so_far(report: &Report) -> String {
    match report.stage {
        Stage::Final => String::new(),
        Stage::Provisional { until } => {
            format!(
                " Provisional: the record ends {}.",
                report.zone.table(until)
            )
        }
    }
}
