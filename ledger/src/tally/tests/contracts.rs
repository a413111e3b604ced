//! Several contracts over one record: each gets what it would get alone.

use crate::contract::{Contract, Rollup, Share};
use crate::exclusion::{Exclusion, When};
use crate::name::Name;
use crate::tally::{Assessment, Terms, assess};
use crate::testing::{History, at, contract, name, span, weighted};
use crate::time::{Interval, Millis};

fn period() -> Interval {
    span("2018-12-14T00:00:00Z", "2018-12-17T00:00:00Z")
}

/// Users are down on Friday for two hours, travelers on Saturday around midnight in New York.
fn history() -> History {
    History::every(60, period())
        .phases(&[0, 20, 40])
        .personas(&[("user", 0), ("traveler", 30)])
        .down(span("2018-12-14T12:00:00Z", "2018-12-14T14:00:00Z"))
        .for_persona("user")
        .down(span("2018-12-16T04:00:00Z", "2018-12-16T06:00:00Z"))
        .for_persona("traveler")
}

/// One hour on Friday is left out for `whom`.
fn release(whom: &[Name]) -> Exclusion {
    Exclusion {
        id: name("release"),
        contracts: whom.to_vec(),
        author: "Jo".to_owned(),
        reason: "release".to_owned(),
        announced: at("2018-11-01T00:00:00Z"),
        late: false,
        when: When::Once(span("2018-12-14T12:00:00Z", "2018-12-14T13:00:00Z")),
    }
}

fn strict() -> Contract {
    Contract {
        id: name("strict"),
        ..contract("America/New_York")
    }
}

fn lenient() -> Contract {
    let mut lenient = Contract {
        id: name("lenient"),
        target: Share(900_000),
        personas: weighted(&[("user", 3), ("traveler", 1)]),
        regions: weighted(&[("a", 1), ("b", 1)]),
        ..contract("UTC")
    };
    lenient.rules.rollup = Rollup::All;
    lenient.tiers.truncate(1);
    lenient
}

fn judged(contract: &Contract, exclusions: &[Exclusion]) -> Assessment {
    let terms = Terms {
        contract,
        exclusions,
        corrections: &[],
    };
    assess(&history().record(), terms, period(), period().end).expect("sound")
}

fn down_by_day(found: &Assessment) -> Vec<i64> {
    let days = found.days.iter();
    days.map(|day| day.tally.counted.estimate.0 / 60_000)
        .collect()
}

#[test]
fn each_contract_has_its_own_zone_roll_up_exclusions_and_tiers() {
    let (strict, lenient) = (strict(), lenient());
    let for_strict = release(std::slice::from_ref(&strict.id));
    let both = [
        for_strict.clone(),
        Exclusion {
            id: name("other"),
            ..release(std::slice::from_ref(&lenient.id))
        },
    ];
    let found = judged(&strict, &both);
    // The days of New York: the record begins on the 13th there, and Saturday ends at 05:00 UTC.
    assert_eq!(down_by_day(&found), [0, 60, 60, 60]);
    assert_eq!(found.total.excluded, Millis::from_mins(60));
    assert_eq!(found.exclusions.len(), 1, "only its own");
    assert_eq!(found, judged(&strict, &[for_strict]), "as if it were alone");

    let other = judged(&lenient, &both);
    assert_eq!(
        down_by_day(&other),
        [0, 0, 0],
        "down only if all personas are"
    );
    assert_eq!(other.exclusions[0].id, name("other"));
    assert_eq!(other.regions[&name("user")].len(), 2, "its own regions");
    assert_eq!(judged(&lenient, &both[1..]), other, "as if it were alone");
    assert_ne!(found.sla.target, other.sla.target);
    assert_ne!(found.sla.verdict, other.sla.verdict);
}
