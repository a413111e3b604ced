//! What said nothing or had to be decided: void ticks, held ticks, and lone failures near by.

use std::collections::BTreeMap;

use ledger::evidence::{Grounds, HeldTick, Said, Seen, VoidReason};
use ledger::explain::OutageAccount;
use ledger::verdict::Class;

use super::looks;
use super::page::{Page, count};
use crate::words;

/// Held ticks of one kind told one by one; the others are in the JSON form.
const SHOWN: usize = 3;

/// All of them, or that there were none.
pub(super) fn render(page: &mut Page<'_>, told: &OutageAccount) {
    page.section("Ticks that said nothing, or were decided by others");
    let mut any = false;
    for track in &told.tracks {
        for void in &track.voids {
            any = true;
            let reason = match void.reason {
                VoidReason::Prober(class) => words::class(class),
                VoidReason::Quarantine => "it failed while another agent of the region passed",
            };
            let ticks = count(void.ticks, "void tick");
            let (first, last) = (page.at(void.first), page.at(void.last));
            let text = format!(
                "{} in {}: {ticks} of {}, {first} to {last}: {reason}",
                void.agent, void.region, track.track.probe
            );
            page.wrap((2, 6), &text);
        }
        any |= !track.held.is_empty();
        held(page, &track.held);
    }
    for blip in &told.blips {
        any = true;
        let at = page.span(blip.evidence);
        let text = format!(
            "blip: {} for {} in {}, {at}: {}; alone, so it opened nothing",
            blip.probe,
            blip.persona,
            blip.region,
            words::class(blip.class)
        );
        page.wrap((2, 6), &text);
    }
    if !any {
        page.row("  none");
    }
}

/// Held ticks by region, class and outcome: the first few, then how many more.
fn held(page: &mut Page<'_>, held: &[HeldTick]) {
    let mut groups: BTreeMap<(String, Option<Class>, bool), Vec<&HeldTick>> = BTreeMap::new();
    for one in held {
        let class = match &one.look.row {
            Some(ledger::run::Entry::Tick(tick)) => tick.class,
            _ => None,
        };
        let key = (one.region.to_string(), class, one.said.is_some());
        groups.entry(key).or_default().push(one);
    }
    for ((region, ..), mut ticks) in groups {
        ticks.sort_by_key(|one| one.look.evidence);
        for one in ticks.iter().take(SHOWN) {
            let (look, why) = (looks::short(page, &one.look), outcome(page, one));
            page.wrap((2, 6), &format!("held in {region}: {look}; {why}"));
        }
        if ticks.len() > SHOWN {
            page.row(&format!(
                "      and {} more alike in {region}, all in --json",
                ticks.len() - SHOWN
            ));
        }
    }
}

fn outcome(page: &Page<'_>, one: &HeldTick) -> String {
    let verdict = match one.said {
        Some(Said::Bad) => "bad",
        Some(Said::Flicker) => "a flicker",
        Some(Said::Good) => "good",
        None => "void",
    };
    let seen = |seen: &Seen| {
        let account = seen.account.as_ref();
        let account = account.map(|label| format!(" with account {label}"));
        format!(
            "{} in {} at {} ({} {}){}",
            seen.agent,
            seen.region,
            page.at(seen.at),
            seen.probe,
            seen.sequence,
            account.unwrap_or_default()
        )
    };
    match &one.grounds {
        Some(Grounds::SeenElsewhere(other)) => {
            format!("{verdict}, as the same was seen by {}", seen(other))
        }
        Some(Grounds::AcceptedAgain { before, after }) => format!(
            "{verdict}, as the same secret was accepted before by {} and again by {}",
            seen(before),
            seen(after)
        ),
        Some(Grounds::Everywhere(regions)) => {
            format!("{verdict}, as all regions saw it: {}", words::list(regions))
        }
        None => format!(
            "{verdict}, as nobody who counts saw the same from {}",
            page.span(one.asked)
        ),
    }
}
