//! Who, when, by which terms; and the verdict.

use ledger::print;
use ledger::sla::{Credit, SlaVerdict, Unit};

use crate::escape::visible;
use crate::report::figures::{amount, availability, estimate, instant, length, number, range};
use crate::report::page::{Block, Fact, Section};
use crate::report::{Report, Stage, verdict};
use crate::text::{Text, say};
use crate::words;

/// `provisional, the record ends 2018-12-17 00:00`, or `final, revision 2`.
pub(in crate::report) fn stage(report: &Report) -> Text {
    match report.stage {
        Stage::Final => match &report.revision {
            Some(revision) => say![
                "final, revision ",
                number(revision.number, "/revision/number")
            ],
            None => "final, not issued".into(),
        },
        Stage::Provisional { until } => say![
            "provisional, the record ends ",
            instant(&report.zone, until, "/stage/record_until"),
        ],
    }
}

/// Who, when, by which clock, from which data.
pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let zone = &report.zone;
    let period = report.found.period;
    vec![
        Fact::new(
            "Period",
            say![
                instant(zone, period.start, "/period/start"),
                " to ",
                instant(zone, period.end, "/period/end"),
            ],
        ),
        Fact::new(
            "Time zone",
            say![
                zone.name(),
                " (tzdb ",
                Text::figure(visible(&report.tzdb), "/tzdb"),
                ")"
            ],
        ),
        Fact::new(
            "Contract",
            say![
                Text::figure(report.contract.id.to_string(), "/contract/id"),
                ", terms ",
                Text::figure(report.short_terms(), "/terms"),
            ],
        ),
        Fact::new("Revision", stage(report)),
        Fact::new(
            "Made from",
            say![
                "records of ",
                Text::list(report.agents.iter().enumerate().map(|(index, agent)| {
                    Text::figure(visible(agent), format!("/agents/{index}"))
                })),
                ", read until ",
                instant(zone, report.basis.read_until, "/read_until"),
            ],
        ),
        Fact::new(
            "Figures",
            say![Text::figure(report.short_hash(), "/hash"), " (SHA-256)"],
        ),
    ]
}

/// The line below everything.
pub(super) fn foot(report: &Report) -> Text {
    say![
        "Contract ",
        Text::figure(report.contract.id.to_string(), "/contract/id"),
        format!(", {}, ", report.span),
        stage(report),
        ". Figures ",
        Text::figure(report.hash.as_str(), "/hash"),
        format!(" (SHA-256). Days and times of {}.", report.zone.name()),
    ]
}

/// The box: met, missed or undecided, in one sentence and with its figures.
pub(super) fn verdict(report: &Report) -> Section {
    let mut section = super::section(
        "verdict",
        verdict::word(report.found.sla.verdict),
        vec![
            Block::Lead(verdict::text(report)),
            Block::Facts(figures(report)),
        ],
    );
    section.verdict = match report.found.sla.verdict {
        SlaVerdict::Met => "met",
        SlaVerdict::Missed => "missed",
        SlaVerdict::Undecided => "undecided",
        SlaVerdict::Unmeasured => "unmeasured",
    };
    section
}

fn figures(report: &Report) -> Vec<Fact> {
    let found = &report.found;
    let sla = &found.sla;
    let mut facts = Vec::new();
    if let Some(found) = sla.availability {
        let at = |part: &str| format!("/verdict/availability/{part}");
        let spread = say![
            availability(found.lowest, &at("lowest")),
            " to ",
            availability(found.highest, &at("highest")),
        ];
        let estimate = availability(found.estimate, &at("estimate"));
        facts.push(Fact::new("Availability", estimate).noted(spread));
    }
    let target = Text::figure(print::share(sla.target), "/verdict/target");
    facts.push(Fact::new("Target", target));
    let (counted, at) = (&found.total.counted, "/total/counted_down_ms");
    facts.push(Fact::new("Counted downtime", estimate(counted, at)).noted(range(counted, at)));
    if let Some(measured) = &found.measured {
        let (counted, at) = (&measured.total.counted, "/measured/total/counted_down_ms");
        facts.push(Fact::new("Measured", estimate(counted, at)).noted(range(counted, at)));
    }
    facts.push(budget(report));
    facts.extend(sla.credit.map(credit));
    let incidents = number(found.incidents.len(), "/incidents");
    facts.push(Fact::new("Incidents", incidents).noted(longest(report)));
    if let Some(coverage) = sla.coverage {
        let unknown = say![length(found.total.unknown, "/total/unknown_ms"), " unknown"];
        let coverage = availability(coverage, "/verdict/coverage");
        facts.push(Fact::new("Coverage", coverage).noted(unknown));
    }
    facts
}

/// What was allowed, what is left, and how much of it is used.
pub(super) fn budget(report: &Report) -> Fact {
    let budget = &report.found.sla.budget;
    let at = |part: &str| format!("/verdict/budget/{part}");
    let left = if budget.remaining < 0 {
        say![
            "overdrawn by ",
            amount(budget, -budget.remaining, &at("remaining")),
        ]
    } else {
        say![amount(budget, budget.remaining, &at("remaining")), " left"]
    };
    let used = words::consumed(budget).map(|used| {
        say![
            ", ",
            Text::figure(used, "/verdict/budget_consumed"),
            " used"
        ]
    });
    let label = match budget.unit {
        Unit::Milliseconds => "Downtime allowed",
        Unit::Requests => "Failures allowed",
    };
    Fact::new(label, amount(budget, budget.allowed, &at("allowed"))).noted(say![left, used])
}

fn credit(credit: Credit) -> Fact {
    let tier =
        |share, part: &str| Text::figure(print::share(share), format!("/verdict/credit/{part}"));
    let fact = Fact::new("Credit tier", tier(credit.estimate, "estimate"));
    if credit.least == credit.most {
        return fact;
    }
    fact.noted(say![
        tier(credit.least, "least"),
        " to ",
        tier(credit.most, "most"),
        " within the bounds",
    ])
}

/// `longest: No. 3, 4 h; No. 1, 2 h; …`, at most three.
fn longest(report: &Report) -> Text {
    let mut incidents: Vec<_> = report.found.incidents.iter().enumerate().collect();
    if incidents.len() < 2 {
        return Text::default();
    }
    incidents.sort_by_key(|(index, one)| (std::cmp::Reverse(one.length.estimate), *index));
    let longest = incidents.iter().take(3).map(|(index, one)| {
        say![
            "No.\u{a0}",
            number(one.number, &format!("/incidents/{index}/number")),
            ": ",
            estimate(&one.length, &format!("/incidents/{index}/length_ms")),
        ]
    });
    say!["longest first: ", Text::joined(longest, ", ")]
}
