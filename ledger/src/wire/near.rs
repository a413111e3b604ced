//! Quiet ticks near trouble, some of one series in one value: a row of the database for each would take ten times the space.

use crate::attempt::{Attempt, Kind};
use crate::name::Name;
use crate::run::Tick;
use crate::time::Millis;
use crate::verdict::Verdict;

use super::{WireError, body, fits, limit};

/// The most ticks in one value.
pub const MAX_TICKS: usize = 1_000;
/// From its first to its last tick it is at most so long, so that a window needs few values from before it.
pub const SPAN: Millis = Millis::from_mins(6 * 60);
/// A series knows whose ticks they are.
const NOBODY: &str = "x";

/// Whether [`pack`] can give a tick back as it is: good at its first and only attempt, and nothing said beside.
pub fn is_packable(tick: &Tick) -> bool {
    tick.is_quiet() && attempt_of(tick).is_some()
}

/// Parts ticks of one series, oldest first, into as many values as they need.
pub fn parts<'t, 'a>(ticks: &'t [&'a Tick]) -> impl Iterator<Item = &'t [&'a Tick]> {
    let mut rest = ticks;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let together = rest.iter().take(MAX_TICKS);
        let count = together.take_while(|tick| tick.tick - first.tick <= SPAN);
        let (part, more) = rest.split_at(count.count());
        rest = more;
        Some(part)
    })
}

/// Packs ticks of one series; those that are not [`is_packable`] are an error.
///
/// # Errors
/// [`WireError`] if there are more than [`MAX_TICKS`], or one of them says more than a quiet tick does.
pub fn pack(ticks: &[&Tick]) -> Result<Vec<u8>, WireError> {
    limit("ticks", ticks.len(), MAX_TICKS)?;
    let attempts = ticks.iter().map(|tick| attempt_of(tick));
    let attempts: Option<Vec<Attempt>> = attempts.collect();
    body::encode(&attempts.ok_or(WireError::Malformed("a tick is not quiet"))?)
}

/// Unpacks `count` ticks.
///
/// # Errors
/// [`WireError`] if the bytes are anything else.
pub fn unpack(packed: &[u8], count: usize) -> Result<Vec<Tick>, WireError> {
    limit("ticks", count, MAX_TICKS)?;
    let attempts = body::decode(packed, count)?;
    Ok(attempts.iter().map(Tick::of).collect())
}

/// The attempt that would have made this tick, without what a tick does not keep.
fn attempt_of(tick: &Tick) -> Option<Attempt> {
    let attempt = Attempt {
        sequence: tick.sequence,
        probe: Name::new(NOBODY).ok()?,
        plan: tick.plan,
        tick: tick.tick,
        due: tick.due,
        kind: Kind::Base,
        account: tick.account.clone(),
        start: tick.due,
        end: tick.evidence.end,
        evidence: tick.evidence,
        verdict: Verdict::Good,
        class: tick.class,
        step: tick.step.clone(),
        status: tick.status,
        family: None,
        steps: Vec::new(),
        total: None,
        slow: tick.slow,
        clock_error: tick.clock_error,
        canary: tick.canary,
        second_resolver: tick.second_resolver,
        detail: tick.detail.clone(),
    };
    (fits(&attempt).is_ok() && Tick::of(&attempt) == *tick).then_some(attempt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{Account, Detail};
    use crate::run::TickVerdict;
    use crate::time::{Interval, Timestamp};
    use crate::verdict::CanaryState;

    fn tick(number: u64) -> Tick {
        let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let part = |most: u64, shift: u32| i64::try_from((noise >> shift) % most).expect("small");
        let tick = Timestamp(1_544_000_000_000 + 30_000 * i64::try_from(number).expect("small"));
        let sent = tick + Millis(2_000 + part(3_000, 0));
        let evidence = Interval::new(sent, sent + Millis(80 + part(200, 9)));
        Tick {
            plan: 7,
            tick,
            due: sent - Millis(60),
            fast: false,
            verdict: TickVerdict::Good,
            recovered: false,
            slow: false,
            class: None,
            step: None,
            status: Some(200),
            account: Some(Account {
                label: Name::new("user-1").expect("a name"),
                credential_version: 1,
            }),
            evidence,
            last_evidence: evidence,
            attempts: 1,
            sequence: 1_000 * number + noise % 50,
            clock_error: Millis(9),
            canary: CanaryState::Unasked,
            second_resolver: None,
            detail: Detail::default(),
        }
    }

    #[test]
    fn quiet_ticks_come_back_and_take_a_few_bytes_each() {
        let ticks: Vec<Tick> = (0..64).map(tick).collect();
        assert!(ticks.iter().all(is_packable));
        let all: Vec<&Tick> = ticks.iter().collect();
        let packed = pack(&all).expect("quiet");
        assert!(packed.len() <= 64 * 7, "{} bytes", packed.len());
        assert_eq!(unpack(&packed, 64), Ok(ticks));
        assert!(unpack(&packed, 63).is_err() && unpack(&packed, 65).is_err());
    }

    #[test]
    fn ticks_that_say_more_are_not_packed() {
        let quiet = tick(1);
        let others = [
            Tick {
                attempts: 2,
                ..quiet.clone()
            },
            Tick {
                fast: true,
                ..quiet.clone()
            },
            Tick {
                slow: true,
                ..quiet.clone()
            },
            Tick {
                verdict: TickVerdict::Bad,
                ..quiet.clone()
            },
            Tick {
                last_evidence: Interval::new(quiet.due, quiet.due),
                ..quiet.clone()
            },
            Tick {
                tick: Timestamp(-1),
                ..quiet
            },
        ];
        for other in others {
            assert!(!is_packable(&other), "{other:?}");
        }
    }
}
