//! One stream per probe and region: all its agents merged by time, void ticks left out (semantics §4.1).

use std::collections::BTreeMap;

use serde::Serialize;

use super::border::{ServiceSeries, Whence};
use super::held::Court;
use super::merge::merge;
use super::{Evidence, quarantine};
use crate::clock::Arrival;
use crate::contract::Rules;
use crate::name::Name;
use crate::time::{Interval, Intervals, Millis, Timestamp};
use crate::verdict::Class;

/// What a stream looks at: one probe of the service layer, as one persona.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Track {
    /// Who signs in.
    pub persona: Name,
    /// Whether it keeps its session; such a track tells of lost sessions and of nothing else.
    pub session: bool,
    /// The probe.
    pub probe: Name,
}

/// Everything that a region says about a track, by time. Made of service series only.
#[derive(Clone, Debug)]
pub struct Stream {
    /// What is looked at.
    pub track: Track,
    /// From where.
    pub region: Name,
    /// Sorted by the start of their first evidence; a quiet stretch never reaches over evidence that is not quiet.
    pub evidence: Vec<Evidence>,
    /// What begins when the record has ended. It says nothing of states; its ticks were due before and are counted.
    pub waiting: Vec<Evidence>,
}

/// A stretch in which an agent's probe said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoidStretch {
    /// Who.
    pub agent: Name,
    /// Where.
    pub region: Name,
    /// As whom it looks.
    pub persona: Name,
    /// From the end of its last evidence to the start of its next.
    pub interval: Interval,
    /// The prober's reason; `None` if there is simply no data.
    pub class: Option<Class>,
}

/// An agent whose ticks are void where it failed while another in its region passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// What it looked at.
    pub track: Track,
    /// Who.
    pub agent: Name,
    /// When.
    pub spans: Intervals,
}

/// What the service layer says, decided and merged.
#[derive(Clone, Debug, Default)]
pub struct Testimony {
    /// One stream per track and region.
    pub streams: Vec<Stream>,
    /// Where each agent was silent for longer than the contract's gap.
    pub silences: Vec<VoidStretch>,
    /// Where agents were not believed.
    pub quarantined: Vec<Quarantined>,
    /// Base ticks of the period that said something, for each persona in each region, as each agent saw them.
    pub obtained: BTreeMap<Whence, Obtained>,
    /// Ticks that are there although they were planned for `now` or later, likewise: quarantined.
    pub from_the_future: BTreeMap<Whence, u64>,
}

/// How many base ticks said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Obtained {
    /// Good at the first attempt.
    pub good: u64,
    /// Good at a retry.
    pub flicker: u64,
    /// Bad.
    pub bad: u64,
}

/// What the agents of a region have to say of a track.
#[derive(Default)]
struct Heard<'s> {
    /// The agents, each with its evidence.
    agents: Vec<(&'s Name, Vec<Evidence>)>,
    /// What begins when the record has ended.
    waiting: Vec<Evidence>,
}

/// Decides what is undecided, voids what is void, and merges the agents of each region.
///
/// `period` is what ticks are counted in; the record ends at `now`, and evidence from then on is quarantined: it waits
/// for its time and says nothing.
pub fn hear(
    series: &[ServiceSeries<'_>],
    rules: &Rules,
    period: Interval,
    now: Timestamp,
) -> Testimony {
    hear_before(&Court::summon(series), series, rules, (period, now))
}

/// As [`hear`], with what is held decided by others than `series`, too.
pub(crate) fn hear_before<'r>(
    court: &Court<'r>,
    series: &'r [ServiceSeries<'r>],
    rules: &Rules,
    (period, now): (Interval, Timestamp),
) -> Testimony {
    let mut merged: BTreeMap<(&Track, &Name), Heard<'_>> = BTreeMap::new();
    let mut testimony = Testimony::default();
    for one in series {
        let mut decided = one.decide(court, rules, period);
        let evidence = std::mem::take(&mut decided.evidence).into_iter();
        let (taken, waiting): (Vec<Evidence>, Vec<Evidence>) =
            evidence.partition(|item| Arrival::of(item.first.start, now) == Arrival::Taken);
        decided.evidence = taken;
        let early = testimony.from_the_future.entry(one.whence()).or_default();
        *early += one.ticks_from(now);
        // Only a corrected clock moves evidence past its neighbours.
        if !decided.evidence.is_sorted_by_key(|item| item.first.start) {
            decided.evidence.sort_by_key(|item| item.first.start);
        }
        // While nobody can sign in, a kept session says nothing; that is no trouble of the agent.
        let mut silences = one.silences(&decided, rules, now);
        silences.retain(|silence| silence.class != Some(Class::ProberSession));
        testimony.silences.extend(silences);
        let obtained = testimony.obtained.entry(one.whence()).or_default();
        *obtained = obtained.plus(decided.obtained);
        let key = (&one.track, one.region);
        let heard = merged.entry(key).or_default();
        heard.agents.push((one.agent, decided.evidence));
        heard.waiting.extend(waiting);
    }
    for ((track, region), Heard { agents, waiting }) in merged {
        let (names, mut agents): (Vec<&Name>, Vec<Vec<Evidence>>) = agents.into_iter().unzip();
        let doubtful = names.into_iter().zip(quarantine::apply(&mut agents));
        let doubted = doubtful.filter(|(_, spans)| !spans.is_empty());
        testimony
            .quarantined
            .extend(doubted.map(|(agent, spans)| Quarantined {
                track: track.clone(),
                agent: agent.clone(),
                spans,
            }));
        testimony.streams.push(Stream {
            track: track.clone(),
            region: region.clone(),
            evidence: merge(agents),
            waiting,
        });
    }
    testimony
}

impl Rules {
    /// The longest gap in evidence at spacing *T* that is not unknown: *G*.
    pub fn longest_gap(&self, spacing: Millis) -> Millis {
        Millis(spacing.0 * i64::from(self.gap_tenths) / 10)
    }
}
