//! Figures beside availability; they decide nothing.

use ledger::tally::Repairs;

use crate::report::Report;
use crate::report::figures::{availability, count, length, number};
use crate::report::page::Fact;
use crate::text::{Text, say};

/// Below this many outages a mean says little.
const FEW: u32 = 10;

/// What repair took, the worst windows, the share of up time over all pairs.
pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let measures = report.found.measures();
    let mut facts = Vec::new();
    if let Some(detection) = report.found.detection() {
        let median = length(detection.median, "/detection/median_ms");
        facts.push(Fact::new("Median time to detect", median).noted(
            "from the start of an outage to its confirmation, when an alarm could be raised",
        ));
    }
    facts.extend(measures.repairs.iter().flat_map(repair));
    for (index, (window, worst)) in measures.windows.iter().enumerate() {
        let at = |part: &str| format!("/measures/worst_windows/{index}/{part}");
        let label = say!["Worst ", length(*window, &at("window_ms"))];
        let worst = availability(*worst, &at("availability"));
        facts
            .push(Fact::new(label, worst).noted("availability of the worst window of this length"));
    }
    if let Some(pairs) = measures.pairs {
        let pairs = availability(pairs, "/measures/pairs");
        facts.push(
            Fact::new("Personas and regions together", pairs)
                .noted("up time of all pairs of persona and region"),
        );
    }
    facts
}

fn repair(repairs: &Repairs) -> Vec<Fact> {
    let at = |part: &str| format!("/measures/repairs/{part}");
    let n = usize::try_from(repairs.count).unwrap_or(usize::MAX);
    let outages = count(n, "outage", &at("count"));
    let caution = match repairs.count < FEW {
        true => say![outages, ": too few for a trend"],
        false => outages,
    };
    vec![
        Fact::new(
            "Median time to repair",
            length(repairs.median, &at("median_ms")),
        )
        .noted(caution),
        Fact::new("Mean time to repair", length(repairs.mean, &at("mean_ms"))),
        Fact::new(
            "Mean time between failures",
            length(repairs.between, &at("between_ms")),
        ),
    ]
}

/// The share of sign-ins that were good at once; nothing if none was planned.
pub(super) fn sign_ins(report: &Report) -> Option<Fact> {
    let range = report.found.measures().requests?;
    let requests = report.found.total.requests;
    let at = |part: &str| format!("/total/requests/{part}");
    let share = availability(range.estimate, "/measures/requests/estimate");
    let note: Text = say![
        number(requests.good, &at("good")),
        " of ",
        number(requests.obtained(), "/obtained_requests"),
        "; ",
        number(requests.missing, &at("missing")),
        " planned ones told nothing",
    ];
    Some(Fact::new("Sign-ins good at the first attempt", share).noted(note))
}
