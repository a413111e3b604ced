//! The ways of counting: slices, requests, weights of what is not down, service hours (semantics §7, §9).

use proptest::prelude::*;

use crate::contract::{Contract, CountMode, Rollup, Share, UnknownAs};
use crate::exclusion::{Exclusion, When};
use crate::hours::{Hours, Weekday};
use crate::sla::{SlaVerdict, Unit};
use crate::tally::{Assessment, Terms, assess};
use crate::testing::{Effect, History, at, contract, name, span, weighted};
use crate::time::{Interval, Millis};

fn period() -> Interval {
    span("2018-12-20T00:00:00Z", "2018-12-20T06:00:00Z")
}

/// Three regions that look every 20 s together, instantly, on the full minute and 20 and 40 s after it.
fn history() -> History {
    History::every(60, period()).phases(&[0, 20, 40])
}

fn with(change: impl FnOnce(&mut Contract)) -> Contract {
    let mut terms = contract("UTC");
    change(&mut terms);
    terms
}

fn minutes(found: &Assessment) -> i64 {
    found.total.counted.estimate.0 / 60_000
}

#[test]
fn a_slice_is_good_or_bad_as_a_whole() {
    // Estimated from 01:02:30 to 01:07:30: half of two slices of 5 minutes.
    let down = span("2018-12-20T01:02:40Z", "2018-12-20T01:07:40Z");
    let history = history().down(down);
    for (slice, target, expected) in [
        (5, 950_000, 10),
        (5, 500_000, 0),
        (5, 500_001, 10),
        (60, 950_000, 60),
        (60, 900_000, 0),
        (1, 950_000, 6),
    ] {
        let terms = with(|terms| {
            terms.rules.count_mode = CountMode::Timeslice;
            terms.rules.slice = Millis::from_mins(slice);
            terms.rules.slice_target = Share(target);
        });
        let found = history.assess(&terms, period());
        assert_eq!(minutes(&found), expected, "{slice} min at {target}");
        assert_eq!(found.outages[0].length.estimate, Millis::from_mins(5));
    }
}

#[test]
fn a_slice_is_judged_by_its_known_time_and_counts_no_more_than_that() {
    // Nobody looks from 01:00:00 to 01:04:00, then two minutes are bad and 54 good.
    let history = history()
        .fault(
            span("2018-12-20T01:00:01Z", "2018-12-20T01:59:59Z"),
            Effect::Nothing,
        )
        .down(span("2018-12-20T00:55:00Z", "2018-12-20T01:00:01Z"));
    let terms = with(|terms| {
        terms.rules.count_mode = CountMode::Timeslice;
        terms.rules.slice = Millis::from_mins(60);
        terms.rules.slice_target = Share(900_000);
    });
    let found = history.assess(&terms, period());
    let unknown = found.total.unknown;
    assert!(unknown > Millis::from_mins(55), "{unknown:?}");
    let known = found.total.counting() - unknown;
    assert!(found.total.counted.upper <= known);
    assert_eq!(minutes(&found), 0, "five of sixty known minutes are bad");
}

#[test]
fn requests_are_counted_by_tick() {
    let down = span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z");
    let blind = span("2018-12-20T03:00:00Z", "2018-12-20T03:10:00Z");
    let history = history().down(down).blind(blind).in_region("a");
    let terms = with(|terms| terms.rules.count_mode = CountMode::Request);
    let found = history.assess(&terms, period());
    let requests = found.total.requests;
    assert_eq!(
        (requests.good, requests.failing, requests.missing),
        (890, 180, 10)
    );
    let range = found.sla.availability.expect("something is known");
    let parts =
        [range.lowest, range.estimate, range.highest].map(|one| (one.numerator, one.denominator));
    assert_eq!(parts, [(890, 1_080), (890, 1_070), (900, 1_080)]);
    assert_eq!(
        (
            found.sla.budget.unit,
            found.sla.budget.allowed,
            found.sla.budget.used
        ),
        (Unit::Requests, 1, 180)
    );
    assert_eq!(found.sla.verdict, SlaVerdict::Missed);
    assert_eq!(minutes(&found), 60, "downtime is shown beside it");
    for (unknown_as, part) in [(UnknownAs::Up, 900), (UnknownAs::Down, 890)] {
        let range = requests
            .availability(unknown_as)
            .expect("something is planned");
        assert_eq!(
            (range.estimate.numerator, range.estimate.denominator),
            (part, 1_080)
        );
        assert_eq!(
            (range.lowest, range.highest),
            (range.estimate, range.estimate)
        );
    }
}

