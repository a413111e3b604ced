//! The fold against the definition of a run, for random attempts in random batches.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::attempt::Detail;
use crate::name::Name;
use crate::run::TickVerdict;
use crate::schedule::Schedule;
use crate::time::Interval;
use crate::verdict::{CanaryState, Class, Verdict};

const MINUTE: i64 = 60_000;

fn grids() -> Grids {
    let grid = Grid::new(Schedule::parse("0 * * * * *").expect("valid"), 10, 25);
    BTreeMap::from([(1, grid.clone()), (2, grid)])
}

fn attempt(sequence: u64, tick: i64, kind: Kind, verdict: Verdict) -> Attempt {
    let start = Timestamp(tick + 1_000);
    let end = Timestamp(tick + 1_400);
    Attempt {
        sequence,
        probe: Name::new("login").expect("a name"),
        plan: 1,
        tick: Timestamp(tick),
        due: start,
        kind,
        account: None,
        start,
        end,
        evidence: Interval::new(start, end),
        verdict,
        class: (verdict != Verdict::Good).then_some(Class::Status),
        step: None,
        status: Some(200),
        family: None,
        steps: Vec::new(),
        total: None,
        slow: false,
        clock_error: Millis(1),
        canary: CanaryState::Unasked,
        second_resolver: None,
        detail: Detail::default(),
    }
}

/// Whether the tick of a primary attempt was settled, as tables tell it.
fn is_in(settled: &[Entry], attempt: &Attempt, grids: &Grids) -> bool {
    let at = (attempt.tick, attempt.kind == Kind::Fast);
    settled.iter().any(|entry| match entry {
        Entry::Tick(tick) => key(tick) == at,
        Entry::Run(run) => !at.1 && run.has(at.0, grids),
    })
}

/// A story in letters, one a minute: good, bad, held, void, slow, flicker, missed, plan 2, a gap, and `+` a fast good tick.
fn story(letters: &str) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for (minute, letter) in (0_i64..).zip(letters.chars()) {
        let tick = minute * MINUTE;
        let verdict = match letter {
            'b' | 'f' => Verdict::Bad,
            'h' => Verdict::Held,
            'v' | 'm' => Verdict::Void,
            '-' => continue,
            _ => Verdict::Good,
        };
        let next = u64::try_from(attempts.len()).expect("few") + 1;
        let mut base = attempt(next, tick, Kind::Base, verdict);
        base.slow = letter == 's';
        base.plan = if letter == '2' { 2 } else { 1 };
        if letter == 'm' {
            base.class = Some(Class::ProberOverrun);
            base.end = base.start;
        }
        attempts.push(base);
        match letter {
            'f' => attempts.push(attempt(next + 1, tick, Kind::Retry, Verdict::Good)),
            '+' => attempts.push(attempt(next + 1, tick + 10_000, Kind::Fast, Verdict::Good)),
            _ => {}
        }
    }
    attempts
}

