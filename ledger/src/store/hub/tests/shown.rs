//! As of which checkpoint a bundle of evidence shows the log.

use super::fleet::{Fleet, Sender};
use super::*;
use crate::checkpoint::Signed;
use crate::store::Reader;
use crate::time::Interval;
use crate::wire::upload::Upload;

/// The agent has verified the newest checkpoint, and says so.
fn cosign(fleet: &mut Fleet, sender: &Sender) {
    let note = fleet
        .hub
        .newest_checkpoint()
        .expect("reads")
        .expect("is there");
    let note = Signed::parse(&note).expect("is a note");
    let upload = Upload {
        agent: sender.name.clone(),
        key: sender.key.public().id(),
        asked: NOW,
        seen: note.checkpoint().size,
        cosignature: Some(note.cosign(&sender.key, NOW).bytes().to_vec()),
        records: Vec::new(),
    };
    let hub = fleet.hub_id();
    let bytes = upload.encode(&hub, &sender.key).expect("fits");
    let limits = *fleet.hub.limits();
    let keys = [sender.key.public()];
    let parcel = Parcel::open(&bytes, &hub, &keys, (&limits, NOW)).expect("is signed");
    fleet.hub.accept(&[parcel], NOW).expect("is written");
}

/// Size and cosignatures of the checkpoint that is shown with the ticks of the first `minutes`.
fn shown(path: &std::path::Path, minutes: i64) -> (u64, usize) {
    let reader = Reader::open(&[path]).expect("opens");
    let asked = Interval::new(
        sample::MORNING,
        sample::MORNING + Millis::from_mins(minutes),
    );
    let found = reader.evidence(asked).expect("reads");
    let log = found.log.expect("has a log");
    let note = Signed::parse(&log.checkpoint).expect("is a note");
    let lines = log.checkpoint.lines().filter(|line| line.starts_with('—'));
    (note.checkpoint().size, lines.count() - 1)
}

#[test]
fn a_cosigned_checkpoint_is_shown_before_a_newer_one_if_it_holds_what_is_shown() {
    let (_directory, path) = sample::place();
    let mut fleet = Fleet::at(path.clone(), &fleet::other_layer());
    let mut agents = [fleet.enrol("eu-1"), fleet.enrol("us-1")];
    for agent in &mut agents {
        agent.plan = fleet::other_layer();
        let records = [agent.plan(), agent.seal(20)];
        fleet.send(agent, &records);
    }
    assert!(fleet.hub.checkpoint(NOW).expect("is written"));
    cosign(&mut fleet, &agents[0]);
    cosign(&mut fleet, &agents[1]);
    let cosigned = shown(&path, 5);
    assert_eq!(cosigned.1, 2);
    // Ten hours later more comes, and nobody has seen the next checkpoint yet.
    agents[0].shift = 0_u64.wrapping_sub(1_200);
    let late = agents[0].seal(20);
    fleet.send(&agents[0], &[late]);
    let next = NOW + Millis::from_mins(1);
    assert!(fleet.hub.checkpoint(next).expect("is written"));
    assert_eq!(shown(&path, 5), cosigned, "it holds all that is shown");
    let newest = shown(&path, 1_000);
    assert!(newest.0 > cosigned.0 && newest.1 == 0, "{newest:?}");
    // Nor is it thinned out for it: a day later one an hour is left, and the one that was cosigned.
    for minutes in [3, 26 * 60] {
        let more = agents[0].seal(1);
        fleet.send(&agents[0], &[more]);
        let at = NOW + Millis::from_mins(minutes);
        assert!(fleet.hub.checkpoint(at).expect("is written"));
    }
    assert_eq!(shown(&path, 5), cosigned);
}
