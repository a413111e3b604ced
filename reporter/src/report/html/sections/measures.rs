//! Figures beside availability; they decide nothing.

use ledger::print;
use ledger::sla::Range;
use ledger::tally::Repairs;

use super::super::Fact;
use super::{fact, noted};
use crate::report::Report;
use crate::words;

/// Below this many outages a mean says little.
const FEW: u32 = 10;

/// What repair took, the worst windows, the share of good sign-ins and of up time over all pairs.
pub(in super::super) fn measures(report: &Report) -> Vec<Fact> {
    let measures = report.found.measures();
    let mut facts = Vec::new();
    if let Some(detection) = report.found.detection() {
        facts.push(noted(
            "Median time to detect",
            words::duration(detection.median),
            "from the start of an outage to its confirmation, when an alarm could be raised",
        ));
    }
    if let Some(repairs) = measures.repairs {
        facts.extend(repair(&repairs));
    }
    for (window, worst) in &measures.windows {
        facts.push(noted(
            &format!("Worst {}", words::duration(*window)),
            print::availability(*worst),
            "availability of the worst window of this length",
        ));
    }
    if let Some(range) = measures.requests {
        facts.push(sign_ins(report, range));
    }
    if let Some(pairs) = measures.pairs {
        facts.push(noted(
            "Personas and regions together",
            print::availability(pairs),
            "up time of all pairs of persona and region",
        ));
    }
    facts
}

fn repair(repairs: &Repairs) -> Vec<Fact> {
    let outages = words::count(usize::try_from(repairs.count).unwrap_or(0), "outage");
    let caution = if repairs.count < FEW {
        format!("{outages}: too few for a trend")
    } else {
        outages
    };
    vec![
        noted(
            "Median time to repair",
            words::duration(repairs.median),
            caution,
        ),
        fact("Mean time to repair", words::duration(repairs.mean)),
        fact(
            "Mean time between failures",
            words::duration(repairs.between),
        ),
    ]
}

fn sign_ins(report: &Report, range: Range) -> Fact {
    let requests = report.found.total.requests;
    noted(
        "Sign-ins good at the first attempt",
        print::availability(range.estimate),
        format!(
            "{} of {}; {} planned ones told nothing",
            requests.good,
            requests.obtained(),
            requests.missing
        ),
    )
}