/// Runs as `first..last`, ticks by minute and verdict.
fn outline(entries: &[Entry]) -> String {
    let minute = |at: Timestamp| at.0 / MINUTE;
    let words = entries.iter().map(|entry| match entry {
        Entry::Run(run) => format!("{}..{}", minute(run.first_tick), minute(run.last_tick)),
        Entry::Tick(tick) if tick.fast => format!("{}+", minute(tick.tick)),
        Entry::Tick(tick) => format!("{}{}", minute(tick.tick), &tick.verdict.as_str()[..1]),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn quiet_ticks_become_runs_until_something_breaks_them() {
    for (letters, expected) in [
        ("ggggg", "0..4"),
        ("gg-gg", "0g 1g 3g 4g"),
        ("gg22g", "0g 1g 2g 3g 4g"),
        ("gbg", "0g 1b 2g"),
        ("f", "0f"),
        ("m", "0m"),
        ("gg+", "0g 1g 2g 2+"),
        ("", ""),
    ] {
        assert_eq!(
            outline(&fold(&story(letters), &grids())),
            expected,
            "{letters}"
        );
    }
}

#[test]
fn ticks_within_the_context_of_trouble_are_cut_out_of_runs() {
    let letters = format!("{}b{}", "g".repeat(40), "g".repeat(40));
    let text = outline(&fold(&story(&letters), &grids()));
    assert!(text.starts_with("0..17 18g "), "22 minutes before: {text}");
    assert!(text.ends_with(" 62g 63..80"), "22 minutes after: {text}");
}

#[test]
fn retries_make_a_bad_tick_flicker_and_leave_a_held_one_held() {
    for (first, then, expected, recovered) in [
        (Verdict::Bad, Verdict::Good, TickVerdict::Flicker, false),
        (Verdict::Bad, Verdict::Bad, TickVerdict::Bad, false),
        (Verdict::Bad, Verdict::Void, TickVerdict::Void, false),
        (Verdict::Held, Verdict::Good, TickVerdict::Held, true),
        (Verdict::Void, Verdict::Bad, TickVerdict::Void, false),
    ] {
        let attempts = [
            attempt(1, 0, Kind::Base, first),
            attempt(2, 0, Kind::Retry, then),
        ];
        let entries = fold(&attempts, &grids());
        let [Entry::Tick(tick)] = entries.as_slice() else {
            panic!("one tick, not {entries:?}");
        };
        assert_eq!(
            (tick.verdict, tick.recovered, tick.attempts),
            (expected, recovered, 2),
            "{first} {then}"
        );
    }
}

/// The definition: which minutes are quiet and far from trouble, and where runs of them break.
fn defined(attempts: &[Attempt], grids: &Grids) -> BTreeSet<String> {
    let mut ticks: BTreeMap<(Timestamp, bool), Tick> = BTreeMap::new();
    for a in attempts {
        let at = (a.tick, a.kind == Kind::Fast);
        match a.kind {
            Kind::Retry => ticks.get_mut(&at).expect("retries follow").retried(a),
            Kind::Base | Kind::Fast => drop(ticks.entry(at).or_insert_with(|| Tick::of(a))),
        }
    }
    let mut trouble: Vec<Timestamp> = ticks
        .values()
        .filter(|t| !t.is_quiet())
        .map(|t| t.tick)
        .collect();
    let base: Vec<&Tick> = ticks.values().filter(|t| !t.fast).collect();
    for pair in base.windows(2) {
        if pair[0].plan != pair[1].plan || (pair[1].tick - pair[0].tick).0 != MINUTE {
            trouble.extend([pair[0].tick, pair[1].tick]);
        }
    }
    let near = |t: &Tick, s: Timestamp| (s - t.tick).0.abs() <= grids[&1].context().0;
    let calm = |t: &Tick| t.is_quiet() && !trouble.iter().any(|s| near(t, *s));
    let mut entries: Vec<Entry> = Vec::new();
    for tick in ticks.values() {
        match entries.last_mut() {
            _ if !calm(tick) => entries.push(Entry::Tick(Box::new(tick.clone()))),
            Some(Entry::Run(run))
                if run.plan == tick.plan && (tick.tick - run.last_tick).0 == MINUTE =>
            {
                run.append(tick);
            }
            _ => entries.push(Entry::Run(Run::of(tick))),
        }
    }
    entries.iter().map(|entry| format!("{entry:?}")).collect()
}

fn letters() -> impl Strategy<Value = String> {
    let quiet = (1_usize..70).prop_map(|length| "g".repeat(length));
    let odd = prop::sample::select(vec![
        "b", "f", "h", "v", "m", "s", "2", "-", "+", "bbb", "22", "---",
    ]);
    let piece = prop_oneof![2 => quiet, 1 => odd.prop_map(str::to_owned)];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_fold_is_what_the_definition_says(letters in letters(), swaps in prop::collection::vec(0_usize..400, 0..8)) {
        let mut attempts = story(&letters);
        for at in swaps {
            // Neighbours may be recorded in the other order, but a retry follows its tick, and nothing comes later than 2·T.
            let follows = |at: usize| attempts.get(at).is_none_or(|one| one.kind != Kind::Retry);
            let near = || (attempts[at + 1].tick - attempts[at].tick).0 <= 2 * MINUTE;
            if at + 1 < attempts.len() && follows(at) && follows(at + 1) && follows(at + 2) && near() {
                attempts.swap(at, at + 1);
            }
        }
        for (number, attempt) in (1_u64..).zip(&mut attempts) {
            attempt.sequence = number;
        }
        let folded: BTreeSet<String> = fold(&attempts, &grids()).iter().map(|entry| format!("{entry:?}")).collect();
        prop_assert_eq!(folded, defined(&attempts, &grids()));
    }

    #[test]
    fn p07_a_fold_put_down_and_taken_up_anywhere_is_the_fold_of_the_whole(letters in letters(), late in 0_usize..300, cuts in prop::collection::btree_set(0_usize..400, 0..10), twice in 0_usize..12, cut in 0_usize..12) {
        let mut attempts = story(&letters);
        if late < attempts.len() {
            let moved = attempts.remove(late);
            attempts.push(moved);
        }
        // An agent that was set back sends its newest attempts again.
        attempts.extend_from_within(attempts.len().saturating_sub(twice)..);
        for (number, attempt) in (1_u64..).zip(&mut attempts) {
            attempt.sequence = number;
        }
        let grids = grids();
        let whole = fold(&attempts, &grids);
        let mut settled = Vec::new();
        let mut part = Fold::default();
        for (at, attempt) in attempts.iter().enumerate() {
            if cuts.contains(&at) || at + cut == attempts.len() {
                settled.extend(part.take_settled());
                part = Fold::resume(part.mark(), part.open().cloned().collect(), part.last_run().cloned());
            }
            if part.is_late(attempt) && is_in(&settled, attempt, &grids) {
                part.pass_over(attempt);
            } else {
                part.push(attempt, &grids);
            }
        }
        settled.extend(part.finish(&grids));
        prop_assert_eq!(assemble(settled), whole);
    }

    #[test]
    fn order_and_duplicates_do_not_matter(letters in letters(), seed in any::<u64>()) {
        let attempts = story(&letters);
        let whole = fold(&attempts, &grids());
        let mut shuffled: Vec<Attempt> = attempts.iter().chain(attempts.iter().step_by(3)).cloned().collect();
        shuffled.sort_by_key(|attempt| (attempt.sequence ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        prop_assert_eq!(fold(&shuffled, &grids()), whole);
    }
}
