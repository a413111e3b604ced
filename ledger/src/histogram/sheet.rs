//! All distributions of one series over one slice in one row, so that a file has few rows and a reader few steps.
//!
//! One byte: the format. The steps: how many, and the length and text of each. A table of contents: how many parts, and
//! the code and length of each. Then the parts. Code 0 is the total of what succeeded, 1 what failed attempts waited
//! (experienced is both), 2 and on the phases of the first step, of the second one, and so on. Whoever wants the total only
//! reads the table and the first part or two.

use std::collections::BTreeMap;

use super::{Distribution, HistogramError, Measure, View};
use crate::name::Name;
use crate::phases::Phase;

/// The number of the format.
const FORMAT: u8 = 1;
const TOTAL: u64 = 0;
const WAITED: u64 = 1;
const PHASES: u64 = 2;

/// The distributions of one series over one slice.
///
/// What was experienced holds all that succeeded (see [`super::record`]), so only the rest of it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    success: BTreeMap<Measure, Distribution>,
    experienced: Distribution,
}

/// Which distributions of a sheet are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which attempts.
    pub view: View,
    /// Only [`Measure::Total`].
    pub total_only: bool,
}

impl Sheet {
    /// Adds the values of a distribution.
    pub fn add(&mut self, measure: &Measure, view: View, more: &Distribution) {
        match view {
            View::Success => {
                let known = self.success.entry(measure.clone()).or_default();
                known.merge(more);
            }
            View::Experienced => self.experienced.merge(more),
        }
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Self) {
        for (measure, more) in &other.success {
            self.add(measure, View::Success, more);
        }
        self.experienced.merge(&other.experienced);
    }

    /// How many attempts were good, and how many failed.
    pub fn counts(&self) -> (u64, u64) {
        let good = self.success.get(&Measure::Total);
        let good = good.map_or(0, Distribution::count);
        (good, self.experienced.count().saturating_sub(good))
    }

    /// The sheet in bytes; the same bytes for equal sheets.
    pub fn encode(&self) -> Vec<u8> {
        let steps = self.steps();
        let nothing = Distribution::default();
        let total = self.success.get(&Measure::Total).unwrap_or(&nothing);
        let waited = self.experienced.without(total);
        let mut parts: Vec<(u64, Vec<u8>)> = Vec::new();
        if !waited.is_empty() {
            parts.push((WAITED, waited.encode()));
        }
        for (measure, distribution) in &self.success {
            parts.push((code(measure, &steps), distribution.encode()));
        }
        parts.sort_unstable();
        let mut bytes = vec![FORMAT];
        push(&mut bytes, steps.len());
        for step in steps {
            push(&mut bytes, step.as_str().len());
            bytes.extend_from_slice(step.as_str().as_bytes());
        }
        push(&mut bytes, parts.len());
        for (code, part) in &parts {
            push_number(&mut bytes, *code);
            push(&mut bytes, part.len());
        }
        for (_, part) in &parts {
            bytes.extend_from_slice(part);
        }
        bytes
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`HistogramError`] if the bytes are anything else; nothing is allocated on their word.
    pub fn decode(bytes: &[u8]) -> Result<Self, HistogramError> {
        let mut sheet = Self::default();
        for (code, part) in Parts::of(bytes)? {
            let distribution = Distribution::decode(part)?;
            match code {
                Code::Of(measure) => {
                    if measure == Measure::Total {
                        sheet.experienced.merge(&distribution);
                    }
                    sheet.success.insert(measure, distribution);
                }
                Code::Waited => sheet.experienced.merge(&distribution),
            }
        }
        Ok(sheet)
    }

    /// The wanted distributions of a sheet in bytes, in the order of their measures; nothing else is unpacked.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn pick(
        bytes: &[u8],
        wanted: Wanted,
    ) -> Result<Vec<(Measure, Distribution)>, HistogramError> {
        let mut found: Vec<(Measure, Distribution)> = Vec::new();
        for (code, part) in Parts::of(bytes)? {
            let measure = match (code, wanted.view) {
                (Code::Of(measure), View::Success) => measure,
                (Code::Waited, View::Experienced) | (Code::Of(Measure::Total), _) => Measure::Total,
                _ => continue,
            };
            if wanted.total_only && measure != Measure::Total {
                continue;
            }
            let distribution = Distribution::decode(part)?;
            match found.last_mut() {
                Some((known, whole)) if *known == measure => whole.merge(&distribution),
                _ => found.push((measure, distribution)),
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found)
    }

    fn steps(&self) -> Vec<&Name> {
        let mut steps: Vec<&Name> = Vec::new();
        for measure in self.success.keys() {
            if let Measure::Phase { step, .. } = measure
                && steps.last() != Some(&step)
            {
                steps.push(step);
            }
        }
        steps
    }
}

/// What a part of a sheet is.
enum Code {
    Of(Measure),
    Waited,
}

