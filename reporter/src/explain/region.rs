//! A region's own stretches of down: the four pieces of evidence, the rules, and the estimates made of them.

use ledger::contract::Rules;
use ledger::explain::{RegionAccount, SpellAccount};
use ledger::print;
use ledger::state::{Bracket, Opening};
use ledger::time::Timestamp;

use super::looks;
use super::page::{Page, count};
use crate::words;

/// All spells of a region.
pub(super) fn render(page: &mut Page<'_>, region: &RegionAccount, rules: &Rules) {
    page.blank();
    let unseen = region.unknown.iter().map(|span| page.span(*span));
    let unseen: Vec<String> = unseen.collect();
    let unseen = match &unseen[..] {
        [] => String::new(),
        spans => format!("; nobody looked from {}", words::list(spans)),
    };
    let down = match region.spells.len() {
        0 => "saw nothing of it",
        _ => "was down",
    };
    page.wrap(
        (4, 6),
        &format!(
            "{} (weight {}) {down}{unseen}",
            region.region, region.weight
        ),
    );
    for spell in &region.spells {
        told(page, spell, rules);
    }
}

fn told(page: &mut Page<'_>, spell: &SpellAccount, rules: &Rules) {
    match &spell.good_before {
        Some(look) => looks::line(page, "g", look),
        None => page.row("      g  no good evidence before: unknown time, or the record begins"),
    }
    looks::line(page, "f", &spell.first_bad);
    looks::line(page, "l", &spell.last_bad);
    match &spell.good_after {
        Some(look) => looks::line(page, "h", look),
        None if spell.open => page.row("      h  none yet: still open where the record ends"),
        None => page.row("      h  no good evidence after: unknown time lies there"),
    }
    opened(page, spell, rules);
    closed(page, spell, rules);
    let flicker = match spell.flicker {
        0 => String::new(),
        flicker => format!(" and {}", count(flicker, "flicker")),
    };
    let bad = count(spell.bad, "bad tick");
    page.wrap((6, 9), &format!("{bad}{flicker} from f to l."));
    start(page, spell);
    end(page, spell);
}

fn opened(page: &mut Page<'_>, spell: &SpellAccount, rules: &Rules) {
    let rule = match spell.opening {
        Opening::Run { ticks } => {
            format!(
                "RUN: {ticks} bad ticks in a row (n_down = {})",
                rules.n_down
            )
        }
        Opening::Window { failing, of } => format!(
            "WINDOW: {failing} of the last {of} base ticks failed, {failing}/{of} >= phi_down = {}",
            print::share(rules.phi_down)
        ),
        Opening::Seconded => {
            "too few bad ticks for a rule, but another region saw bad ones within T".into()
        }
    };
    let met = page.at(spell.confirmed);
    let ticks = spell.opened_by.iter().map(|look| looks::short(page, look));
    let ticks = ticks.collect::<Vec<_>>().join("; ");
    page.wrap((6, 9), &format!("opened by {rule}, met at {met}: {ticks}"));
    if let Some(second) = &spell.second {
        let saw = looks::short(page, &second.look);
        page.wrap((9, 9), &format!("seconded by {}: {saw}", second.region));
    }
}

fn closed(page: &mut Page<'_>, spell: &SpellAccount, rules: &Rules) {
    if spell.closed_by.is_empty() {
        return;
    }
    let kind = match spell.opening {
        Opening::Window { .. } => "ticks good at their first attempt",
        Opening::Run { .. } | Opening::Seconded => "good ticks",
    };
    let ticks = spell.closed_by.iter().map(|look| looks::short(page, look));
    let ticks = ticks.collect::<Vec<_>>().join("; ");
    let rule = format!("{} {kind} in a row (n_up = {})", rules.n_up, rules.n_up);
    page.wrap((6, 9), &format!("closed by {rule}: {ticks}"));
}

fn start(page: &mut Page<'_>, spell: &SpellAccount) {
    let bracket = spell.start;
    if spell.good_before.is_none() {
        let at = page.at(bracket.before);
        page.wrap(
            (6, 9),
            &format!(
                "start  with its first bad evidence: a_f = {} = {at}",
                bracket.before.0
            ),
        );
        return;
    }
    edge(page, "start", ["a_g", "b_g", "a_f", "b_f"], bracket);
}

fn end(page: &mut Page<'_>, spell: &SpellAccount) {
    let bracket = spell.end;
    if spell.good_after.is_none() {
        let at = page.at(bracket.before);
        page.wrap(
            (6, 9),
            &format!("end    where it is cut: {} = {at}", bracket.before.0),
        );
        return;
    }
    edge(page, "end", ["a_l", "b_l", "a_h", "b_h"], bracket);
}

/// The bounds of an edge and its midpoint, with the values in the formula. `names` are those of the evidence before
/// and after.
pub(super) fn edge(page: &mut Page<'_>, edge: &str, names: [&str; 4], bracket: Bracket) {
    let [earliest, after, before, latest] = names;
    let told = |at: Timestamp| format!("{} = {}", at.0, page.at(at));
    let (first, best) = (bracket.after.min(bracket.before), bracket.estimate());
    let rows = [
        format!(
            "      {edge:<5}  {earliest} = {} at the earliest",
            told(bracket.earliest)
        ),
        format!(
            "             {latest} = {} at the latest",
            told(bracket.latest)
        ),
        format!(
            "             best (min({after}, {before}) + {before})/2 = ({} + {})/2",
            first.0, bracket.before.0
        ),
        format!("                  = {}", told(best)),
    ];
    for row in rows {
        page.row(&row);
    }
}
