//! The facts of semantics §6, each over some hundreds of outages.

use groupdesk::accuracy::estimators::{Fact, facts};

fn hold(prefix: &str) {
    let all = facts(3, 1_000);
    let mine: Vec<&Fact> = all
        .iter()
        .filter(|fact| fact.what.starts_with(prefix))
        .collect();
    assert!(mine.len() > 1, "{prefix}");
    for fact in mine {
        assert!(fact.holds, "{fact:?}");
        assert!(fact.outages >= 1_000, "{fact:?}");
    }
}

#[test]
fn p03_the_estimate_has_the_bias_and_the_deviation_that_the_manual_states() {
    hold("bias");
    hold("deviation");
}

#[test]
fn p04_the_share_of_ticks_is_unbiased_and_an_outage_is_found_as_often_as_stated() {
    hold("share");
    hold("found");
}