/// The parts of a sheet in bytes.
struct Parts<'a> {
    steps: Vec<Name>,
    /// Codes and lengths still to come.
    contents: &'a [u8],
    left: usize,
    parts: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, HistogramError> {
        Self::open(bytes).ok_or(HistogramError::Foreign)
    }

    fn open(bytes: &'a [u8]) -> Option<Self> {
        let (format, mut rest) = bytes.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let mut steps = Vec::new();
        for _ in 0..take(&mut rest)? {
            let length = take(&mut rest)?;
            let (text, after) = rest.split_at_checked(length)?;
            steps.push(Name::new(std::str::from_utf8(text).ok()?).ok()?);
            rest = after;
        }
        let left = take(&mut rest)?;
        let contents = rest;
        let mut whole = 0_usize;
        for _ in 0..left {
            take(&mut rest)?;
            whole = whole.checked_add(take(&mut rest)?)?;
        }
        (whole == rest.len()).then_some(Self {
            steps,
            contents,
            left,
            parts: rest,
        })
    }

    fn measure(&self, code: usize) -> Option<Code> {
        Some(match u64::try_from(code).ok()? {
            TOTAL => Code::Of(Measure::Total),
            WAITED => Code::Waited,
            _ => {
                let place = code - 2;
                let step = self.steps.get(place / Phase::ALL.len())?.clone();
                let phase = Phase::ALL[place % Phase::ALL.len()];
                Code::Of(Measure::Phase { step, phase })
            }
        })
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (Code, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let code = take(&mut self.contents)?;
        let (part, rest) = self.parts.split_at_checked(take(&mut self.contents)?)?;
        self.parts = rest;
        Some((self.measure(code)?, part))
    }
}

fn code(measure: &Measure, steps: &[&Name]) -> u64 {
    match measure {
        Measure::Total => TOTAL,
        Measure::Phase { step, phase } => {
            let step = steps.iter().position(|known| *known == step);
            let phase = Phase::ALL.iter().position(|known| known == phase);
            let place = step.unwrap_or(0) * Phase::ALL.len() + phase.unwrap_or(0);
            PHASES + place as u64
        }
    }
}

/// LEB128: seven bits a byte, lowest first.
fn push_number(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        bytes.push(0x80 | u8::try_from(value & 0x7f).unwrap_or(0));
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap_or(0));
}

fn push(bytes: &mut Vec<u8>, size: usize) {
    push_number(bytes, size as u64);
}

fn take(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phases::Micros;

    fn some() -> impl Strategy<Value = Distribution> {
        let values = prop::collection::vec((1..=Micros::MAX).prop_map(Micros::cut), 1..60);
        values.prop_map(|values| values.into_iter().collect())
    }

    fn sheet() -> impl Strategy<Value = Sheet> {
        let phases = prop::collection::vec(("[a-c]", 0..5_usize, some()), 0..8);
        (prop::option::of(some()), phases, prop::option::of(some())).prop_map(
            |(total, phases, waited)| {
                let mut sheet = Sheet::default();
                for (step, phase, distribution) in phases {
                    let step = Name::new(&step).expect("a name");
                    let phase = Phase::ALL[phase];
                    sheet.add(
                        &Measure::Phase { step, phase },
                        View::Success,
                        &distribution,
                    );
                }
                if let Some(total) = total {
                    sheet.add(&Measure::Total, View::Success, &total);
                    sheet.add(&Measure::Total, View::Experienced, &total);
                }
                if let Some(waited) = waited {
                    sheet.add(&Measure::Total, View::Experienced, &waited);
                }
                sheet
            },
        )
    }

    const ALL: Wanted = Wanted {
        view: View::Success,
        total_only: false,
    };
    const TOTAL_ONLY: Wanted = Wanted {
        total_only: true,
        ..ALL
    };

    proptest! {
        #[test]
        fn sheets_come_back_whole_and_in_parts(sheet in sheet()) {
            let bytes = sheet.encode();
            prop_assert_eq!(Sheet::decode(&bytes), Ok(sheet.clone()));
            let success: Vec<_> = sheet.success.clone().into_iter().collect();
            prop_assert_eq!(Sheet::pick(&bytes, ALL), Ok(success));
            let total: Vec<_> = sheet.success.get_key_value(&Measure::Total).into_iter().collect();
            let found = Sheet::pick(&bytes, TOTAL_ONLY).expect("ours");
            prop_assert_eq!(found.iter().map(|(measure, one)| (measure, one)).collect::<Vec<_>>(), total);
            for total_only in [false, true] {
                let found = Sheet::pick(&bytes, Wanted { view: View::Experienced, total_only }).expect("ours");
                let expected = (!sheet.experienced.is_empty()).then_some((Measure::Total, sheet.experienced.clone()));
                prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
            }
        }

        #[test]
        fn p34_merging_packed_sheets_is_merging_their_distributions(one in sheet(), other in sheet()) {
            let mut merged = Sheet::decode(&one.encode()).expect("ours");
            merged.merge(&Sheet::decode(&other.encode()).expect("ours"));
            let mut turned = other.clone();
            turned.merge(&one);
            prop_assert_eq!(&merged, &turned);
            prop_assert_eq!(merged.encode(), turned.encode());
            let counts = [one.counts(), other.counts()];
            prop_assert_eq!(merged.counts(), (counts[0].0 + counts[1].0, counts[0].1 + counts[1].1));
        }

        #[test]
        fn hostile_bytes_are_refused_or_harmless(sheet in sheet(), edits in prop::collection::vec((0_usize..60, any::<u8>()), 1..4)) {
            let mut bytes = sheet.encode();
            for (at, byte) in edits {
                let at = at.min(bytes.len() - 1);
                bytes[at] = byte;
            }
            let whole = Sheet::decode(&bytes);
            let part = Sheet::pick(&bytes, TOTAL_ONLY);
            prop_assert!(whole.is_err() || part.is_ok());
        }
    }
}
