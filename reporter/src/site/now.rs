//! How it is now, which is another fact than how today was.

use ledger::state::{Lane, State};
use ledger::time::{Millis, Timestamp};

/// Unknown time at the end that is shorter is the time since the last look, however often one looks.
pub const FRESH: Millis = Millis::from_mins(5);

/// The state at the end of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// What it is.
    pub state: State,
    /// Since when; since the lane begins, if it was so throughout.
    pub since: Timestamp,
    /// Whether nobody knows what was before it, so that it may have begun earlier.
    pub at_least: bool,
    /// The end of the last time that is known; `None` if none is.
    pub seen: Option<Timestamp>,
}

/// The state at the end. Between two looks nobody knows; that is no news, and the state before it stands as long as no more than
/// `fresh` has passed. After that it is unknown, whatever it was.
pub fn now(lane: &Lane, fresh: Millis) -> Option<Now> {
    let mut latest = lane.0.iter().rev();
    let last = latest.next()?;
    let mut before = latest.next();
    let mut found = last;
    if last.state == State::Unknown
        && last.interval.length() <= fresh
        && let Some(known) = before
    {
        found = known;
        before = latest.next();
    }
    let known = lane.0.iter().rev().find(|one| one.state != State::Unknown);
    Some(Now {
        state: found.state,
        since: found.interval.start,
        at_least: before.is_none_or(|one| one.state == State::Unknown),
        seen: known.map(|one| one.interval.end),
    })
}

/// As pages and badges say it.
pub const fn word(state: State) -> &'static str {
    match state {
        State::Up => "up",
        State::Degraded => "degraded",
        State::Partial => "down in part",
        State::Down => "down",
        State::Unknown => "unknown",
    }
}

/// As machines read it.
pub const fn code(state: State) -> &'static str {
    match state {
        State::Partial => "partial",
        other => word(other),
    }
}

#[cfg(test)]
mod tests {
    use ledger::state::Segment;
    use ledger::time::Interval;

    use super::*;

    fn lane(parts: &[(State, i64)]) -> Lane {
        let mut at = Timestamp(0);
        let segments = parts.iter().map(|(state, minutes)| {
            let interval = Interval::new(at, at + Millis::from_mins(*minutes));
            at = interval.end;
            Segment {
                interval,
                state: *state,
            }
        });
        Lane(segments.collect())
    }

    #[test]
    fn what_was_seen_last_stands_for_a_while_and_is_unknown_then() {
        use State::{Down, Unknown, Up};
        for (parts, fresh, state, since, seen) in [
            (vec![(Up, 60)], 5, Up, 0, Some(60)),
            (vec![(Up, 60), (Unknown, 5)], 5, Up, 0, Some(60)),
            (vec![(Up, 60), (Unknown, 6)], 5, Unknown, 60, Some(60)),
            (vec![(Up, 60), (Unknown, 6)], 9, Up, 0, Some(60)),
            (vec![(Up, 9), (Down, 9), (Unknown, 1)], 5, Down, 9, Some(18)),
            (vec![(Down, 9), (Unknown, 99)], 5, Unknown, 9, Some(9)),
            (vec![(Unknown, 1)], 5, Unknown, 0, None),
        ] {
            let found = now(&lane(&parts), Millis::from_mins(fresh)).unwrap();
            let minutes = |at: Timestamp| at.0 / 60_000;
            assert_eq!(
                (found.state, minutes(found.since), found.seen.map(minutes)),
                (state, since, seen),
                "{parts:?}"
            );
        }
        assert_eq!(now(&Lane(Vec::new()), FRESH), None);
    }

    #[test]
    fn who_looked_away_before_does_not_know_when_it_began() {
        use State::{Down, Unknown, Up};
        let at_least = |parts: &[(State, i64)]| now(&lane(parts), FRESH).unwrap().at_least;
        assert!(!at_least(&[(Up, 9), (Down, 9)]));
        assert!(at_least(&[(Up, 9), (Unknown, 9), (Down, 9)]));
        assert!(at_least(&[(Down, 9), (Unknown, 1)]));
    }
}
