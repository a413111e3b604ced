//! Which item of an old list is which of a new one.

use serde_json::Value;

/// What stands at the same place of two lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pair<'v> {
    /// In both.
    Both(&'v Value, &'v Value),
    /// Only in the old one.
    Old(&'v Value),
    /// Only in the new one.
    New(&'v Value),
}

/// Above this many pairs lists are compared place by place.
const MOST: usize = 20_000;

/// Pairs two lists, in order, so that as few values as possible differ.
pub(super) fn align<'v>(old: &'v [Value], new: &'v [Value]) -> Vec<Pair<'v>> {
    let equal = |(a, b): &(&Value, &Value)| a == b;
    let head = old.iter().zip(new).take_while(equal).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let backwards = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = backwards.take_while(equal).count();
    let (old_core, old_tail) = old_rest.split_at(old_rest.len() - tail);
    let (new_core, new_tail) = new_rest.split_at(new_rest.len() - tail);
    let both = |(a, b)| Pair::Both(a, b);
    let mut pairs: Vec<Pair<'_>> = old.iter().zip(new).take(head).map(both).collect();
    if old_core.len() == new_core.len() || old_core.len() * new_core.len() > MOST {
        pairs.extend(by_place(old_core, new_core));
    } else {
        pairs.extend(by_cost(old_core, new_core));
    }
    pairs.extend(old_tail.iter().zip(new_tail).map(both));
    pairs
}

fn by_place<'v>(old: &'v [Value], new: &'v [Value]) -> Vec<Pair<'v>> {
    let common = old.len().min(new.len());
    let both = old.iter().zip(new).map(|(a, b)| Pair::Both(a, b));
    let gone = old[common..].iter().map(Pair::Old);
    both.chain(gone)
        .chain(new[common..].iter().map(Pair::New))
        .collect()
}

/// The cheapest way from one list to the other, as of texts by Wagner and Fischer.
fn by_cost<'v>(old: &'v [Value], new: &'v [Value]) -> Vec<Pair<'v>> {
    let width = new.len() + 1;
    let mut cost = vec![0_usize; (old.len() + 1) * width];
    let between: Vec<usize> = old
        .iter()
        .flat_map(|a| new.iter().map(|b| differences(a, b)))
        .collect();
    for i in (0..=old.len()).rev() {
        for j in (0..=new.len()).rev() {
            let both = (i < old.len() && j < new.len())
                .then(|| between[i * new.len() + j] + cost[(i + 1) * width + j + 1]);
            let gone = (i < old.len()).then(|| values(&old[i]) + cost[(i + 1) * width + j]);
            let come = (j < new.len()).then(|| values(&new[j]) + cost[i * width + j + 1]);
            let least = [both, gone, come].into_iter().flatten().min();
            cost[i * width + j] = least.unwrap_or(0);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < old.len() || j < new.len() {
        let here = cost[i * width + j];
        if i < old.len() && here == values(&old[i]) + cost[(i + 1) * width + j] {
            pairs.push(Pair::Old(&old[i]));
            i += 1;
        } else if j < new.len() && here == values(&new[j]) + cost[i * width + j + 1] {
            pairs.push(Pair::New(&new[j]));
            j += 1;
        } else {
            pairs.push(Pair::Both(&old[i], &new[j]));
            (i, j) = (i + 1, j + 1);
        }
    }
    pairs
}

/// How many values differ.
fn differences(old: &Value, new: &Value) -> usize {
    super::diff(old, new)
        .iter()
        .map(|change| match &change.edit {
            super::Edit::Add { value } | super::Edit::Replace { value, .. } => values(value),
            super::Edit::Remove { old } => values(old),
        })
        .sum()
}

/// How many values there are in one, at least 1.
fn values(value: &Value) -> usize {
    let inner: usize = match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(members) => members.values().map(values).sum(),
        _ => 1,
    };
    inner.max(1)
}
