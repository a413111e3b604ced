//! What a fleet's months take on disk at a hub, which takes its batches as they were signed and folds them by the hour.

use std::path::Path;
use std::time::Duration;

use ledger::identity::{HubId, SecretKey};
use ledger::store::{Hub, HubKey, Ripe};
use ledger::time::Millis;

use crate::batches::{Sender, is_taken};
use crate::made::{DAY, START};
use crate::stored::pruned;
use crate::{cpu, float};

/// Rounds of an hour.
const HOUR: u64 = 120;

/// Lets a hub take `days` days of a fleet, a round a batch, and prints what is on disk before and after pruning.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn stored(probes: usize, days: u64) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("hub.db");
    let mut hub = open(&path);
    let id = hub.id().clone();
    let mut sender = Sender::enrol(&mut hub, (0, probes));
    let (mut taking, mut folding) = (Duration::ZERO, Duration::ZERO);
    for round in 0..days * DAY {
        let parcel = sender.upload(&id, round);
        let begin = cpu();
        let now = START + Millis(30_000 * i64::try_from(round).expect("small"));
        let answers = hub.accept(&[parcel], now).expect("there is space");
        assert!(answers.iter().all(is_taken), "{answers:?}");
        taking += cpu().saturating_sub(begin);
        if (round + 1) % HOUR == 0 {
            folding += fold(&mut hub, Ripe::Hours);
        }
    }
    folding += fold(&mut hub, Ripe::All);
    hub.close().expect("there is space");
    let attempts = probes * usize::try_from(days * DAY).expect("small");
    let rate = |time: Duration| float(attempts) / time.as_secs_f64() / 1e3;
    println!(
        "\n{probes} probes at 30 s, {days} days at a hub, {attempts} attempts: thousand a CPU-second written {:.0}, folded {:.0}",
        rate(taking),
        rate(folding)
    );
    pruned(&path, attempts, || {
        let mut hub = open(&path);
        while hub.prune(Millis::ZERO).expect("there is space") > 0 {}
        hub.close().expect("there is space");
    });
}

fn open(path: &Path) -> Hub {
    let own = HubKey {
        id: HubId::new("hub").expect("a name"),
        key: SecretKey::from_seed(&[2; 32]).expect("a key"),
    };
    Hub::open(path, own, None).expect("the record opens")
}

fn fold(hub: &mut Hub, ripe: Ripe) -> Duration {
    let begin = cpu();
    while hub.fold(ripe).expect("there is space") > 0 {}
    cpu().saturating_sub(begin)
}
