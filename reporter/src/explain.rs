//! `reporter explain`: how a figure came about, down to the ticks, so that a stranger can redo it by hand.

mod attempts;
mod corrections;
mod counted;
mod day;
mod edges;
mod looks;
mod month;
mod outage;
mod page;
mod region;
mod silent;
#[cfg(test)]
mod tests;
pub mod what;

use ledger::attempt::Attempt;
use ledger::explain::Explanation;
use ledger::record::Agent;
use serde_json::json;

use crate::civil::Zone;
use page::Page;
use what::What;

/// The schema that [`json()`] writes; a change that could break a reader raises it.
pub const SCHEMA: u32 = 1;

/// What was asked for, and everything that explains it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What was asked for.
    pub what: What,
    /// The contract's zone.
    pub zone: Zone,
    /// The days and outages that were asked for; the total is that of the month.
    pub found: Explanation,
    /// The single attempts in the outages, with their agents, where they were asked for.
    pub attempts: Option<Vec<(Agent, Attempt)>>,
}

/// The page, plain text at most 80 columns wide but for long names. With ANSI colours for headings.
pub fn render(explained: &Explained) -> String {
    let found = &explained.found;
    let mut page = Page::new(&explained.zone, found.period.start);
    match &explained.what {
        What::Month(month) => month::render(&mut page, found, month),
        What::Day(_) => {
            for day in &found.days {
                day::render(&mut page, found, day);
            }
            for one in &found.outages {
                outage::render(&mut page, found, one);
            }
        }
        What::Outage(..) | What::Instant(_) => {
            for one in &found.outages {
                outage::render(&mut page, found, one);
            }
        }
    }
    corrections::render(&mut page, found, &explained.zone);
    if let Some(attempts) = &explained.attempts {
        attempts::render(&mut page, attempts);
    }
    page.finish()
}

/// The same as JSON: instants and lengths are integer milliseconds, instants since 1970-01-01T00:00:00Z.
///
/// # Panics
/// Never: all keys are text.
pub fn json(explained: &Explained) -> String {
    let attempts = explained.attempts.as_ref().map(|attempts| {
        let rows = attempts.iter();
        rows.map(|(agent, attempt)| json!({ "agent": agent.name, "region": agent.region, "attempt": attempt }))
            .collect::<Vec<_>>()
    });
    let document = json!({
        "schema": SCHEMA,
        "asked": explained.what.to_string(),
        "zone": explained.zone.name(),
        "explanation": explained.found,
        "attempts": attempts,
    });
    serde_json::to_string_pretty(&document).expect("all keys are text") + "\n"
}

#[cfg(test)]
pub(crate) fn plain(explained: &Explained) -> String {
    anstream::adapter::strip_str(&render(explained)).to_string()
}
