//! The core against a hub that is away, slow, rude or forgetful.

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Does whatever is asked until a rest, answering each request with `failure` or not.
fn run(
    core: &mut Core,
    at: Duration,
    mut event: Event,
    failure: Option<Failure>,
    waiting: usize,
) -> (Duration, usize) {
    let mut sent = 0;
    for _ in 0..1_000 {
        event = match core.on(at, event) {
            Action::Load(wanted) => Event::Loaded(wanted.most.min(waiting - sent)),
            Action::Send => {
                assert!(core.is_sending());
                match failure {
                    Some(failure) => Event::Failed(failure),
                    None => {
                        sent += core.sent;
                        Event::Answered
                    }
                }
            }
            Action::Settle | Action::Refuse => Event::Settled(Settled {
                more: sent < waiting,
                ..Settled::default()
            }),
            Action::Rest(until) => return (until, sent),
            Action::GoOn => panic!("nothing is in hand"),
        };
    }
    panic!("it never rests");
}

#[test]
fn it_asks_before_it_sends_anything() {
    let mut core = Core::new(RATE, 1);
    let nothing = Wanted {
        live: true,
        most: 0,
    };
    assert_eq!(core.on(SECOND, Event::Rested), Action::Load(nothing));
    assert_eq!(core.on(SECOND, Event::Loaded(0)), Action::Send);
    assert_eq!(core.on(SECOND, Event::Answered), Action::Settle);
    let more = Event::Settled(Settled {
        more: true,
        ..Settled::default()
    });
    let live = Wanted {
        live: true,
        most: 50,
    };
    assert_eq!(core.on(SECOND, more), Action::Load(live), "then the news");
    // And again after a doubt, when it is at rest.
    assert_eq!(core.on(SECOND, Event::Loaded(1)), Action::Send);
    assert_eq!(core.on(SECOND, Event::Answered), Action::Settle);
    let done = Event::Settled(Settled::default());
    assert!(matches!(core.on(SECOND, done), Action::Rest(_)));
    assert!(matches!(
        core.on(SECOND, Event::Doubted),
        Action::Load(Wanted { most: 0, .. })
    ));
}

#[test]
fn a_batch_that_is_sealed_goes_at_once_unless_the_hub_must_be_left_alone() {
    let mut core = Core::new(RATE, 1);
    let (idle, _) = run(&mut core, SECOND, Event::Rested, None, 0);
    assert_eq!(idle, SECOND + ASK);
    let (_, sent) = run(&mut core, 2 * SECOND, Event::Sealed, None, 1);
    assert_eq!(sent, 1);
    let asked = Some(90 * SECOND);
    let failed = Failure::Passing(asked);
    let (until, _) = run(&mut core, 3 * SECOND, Event::Sealed, Some(failed), 1);
    assert!(until >= 93 * SECOND);
    assert_eq!(core.on(50 * SECOND, Event::Sealed), Action::Rest(until));
    let (_, sent) = run(&mut core, until, Event::Rested, None, 1);
    assert_eq!(sent, 1);
}

#[test]
fn an_agent_that_leaves_tries_at_once_unless_the_hub_must_be_left_alone() {
    let mut core = Core::new(RATE, 1);
    run(&mut core, SECOND, Event::Rested, None, 0);
    let away = Some(Failure::Passing(None));
    let mut at = 2 * SECOND;
    for _ in 0..9 {
        (at, _) = run(&mut core, at, Event::Sealed, away, 1);
    }
    let (until, sent) = run(&mut core, at, Event::Rested, away, 1);
    assert!(until > at && sent == 0);
    assert_eq!(core.on(at, Event::Sealed), Action::Rest(until));
    assert!(matches!(core.on(at, Event::Leaving), Action::Load(_)));
    let asked = Some(Failure::Passing(Some(90 * SECOND)));
    let mut core = Core::new(RATE, 1);
    let (until, _) = run(&mut core, SECOND, Event::Rested, asked, 1);
    assert_eq!(core.on(SECOND, Event::Leaving), Action::Rest(until));
}

#[test]
fn one_who_is_not_wanted_asks_now_and_then_and_sends_nothing() {
    let mut core = Core::new(RATE, 1);
    let mut at = Duration::ZERO;
    for _ in 0..10 {
        let (until, sent) = run(&mut core, at, Event::Rested, Some(Failure::Unwanted), 9);
        assert_eq!(sent, 0);
        assert!(until >= at + HALTED / 2 && until <= at + HALTED * 2);
        at = until;
    }
    let (_, sent) = run(&mut core, at, Event::Rested, None, 9);
    assert_eq!(sent, 9, "once it is over");
}

