use proptest::prelude::*;

use super::*;

/// Two true clocks: ours shows the instant itself, the reference's runs ahead by `ahead` and drifts by `ppm`.
#[derive(Clone, Copy, Debug)]
struct World {
    /// In microseconds.
    ahead: i64,
    ppm: i64,
}

impl World {
    /// The reference's clock less ours at `us` microseconds, in microseconds.
    fn offset(self, us: i64) -> i64 {
        self.ahead + us * self.ppm / 1_000_000
    }

    fn theirs(self, us: i64) -> Timestamp {
        ours(us + self.offset(us))
    }

    fn exchange(self, asked: i64, [there, thinking, back]: [i64; 3]) -> Exchange {
        let (heard, answered) = (asked + there, asked + there + thinking);
        Exchange {
            asked: ours(asked),
            heard: self.theirs(heard),
            answered: self.theirs(answered),
            back: ours(answered + back),
        }
    }

    /// Whether the truth at `us` lies in what is known.
    fn is_in(self, known: Offset, us: i64) -> bool {
        let offset = self.offset(us);
        known.low.0 * 1_000 <= offset && offset <= known.high.0 * 1_000
    }
}

fn ours(us: i64) -> Timestamp {
    Timestamp(us.div_euclid(1_000))
}

fn worlds() -> impl Strategy<Value = World> {
    (-5_000_000_i64..5_000_000, -200_i64..=200).prop_map(|(ahead, ppm)| World { ahead, ppm })
}

/// When, and how long the ways and the answer took, in microseconds.
fn exchanges() -> impl Strategy<Value = Vec<(i64, [i64; 3])>> {
    let legs = [0..400_000_i64, 0..50_000, 0..400_000];
    prop::collection::vec((1_000_000_i64..600_000_000, legs), 1..8).prop_map(|mut all| {
        let mut at = 0;
        for (pause, legs) in &mut all {
            at += *pause;
            *pause = at;
            at += legs.iter().sum::<i64>();
        }
        all
    })
}

proptest! {
    #[test]
    fn p35_the_true_offset_stays_inside_the_bounds(
        world in worlds(), exchanges in exchanges(), age in 0_i64..86_400_000_000,
    ) {
        let mut sync = Sync::new(Drift::POOR);
        let mut last = 0;
        for (asked, legs) in exchanges {
            prop_assert!(sync.hear(&world.exchange(asked, legs)), "a steady clock tells something");
            last = asked + legs.iter().sum::<i64>();
        }
        for us in [last, last + age / 1_000, last + age] {
            let known = sync.at(ours(us)).expect("it was heard");
            prop_assert!(world.is_in(known, us), "{known:?} at {us}");
            let (theta, epsilon) = (known.estimate(), known.error());
            prop_assert!((world.offset(us) - theta.0 * 1_000).abs() <= epsilon.0 * 1_000);
        }
    }

    #[test]
    fn p35_corrected_evidence_holds_the_true_instants(
        world in worlds(), exchanges in exchanges(), at in 0_i64..3_600_000_000, length in 0_i64..30_000_000,
    ) {
        let mut sync = Sync::new(Drift::POOR);
        let last = exchanges.last().map_or(0, |(asked, legs)| asked + legs.iter().sum::<i64>());
        for (asked, legs) in &exchanges {
            sync.hear(&world.exchange(*asked, *legs));
        }
        let (start, end) = (last + at, last + at + length);
        let evidence = Interval::new(ours(start), ours(end));
        let corrected = sync.at(ours(end)).expect("it was heard").correct(evidence);
        prop_assert!(corrected.start <= world.theirs(start));
        // Cut instants stand for the whole millisecond after them.
        prop_assert!(world.theirs(end) <= corrected.end + Millis(1));
    }

    #[test]
    fn a_single_exchange_is_known_to_half_its_round_trip(world in worlds(), asked in 0_i64..1_000_000_000, there in 0_i64..900_000, back in 0_i64..900_000) {
        let exchange = world.exchange(asked, [there, 10_000, back]);
        let known = Offset::of(&exchange, Drift::POOR).expect("it is possible");
        let theta = (exchange.heard - exchange.asked).0 + (exchange.answered - exchange.back).0;
        prop_assert_eq!(known.estimate().0, theta.div_euclid(2));
        let round_trip = (exchange.back - exchange.asked) - (exchange.answered - exchange.heard);
        let half = (round_trip.0 + 1).div_euclid(2);
        prop_assert_eq!(known.error().0, half + 2, "cut instants, and a drift rounded up");
    }

    #[test]
    fn more_exchanges_never_tell_less(world in worlds(), exchanges in exchanges()) {
        let mut sync = Sync::new(Drift::POOR);
        for (asked, legs) in exchanges {
            let exchange = world.exchange(asked, legs);
            sync.hear(&exchange);
            let alone = Offset::of(&exchange, Drift::POOR).expect("it is possible");
            let known = sync.at(exchange.back).expect("it was heard");
            prop_assert!(known.error() <= alone.error());
        }
    }

    #[test]
    fn a_small_step_moves_the_bounds_with_the_clock(world in worlds(), step in -500_i64..=500) {
        let mut sync = Sync::new(Drift::POOR);
        sync.hear(&world.exchange(1_000_000, [20_000, 0, 30_000]));
        prop_assert!(!sync.stepped(Millis(step)));
        let after = World { ahead: world.ahead - step * 1_000, ..world };
        let now = 1_050_000 + step * 1_000;
        prop_assert!(after.is_in(sync.at(ours(now)).expect("known"), now));
    }
}

