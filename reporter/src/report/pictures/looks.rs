//! From what explains an outage to the looks that a strip of it shows.

use ledger::attempt::Attempt;
use ledger::evidence::Look as Seen;
use ledger::explain::OutageAccount;
use ledger::record::Agent;
use ledger::verdict::Verdict;

use crate::chart::incident::Look;

/// All single looks around an outage, where the record still holds them; else those that its rules name.
pub fn looks(account: &OutageAccount, attempts: &[(Agent, Attempt)]) -> Vec<Look> {
    let kept = attempts.iter().filter_map(|(agent, attempt)| {
        let good = match attempt.verdict {
            Verdict::Good => true,
            Verdict::Bad => false,
            Verdict::Void | Verdict::Held => return None,
        };
        Some(Look {
            region: agent.region.to_string(),
            at: attempt.evidence,
            good,
        })
    });
    let mut looks: Vec<Look> = kept.collect();
    if looks.is_empty() {
        looks = named(account);
    }
    looks.sort();
    looks.dedup();
    looks
}

/// *g*, *f*, *l* and *h* of each region, and the ticks that opened and closed its spells.
fn named(account: &OutageAccount) -> Vec<Look> {
    let regions = account.tracks.iter().flat_map(|track| &track.regions);
    let look = |region: &str, seen: &Seen, good| Look {
        region: region.to_owned(),
        at: seen.evidence,
        good,
    };
    regions
        .flat_map(|region| {
            let name = region.region.as_str();
            region.spells.iter().flat_map(move |spell| {
                let bad = [&spell.first_bad, &spell.last_bad]
                    .into_iter()
                    .chain(&spell.opened_by);
                let good = spell
                    .good_before
                    .iter()
                    .chain(&spell.good_after)
                    .chain(&spell.closed_by);
                bad.map(move |seen| look(name, seen, false))
                    .chain(good.map(move |seen| look(name, seen, true)))
            })
        })
        .collect()
}
