//! The budget: what is left of it, how fast it burnt, and other periods beside this one.

use ledger::print;

use super::head;
use super::section as make;
use crate::report::burn::{self, Burn};
use crate::report::compared::Compared;
use crate::report::figures::{availability, estimate, length, number, range};
use crate::report::page::{Block, Cell, Fact, Row, Section, Table};
use crate::report::{Report, pictures, verdict};
use crate::text::{Text, say};

/// Below this many incidents there is no trend.
const FEW: usize = 10;

/// The budget, the burn rates, the comparison.
pub(super) fn section(report: &Report) -> Section {
    let mut facts = vec![head::budget(report)];
    facts.extend(spent(report));
    let pictures = Block::Pictures(pictures::of_measures(report));
    let mut blocks = vec![Block::Facts(facts), pictures, Block::Table(burns(report))];
    blocks.extend(compared(report));
    make("budget", "Error budget", blocks)
}

/// Where the whole budget was gone first.
fn spent(report: &Report) -> Option<Fact> {
    let (index, day) = report.spent_on()?;
    let date = Text::figure(&*day.date, format!("/days/{index}/date"));
    Some(Fact::new("Used up on", date).noted("the first day at whose end nothing was left"))
}

fn burns(report: &Report) -> Table {
    let burns = burn::of(report);
    let rows = burns.iter().enumerate().map(|(index, burn)| {
        let at = |part: &str| format!("/burn/{index}/{part}");
        let limit = format!("{}.{}", burn.limit_tenths / 10, burn.limit_tenths % 10);
        let verdict = if burn.is_over() {
            "an alarm was due"
        } else {
            "no alarm"
        };
        Row::new([
            Cell::new(length(burn.window, &at("window_ms"))),
            Cell::new(Text::figure(Burn::times(burn.rate), at("rate"))),
            Cell::new(Text::figure(limit, at("limit_tenths"))),
            Cell::new(verdict),
        ])
        .marked(burn.is_over())
    });
    Table {
        caption:
            "How many times faster than allowed the budget burnt in the worst window of each length"
                .into(),
        heads: vec!["Window", "Times", "Alarm from", "Burn alert*"],
        rows: rows.collect(),
        total: None,
    }
}

fn compared(report: &Report) -> Vec<Block> {
    if report.compared.is_empty() {
        return Vec::new();
    }
    let this = Compared {
        name: report.name.clone(),
        span: report.span.clone(),
        period: report.found.period,
        total: report.found.total,
        sla: report.found.sla,
        incidents: report.found.incidents.len(),
    };
    let others = report.compared.iter().enumerate();
    let others = others.map(|(index, one)| row(one, Place::other(index)));
    let rows: Vec<Row> = [row(&this, Place::this())]
        .into_iter()
        .chain(others)
        .collect();
    let incidents = report.compared.iter().map(|one| one.incidents).max();
    let caution = "These are the figures and no trend: there were too few incidents for one.";
    let table = Table {
        caption: "This period beside others, as far as the record goes".into(),
        heads: vec![
            "Period",
            "Downtime",
            "Unknown",
            "Availability",
            "Incidents",
            "Verdict*",
        ],
        rows,
        total: None,
    };
    let mut blocks = vec![Block::Table(table)];
    if incidents.is_some_and(|most| most < FEW) {
        blocks.push(Block::Words(caution.into()));
    }
    blocks
}

/// Where the figures of a period stand.
struct Place {
    name: String,
    total: String,
    availability: String,
    incidents: String,
}

impl Place {
    fn this() -> Self {
        Self {
            name: "/name".into(),
            total: "/total".into(),
            availability: "/verdict/availability/estimate".into(),
            incidents: "/incidents".into(),
        }
    }

    fn other(index: usize) -> Self {
        let at = |part: &str| format!("/compared/{index}/{part}");
        Self {
            name: at("name"),
            total: at("total"),
            availability: at("availability/estimate"),
            incidents: at("incidents"),
        }
    }
}

fn row(one: &Compared, place: Place) -> Row {
    let down = format!("{}/counted_down_ms", place.total);
    let available = match one.sla.availability {
        Some(range) => availability(range.estimate, &place.availability),
        None => "no data".into(),
    };
    let target = print::share(one.sla.target);
    let verdict = verdict::word(one.sla.verdict).to_lowercase();
    Row::new([
        Cell::new(Text::figure(&*one.name, place.name)),
        Cell::new(estimate(&one.total.counted, &down))
            .note(range(&one.total.counted, &down))
            .down(),
        Cell::new(length(
            one.total.unknown,
            &format!("{}/unknown_ms", place.total),
        )),
        Cell::new(available),
        Cell::new(number(one.incidents, &place.incidents)),
        Cell::new(say![
            verdict,
            ", target ",
            Text::figure(target, "/verdict/target")
        ]),
    ])
}
