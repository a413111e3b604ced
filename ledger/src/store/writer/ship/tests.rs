//! An agent's record against a hub that forgets, and against its own past.

mod set_back;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::attempt::Attempt;
use crate::identity::{HubId, SecretKey};
use crate::store::sample::{self, ALWAYS, agent, attempts, name, plan};
use crate::store::{Reader, Shipping};
use crate::time::Millis;
use crate::wire::Batch;

const ALL: Load = Load {
    newest_first: false,
    most: 10_000,
    bytes: usize::MAX,
};

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).unwrap()
}

fn bond(key: u8, hub: u8) -> Arc<Bond> {
    Arc::new(Bond {
        hub: HubId::new("hub").unwrap(),
        hub_key: secret(hub).public(),
        key: secret(key),
    })
}

fn open(path: &Path) -> Writer {
    let mut writer = Writer::open(path, &agent("eu-1"), &plan()).unwrap();
    writer.enrol(bond(1, 2), Timestamp(1)).unwrap();
    writer
}

/// What a hub keeps of one agent, by place.
#[derive(Clone, Debug, Default)]
struct Hub {
    plans: BTreeMap<u32, Hash>,
    batches: BTreeMap<(u32, u64), Signed>,
    leaves: u64,
}

impl Hub {
    fn take(&mut self, parcel: &Parcel) -> Fate {
        let (hub, agent) = (HubId::new("hub").unwrap(), name("eu-1"));
        let signed = &parcel.signed;
        let claim = signed.claim(&hub, &agent);
        assert!(claim.is_signed(&secret(1).public(), &signed.signature));
        match parcel.item {
            Item::Plan(version) => drop(self.plans.insert(version, signed.hash())),
            Item::Batch(epoch, number) => {
                let known = self.batches.insert((epoch, number), signed.clone());
                assert!(known.is_none_or(|known| known == *signed), "a fork");
            }
        }
        self.leaves += 1;
        Fate::Received(claim.receipt(self.leaves, Timestamp(9), &secret(2)))
    }

    fn standing(&self) -> Standing {
        let epoch = self
            .batches
            .last_key_value()
            .map_or(0, |((epoch, _), _)| *epoch);
        let mut standing = Standing {
            epoch,
            plans: self.plans.keys().copied().collect(),
            ..Standing::default()
        };
        for ((of, number), signed) in &self.batches {
            let head = Batch::open(&sealed(signed)).unwrap();
            let last = head.attempts.last().unwrap().sequence;
            standing.last_sequence = standing.last_sequence.max(last);
            if *of != epoch {
                continue;
            }
            if *number == standing.number + 1 && standing.missing.is_empty() {
                (standing.number, standing.hash) = (*number, signed.hash());
            } else if *number > standing.highest + 1 {
                standing.missing.push((standing.highest + 1, *number - 1));
            }
            standing.highest = *number;
        }
        standing
    }

    /// Takes everything that waits.
    fn drain(&mut self, writer: &mut Writer) {
        while writer.has_waiting().unwrap() {
            let parcels = writer.load(&ALL).unwrap();
            assert!(!parcels.is_empty());
            self.some(writer, &parcels);
        }
    }

    fn some(&mut self, writer: &mut Writer, parcels: &[Parcel]) {
        let fates: Vec<_> = parcels
            .iter()
            .map(|one| (one.item, self.take(one)))
            .collect();
        writer.settle(&fates).unwrap();
    }

    /// What it holds, by tick and probe: each must be there once.
    fn attempts(&self) -> Vec<Attempt> {
        let batches = self.batches.values();
        let batches = batches.map(|signed| Batch::open(&sealed(signed)).unwrap());
        let mut all: Vec<Attempt> = batches.flat_map(|batch| batch.attempts).collect();
        all.sort_by_key(|attempt| (attempt.tick, attempt.probe.clone()));
        all
    }
}

fn sealed(signed: &Signed) -> Sealed {
    Sealed {
        head: signed.what.clone(),
        body: signed.body.clone(),
    }
}

fn ticks(attempts: &[Attempt]) -> Vec<i64> {
    attempts.iter().map(|attempt| attempt.tick.0).collect()
}

fn shipping(path: &Path) -> Shipping {
    let mut found = Reader::open(&[path.to_owned()])
        .unwrap()
        .shipping()
        .unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0).1
}

