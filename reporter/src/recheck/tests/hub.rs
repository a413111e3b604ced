//! The same over the file of a hub: several agents, signed batches, log and checkpoints, before and after pruning.

use ledger::checkpoint::Signed as Note;
use ledger::identity::{HubId, SecretKey};
use ledger::intake::Parcel;
use ledger::store::{Answer, Hub, HubKey, Ripe};
use ledger::wire::record::{Kind as What, Signed};
use ledger::wire::upload::{Outcome, Upload};
use ledger::wire::{Batch, Hash, Header};

use super::flips::is_shown;
use super::*;

/// Two days later: what comes then makes all before it old enough to be pruned.
const LATER: Interval = Interval {
    start: Timestamp(SPAN.start.0 + 172_800_000),
    end: Timestamp(SPAN.start.0 + 172_800_000 + 600_000),
};
const SOON: Timestamp = Timestamp(LATER.end.0 + 60_000);

fn id() -> HubId {
    HubId::new("hub.example").expect("a name")
}

fn own() -> HubKey {
    HubKey {
        id: id(),
        key: secret("hub"),
    }
}

fn secret(seed: &str) -> SecretKey {
    SecretKey::from_seed(&Hash::of(seed.as_bytes()).0).expect("a key")
}

/// What an agent sends: its plan and all it saw, signed.
fn records(plan: &Plan, name: &Name, key: &SecretKey) -> Vec<Signed> {
    let sign = |kind, what, body| {
        let mut record = Signed {
            kind,
            what,
            body,
            signature: key.sign(b""),
        };
        record.signature = record.claim(&id(), name).sign(key);
        record
    };
    let text = serde_json::to_vec(plan).expect("a plan is text");
    let mut records = vec![sign(What::Plan, text, Vec::new())];
    let (mut number, mut previous) = (0, Hash::default());
    for some in attempts(plan, name, &[SPAN, LATER]).chunks(50) {
        number += 1;
        let header = Header {
            agent: name.clone(),
            epoch: 1,
            number,
            previous,
        };
        let attempts = some.to_vec();
        let sealed = Batch { header, attempts }.seal().expect("it packs");
        previous = sealed.hash();
        records.push(sign(What::Batch, sealed.head, sealed.body));
    }
    records
}

/// Drops the attempts that are older than a day.
fn prune(hub: &mut Hub) {
    let day = Millis::from_mins(24 * 60);
    while hub.prune(day).expect("it prunes") > 0 {}
}

/// The file of a hub of three agents, after `work` on it. A cosigned checkpoint stands before what came last.
fn write(path: &Path, work: impl Fn(&mut Hub)) {
    let plan = plan();
    let mut hub = Hub::open(path, own(), Some(&plan)).expect("a new hub");
    let regions = plan.regions.clone();
    for region in &regions {
        enrol(&mut hub, region);
        let records = records(&plan, region, &secret(region.as_str()));
        deliver(&mut hub, region, &records, 0);
    }
    assert!(hub.checkpoint(SOON).expect("it is written"));
    for region in &regions {
        deliver(&mut hub, region, &[], 1);
    }
    while hub.fold(Ripe::All).expect("it folds") > 0 {}
    work(&mut hub);
    hub.close().expect("it is closed");
}

fn enrol(hub: &mut Hub, name: &Name) {
    let agent = Agent {
        name: name.clone(),
        region: name.clone(),
    };
    let registry = hub.registry();
    registry
        .invite(&agent, name.as_str(), SPAN.end)
        .expect("it is new");
    let public = secret(name.as_str()).public();
    let enrolled = registry.enrol(name.as_str(), &public, SPAN.end);
    assert_eq!(enrolled.expect("it enrols"), agent);
}

/// Sends `records`, and cosigns the newest checkpoint if any is `seen`.
fn deliver(hub: &mut Hub, name: &Name, records: &[Signed], seen: u64) {
    let key = secret(name.as_str());
    let note = hub
        .newest_checkpoint()
        .expect("it is read")
        .filter(|_| seen > 0);
    let note = note.map(|note| Note::parse(&note).expect("it is a note"));
    let upload = Upload {
        agent: name.clone(),
        key: key.public().id(),
        asked: SOON,
        seen: note.as_ref().map_or(0, |note| note.checkpoint().size),
        cosignature: note.map(|note| note.cosign(&key, SOON).bytes().to_vec()),
        records: records.to_vec(),
    };
    let bytes = upload.encode(&id(), &key).expect("it fits");
    let limits = *hub.limits();
    let parcel = Parcel::open(&bytes, &id(), &[key.public()], (&limits, SOON));
    let answers = hub.accept(&[parcel.expect("it is signed")], SOON);
    let answer = answers.expect("it is written").pop();
    let Some(Answer::Reply(reply, _)) = answer else {
        panic!("{answer:?}");
    };
    for outcome in &reply.outcomes {
        assert!(matches!(outcome, Outcome::Taken(_)), "{outcome:?}");
    }
}

#[test]
fn no_flipped_bit_in_the_file_of_a_hub_changes_a_figure_without_a_word() {
    let mut flips = Flips::new(0x2545_f491_4f6c_dd1d, |path| {
        write(path, |_| ());
        assert!(!is_shown(path), "the evidence of the whole file holds");
    });
    let told = flips.tried(count() / 2);
    println!("{told}");
    assert!(
        told.silent.is_empty(),
        "change a figure in silence: {:?}",
        told.silent
    );
    assert!(told.caught > 0, "nothing was tried");
}

#[test]
fn no_flipped_bit_in_the_pruned_file_of_a_hub_changes_a_figure_without_a_word() {
    let mut flips = Flips::new(0x9e6c_63d0_976a_2d11, |path| write(path, prune));
    let told = flips.tried(count() / 2);
    println!("{told}");
    assert!(
        told.silent.is_empty(),
        "change a figure in silence: {:?}",
        told.silent
    );
    assert!(told.caught > 0, "nothing was tried");
}
