//! Days of paused time against a scripted site.

mod harness;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use ledger::attempt::Kind;
use ledger::time::Millis;
use ledger::verdict::{Class, Verdict};
use tokio::time::Instant;

use super::*;
use crate::clock::TokioClock;
use harness::*;

#[tokio::test(start_paused = true)]
async fn a_quiet_day_takes_every_slot_once_and_on_time() {
    let plan = plan("schedule = \"0 * * * * *\"\njitter = 5", 6);
    let attempts = run(&plan, 86_400, &[]).await;
    assert_eq!(attempts.len(), 1_440);
    for (minute, attempt) in attempts.iter().enumerate() {
        let tick = FRIDAY + Millis::from_mins(i64::try_from(minute).unwrap());
        assert_eq!((attempt.tick, attempt.kind), (tick, Kind::Base));
        assert_eq!(attempt.verdict, Verdict::Good);
        let late = attempt.start - attempt.due;
        assert!((0..=2).contains(&late.0), "{late:?} after its slot");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_site_is_retried_and_watched_faster_until_three_good_ticks() {
    let attempts = run(
        &plan(EACH_MINUTE, 0),
        190,
        &[(60, Does::Fail), (85, Does::Well)],
    )
    .await;
    insta::assert_snapshot!(story(&attempts), @r"
      0.000 base  of    0.000 good user-1
     60.000 base  of   60.000 bad  user-2 status
     65.050 retry of   60.000 bad  user-1 status
     70.000 fast  of   70.000 bad  user-2 status
     80.000 fast  of   80.000 bad  user-1 status
     90.000 fast  of   90.000 good user-2
    100.000 fast  of  100.000 good user-1
    110.000 fast  of  110.000 good user-2
    120.000 base  of  120.000 good user-1
    180.000 base  of  180.000 good user-2
    ");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_site_shifts_no_slot() {
    let attempts = run(&plan(EACH_MINUTE, 0), 200, &[(60, Does::Hang)]).await;
    insta::assert_snapshot!(story(&attempts), @r"
      0.000 base  of    0.000 good user-1
     60.000 base  of   60.000 bad  user-2 timeout
     89.000 retry of   60.000 bad  user-1 timeout
    113.000 fast  of  113.000 bad  user-2 timeout
    120.000 base  of  120.000 bad  user-1 timeout
    149.000 retry of  120.000 bad  user-2 timeout
    173.000 fast  of  173.000 bad  user-1 timeout
    180.000 base  of  180.000 bad  user-2 timeout
    ");
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_a_void_attempt_outlasted_is_missed() {
    let plan = plan("schedule = \"*/10 * * * * *\"\njitter = 0", 0);
    let does = [
        (20, Does::Lose(15)),
        (40, Does::Late(15)),
        (60, Does::Lose(100)),
        (70, Does::Well),
    ];
    let attempts = run(&plan, 110, &does).await;
    insta::assert_snapshot!(story(&attempts), @r"
      0.000 base  of    0.000 good user-1
     10.000 base  of   10.000 good user-2
     20.000 base  of   20.000 void user-1 prober.net
     30.000 base  of   30.000 void  prober.overrun
     40.000 base  of   40.000 bad  user-2 timeout
     56.000 retry of   40.000 bad  user-1 timeout
     60.000 base  of   60.000 void  prober.overrun
     80.000 base  of   80.000 good user-1
     90.000 base  of   90.000 good user-2
    100.000 base  of  100.000 good user-1
    ");
}

#[tokio::test(start_paused = true)]
async fn a_crash_voids_one_attempt_and_the_others_go_on() {
    let attempts = run(
        &plan(EACH_MINUTE, 0),
        180,
        &[(60, Does::Panic), (61, Does::Well)],
    )
    .await;
    insta::assert_snapshot!(story(&attempts), @r"
      0.000 base  of    0.000 good user-1
     60.000 base  of   60.000 void  prober.restart
    120.000 base  of  120.000 good user-1
    ");
}

#[tokio::test(start_paused = true)]
async fn a_rejected_account_is_followed_by_another() {
    let attempts = run(
        &plan(EACH_MINUTE, 0),
        100,
        &[(60, Does::Reject), (62, Does::Well)],
    )
    .await;
    insta::assert_snapshot!(story(&attempts), @r"
     0.000 base  of    0.000 good user-1
    60.000 base  of   60.000 held user-2 rejected
    65.050 retry of   60.000 good user-1
    70.000 fast  of   70.000 good user-2
    80.000 fast  of   80.000 good user-1
    90.000 fast  of   90.000 good user-2
    ");
}

#[tokio::test(start_paused = true)]
async fn above_the_login_cap_only_the_login_page_is_fetched_and_base_slots_come_first() {
    let attempts = run(&plan(EACH_MINUTE, 2), 190, &[(0, Does::Fail)]).await;
    insta::assert_snapshot!(story(&attempts), @r"
      0.000 base  of    0.000 bad  user-1 status
      5.050 retry of    0.000 bad  user-2 status
     10.000 fast  of   10.000 bad  user-1 status
     20.000 fast  of   20.000 bad  user-2 status
     30.000 fast  of   30.000 bad   status
     40.000 fast  of   40.000 bad   status
     50.000 fast  of   50.000 bad   status
     60.000 base  of   60.000 bad  user-1 status
     65.050 retry of   60.000 bad  user-2 status
     70.000 fast  of   70.000 bad  user-1 status
     80.000 fast  of   80.000 bad  user-2 status
     90.000 fast  of   90.000 bad   status
    100.000 fast  of  100.000 bad   status
    110.000 fast  of  110.000 bad   status
    120.000 base  of  120.000 bad  user-1 status
    125.050 retry of  120.000 bad  user-2 status
    130.000 fast  of  130.000 bad  user-1 status
    140.000 fast  of  140.000 bad  user-2 status
    150.000 fast  of  150.000 bad   status
    160.000 fast  of  160.000 bad   status
    170.000 fast  of  170.000 bad   status
    180.000 base  of  180.000 bad  user-1 status
    185.050 retry of  180.000 bad  user-2 status
    ");
}

#[tokio::test(start_paused = true)]
async fn no_account_logs_in_more_often_than_the_cap_in_any_minute() {
    let flapping: Vec<(i64, Does)> = (0..3_600)
        .step_by(45)
        .map(|second| {
            (
                second,
                if second % 90 == 0 {
                    Does::Fail
                } else {
                    Does::Well
                },
            )
        })
        .collect();
    let attempts = run(&plan("schedule = \"*/30 * * * * *\"", 3), 3_600, &flapping).await;
    let mut logins: BTreeMap<Name, VecDeque<Timestamp>> = BTreeMap::new();
    for attempt in attempts
        .iter()
        .filter(|attempt| attempt.class != Some(Class::ProberLoginCap))
    {
        let Some(account) = &attempt.account else {
            continue;
        };
        let recent = logins.entry(account.label.clone()).or_default();
        recent.retain(|login| attempt.start - *login < Millis::from_mins(1));
        recent.push_back(attempt.start);
        assert!(recent.len() <= 3, "{} at {}", account.label, attempt.start);
    }
    assert_eq!(logins.len(), 2, "both accounts were used");
}

/// A wall clock that a test can set.
#[derive(Debug)]
struct Settable {
    clock: Arc<TokioClock>,
    /// From this second after the start on, the clock is so many milliseconds off; `asleep` of them in suspension.
    off: (Duration, Millis, Duration),
    origin: Instant,
}

impl WallClock for Settable {
    fn now(&self) -> Timestamp {
        let off = if self.origin.elapsed() >= self.off.0 {
            self.off.1
        } else {
            Millis::ZERO
        };
        self.clock.now() + off
    }

    fn suspended(&self) -> Duration {
        if self.origin.elapsed() >= self.off.0 {
            self.off.2
        } else {
            Duration::ZERO
        }
    }
}

fn set(after: u64, off: i64, asleep: u64) -> Arc<Settable> {
    Arc::new(Settable {
        clock: TokioClock::starting_at(FRIDAY),
        off: (
            Duration::from_secs(after),
            Millis::from_secs(off),
            Duration::from_secs(asleep),
        ),
        origin: Instant::now(),
    })
}

#[tokio::test(start_paused = true)]
async fn after_a_suspension_missed_slots_are_recorded_and_not_caught_up() {
    let attempts = run_on(set(90, 150, 150), &plan(EACH_MINUTE, 0), 180, &[]).await;
    insta::assert_snapshot!(story(&attempts), @r"
      0.000 base  of    0.000 good user-1
     60.000 base  of   60.000 good user-2
    120.000 base  of  120.000 void  prober.suspended
    180.000 base  of  180.000 void  prober.suspended
    240.000 base  of  240.000 void  prober.suspended
    300.000 base  of  300.000 good user-1
    ");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_spans_a_suspension_is_void() {
    let attempts = run_on(
        set(65, 600, 600),
        &plan(EACH_MINUTE, 0),
        70,
        &[(60, Does::Hang)],
    )
    .await;
    insta::assert_snapshot!(story(&attempts), @r"
      0.000 base  of    0.000 good user-1
     60.000 base  of   60.000 void user-2 prober.suspended
    120.000 base  of  120.000 void  prober.suspended
    180.000 base  of  180.000 void  prober.suspended
    240.000 base  of  240.000 void  prober.suspended
    300.000 base  of  300.000 void  prober.suspended
    360.000 base  of  360.000 void  prober.suspended
    420.000 base  of  420.000 void  prober.suspended
    480.000 base  of  480.000 void  prober.suspended
    540.000 base  of  540.000 void  prober.suspended
    600.000 base  of  600.000 void  prober.suspended
    660.000 base  of  660.000 void  prober.suspended
    ");
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_repeats_no_slot_soon_and_stops_none_for_long() {
    let hour_back = run_on(set(150, -3_600, 0), &plan(EACH_MINUTE, 0), 280, &[]).await;
    insta::assert_snapshot!(story(&hour_back), @r"
       0.000 base  of    0.000 good user-1
      60.000 base  of   60.000 good user-2
     120.000 base  of  120.000 good user-1
    -3420.000 base  of -3420.000 good user-2
    -3360.000 base  of -3360.000 good user-1
    ");
    let little_back = run_on(set(150, -20, 0), &plan(EACH_MINUTE, 0), 280, &[]).await;
    insta::assert_snapshot!(story(&little_back), @r"
      0.000 base  of    0.000 good user-1
     60.000 base  of   60.000 good user-2
    120.000 base  of  120.000 good user-1
    180.000 base  of  180.000 good user-2
    240.000 base  of  240.000 good user-1
    ");
}

#[tokio::test(start_paused = true)]
async fn two_runs_from_the_same_seed_leave_the_same_record() {
    let plan = plan("schedule = \"*/20 * * * * *\"", 6);
    let does = [
        (600, Does::Fail),
        (700, Does::Hang),
        (800, Does::Reject),
        (900, Does::Well),
    ];
    let first = run(&plan, 3_600, &does).await;
    let second = run(&plan, 3_600, &does).await;
    assert_eq!(first, second);
}
