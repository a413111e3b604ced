//! What many attempts of a batch share: names, plan versions, accounts, shapes and details, each told once.

use std::collections::BTreeMap;

use super::varint::{Sink, Source};
use super::{MAX_STEPS, WireError, limit};
use crate::attempt::{Account, Attempt, Detail, StepPhases};
use crate::name::Name;
use crate::phases::Phase;

/// Which steps an attempt has, by place in the table of names, and which phases each has (one bit each).
pub(super) type Shape = Vec<(usize, u8)>;

/// Values in the order in which they were met.
#[derive(Debug)]
pub(super) struct Table<T> {
    places: BTreeMap<T, usize>,
    values: Vec<T>,
}

/// All tables of a batch.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) names: Table<Name>,
    pub(super) plans: Table<u32>,
    pub(super) accounts: Table<Account>,
    pub(super) shapes: Table<Shape>,
    pub(super) details: Table<Detail>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            places: BTreeMap::new(),
            values: Vec::new(),
        }
    }
}

impl<T: Ord + Clone> Table<T> {
    /// The place of `value`, a new one if it was not met before.
    pub(super) fn place(&mut self, value: &T) -> usize {
        if let Some(place) = self.places.get(value) {
            return *place;
        }
        self.values.push(value.clone());
        self.places.insert(value.clone(), self.values.len() - 1);
        self.values.len() - 1
    }

    /// The value at a place that was read.
    pub(super) fn at(&self, place: u64) -> Result<&T, WireError> {
        usize::try_from(place)
            .ok()
            .and_then(|place| self.values.get(place))
            .ok_or(WireError::Malformed("it points beyond a table"))
    }

    fn write(&self, sink: &mut Sink, item: impl Fn(&mut Sink, &T)) {
        sink.size(self.values.len());
        for value in &self.values {
            item(sink, value);
        }
    }

    fn read<'a>(
        source: &mut Source<'a>,
        mut item: impl FnMut(&mut Source<'a>) -> Result<T, WireError>,
    ) -> Result<Self, WireError> {
        let count = source.count()?;
        let values: Result<Vec<T>, WireError> = (0..count).map(|_| item(source)).collect();
        Ok(Self {
            places: BTreeMap::new(),
            values: values?,
        })
    }
}

impl Tables {
    pub(super) fn shape(&mut self, attempt: &Attempt) -> usize {
        let steps = attempt.steps.iter();
        let shape: Shape = steps
            .map(|step| (self.names.place(&step.step), mask(step)))
            .collect();
        self.shapes.place(&shape)
    }

    pub(super) fn write(&self, sink: &mut Sink) {
        self.names
            .write(sink, |sink, name| sink.bytes(name.as_str().as_bytes()));
        self.plans
            .write(sink, |sink, plan| sink.unsigned(u64::from(*plan)));
        self.accounts.write(sink, |sink, account| {
            sink.bytes(account.label.as_str().as_bytes());
            sink.unsigned(u64::from(account.credential_version));
        });
        self.shapes.write(sink, |sink, shape| {
            sink.size(shape.len());
            for (name, mask) in shape {
                sink.size(*name);
                sink.raw(&[*mask]);
            }
        });
        self.details
            .write(sink, |sink, detail| sink.bytes(detail.as_str().as_bytes()));
    }

    pub(super) fn read(source: &mut Source<'_>) -> Result<Self, WireError> {
        let names = Table::read(source, Source::name)?;
        Ok(Self {
            plans: Table::read(source, u32_of)?,
            accounts: Table::read(source, |source| {
                Ok(Account {
                    label: source.name()?,
                    credential_version: u32_of(source)?,
                })
            })?,
            shapes: Table::read(source, |source| shape_of(source, &names))?,
            details: Table::read(source, |source| {
                let text = source.text()?.to_owned();
                let detail = Detail::from(text.clone());
                if detail.as_str() != text {
                    return Err(WireError::Malformed("a detail is not escaped"));
                }
                Ok(detail)
            })?,
            names,
        })
    }
}

fn mask(step: &StepPhases) -> u8 {
    let present = |phase: Phase| u8::from(step.phases.of(phase).is_some());
    Phase::ALL
        .into_iter()
        .fold(0, |mask, phase| mask << 1 | present(phase))
}

/// The phases that a mask names.
pub(super) fn phases_of(mask: u8) -> impl Iterator<Item = Phase> {
    let bits = (0..5_u8).rev().map(move |bit| mask >> bit & 1 == 1);
    Phase::ALL
        .into_iter()
        .zip(bits)
        .filter_map(|(phase, present)| present.then_some(phase))
}

fn u32_of(source: &mut Source<'_>) -> Result<u32, WireError> {
    u32::try_from(source.unsigned()?).map_err(|_| WireError::Malformed("a number is too large"))
}

fn shape_of(source: &mut Source<'_>, names: &Table<Name>) -> Result<Shape, WireError> {
    let steps = source.count()?;
    limit("steps", steps, MAX_STEPS)?;
    let mut shape = Vec::new();
    for _ in 0..steps {
        let name = source.size()?;
        if name >= names.values.len() {
            return Err(WireError::Malformed("a step has no name"));
        }
        shape.push((name, source.array::<1>()?[0]));
    }
    Ok(shape)
}
