//! Old batches lose what is packed in them; their hashes, and all that was folded from them, stay.

use std::collections::BTreeSet;

use super::db::Db;
use super::error::Fault;
use super::table::batches::Bare;
use super::table::excerpts::Excerpt;
use super::table::trouble::Trouble;
use super::table::{agents, batches, excerpts, latencies};
use crate::histogram::hour_of;
use crate::name::Name;
use crate::time::{Interval, Millis, Timestamp};

/// How many batches are looked at together, so that attempts never wait long for it.
const AT_ONCE: u32 = 16;

/// The trouble of no longer time is held in memory at once, unless one batch alone has ticks that lie further apart.
const SPAN: Millis = Millis::from_mins(2 * 24 * 60);

/// What is to be pruned, worked out before anything is written.
#[derive(Debug)]
pub(super) struct Pruning {
    agent: i64,
    /// The agent's mark of pruning, before and after.
    from: u64,
    until: u64,
    /// What rests on raw attempts of hours before this one is dropped, too.
    hour: Timestamp,
    fates: Vec<(Bare, Left)>,
}

/// What stays of a batch.
#[derive(Debug)]
enum Left {
    Whole,
    Some(Excerpt),
    Nothing,
}

impl Pruning {
    /// What becomes of the oldest few batches of an agent whose ticks all lie before `before` and whose attempts are all folded:
    /// they are to lose their bodies, but for what lies within `context` of a single tick of the agent. `None` if there are none.
    pub(super) fn work_out(
        db: &Db,
        (agent, folded_before): (i64, u64),
        (before, context): (Timestamp, Millis),
    ) -> Result<Option<Self>, Fault> {
        let from = agents::pruned_before(db, agent)?;
        let mut found = batches::older(db, agent, (from, before), AT_ONCE)?;
        found.retain(|batch| batch.last_sequence < folded_before);
        let near =
            |batch: &Bare| Interval::new(batch.ticks.start - context, batch.ticks.end + context);
        let Some(whole) = together(&mut found, near) else {
            return Ok(None);
        };
        let Some(last) = found.last() else {
            return Ok(None);
        };
        let (until, hour) = (last.last_sequence + 1, hour_of(last.ticks.start).start);
        let trouble = Trouble::read(db, agent, whole)?;
        let fates = found.into_iter().map(|batch| {
            let left = left_of(db, agent, (batch, near(&batch)), &trouble)?;
            Ok((batch, left))
        });
        Ok(Some(Self {
            agent,
            from,
            until,
            hour,
            fates: fates.collect::<Result<_, Fault>>()?,
        }))
    }

    /// Drops the bodies, as of the newest tick, and the latencies of their hours; says how many batches were looked at, which is
    /// none if others have done so meanwhile. Part of the caller's transaction.
    pub(super) fn write(&self, db: &Db, newest: Timestamp) -> Result<u64, Fault> {
        if agents::pruned_before(db, self.agent)? != self.from {
            return Ok(0);
        }
        for (batch, left) in &self.fates {
            match left {
                Left::Whole => continue,
                Left::Nothing => {}
                Left::Some(excerpt) => excerpts::add(db, self.agent, *batch, excerpt)?,
            }
            batches::prune(db, self.agent, *batch, newest)?;
        }
        latencies::drop_hours(db, self.agent, self.hour)?;
        agents::move_pruned(db, self.agent, self.until)?;
        Ok(u64::try_from(self.fates.len()).unwrap_or(u64::MAX))
    }
}

/// Leaves of `found` the first ones whose surroundings lie within [`SPAN`] together, or the first one; gives those surroundings.
fn together(found: &mut Vec<Bare>, near: impl Fn(&Bare) -> Interval) -> Option<Interval> {
    let mut whole = near(found.first()?);
    let wider = found.iter().position(|batch| {
        let (near, so_far) = (near(batch), whole);
        whole = Interval::new(near.start.min(so_far.start), near.end.max(so_far.end));
        let is_wider = whole != so_far && whole.length() > SPAN;
        if is_wider {
            whole = so_far;
        }
        is_wider
    });
    found.truncate(wider.unwrap_or(found.len()));
    Some(whole)
}

fn left_of(
    db: &Db,
    agent: i64,
    (batch, near): (Bare, Interval),
    trouble: &Trouble,
) -> Result<Left, Fault> {
    let Some(around) = trouble.within(near) else {
        return Ok(Left::Whole);
    };
    if around.is_empty() {
        return Ok(Left::Nothing);
    }
    let Ok(mut attempts) = batches::one(db, agent, batch) else {
        // Damage is for the audit to tell.
        return Ok(Left::Whole);
    };
    let of = |probes: &BTreeSet<&Name>| {
        let all = attempts.iter();
        all.filter(|attempt| probes.contains(&attempt.probe))
            .count()
    };
    if of(&around) * 2 >= attempts.len() {
        return Ok(Left::Whole);
    }
    let troubled = trouble.within(batch.ticks).unwrap_or_default();
    attempts.retain(|attempt| troubled.contains(&attempt.probe));
    let excerpt = Excerpt::of(&attempts)?;
    Ok(excerpt.map_or(Left::Nothing, Left::Some))
}