#[test]
fn p04_fast_ticks_are_no_requests() {
    let down = span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z");
    let requests = |history: History| history.assess(&contract("UTC"), period()).total.requests;
    let (slow, fast) = (history().down(down), history().down(down).fast(10));
    assert!(fast.record().series[0].entries.len() > slow.record().series[0].entries.len());
    assert_eq!(requests(fast), requests(slow));
}

#[test]
fn requests_leave_out_what_is_excluded_and_who_has_no_weight() {
    let history = history().down(span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z"));
    let terms = with(|terms| terms.regions = weighted(&[("a", 1), ("b", 1), ("c", 0)]));
    let window = Exclusion {
        id: name("upgrade"),
        contracts: Vec::new(),
        author: "Jo".to_owned(),
        reason: "upgrade".to_owned(),
        announced: at("2018-12-01T00:00:00Z"),
        late: false,
        when: When::Once(span("2018-12-20T01:30:00Z", "2018-12-20T02:30:00Z")),
    };
    let terms = Terms {
        contract: &terms,
        exclusions: &[window],
        corrections: &[],
    };
    let found = assess(&history.record(), terms, period(), period().end).expect("sound");
    let requests = found.total.requests;
    assert_eq!(
        (requests.good, requests.failing, requests.missing),
        (2 * 270, 2 * 30, 0)
    );
}

#[test]
fn a_partial_outage_and_slowness_count_what_they_weigh() {
    let partial = span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z");
    let slow = span("2018-12-20T03:00:00Z", "2018-12-20T04:00:00Z");
    let down = span("2018-12-20T05:00:00Z", "2018-12-20T05:30:00Z");
    let history = history()
        .down(partial)
        .in_region("a")
        .fault(slow, Effect::Slow)
        .down(down);
    for (w_partial, w_deg, expected) in [
        (0, 0, 30),
        (500_000, 0, 60),
        (500_000, 100_000, 66),
        (1_000_000, 1_000_000, 150),
    ] {
        let terms = with(|terms| {
            (terms.rules.w_partial, terms.rules.w_deg) = (Share(w_partial), Share(w_deg));
        });
        let found = history.assess(&terms, period());
        let counted = found.total.counted;
        // Edges of what one region alone saw, and of slowness, are a minute apart.
        assert!(
            (minutes(&found) - expected).abs() <= 2,
            "{w_partial} {w_deg}: {counted:?}"
        );
        assert!(counted.lower <= counted.estimate && counted.estimate <= counted.upper);
        assert_eq!(
            found.total.down, found.outages[0].length.estimate,
            "states do not change"
        );
    }
}

#[test]
fn service_hours_leave_out_the_rest() {
    let terms = with(|terms| {
        terms.service_hours = vec![Hours {
            days: vec![Weekday::Thursday],
            from: "02:00".parse().expect("a time of day"),
            to: "04:00".parse().expect("a time of day"),
        }];
    });
    let history = history()
        .down(span("2018-12-20T00:30:00Z", "2018-12-20T01:30:00Z"))
        .down(span("2018-12-20T03:30:00Z", "2018-12-20T05:00:00Z"));
    let found = history.assess(&terms, period());
    assert_eq!(
        (minutes(&found), found.total.excluded),
        (30, Millis::from_mins(240))
    );
    assert_eq!(found.outages.len(), 2, "both are listed");
    let outside: Millis = found.outside_hours.iter().map(|part| part.length()).sum();
    assert_eq!(outside, found.total.excluded);
    assert_eq!(found.total.requests.obtained(), 3 * 120);
}

#[test]
fn pairs_of_persona_and_region_are_up_what_they_are_not_down() {
    let history = history()
        .down(span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z"))
        .in_region("a");
    let pairs = history.assess(&contract("UTC"), period()).pairs();
    let (up, known) = pairs.map_or((0, 1), |ratio| (ratio.numerator, ratio.denominator));
    // Two regions look for the first time 20 s and 40 s after the start.
    assert_eq!(known, 3 * period().length().0 - 60_000);
    assert!(
        (known - up - 3_600_000).abs() <= 60_000,
        "an hour of one region: {up}"
    );
}

fn any_mode() -> impl Strategy<Value = (CountMode, i64, u32)> {
    let modes = [
        CountMode::Continuous,
        CountMode::WholeMinutes,
        CountMode::Timeslice,
        CountMode::Request,
    ];
    (
        prop::sample::select(modes.to_vec()),
        prop::sample::select(vec![1, 5, 15, 60]),
        0..=1_000_000_u32,
    )
}

fn trouble() -> impl Strategy<Value = (Interval, Effect, Option<&'static str>)> {
    let effect = prop_oneof![
        3 => Just(Effect::Says(crate::run::TickVerdict::Bad, Some(crate::verdict::Class::Status))),
        1 => Just(Effect::Nothing),
        1 => Just(Effect::Slow),
    ];
    let region = prop::sample::select(vec![None, None, Some("a"), Some("b")]);
    let stretch = (0..21_000_i64, 1..5_000_i64).prop_map(|(start, length)| {
        let start = period().start + Millis::from_secs(start);
        Interval::new(start, start + Millis::from_secs(length))
    });
    (stretch, effect, region)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn p01_bounds_stay_in_order_however_time_is_counted(
        troubles in prop::collection::vec(trouble(), 0..5), (mode, slice, target) in any_mode(),
        partial in 0..=1_000_000_u32, degraded in 0..=1_000_000_u32, least in 0..20_i64, weighted in any::<bool>(),
    ) {
        let told = history().personas(&[("user", 0), ("traveler", 30)]);
        let history = troubles.iter().fold(told, |history, (span, effect, region)| {
            let history = history.fault(*span, *effect);
            match region {
                Some(region) => history.in_region(region),
                None => history,
            }
        });
        let terms = with(|terms| {
            let rules = &mut terms.rules;
            (rules.count_mode, rules.slice, rules.slice_target) = (mode, Millis::from_mins(slice), Share(target));
            (rules.w_partial, rules.w_deg) = (Share(partial.max(degraded)), Share(partial.min(degraded)));
            rules.min_outage = Millis::from_mins(least);
            rules.rollup = if weighted { Rollup::Weighted } else { Rollup::Any };
        });
        let found = history.assess(&terms, period());
        let known = found.total.counting() - found.total.unknown;
        let outages = found.outages.iter().map(|outage| outage.counted);
        for bounds in found.days.iter().map(|day| day.tally.counted).chain([found.total.counted]).chain(outages) {
            prop_assert!(bounds.lower <= bounds.estimate && bounds.estimate <= bounds.upper, "{bounds:?}");
        }
        prop_assert!(found.total.counted.upper <= known, "no more counts than is known");
        if let Some(range) = found.sla.availability {
            prop_assert!(range.lowest.compare(range.estimate).is_le(), "{range:?}");
            prop_assert!(range.estimate.compare(range.highest).is_le(), "{range:?}");
        }
    }

    #[test]
    fn p27_burn_adds_up_to_the_consumed_share(troubles in prop::collection::vec(trouble(), 0..4), cut in 1..21_000_i64) {
        let history = troubles.iter().fold(history(), |history, (span, effect, _)| history.fault(*span, *effect));
        let terms = contract("UTC");
        let found = history.assess(&terms, period());
        let burn = found.burn_rate(period(), terms.target);
        if let (Some(burn), Some(consumed)) = (burn, found.sla.budget.consumed()) {
            // What is allowed is cut to a whole millisecond, so it is used up that much sooner.
            prop_assert!(burn.compare(consumed).is_le());
            let exact = crate::sla::Ratio { denominator: consumed.denominator + 1, ..consumed };
            prop_assert!(burn.compare(exact).is_ge());
        }
        let cut = period().start + Millis::from_secs(cut);
        let used = |part: Interval| history.assess(&terms, part).sla.budget.used;
        let parts = used(Interval::new(period().start, cut)) + used(Interval::new(cut, period().end));
        prop_assert_eq!(parts, found.sla.budget.used);
        let most = 1_000_000 / i64::from(1_000_000 - terms.target.0);
        let day = found.burn_rate(period(), terms.target);
        prop_assert!(day.is_none_or(|rate| rate.numerator <= most * rate.denominator));
    }

    #[test]
    fn requests_are_counted_once_wherever_days_are_cut(
        troubles in prop::collection::vec(trouble(), 0..4), cut in 1..21_000_i64,
    ) {
        let history = troubles.iter().fold(history(), |history, (span, effect, _)| history.fault(*span, *effect));
        let terms = contract("Asia/Kathmandu");
        let whole = history.assess(&terms, period()).total.requests;
        let ticks = history.record().series.iter().filter(|series| series.probe == name("login-user"))
            .map(|series| series.entries.len()).sum::<usize>();
        prop_assert_eq!(whole.obtained(), ticks as u64);
        prop_assert_eq!(whole.obtained() + whole.missing, 3 * 360);
        let record = crate::testing::folded(&history.record(), Millis::from_secs(60), Millis::from_mins(20));
        let in_runs = assess(&record, &terms, period(), period().end).expect("sound").total.requests;
        prop_assert_eq!(in_runs, whole, "in runs");
        let cut = period().start + Millis::from_secs(cut);
        let mut parts = history.assess(&terms, Interval::new(period().start, cut)).total.requests;
        parts += assess(&history.record(), &terms, Interval::new(cut, period().end), period().end).expect("sound").total.requests;
        prop_assert_eq!(parts, whole, "in two parts");
    }
}
