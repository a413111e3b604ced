//! What an attempt says beside its instants and latencies: most attempts of a batch say the same.

use super::tables::{Shape, Tables, phases_of};
use super::{MAX_STEPS, WireError};
use crate::attempt::{Attempt, Detail, Family, Kind};
use crate::name::Name;
use crate::phases::Phase;
use crate::verdict::{CanaryState, Class, SecondResolver, Verdict};

/// The fields of [`Facts`] as places in lists and tables, in order.
pub(super) type Fact = [usize; FIELDS];
pub(super) const FIELDS: usize = 13;

const KINDS: [Kind; 3] = [Kind::Base, Kind::Fast, Kind::Retry];
const VERDICTS: [Verdict; 4] = [Verdict::Good, Verdict::Bad, Verdict::Void, Verdict::Held];
const FAMILIES: [Option<Family>; 3] = [Some(Family::V4), Some(Family::V6), None];
const CANARIES: [CanaryState; 4] = [
    CanaryState::Unasked,
    CanaryState::Ok,
    CanaryState::Failed,
    CanaryState::Assumed,
];
const RESOLVERS: [Option<SecondResolver>; 3] = [
    None,
    Some(SecondResolver::Answered),
    Some(SecondResolver::Failed),
];

/// The same in words.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) plan: u32,
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
    pub(super) class: Option<Class>,
    pub(super) step: Option<Name>,
    pub(super) status: Option<u16>,
    pub(super) family: Option<Family>,
    pub(super) shape: Shape,
    /// The phases of all steps, one after the other.
    pub(super) measures: Vec<Measure>,
    pub(super) total: bool,
    pub(super) slow: bool,
    pub(super) canary: CanaryState,
    pub(super) second_resolver: Option<SecondResolver>,
    pub(super) detail: Detail,
}

/// One phase of one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// Its place among what is known of the latencies before.
    pub(super) place: usize,
    /// Part of the last exchange: of the time between the last request and the end of its answer.
    pub(super) last: bool,
}

/// The place of an attempt's facts, which are noted in the tables.
pub(super) fn note(attempt: &Attempt, tables: &mut Tables) -> usize {
    let class = |class: Class| place(&Class::ALL, &class) + 1;
    let step = attempt.step.as_ref();
    let empty = attempt.detail.as_str().is_empty();
    let fact = [
        tables.plans.place(&attempt.plan),
        place(&KINDS, &attempt.kind),
        place(&VERDICTS, &attempt.verdict),
        attempt.class.map_or(0, class),
        step.map_or(0, |step| tables.names.place(step) + 1),
        usize::from(attempt.status.unwrap_or(0)),
        place(&FAMILIES, &attempt.family),
        tables.shape(attempt),
        usize::from(attempt.total.is_some()),
        usize::from(attempt.slow),
        place(&CANARIES, &attempt.canary),
        place(&RESOLVERS, &attempt.second_resolver),
        if empty {
            0
        } else {
            tables.details.place(&attempt.detail) + 1
        },
    ];
    tables.facts.place(&fact)
}

/// The facts of every place.
pub(super) fn all(tables: &Tables) -> Result<Vec<Facts>, WireError> {
    tables.facts.iter().map(|fact| read(fact, tables)).collect()
}

fn read(fact: &Fact, tables: &Tables) -> Result<Facts, WireError> {
    let [
        plan,
        kind,
        verdict,
        class,
        step,
        status,
        family,
        shape,
        total,
        slow,
        canary,
        resolver,
        detail,
    ] = *fact;
    let shape = tables.shapes.at(shape)?.clone();
    let status = u16::try_from(status);
    let status = status.map_err(|_| WireError::Malformed("a status is out of range"))?;
    Ok(Facts {
        plan: *tables.plans.at(plan)?,
        kind: at(&KINDS, kind)?,
        verdict: at(&VERDICTS, verdict)?,
        class: match class.checked_sub(1) {
            None => None,
            Some(class) => Some(at(&Class::ALL, class)?),
        },
        step: match step.checked_sub(1) {
            None => None,
            Some(step) => Some(tables.names.at(step)?.clone()),
        },
        status: (status != 0).then_some(status),
        family: at(&FAMILIES, family)?,
        measures: measures(&shape),
        shape,
        total: at(&[false, true], total)?,
        slow: at(&[false, true], slow)?,
        canary: at(&CANARIES, canary)?,
        second_resolver: at(&RESOLVERS, resolver)?,
        detail: match detail.checked_sub(1) {
            None => Detail::default(),
            Some(detail) => tables.details.at(detail)?.clone(),
        },
    })
}

fn measures(shape: &Shape) -> Vec<Measure> {
    let steps = shape.iter().enumerate();
    let measures = steps.flat_map(|(step, (name, mask))| {
        let first = name % MAX_STEPS * Phase::ALL.len();
        let last = step + 1 == shape.len();
        phases_of(*mask).map(move |(slot, phase)| Measure {
            place: first + slot,
            last: last && matches!(phase, Phase::FirstByte | Phase::Body),
        })
    });
    measures.collect()
}

fn place<T: PartialEq>(values: &[T], value: &T) -> usize {
    let place = values.iter().position(|other| other == value);
    place.expect("the list names every variant")
}

fn at<T: Copy>(values: &[T], place: usize) -> Result<T, WireError> {
    let value = values.get(place).copied();
    value.ok_or(WireError::Malformed("a code is unknown"))
}
