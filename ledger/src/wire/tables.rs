//! What many attempts of a batch share: names, plan versions, accounts, shapes, details and facts, each told once.

use std::collections::BTreeMap;

use super::fact::{FIELDS, Fact};
use super::number::Number;
use super::range::Code;
use super::text::{Room, Text};
use super::{MAX_STEPS, WireError, limit};
use crate::attempt::{Account, Attempt, Detail, StepPhases};
use crate::name::Name;
use crate::phases::Phase;

/// Which steps an attempt has, by place in the table of names, and which phases each has (one bit each).
pub(super) type Shape = Vec<(usize, u8)>;

/// Values, and where each stands.
#[derive(Debug)]
pub(super) struct Table<T> {
    places: BTreeMap<T, usize>,
    values: Vec<T>,
}

/// All tables of a batch.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// In the order of the alphabet.
    pub(super) probes: Table<Name>,
    /// Of steps.
    pub(super) names: Table<Name>,
    pub(super) plans: Table<u32>,
    pub(super) accounts: Table<Account>,
    pub(super) shapes: Table<Shape>,
    pub(super) details: Table<Detail>,
    pub(super) facts: Table<Fact>,
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
    pub(super) fn at(&self, place: usize) -> Result<&T, WireError> {
        let value = self.values.get(place);
        value.ok_or(WireError::Malformed("it points beyond a table"))
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.values.iter()
    }

    /// Tells all values; at most `most` are read.
    fn code<C: Code>(
        &mut self,
        code: &mut C,
        most: usize,
        mut item: impl FnMut(&mut C, Option<&T>) -> Result<T, WireError>,
    ) -> Result<(), WireError> {
        let count = Number::new().size(code, self.values.len());
        limit("values in a table", count, most)?;
        for place in 0..count {
            code.check()?;
            let value = item(code, self.values.get(place))?;
            if place == self.values.len() {
                self.values.push(value);
            }
        }
        Ok(())
    }
}

impl Tables {
    /// The place of an attempt's shape.
    pub(super) fn shape(&mut self, attempt: &Attempt) -> usize {
        let steps = attempt.steps.iter();
        let shape: Shape = steps
            .map(|step| (self.names.place(&step.step), mask(step)))
            .collect();
        self.shapes.place(&shape)
    }

    /// Tells all tables of `attempts` attempts.
    pub(super) fn code(&mut self, code: &mut impl Code, attempts: usize) -> Result<(), WireError> {
        let mut room = Room::whole();
        names(&mut self.probes, code, attempts, &mut room)?;
        let steps = attempts.saturating_mul(MAX_STEPS + 1);
        names(&mut self.names, code, steps, &mut room)?;
        let mut number = Number::new();
        self.plans.code(code, attempts, |code, plan| {
            u32_of(&mut number, code, plan.copied())
        })?;
        accounts(&mut self.accounts, code, attempts, &mut room)?;
        self.shapes(code, attempts)?;
        details(&mut self.details, code, attempts, &mut room)?;
        let mut numbers = [const { Number::new() }; FIELDS];
        self.facts.code(code, attempts, |code, fact| {
            let mut fact = fact.copied().unwrap_or_default();
            for (number, field) in numbers.iter_mut().zip(&mut fact) {
                *field = number.size(code, *field);
            }
            Ok(fact)
        })
    }

    fn shapes(&mut self, code: &mut impl Code, most: usize) -> Result<(), WireError> {
        let mut numbers = [const { Number::new() }; 3];
        let names = self.names.len();
        let none = Shape::new();
        self.shapes.code(code, most, |code, shape| {
            let shape = shape.unwrap_or(&none);
            let [length, name, phases] = &mut numbers;
            let steps = length.size(code, shape.len());
            limit("steps", steps, MAX_STEPS)?;
            let mut read = Shape::new();
            for step in 0..steps {
                let step = shape.get(step).copied().unwrap_or_default();
                let place = name.size(code, step.0);
                if place >= names {
                    return Err(WireError::Malformed("a step has no name"));
                }
                let mask = phases.size(code, usize::from(step.1));
                let mask = u8::try_from(mask).ok().filter(|mask| *mask < 32);
                let mask = mask.ok_or(WireError::Malformed("there are five phases"))?;
                read.push((place, mask));
            }
            Ok(read)
        })
    }
}

fn names(
    table: &mut Table<Name>,
    code: &mut impl Code,
    most: usize,
    room: &mut Room,
) -> Result<(), WireError> {
    let mut text = Text::default();
    table.code(code, most, |code, name| {
        name_of(text.code(code, name.map_or("", Name::as_str), 64, room)?)
    })
}

fn accounts(
    table: &mut Table<Account>,
    code: &mut impl Code,
    most: usize,
    room: &mut Room,
) -> Result<(), WireError> {
    let (mut text, mut number) = (Text::default(), Number::new());
    table.code(code, most, |code, account| {
        let label = account.map_or("", |account| account.label.as_str());
        let label = name_of(text.code(code, label, 64, room)?)?;
        let version = account.map(|account| account.credential_version);
        Ok(Account {
            label,
            credential_version: u32_of(&mut number, code, version)?,
        })
    })
}

fn details(
    table: &mut Table<Detail>,
    code: &mut impl Code,
    most: usize,
    room: &mut Room,
) -> Result<(), WireError> {
    let mut text = Text::default();
    table.code(code, most, |code, detail| {
        let detail = detail.map_or("", Detail::as_str);
        let read = text.code(code, detail, Detail::MAX, room)?;
        let detail = Detail::from(read.to_owned());
        if detail.as_str() != read {
            return Err(WireError::Malformed("a detail is not escaped"));
        }
        Ok(detail)
    })
}

fn name_of(text: &str) -> Result<Name, WireError> {
    Name::new(text).map_err(|_| WireError::Malformed("a name has other characters"))
}

fn u32_of(number: &mut Number, code: &mut impl Code, value: Option<u32>) -> Result<u32, WireError> {
    let read = number.unsigned(code, u64::from(value.unwrap_or(0)));
    u32::try_from(read).map_err(|_| WireError::Malformed("a number is too large"))
}

fn mask(step: &StepPhases) -> u8 {
    let present = |phase: Phase| u8::from(step.phases.of(phase).is_some());
    Phase::ALL
        .into_iter()
        .fold(0, |mask, phase| mask << 1 | present(phase))
}

/// The phases that a mask names, and their places among all.
pub(super) fn phases_of(mask: u8) -> impl Iterator<Item = (usize, Phase)> {
    let all = Phase::ALL.into_iter().enumerate();
    all.filter(move |(place, _)| mask << place & 0b1_0000 != 0)
}