#[test]
fn the_bounds_part_with_age_and_are_rounded_apart() {
    assert_eq!(Drift::POOR.after(Millis(5_000)), Millis(1));
    assert_eq!(Drift::POOR.after(Millis(5_001)), Millis(2), "rounded up");
    assert_eq!(Drift::POOR.after(Millis(1)), Millis(1));
    assert_eq!(Drift::POOR.after(Millis(-60_000)), Millis::ZERO);
    assert_eq!(Drift(u32::MAX).after(Millis(i64::MAX)), Millis(i64::MAX));
}

#[test]
fn a_clock_that_was_set_is_compared_anew() {
    let steady = World { ahead: 0, ppm: 0 };
    let mut sync = Sync::new(Drift::POOR);
    assert_eq!(sync.at(Timestamp(0)), None);
    sync.hear(&steady.exchange(1_000_000, [10_000, 0, 10_000]));
    assert!(sync.stepped(Millis(501)), "more than half a second");
    assert_eq!(sync.at(Timestamp(2_000)), None);
    // Set without anybody saying so: the next exchange contradicts the last one, and is believed.
    sync.hear(&steady.exchange(3_000_000, [10_000, 0, 10_000]));
    let moved = World {
        ahead: 9_000_000,
        ppm: 0,
    };
    sync.hear(&moved.exchange(4_000_000, [10_000, 0, 10_000]));
    let known = sync.at(Timestamp(4_020)).expect("known");
    assert_eq!(
        (known.estimate(), known.error()),
        (Millis(9_000), Millis(12))
    );
}

#[test]
fn an_exchange_across_a_step_back_tells_nothing() {
    let mut sync = Sync::new(Drift::POOR);
    let across = Exchange {
        asked: Timestamp(10_000),
        heard: Timestamp(10_010),
        answered: Timestamp(10_011),
        back: Timestamp(9_000),
    };
    assert!(!sync.hear(&across));
    assert_eq!(sync.at(Timestamp(9_000)), None);
}

#[test]
fn errors_warn_above_two_seconds_and_void_above_half_the_spacing() {
    let minute = Millis::from_mins(1);
    let trust = |error: i64, spacing: Millis| Trust::of(Millis(error), spacing);
    assert_eq!(trust(2_000, minute), Trust::Fine);
    assert_eq!(trust(2_001, minute), Trust::Warned);
    assert_eq!(trust(30_000, minute), Trust::Warned);
    assert_eq!(trust(30_001, minute), Trust::Void);
    assert_eq!(
        trust(501, Millis(1_000)),
        Trust::Void,
        "whatever it is in seconds"
    );
}

#[test]
fn a_result_from_the_future_waits_for_its_time() {
    let now = Timestamp(1_000);
    assert_eq!(Arrival::of(Timestamp(999), now), Arrival::Taken);
    let early = Arrival::of(Timestamp(1_000), now);
    assert_eq!(early, Arrival::Quarantined(Timestamp(1_001)));
    assert_eq!(
        Arrival::of(Timestamp(1_000), Timestamp(1_001)),
        Arrival::Taken
    );
}