/// The record holds together, and its tables say what its attempts say.
fn audit(path: &Path) {
    let reader = Reader::open(&[path.to_owned()]).unwrap();
    let (record, audited) = reader.audit(ALWAYS).unwrap();
    assert_eq!(audited[0].differences, [""; 0]);
    assert_eq!(record, reader.record(ALWAYS).unwrap());
}

#[test]
fn with_a_hub_each_seal_makes_a_signed_batch_and_plans_go_first() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    writer.append(&attempts(1..=3)).unwrap();
    writer.seal().unwrap();
    writer.append(&attempts(4..=5)).unwrap();
    writer.seal().unwrap();
    let first = writer.load(&ALL).unwrap();
    let items: Vec<Item> = first.iter().map(|parcel| parcel.item).collect();
    assert_eq!(items, [Item::Plan(plan().version())]);
    let mut hub = Hub::default();
    hub.some(&mut writer, &first);
    let items = |parcels: Vec<Parcel>| parcels.iter().map(|one| one.item).collect::<Vec<_>>();
    let (one, two) = (Item::Batch(1, 1), Item::Batch(1, 2));
    assert_eq!(items(writer.load(&ALL).unwrap()), [one, two]);
    let news = Load {
        newest_first: true,
        ..ALL
    };
    assert_eq!(items(writer.load(&news).unwrap()), [two, one]);
    assert_eq!(items(writer.load(&Load { most: 1, ..ALL }).unwrap()), [one]);
    assert_eq!(
        items(writer.load(&Load { bytes: 1, ..news }).unwrap()),
        [two]
    );
    assert_eq!(
        writer.load(&ALL).unwrap(),
        writer.load(&ALL).unwrap(),
        "signed once"
    );
    let waits = shipping(&path);
    assert_eq!(
        (waits.batches, waits.attempts, waits.received),
        (2, 5, None)
    );
    hub.drain(&mut writer);
    let waits = shipping(&path);
    assert_eq!((waits.batches, waits.attempts, waits.ticks), (0, 0, None));
    assert_eq!(waits.received, Some(Timestamp(9)));
    assert_eq!(ticks(&hub.attempts()), ticks(&attempts(1..=5)));
}

#[test]
fn a_dead_letter_is_kept_and_shown_and_others_go_on() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    let mut hub = Hub::default();
    hub.drain(&mut writer);
    writer.append(&attempts(1..=2)).unwrap();
    writer.seal().unwrap();
    let refused = writer.load(&ALL).unwrap()[0].item;
    writer
        .settle(&[(refused, Fate::Refused("too old".to_owned()))])
        .unwrap();
    assert!(!writer.has_waiting().unwrap());
    writer.append(&attempts(3..=4)).unwrap();
    writer.seal().unwrap();
    hub.drain(&mut writer);
    assert_eq!(hub.batches.keys().copied().collect::<Vec<_>>(), [(1, 2)]);
    let waits = shipping(&path);
    assert_eq!(
        (waits.refused, waits.reasons),
        (1, vec![(refused, "too old".to_owned())])
    );
    assert_eq!(
        ticks(&writer.attempts(ALWAYS).unwrap()),
        ticks(&attempts(1..=4))
    );
}

#[test]
fn what_was_recorded_before_enrolment_is_signed_and_sent() {
    let (_directory, path) = sample::place();
    let mut writer = Writer::open(path.as_path(), &agent("eu-1"), &plan()).unwrap();
    writer.append(&attempts(1..=2_500)).unwrap();
    writer.seal().unwrap();
    assert_eq!(writer.load(&ALL).unwrap(), [], "no hub, no parcels");
    writer.enrol(bond(1, 2), Timestamp(1)).unwrap();
    writer.seal().unwrap();
    let mut hub = Hub::default();
    hub.drain(&mut writer);
    assert_eq!(hub.batches.len(), 3);
    assert_eq!(ticks(&hub.attempts()), ticks(&attempts(1..=2_500)));
}

