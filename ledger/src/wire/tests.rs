//! Batches come back as they were, stay small, and hostile bytes are refused.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::attempt::{Account, Detail, Family, Kind, StepPhases};
use crate::phases::{Micros, Phase, Phases};
use crate::time::{Interval, Millis};
use crate::verdict::{CanaryState, Class, SecondResolver, Verdict};

fn name() -> impl Strategy<Value = Name> {
    prop::sample::select(vec!["users", "travelers", "form", "land", "a-b-c"])
        .prop_map(|text| Name::new(text).expect("a name"))
}

fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![0..LAST_INSTANT, 1_544_000_000_000..1_544_000_100_000_i64].prop_map(Timestamp)
}

fn micros() -> impl Strategy<Value = Micros> {
    prop_oneof![0_u32..1_000, any::<u32>()].prop_map(Micros::cut)
}

fn phases() -> impl Strategy<Value = Phases> {
    prop::array::uniform5(prop::option::of(micros())).prop_map(
        |[dns, connect, tls, first_byte, body]| Phases {
            dns,
            connect,
            tls,
            first_byte,
            body,
        },
    )
}

fn result() -> impl Strategy<
    Value = (
        Verdict,
        Option<Class>,
        Option<Name>,
        Option<u16>,
        Option<Family>,
    ),
> {
    (
        prop::sample::select(vec![
            Verdict::Good,
            Verdict::Bad,
            Verdict::Void,
            Verdict::Held,
        ]),
        prop::option::of(prop::sample::select(Class::ALL.to_vec())),
        prop::option::of(name()),
        prop::option::of(100_u16..=999),
        prop::option::of(prop::sample::select(vec![Family::V4, Family::V6])),
    )
}

prop_compose! {
    fn attempt()(
        (sequence, probe, plan, kind) in (any::<u64>(), name(), any::<u32>(), prop::sample::select(vec![Kind::Base, Kind::Fast, Kind::Retry])),
        [tick, due, start, end, sent, seen] in prop::array::uniform6(instant()),
        account in prop::option::of((name(), any::<u32>())),
        (verdict, class, step, status, family) in result(),
        steps in prop::collection::vec((name(), phases()), 0..5),
        total in prop::option::of(micros()),
        (slow, clock_error) in (any::<bool>(), any::<i64>()),
        canary in prop::sample::select(vec![CanaryState::Ok, CanaryState::Failed, CanaryState::Assumed, CanaryState::Unasked]),
        second_resolver in prop::option::of(prop::sample::select(vec![SecondResolver::Answered, SecondResolver::Failed])),
        detail in ".{0,40}",
    ) -> Attempt {
        Attempt {
            sequence, probe, plan, tick, due, kind,
            account: account.map(|(label, credential_version)| Account { label, credential_version }),
            start, end,
            evidence: Interval::new(sent, seen),
            verdict, class, step, status, family,
            steps: steps.into_iter().map(|(step, phases)| StepPhases { step, phases }).collect(),
            total, slow,
            clock_error: Millis(clock_error),
            canary, second_resolver,
            detail: Detail::escape(detail),
        }
    }
}

fn batch(attempts: Vec<Attempt>) -> Batch {
    let header = Header {
        agent: Name::new("eu-1").expect("a name"),
        epoch: 1,
        number: 7,
        previous: Hash::of(b"the one before"),
    };
    Batch { header, attempts }
}

proptest! {
    #[test]
    fn batches_come_back_as_they_were(attempts in prop::collection::vec(attempt(), 0..20)) {
        let batch = batch(attempts);
        let sealed = batch.seal().expect("small enough");
        prop_assert_eq!(Batch::open(&sealed), Ok(batch));
    }

    #[test]
    fn damaged_bytes_are_refused(attempts in prop::collection::vec(attempt(), 1..4), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let whole = batch(attempts).seal().expect("small enough");
        let mut damaged = whole.clone();
        let at = at.index(whole.head.len() + whole.body.len());
        match at.checked_sub(whole.head.len()) {
            Some(at) => damaged.body[at] ^= 1 << bit,
            None => damaged.head[at] ^= 1 << bit,
        }
        // A changed head may make sense, but then it is the head of another batch.
        prop_assert!(Batch::open(&damaged).is_err() || damaged.hash() != whole.hash());
        prop_assert!(at < whole.head.len() || Batch::open(&damaged) == Err(WireError::Damaged));
        let cut = Sealed { head: whole.head[..at.min(whole.head.len() - 1)].to_vec(), ..whole };
        prop_assert!(Batch::open(&cut).is_err());
    }

    #[test]
    fn nonsense_under_a_right_hash_neither_panics_nor_allocates_much(attempts in prop::collection::vec(attempt(), 0..4), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut body = body::encode(&attempts).expect("small enough");
        for (at, byte) in edits {
            let at = at.index(body.len());
            body[at] = byte;
        }
        // What is still read has the shape of attempts; all else is an error.
        if let Ok(read) = body::decode(&body, attempts.len()) {
            prop_assert_eq!(read.len(), attempts.len());
        }
    }
}

