//! The facts of semantics §6, each over some hundreds of outages.

use groupdesk::accuracy::estimators::facts;

const OUTAGES: u64 = 500;

#[test]
fn p03_p04_bias_deviation_shares_and_chances_are_as_the_manual_states() {
    let all = facts(3, OUTAGES);
    for prefix in ["bias", "deviation", "found", "share"] {
        let mine = all.iter().filter(|fact| fact.what.starts_with(prefix));
        assert!(mine.count() > 1, "{prefix}");
    }
    for fact in &all {
        assert!(fact.holds && fact.outages >= 500, "{fact:?}");
    }
}