#[test]
fn a_new_key_signs_what_waits_and_a_new_hub_gets_everything() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    Hub::default().drain(&mut writer);
    writer.append(&attempts(1..=2)).unwrap();
    writer.seal().unwrap();
    let before = writer.load(&ALL).unwrap();
    writer.enrol(bond(3, 2), Timestamp(2)).unwrap();
    let after = writer.load(&ALL).unwrap();
    assert_eq!(after.len(), 1);
    let (hub, agent) = (HubId::new("hub").unwrap(), name("eu-1"));
    let claim = after[0].signed.claim(&hub, &agent);
    assert!(claim.is_signed(&secret(3).public(), &after[0].signed.signature));
    assert_eq!(before[0].signed.what, after[0].signed.what);
    let receipt = claim.receipt(7, Timestamp(9), &secret(2));
    writer
        .settle(&[(after[0].item, Fate::Received(receipt))])
        .unwrap();
    assert!(!writer.has_waiting().unwrap());
    writer.enrol(bond(3, 4), Timestamp(3)).unwrap();
    assert_eq!(
        writer.load(&ALL).unwrap()[0].item,
        Item::Plan(plan().version())
    );
}

#[test]
fn a_hub_set_back_gets_again_what_it_has_lost() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    let mut hub = Hub::default();
    for last in [3, 6] {
        writer.append(&attempts(last - 2..=last)).unwrap();
        writer.seal().unwrap();
        hub.drain(&mut writer);
    }
    let backup = hub.clone();
    for last in [9, 12] {
        writer.append(&attempts(last - 2..=last)).unwrap();
        writer.seal().unwrap();
        hub.drain(&mut writer);
    }
    assert_eq!(writer.compare(&hub.standing()).unwrap(), Course::Straight);
    let mut hub = backup;
    assert_eq!(writer.compare(&hub.standing()).unwrap(), Course::Resend(2));
    hub.drain(&mut writer);
    assert_eq!(writer.compare(&hub.standing()).unwrap(), Course::Straight);
    assert_eq!(ticks(&hub.attempts()), ticks(&attempts(1..=12)));
    // One that knows nothing at all.
    let mut hub = Hub::default();
    assert_eq!(writer.compare(&hub.standing()).unwrap(), Course::Resend(5));
    hub.drain(&mut writer);
    assert_eq!(ticks(&hub.attempts()), ticks(&attempts(1..=12)));
}

#[test]
fn what_a_hub_has_lost_and_nobody_can_send_again_has_no_place_in_its_log() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    let mut hub = Hub::default();
    let backup = hub.clone();
    for last in [3, 6] {
        writer.append(&attempts(last - 2..=last)).unwrap();
        writer.seal().unwrap();
        hub.drain(&mut writer);
    }
    let leaves = || {
        let sql = "SELECT concat_ws(' ', number, leaf IS NULL, receipt IS NULL) FROM batch ORDER BY number";
        sample::texts(&path, sql)
    };
    assert_eq!(leaves(), ["1 0 0", "2 0 0"]);
    sample::edit(&path, crate::store::both::DROP_FIRST_BODY);
    let mut hub = backup;
    assert_eq!(writer.compare(&hub.standing()).unwrap(), Course::Resend(2));
    assert_eq!(leaves(), ["1 1 0", "2 1 1"]);
    hub.drain(&mut writer);
    assert_eq!(leaves(), ["1 1 0", "2 0 0"]);
}

#[test]
fn unsent_batches_are_never_pruned() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    let mut hub = Hub::default();
    let quiet = |numbers: std::ops::RangeInclusive<u64>| -> Vec<Attempt> {
        let good = |attempt: Attempt| Attempt {
            verdict: crate::verdict::Verdict::Good,
            class: None,
            step: None,
            ..attempt
        };
        attempts(numbers).into_iter().map(good).collect()
    };
    for last in (1..=6).map(|half_days| half_days * 1_440) {
        writer.append(&quiet(last - 1_439..=last)).unwrap();
        writer.seal().unwrap();
    }
    writer.fold().unwrap();
    while writer.prune(Millis::from_mins(60)).unwrap() > 0 {}
    assert_eq!(writer.attempts(ALWAYS).unwrap().len(), 6 * 1_440);
    hub.drain(&mut writer);
    writer.prune_next = None;
    while writer.prune(Millis::from_mins(60)).unwrap() > 0 {}
    assert!(writer.attempts(ALWAYS).unwrap().len() < 6 * 1_440);
    assert_eq!(ticks(&hub.attempts()).len(), 6 * 1_440);
}