#[test]
fn lies_about_counts_are_refused_before_anything_is_allocated() {
    let whole = batch(logins().0).seal().expect("small enough");
    let known = Head::decode(&whole.head).expect("a head");
    for (count, expected) in [
        (
            usize::MAX,
            WireError::TooMuch {
                what: "attempts",
                limit: MAX_ATTEMPTS,
            },
        ),
        (
            MAX_ATTEMPTS,
            WireError::Malformed("an attempt has no probe"),
        ),
        (999, WireError::Malformed("a probe has more than there is")),
    ] {
        let head = Head {
            count,
            ..known.clone()
        };
        let sealed = Sealed {
            head: head.encode(),
            body: whole.body.clone(),
        };
        assert_eq!(Batch::open(&sealed), Err(expected), "{count}");
    }
}

#[test]
fn messages_of_bytes_that_are_no_batch() {
    let whole = batch(Vec::new()).seal().expect("small enough");
    let text = |head: &[u8], body: &[u8]| {
        let (head, body) = (head.to_vec(), body.to_vec());
        let opened = Batch::open(&Sealed { head, body });
        opened.expect_err("no batch").to_string()
    };
    insta::assert_snapshot!(text(b"SQLite format 3", &whole.body), @"the bytes are no batch of this format");
    insta::assert_snapshot!(text(&whole.head, b"x"), @"the batch is damaged: its hash does not fit its bytes");
    insta::assert_snapshot!(text(&whole.head, &vec![0; MAX_BYTES]), @"the batch has more bytes than the 4194304 allowed");
}

#[test]
fn a_hash_prints_and_reads_as_hexadecimal_digits() {
    let hash = Hash::of(b"");
    assert_eq!(
        hash.to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
    assert_eq!(Hash::parse("e3"), None);
}

/// How long steps took.
fn millis(steps: &[StepPhases]) -> i64 {
    let phases = steps
        .iter()
        .flat_map(|step| Phase::ALL.map(|phase| step.phases.of(phase)));
    phases
        .flatten()
        .map(|latency| i64::from(latency.get()))
        .sum::<i64>()
        / 1_000
}

/// A thousand logins of three steps by two personas: log-normal latencies (sigma 0.3), jitter of ± 3 s.
#[expect(clippy::too_many_lines, reason = "one literal of every field")]
fn logins() -> (Vec<Attempt>, usize) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from(u32::try_from(state >> 32).expect("32 bits")) / f64::from(u32::MAX)
    };
    let mut scatter = move |middle: f64| {
        let normal = (0..12).map(|_| random()).sum::<f64>() - 6.0;
        Duration::from_secs_f64(middle * (0.3 * normal).exp())
    };
    let text = |text: &str| Name::new(text).expect("a name");
    let (probes, names) = (
        ["users", "travelers"].map(text),
        ["form", "login", "land"].map(text),
    );
    let mut phases_count = 0;
    let mut attempts = Vec::new();
    for number in 0..1_000_u64 {
        let tick = 1_544_000_000_000 + i64::try_from(number / 2).expect("small") * 60_000;
        let jitter = i64::try_from(scatter(3.0).as_millis()).expect("small");
        let due = Timestamp(tick + 20_000 + jitter);
        let start = due + Millis(1);
        let steps: Vec<StepPhases> = (0..3)
            .zip(&names)
            .map(|(place, step)| {
                let mut phases = Phases::default();
                for (phase, middle) in Phase::ALL
                    .into_iter()
                    .zip([0.000_4, 0.02, 0.04, 0.12, 0.001])
                {
                    if place == 0 || matches!(phase, Phase::FirstByte | Phase::Body) {
                        phases_count += 1;
                        *phases.slot(phase) = Some(Micros::measured(scatter(middle)));
                    }
                }
                StepPhases {
                    step: step.clone(),
                    phases,
                }
            })
            .collect();
        let taken = millis(&steps);
        let end = start + Millis(taken + 1);
        attempts.push(Attempt {
            sequence: number + 1,
            probe: probes[usize::try_from(number % 2).expect("0 or 1")].clone(),
            plan: 1,
            tick: Timestamp(tick),
            due,
            kind: Kind::Base,
            account: Some(Account {
                label: text("account-1"),
                credential_version: 1,
            }),
            start,
            end,
            evidence: Interval::new(end - Millis(millis(&steps[2..])), end),
            verdict: Verdict::Good,
            class: None,
            step: None,
            status: Some(200),
            family: Some(Family::V4),
            total: Some(Micros::measured((end - due).to_std())),
            steps,
            slow: false,
            clock_error: Millis(12),
            canary: CanaryState::Unasked,
            second_resolver: None,
            detail: Detail::default(),
        });
    }
    (attempts, phases_count)
}

#[test]
fn a_thousand_logins_take_about_a_byte_a_phase_and_three_an_attempt() {
    let (attempts, phases) = logins();
    let length = |attempts: Vec<Attempt>| {
        let sealed = batch(attempts).seal().expect("small enough");
        sealed.head.len() + sealed.body.len()
    };
    let whole = length(attempts.clone());
    let mut bare = attempts;
    for attempt in &mut bare {
        attempt.total = None;
        attempt.end = attempt.start;
        attempt.evidence = Interval::new(attempt.start, attempt.start);
        attempt.steps.clear();
    }
    let bare = length(bare);
    println!("{phases} phases: {whole} bytes in all, {bare} without latencies");
    assert!(
        whole * 10 <= 1_000 * 30 + phases * 11,
        "{whole} bytes for {phases} phases"
    );
}
