//! From what explains an outage to the looks that a strip of it shows.

use ledger::attempt::Attempt;
use ledger::evidence::Look as Seen;
use ledger::explain::{OutageAccount, SpellAccount};
use ledger::record::Agent;
use ledger::time::Interval;
use ledger::verdict::Verdict;

use crate::chart::incident::Look;

/// All single looks around an outage, as far as the record still holds them, and in any case those that its rules name.
///
/// A held look failed if it lies in a spell of its region: so the engine decided. Elsewhere it says nothing.
pub fn looks(account: &OutageAccount, attempts: &[(Agent, Attempt)]) -> Vec<Look> {
    let down: Vec<(&str, Interval)> = spells(account)
        .map(|(region, spell)| {
            let (first, last) = (spell.first_bad.evidence, spell.last_bad.evidence);
            (region, Interval::new(first.start, last.end))
        })
        .collect();
    let kept = attempts.iter().filter_map(|(agent, attempt)| {
        let region = agent.region.as_str();
        let inside = |(of, spell): &(&str, Interval)| {
            *of == region && spell.contains(attempt.evidence.start)
        };
        let good = match attempt.verdict {
            Verdict::Good => true,
            Verdict::Bad => false,
            Verdict::Held if down.iter().any(inside) => false,
            Verdict::Void | Verdict::Held => return None,
        };
        Some(Look {
            region: region.to_owned(),
            at: attempt.evidence,
            good,
        })
    });
    let mut looks: Vec<Look> = kept.collect();
    // Named looks are widened by the error of the clock, so the same look is not the same interval.
    let named = named(account).into_iter().filter(|one| {
        let mut same = looks.iter().filter(|look| look.region == one.region);
        !same.any(|look| look.at.intersect(one.at).is_some())
    });
    let named: Vec<Look> = named.collect();
    looks.extend(named);
    looks.sort();
    looks.dedup();
    looks
}

fn spells(account: &OutageAccount) -> impl Iterator<Item = (&str, &SpellAccount)> {
    let regions = account.tracks.iter().flat_map(|track| &track.regions);
    regions.flat_map(|region| {
        let name = region.region.as_str();
        region.spells.iter().map(move |spell| (name, spell))
    })
}

/// *g*, *f*, *l* and *h* of each region, and the ticks that opened and closed its spells.
fn named(account: &OutageAccount) -> Vec<Look> {
    let look = |region: &str, seen: &Seen, good| Look {
        region: region.to_owned(),
        at: seen.evidence,
        good,
    };
    spells(account)
        .flat_map(|(region, spell)| {
            let bad = [&spell.first_bad, &spell.last_bad];
            let bad = bad.into_iter().chain(&spell.opened_by);
            let good = spell.good_before.iter().chain(&spell.good_after);
            let good = good.chain(&spell.closed_by);
            bad.map(move |seen| look(region, seen, false))
                .chain(good.map(move |seen| look(region, seen, true)))
        })
        .collect()
}
