//! Values that scatter around a middle of their own: latencies and offsets, by probe, step and phase.

use std::collections::BTreeMap;

use super::WireError;
use super::varint::{Sink, Source};

/// What the values of a group have in common: probe and step by place in the table of names, and what they are.
pub(super) type Key = (usize, usize, u8);

/// Slots of a key beside the five phases (0 to 4).
pub(super) const DUE: u8 = 5;
pub(super) const AFTER: u8 = 6;

/// Groups being gathered.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<Key, Vec<i64>>);

/// Groups being taken apart again.
#[derive(Debug)]
pub(super) struct Ungroup<'a>(BTreeMap<Key, (i64, Source<'a>)>);

impl Groups {
    pub(super) fn push(&mut self, key: Key, value: i64) {
        self.0.entry(key).or_default().push(value);
    }

    pub(super) fn write(&self, sink: &mut Sink) {
        sink.size(self.0.len());
        for ((probe, step, slot), values) in &self.0 {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let middle = sorted[sorted.len() / 2];
            let mut column = Sink::default();
            for value in values {
                column.signed(value.wrapping_sub(middle));
            }
            sink.size(*probe);
            sink.size(*step);
            sink.raw(&[*slot]);
            sink.signed(middle);
            sink.bytes(&column.into_bytes());
        }
    }
}

impl<'a> Ungroup<'a> {
    pub(super) fn read(source: &mut Source<'a>) -> Result<Self, WireError> {
        let mut groups = BTreeMap::new();
        for _ in 0..source.count()? {
            let key = (source.size()?, source.size()?, source.array::<1>()?[0]);
            let middle = source.signed()?;
            groups.insert(key, (middle, Source::new(source.bytes()?)));
        }
        Ok(Self(groups))
    }

    pub(super) fn next(&mut self, key: Key) -> Result<i64, WireError> {
        let (middle, source) = self
            .0
            .get_mut(&key)
            .ok_or(WireError::Malformed("a group of values is missing"))?;
        Ok(middle.wrapping_add(source.signed()?))
    }

    pub(super) fn end(&self) -> Result<(), WireError> {
        self.0.values().try_for_each(|(_, source)| source.end())
    }
}