#[test]
fn what_the_hub_cannot_read_is_found_one_by_one() {
    let mut core = Core::new(RATE, 1);
    run(&mut core, SECOND, Event::Rested, None, 0);
    assert!(matches!(
        core.on(2 * SECOND, Event::Sealed),
        Action::Load(_)
    ));
    assert_eq!(core.on(2 * SECOND, Event::Loaded(3)), Action::Send);
    let unreadable = Event::Failed(Failure::Unreadable);
    let Action::Rest(until) = core.on(2 * SECOND, unreadable) else {
        panic!("it waits first");
    };
    let one = Action::Load(Wanted {
        live: true,
        most: 1,
    });
    assert_eq!(core.on(until, Event::Rested), one);
    assert_eq!(core.on(until, Event::Loaded(1)), Action::Send);
    assert_eq!(core.on(until, unreadable), Action::Refuse);
    let more = Event::Settled(Settled {
        more: true,
        ..Settled::default()
    });
    assert!(matches!(
        core.on(until, more),
        Action::Load(Wanted { most: 1, .. })
    ));
}

/// How a request ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Well,
    /// The hub has it, but the answer is lost.
    Unheard,
    Not(Failure),
    Later,
    Unwanted,
}

fn ends() -> impl Strategy<Value = Vec<(End, u64)>> {
    let end = prop_oneof![
        4 => Just(End::Well),
        1 => Just(End::Unheard),
        1 => Just(End::Not(Failure::Passing(None))),
        1 => (0_u64..2_000).prop_map(|wait| End::Not(Failure::Passing(Some(Duration::from_secs(wait))))),
        1 => Just(End::Later),
        1 => Just(End::Unwanted),
    ];
    prop::collection::vec((end, 0_u64..20_000), 0..60)
}

proptest! {
    #[test]
    fn all_arrives_once_at_no_more_than_the_rate_one_request_at_a_time(
        ends in ends(), sealed in prop::collection::vec(0_u64..600_000, 1..200), rate in 1_u32..80, seed: u64,
    ) {
        let mut core = Core::new(rate, seed);
        let mut sealed: Vec<Duration> = sealed.into_iter().map(Duration::from_millis).collect();
        sealed.sort();
        let mut ends = ends.into_iter();
        let (mut now, mut event, mut known) = (Duration::ZERO, Event::Rested, 0);
        // What is at the agent: whether a receipt is there; and how often the hub took it as new.
        let (mut receipts, mut taken) = (vec![false; sealed.len()], vec![0_u32; sealed.len()]);
        let (mut loaded, mut outcome) = (Vec::new(), End::Well);
        let mut sent: Vec<(Duration, usize)> = Vec::new();
        let mut steps = 0;
        while receipts.contains(&false) {
            steps += 1;
            prop_assert!(steps < 200_000, "it makes no headway");
            let there = sealed.iter().filter(|at| **at <= now).count();
            event = match core.on(now, event) {
                Action::Load(wanted) => {
                    let waiting = (0..there).filter(|at| !receipts[*at]);
                    loaded = waiting.take(wanted.most).collect();
                    Event::Loaded(loaded.len())
                }
                Action::Send => {
                    prop_assert!(core.is_sending());
                    sent.push((now, loaded.len()));
                    let (end, took) = ends.next().unwrap_or((End::Well, 40));
                    now += Duration::from_millis(took);
                    outcome = end;
                    if matches!(end, End::Well | End::Unheard) {
                        loaded.iter().for_each(|at| taken[*at] = 1.max(taken[*at]));
                    }
                    match end {
                        End::Well | End::Later | End::Unwanted => Event::Answered,
                        End::Unheard => Event::Failed(Failure::Passing(None)),
                        End::Not(failure) => Event::Failed(failure),
                    }
                }
                Action::Settle | Action::Refuse => {
                    if matches!(outcome, End::Well) {
                        loaded.iter().for_each(|at| receipts[*at] = true);
                    }
                    Event::Settled(Settled {
                        more: (0..there).any(|at| !receipts[at]),
                        later: matches!(outcome, End::Later),
                        unwanted: matches!(outcome, End::Unwanted),
                    })
                }
                Action::Rest(until) => {
                    let next = sealed.get(known).copied().filter(|at| *at < until.max(now));
                    match next {
                        Some(at) if at >= now || known < there => {
                            known += 1;
                            now = now.max(at);
                            Event::Sealed
                        }
                        _ => {
                            now = now.max(until);
                            Event::Rested
                        }
                    }
                }
                Action::GoOn => panic!("nothing is in hand"),
            };
        }
        prop_assert!(taken.iter().all(|times| *times == 1));
        for (from, (start, _)) in sent.iter().enumerate() {
            let within = sent[from..].iter().take_while(|(at, _)| *at <= *start + SECOND);
            let records: usize = within.map(|(_, records)| records).sum();
            prop_assert!(records <= 2 * usize::try_from(rate).unwrap() + 1, "{records} in a second");
        }
    }
}
