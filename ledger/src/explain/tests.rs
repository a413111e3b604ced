//! An explanation holds what the assessment says, and enough to come to the same by hand.

mod by_hand;

use proptest::prelude::*;

use super::{Account, Explanation, Kind, Part, Piece, explain};
use crate::contract::{Contract, CountMode, EdgeMode, Rollup, Rules, Share, UnknownAs};
use crate::exclusion::{Exclusion, When};
use crate::outage::Bounds;
use crate::record::Record;
use crate::state::Opening;
use crate::tally::tests::properties::{any_history, period};
use crate::tally::{Assessment, Tally, Terms};
use crate::testing::{at, contract, folded, name, span};
use crate::time::{Intervals, Millis};

fn told(record: &Record, terms: Terms<'_>) -> (Assessment, Explanation) {
    explain(record, terms, period(), period().end).expect("histories are sound")
}

/// An hour in the middle of the period, announced in time.
fn release() -> Exclusion {
    Exclusion {
        id: name("release"),
        contracts: Vec::new(),
        author: "Jo".to_owned(),
        reason: "Release".to_owned(),
        announced: at("2018-12-01T00:00:00Z"),
        late: false,
        when: When::Once(span("2018-12-20T02:00:00Z", "2018-12-20T03:00:00Z")),
    }
}

fn any_terms() -> impl Strategy<Value = Contract> {
    let rollup = prop::sample::select(vec![Rollup::Any, Rollup::All, Rollup::Weighted]);
    let edges = prop::sample::select(vec![EdgeMode::Fused, EdgeMode::Quorum]);
    let mode = prop::sample::select(vec![
        CountMode::Continuous,
        CountMode::WholeMinutes,
        CountMode::Timeslice,
        CountMode::Request,
    ]);
    let unknown_as = prop::sample::select(vec![UnknownAs::Exclude, UnknownAs::Up, UnknownAs::Down]);
    let weights = prop::sample::select(vec![(0, 0), (300_000, 0), (300_000, 100_000)]);
    let terms = (rollup, edges, mode, unknown_as, 0..20_i64, weights);
    terms.prop_map(|(rollup, edges, count_mode, unknown_as, least, weights)| {
        let mut terms = contract("Europe/Paris");
        terms.rules = Rules {
            rollup,
            edges,
            count_mode,
            unknown_as,
            min_outage: Millis::from_mins(least),
            w_partial: Share(weights.0),
            w_deg: Share(weights.1),
            ..terms.rules
        };
        terms
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_of_an_explanation_is_that_of_the_assessment(
        history in any_history(), terms in any_terms(), excluded in any::<bool>(), keep_runs in any::<bool>(),
    ) {
        let mut record = history.record();
        if keep_runs {
            record = folded(&record, Millis::from_secs(60), Millis::from_mins(30));
        }
        let exclusions = [release()];
        let terms = Terms {
            contract: &terms,
            exclusions: if excluded { &exclusions } else { &[] },
            corrections: &[],
        };
        let (found, told) = told(&record, terms);
        holds(&told.total, &found.total, terms.contract);
        prop_assert_eq!(told.days.len(), found.days.len());
        for (told, found) in told.days.iter().zip(&found.days) {
            prop_assert_eq!(&told.date, &found.date);
            holds(&told.account, &found.tally, terms.contract);
        }
        prop_assert_eq!(told.outages.len(), found.outages.len());
        for (told, found) in told.outages.iter().zip(&found.outages) {
            prop_assert_eq!(&told.outage, found);
            prop_assert_eq!(sum(&told.counted, told.whole), found.counted);
            by_hand::check(told, &terms.contract.rules);
        }
    }
}

fn sum(parts: &[Part], whole: i64) -> Bounds {
    let weigh = |pieces: fn(&Part) -> &[Piece]| {
        let weighted = |part: &Part| part.weight * Part::length(pieces(part)).0;
        Millis(parts.iter().map(weighted).sum::<i64>() / whole)
    };
    Bounds {
        lower: weigh(|part| &part.lower),
        estimate: weigh(|part| &part.estimate),
        upper: weigh(|part| &part.upper),
    }
}

/// The stretches are the partition, the pieces are what counts, and the formula has their values.
fn holds(told: &Account, found: &Tally, contract: &Contract) {
    assert_eq!(told.tally, *found);
    let of = |kind: Kind| -> Millis {
        let own = told.stretches.iter().filter(|one| one.kind == kind);
        own.map(|one| one.interval.length()).sum()
    };
    assert_eq!(of(Kind::Degraded), found.degraded);
    assert_eq!(of(Kind::Partial), found.partial);
    assert_eq!(of(Kind::Down), found.down);
    assert_eq!(of(Kind::Unknown), found.unknown);
    assert_eq!(of(Kind::Excluded), found.excluded);
    let union: Intervals = told.stretches.iter().map(|one| one.interval).collect();
    assert_eq!(found.length - union.measure(), found.up, "the rest was up");
    assert_eq!(sum(&told.counted, told.whole), found.counted);
    let formula = told.formula;
    assert_eq!(formula.counting, found.length - found.excluded);
    assert_eq!(formula.availability, found.availability(&contract.rules));
    for stretch in &told.stretches {
        assert_eq!(
            stretch.outage.is_some(),
            stretch.kind == Kind::Down,
            "{stretch:?}"
        );
        assert_eq!(stretch.exclusion.is_some(), stretch.kind == Kind::Excluded);
    }
}
